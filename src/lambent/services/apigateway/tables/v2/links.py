"""Rows of apigateway_vpc_links."""

import msgspec

from lambent.core.context import Scope
from lambent.services.apigateway.engine.v2.resources import VpcLink
from lambent.store.database import Transaction

FIND_LINK = "SELECT record FROM apigateway_vpc_links WHERE account = ? AND region = ? AND link_id = ?"
PAGE_OF_LINKS = """
SELECT record FROM apigateway_vpc_links WHERE account = ? AND region = ? AND link_id > ? ORDER BY link_id LIMIT ?
"""
PUT_LINK = """
INSERT INTO apigateway_vpc_links (account, region, link_id, record) VALUES (?, ?, ?, ?)
ON CONFLICT (account, region, link_id) DO UPDATE SET record = excluded.record
"""
DELETE_LINK = "DELETE FROM apigateway_vpc_links WHERE account = ? AND region = ? AND link_id = ?"


def find(tx: Transaction, scope: Scope, link_id: str) -> VpcLink | None:
    return tx.one(FIND_LINK, (scope.account, scope.region, link_id), into=_link)


def page(tx: Transaction, scope: Scope, *, after: str, count_max: int) -> list[VpcLink]:
    return tx.all(PAGE_OF_LINKS, (scope.account, scope.region, after, count_max), into=_link)


def put(tx: Transaction, link: VpcLink) -> None:
    tx.run(PUT_LINK, (link.scope.account, link.scope.region, link.link_id, msgspec.json.encode(link).decode()))


def delete(tx: Transaction, scope: Scope, link_id: str) -> None:
    tx.run(DELETE_LINK, (scope.account, scope.region, link_id))


def _link(record: str) -> VpcLink:
    return msgspec.json.decode(record, type=VpcLink)
