"""Domain names that users give to APIs, and which stage of which API stands below which path of theirs.

Names are served here by the Host header that they are asked for with; certificates and trust stores are kept and not used.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html
"""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import structs

from lambent.core import ids
from lambent.core.context import Scope
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.v2 import apis
from lambent.services.apigateway.engine.v2.resources import ApiMapping, DomainName
from lambent.services.apigateway.tables.rest import documents as rest_rows
from lambent.services.apigateway.tables.v2 import apis as api_rows
from lambent.services.apigateway.tables.v2 import domains, parts, tags
from lambent.services.apigateway.tables.v2.published import signal_domains
from lambent.store.database import Transaction

DOMAIN_NAMES_MAX = 120
MAPPING_ID_CHARS = 6
TARGET_ID_CHARS = 10
HOSTED_ZONE_ID = "Z1UJRXOUMOOFQ8"
"""AWS' own zone of regional endpoints in us-east-1: whoever makes an alias of the name wants one."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_NAME = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})+")
_KEY = re.compile(r"[A-Za-z0-9._/$+!*'()@&=~-]*")


def find(tx: Transaction, scope: Scope, name: str) -> DomainName:
    """One of the account's own. Raises NotFound."""
    domain = domains.find(tx, name.lower())
    if domain is None or domain.scope != scope:
        raise errors.NotFound(what="domain name")
    return domain


def with_tags(tx: Transaction, scope: Scope, name: str) -> tuple[DomainName, dict[str, str]]:
    """Raises NotFound."""
    domain = find(tx, scope, name)
    return domain, tags.find(tx, scope, arn_of(scope, domain.domain_name))


def page(tx: Transaction, scope: Scope, *, after: str, count_max: int) -> list[tuple[DomainName, dict[str, str]]]:
    """The names of one page with their tags, and the first of the next where there is one."""
    found = domains.page(tx, scope, after=after, count_max=count_max + 1)
    return [(domain, tags.find(tx, scope, arn_of(scope, domain.domain_name))) for domain in found]


def completed(configuration: Mapping[str, Any], region: str) -> dict[str, Any]:
    """A configuration with what AWS adds: a name that the user's own is to be an alias of."""
    target = f"d-{ids.lower_and_digits(TARGET_ID_CHARS)}.execute-api.{region}.amazonaws.com"
    return {
        "ApiGatewayDomainName": target,
        "DomainNameStatus": "AVAILABLE",
        "EndpointType": "REGIONAL",
        "HostedZoneId": HOSTED_ZONE_ID,
        "IpAddressType": "ipv4",
        "SecurityPolicy": "TLS_1_2",
        **configuration,
    }


def create(tx: Transaction, domain: DomainName, domain_tags: Mapping[str, str]) -> None:
    """Raises BadRequest, Conflict, AccountLimitReached."""
    if not _NAME.fullmatch(domain.domain_name):
        raise errors.BadRequest(reason="Invalid domain name specified")
    if domains.find(tx, domain.domain_name) is not None:
        raise errors.Conflict(reason="The domain name you provided already exists.")
    if domains.count(tx, domain.scope) >= DOMAIN_NAMES_MAX:
        raise errors.AccountLimitReached(what="domain names")
    apis.check_tags(domain_tags)
    domains.put(tx, domain)
    if domain_tags:
        tags.put(tx, domain.scope, arn_of(domain.scope, domain.domain_name), domain_tags)
    signal_domains(tx)


def update(tx: Transaction, scope: Scope, name: str, changes: Mapping[str, Any]) -> DomainName:
    """What a configuration does not say stays as it was, its target name too. Raises NotFound."""
    before = find(tx, scope, name)
    if "configurations" in changes:
        kept = before.configurations or (completed({}, scope.region),)
        together = tuple(
            {**kept[min(index, len(kept) - 1)], **configuration}
            for index, configuration in enumerate(changes["configurations"])
        )
        changes = {**changes, "configurations": together}
    domain = structs.replace(before, **changes)
    domains.put(tx, domain)
    return domain


def delete(tx: Transaction, scope: Scope, name: str) -> None:
    """With its mappings. Raises NotFound."""
    domain = find(tx, scope, name)
    domains.delete(tx, domain.domain_name)
    tags.delete(tx, scope, arn_of(scope, domain.domain_name))
    signal_domains(tx)


def arn_of(scope: Scope, name: str) -> str:
    return f"arn:aws:apigateway:{scope.region}::/domainnames/{name}"


# ---- mappings --------------------------------------------------------------------------------------------------------


def find_mapping(tx: Transaction, scope: Scope, name: str, mapping_id: str) -> ApiMapping:
    """Raises NotFound."""
    mapping = domains.find_mapping(tx, find(tx, scope, name).domain_name, mapping_id)
    if mapping is None:
        raise errors.NotFound(what="api mapping")
    return mapping


def mappings(tx: Transaction, scope: Scope, name: str) -> list[ApiMapping]:
    """By their ids. Raises NotFound."""
    return domains.mappings_of_domain(tx, find(tx, scope, name).domain_name)


def create_mapping(tx: Transaction, scope: Scope, name: str, *, key: str, api_id: str, stage: str) -> ApiMapping:
    """Raises NotFound, BadRequest, Conflict."""
    domain = find(tx, scope, name)
    mapping_id = ids.lower_and_digits(MAPPING_ID_CHARS)
    return _put_mapping(tx, ApiMapping(scope, domain.domain_name, mapping_id, key, api_id, stage))


def update_mapping(tx: Transaction, scope: Scope, name: str, mapping_id: str, changes: Mapping[str, str]) -> ApiMapping:
    """Raises NotFound, BadRequest, Conflict."""
    return _put_mapping(tx, structs.replace(find_mapping(tx, scope, name, mapping_id), **changes))


def delete_mapping(tx: Transaction, scope: Scope, name: str, mapping_id: str) -> None:
    """Raises NotFound."""
    mapping = find_mapping(tx, scope, name, mapping_id)
    domains.delete_mapping(tx, mapping.domain_name, mapping_id)
    signal_domains(tx)


def _put_mapping(tx: Transaction, mapping: ApiMapping) -> ApiMapping:
    key = mapping.mapping_key
    if not _KEY.fullmatch(key) or key.startswith("/") or key.endswith("/") or "//" in key:
        raise errors.BadRequest(reason="API mapping key should not start with a '/' or have consecutive '/'s.")
    api = api_rows.find(tx, mapping.api_id)
    is_rest = rest_rows.find(tx, mapping.scope, "api", "", mapping.api_id) is not None
    if not is_rest and (api is None or api.scope != mapping.scope):
        raise errors.BadRequest(reason="Invalid API identifier specified")
    if is_rest:
        has_stage = rest_rows.find(tx, mapping.scope, "stage", mapping.api_id, mapping.stage) is not None
    else:
        has_stage = parts.find(tx, mapping.api_id, parts.STAGES, mapping.stage) is not None
    if not has_stage:
        raise errors.BadRequest(reason="Invalid stage identifier specified")
    other = domains.mapping_of_key(tx, mapping.domain_name, key)
    if other is not None and other.mapping_id != mapping.mapping_id:
        raise errors.Conflict(reason="ApiMapping key already exists for this domain name")
    domains.put_mapping(tx, mapping)
    signal_domains(tx)
    return mapping
