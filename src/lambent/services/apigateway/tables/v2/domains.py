"""Rows of apigateway_domains and apigateway_mappings."""

import msgspec

from lambent.core.context import Scope
from lambent.services.apigateway.engine.v2.resources import ApiMapping, DomainName
from lambent.store.database import Transaction

FIND_DOMAIN = "SELECT record FROM apigateway_domains WHERE domain_name = ?"
ALL_DOMAIN_NAMES = "SELECT domain_name FROM apigateway_domains"
PAGE_OF_DOMAINS = """
SELECT record FROM apigateway_domains WHERE account = ? AND region = ? AND domain_name > ? ORDER BY domain_name LIMIT ?
"""
COUNT_DOMAINS = "SELECT count(*) FROM apigateway_domains WHERE account = ? AND region = ?"
PUT_DOMAIN = """
INSERT INTO apigateway_domains (account, region, domain_name, record) VALUES (?, ?, ?, ?)
ON CONFLICT (domain_name) DO UPDATE SET record = excluded.record
"""
DELETE_DOMAIN = "DELETE FROM apigateway_domains WHERE domain_name = ?"

_COLUMNS = "account, region, domain_name, mapping_id, mapping_key, api_id, stage"
FIND_MAPPING = f"SELECT {_COLUMNS} FROM apigateway_mappings WHERE domain_name = ? AND mapping_id = ?"  # noqa: S608 - column names only
MAPPING_OF_KEY = f"SELECT {_COLUMNS} FROM apigateway_mappings WHERE domain_name = ? AND mapping_key = ?"  # noqa: S608
MAPPINGS_OF_DOMAIN = f"SELECT {_COLUMNS} FROM apigateway_mappings WHERE domain_name = ? ORDER BY mapping_id"  # noqa: S608
MAPPINGS_OF_API = f"SELECT {_COLUMNS} FROM apigateway_mappings WHERE api_id = ?"  # noqa: S608
PUT_MAPPING = f"""
INSERT INTO apigateway_mappings ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (domain_name, mapping_id)
DO UPDATE SET mapping_key = excluded.mapping_key, api_id = excluded.api_id, stage = excluded.stage
"""  # noqa: S608
DELETE_MAPPING = "DELETE FROM apigateway_mappings WHERE domain_name = ? AND mapping_id = ?"
DELETE_MAPPINGS_OF_DOMAIN = "DELETE FROM apigateway_mappings WHERE domain_name = ?"


def find(tx: Transaction, domain_name: str) -> DomainName | None:
    """Of whichever account."""
    return tx.one(FIND_DOMAIN, (domain_name,), into=_domain)


def all_names(tx: Transaction) -> list[str]:
    """Of all accounts."""
    return tx.all(ALL_DOMAIN_NAMES, into=str)


def page(tx: Transaction, scope: Scope, *, after: str, count_max: int) -> list[DomainName]:
    return tx.all(PAGE_OF_DOMAINS, (scope.account, scope.region, after, count_max), into=_domain)


def count(tx: Transaction, scope: Scope) -> int:
    return tx.one(COUNT_DOMAINS, (scope.account, scope.region), into=int) or 0


def put(tx: Transaction, domain: DomainName) -> None:
    scope = domain.scope
    tx.run(PUT_DOMAIN, (scope.account, scope.region, domain.domain_name, msgspec.json.encode(domain).decode()))


def delete(tx: Transaction, domain_name: str) -> None:
    """With its mappings."""
    tx.run(DELETE_MAPPINGS_OF_DOMAIN, (domain_name,))
    tx.run(DELETE_DOMAIN, (domain_name,))


def find_mapping(tx: Transaction, domain_name: str, mapping_id: str) -> ApiMapping | None:
    return tx.one(FIND_MAPPING, (domain_name, mapping_id), into=_mapping)


def mapping_of_key(tx: Transaction, domain_name: str, mapping_key: str) -> ApiMapping | None:
    return tx.one(MAPPING_OF_KEY, (domain_name, mapping_key), into=_mapping)


def mappings_of_domain(tx: Transaction, domain_name: str) -> list[ApiMapping]:
    return tx.all(MAPPINGS_OF_DOMAIN, (domain_name,), into=_mapping)


def mappings_of_api(tx: Transaction, api_id: str) -> list[ApiMapping]:
    return tx.all(MAPPINGS_OF_API, (api_id,), into=_mapping)


def put_mapping(tx: Transaction, mapping: ApiMapping) -> None:
    where = (mapping.scope.account, mapping.scope.region, mapping.domain_name)
    tx.run(PUT_MAPPING, (*where, mapping.mapping_id, mapping.mapping_key, mapping.api_id, mapping.stage))


def delete_mapping(tx: Transaction, domain_name: str, mapping_id: str) -> None:
    tx.run(DELETE_MAPPING, (domain_name, mapping_id))


def _domain(record: str) -> DomainName:
    return msgspec.json.decode(record, type=DomainName)


def _mapping(
    account: str, region: str, domain_name: str, mapping_id: str, mapping_key: str, api_id: str, stage: str
) -> ApiMapping:
    return ApiMapping(Scope(account, region), domain_name, mapping_id, mapping_key, api_id, stage)
