"""What is an account's and not an API's alone: settings, tags, client certificates; and the documentation of APIs.

https://docs.aws.amazon.com/apigateway/latest/api/API_GetAccount.html
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine import throttle
from lambent.services.apigateway.engine.rest import domains, parts, patches
from lambent.services.apigateway.engine.rest.patches import ALL, Rule
from lambent.services.apigateway.engine.v2 import domains as names
from lambent.services.apigateway.tables.rest import documents
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.services.apigateway.tables.v2 import tags as tag_rows
from lambent.store.database import Transaction

API_KEY_VERSION = "4"
CERTIFICATE_ID_CHARACTERS, CERTIFICATE_VALID_S = 6, 365 * 86_400
TAGS_MAX = 50
SETTINGS_RULES = (Rule("/cloudwatchRoleArn", ALL), Rule("/features", (patches.ADD, patches.REMOVE), is_set=True))
CERTIFICATE_RULES = (Rule("/description"),)
PART_RULES = (Rule("/properties"),)
VERSION_RULES = (Rule("/description"),)
_TAGGED = {
    "restapis": parts.API,
    "apikeys": parts.KEY,
    "usageplans": parts.PLAN,
    "clientcertificates": parts.CERTIFICATE,
}


# ---- settings --------------------------------------------------------------------------------------------------------


def settings(tx: Transaction, scope: Scope) -> Document:
    own = documents.find(tx, scope, parts.ACCOUNT.name, "", "account") or {}
    limits = {"burstLimit": throttle.BURST_DEFAULT, "rateLimit": throttle.RATE_PER_S_DEFAULT}
    return {"throttleSettings": limits, "features": ["UsagePlans"], "apiKeyVersion": API_KEY_VERSION, **own}


def change_settings(tx: Transaction, scope: Scope, operations: Iterable[Mapping[str, Any]]) -> Document:
    own = documents.find(tx, scope, parts.ACCOUNT.name, "", "account") or {}
    changed = patches.apply(own, operations, SETTINGS_RULES)
    if not changed.get("cloudwatchRoleArn"):
        changed.pop("cloudwatchRoleArn", None)
    changed.pop("features", None)  # every account has usage plans, and nothing else can be had
    documents.put(tx, scope, parts.ACCOUNT.name, "", "account", changed)
    return settings(tx, scope)


# ---- tags ------------------------------------------------------------------------------------------------------------


def tags_of(tx: Transaction, scope: Scope, arn: str) -> dict[str, str]:
    """Raises BadRequestException, NotFoundException."""
    if _names_domain(tx, scope, arn):
        return tag_rows.find(tx, scope, arn)
    _, _, document = _tagged(tx, scope, arn)
    return dict(document.get("tags") or {})


def tag(tx: Transaction, scope: Scope, arn: str, added: Mapping[str, str], removed: Sequence[str]) -> None:
    together = {key: value for key, value in {**tags_of(tx, scope, arn), **added}.items() if key not in removed}
    if len(together) > TAGS_MAX:
        raise errors.BadRequest(reason=f"Invalid number of tags: at most {TAGS_MAX} are allowed")
    if _names_domain(tx, scope, arn):
        tag_rows.put(tx, scope, arn, together)
        return
    kind, owner, document = _tagged(tx, scope, arn)
    document["tags"] = together
    if not together:
        del document["tags"]
    parts.put(tx, scope, kind, owner, document)


def _names_domain(tx: Transaction, scope: Scope, arn: str) -> bool:
    """Domain names are apigatewayv2's as well, which keeps their tags. Raises NotFoundException."""
    prefix = names.arn_of(scope, "")
    if not arn.startswith(prefix):
        return False
    domains.find(tx, scope, arn.removeprefix(prefix))
    return True


def _tagged(tx: Transaction, scope: Scope, arn: str) -> tuple[parts.Kind, str, Document]:
    prefix, _, path = arn.partition("::/")
    place = path.split("/")
    if prefix != f"arn:aws:apigateway:{scope.region}" or place[0] not in _TAGGED:
        raise errors.BadRequest(reason="Invalid ARN specified in the request")
    if len(place) == 4 and place[0] == "restapis" and place[2] == "stages":
        return parts.STAGE, place[1], parts.find(tx, scope, parts.STAGE, place[1], place[3])
    kind = _TAGGED[place[0]]
    if len(place) != 2:
        raise errors.BadRequest(reason="Invalid ARN specified in the request")
    if kind is parts.API:
        return kind, "", parts.find_api(tx, scope, place[1])
    return kind, "", parts.find(tx, scope, kind, "", place[1])


# ---- client certificates ---------------------------------------------------------------------------------------------


def certify(tx: Transaction, scope: Scope, parameters: Mapping[str, Any], now: Instant) -> Document:
    """Kept for stages to name. No back end is ever shown one, so what it holds is no real certificate."""
    certificate = {
        "clientCertificateId": ids.lower_and_digits(CERTIFICATE_ID_CHARACTERS),
        **parts.given(parameters, "description", "tags"),
        "pemEncodedCertificate": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
        "createdDate": now,
        "expirationDate": now + CERTIFICATE_VALID_S,
    }
    parts.add(tx, scope, parts.CERTIFICATE, "", certificate)
    return certificate


def change_certificate(tx: Transaction, scope: Scope, id_: str, operations: Iterable[Mapping[str, Any]]) -> Document:
    return parts.change(
        tx, scope, parts.CERTIFICATE, "", id_, lambda found: patches.apply(found, operations, CERTIFICATE_RULES)
    )


# ---- documentation ---------------------------------------------------------------------------------------------------


def document(tx: Transaction, scope: Scope, api_id: str, parameters: Mapping[str, Any]) -> Document:
    parts.find_api(tx, scope, api_id)
    part = {"id": ids.lower_and_digits(6), "location": dict(parameters["location"]), "properties": parameters["properties"]}
    if any(other["location"] == part["location"] for other in parts.of_owner(tx, scope, parts.DOCUMENTATION_PART, api_id)):
        raise errors.Conflict(reason="Documentation part already exists for the specified location")
    _check_properties(part["properties"])
    parts.add(tx, scope, parts.DOCUMENTATION_PART, api_id, part)
    return part


def change_part(tx: Transaction, scope: Scope, api_id: str, part_id: str, operations: Iterable[Mapping[str, Any]]) -> Document:
    def patched(part: Document) -> Document:
        changed = patches.apply(part, operations, PART_RULES)
        _check_properties(changed["properties"])
        return changed

    return parts.change(tx, scope, parts.DOCUMENTATION_PART, api_id, part_id, patched)


def create_version(tx: Transaction, scope: Scope, api_id: str, parameters: Mapping[str, Any], now: Instant) -> Document:
    parts.find_api(tx, scope, api_id)
    name = parameters["documentationVersion"]
    if documents.find(tx, scope, parts.DOCUMENTATION_VERSION.name, api_id, name) is not None:
        raise errors.Conflict(reason="Documentation version already exists")
    version = {"version": name, **parts.given(parameters, "description"), "createdDate": now}
    parts.add(tx, scope, parts.DOCUMENTATION_VERSION, api_id, version)
    return version


def change_version(tx: Transaction, scope: Scope, api_id: str, name: str, operations: Iterable[Mapping[str, Any]]) -> Document:
    return parts.change(
        tx, scope, parts.DOCUMENTATION_VERSION, api_id, name, lambda found: patches.apply(found, operations, VERSION_RULES)
    )


def _check_properties(text: str) -> None:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise errors.BadRequest(reason="Documentation part properties must be valid JSON") from error
