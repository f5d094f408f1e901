"""API keys, usage plans, and which key belongs to which plan.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.records import HTTP
from lambent.services.apigateway.engine.rest import parts, patches
from lambent.services.apigateway.engine.rest.identifiers import resource_arn
from lambent.services.apigateway.engine.rest.patches import ADD, ADD_OR_REMOVE, ALL, REMOVE, REPLACE, Patch, Rule
from lambent.services.apigateway.tables.rest import documents, usage
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.services.apigateway.tables.v2 import apis as v2_apis
from lambent.services.apigateway.tables.v2 import parts as v2_parts
from lambent.store.database import Transaction

KEY_ID_CHARACTERS, KEY_CHARACTERS = 10, 40
KEY_CHARACTERS_MIN, KEY_CHARACTERS_MAX = 20, 128
PLAN_ID_CHARACTERS = 6
PERIODS = ("DAY", "WEEK", "MONTH")
KEY_RULES = (
    Rule("/name"),
    Rule("/description"),
    Rule("/enabled", read=patches.boolean),
    Rule("/customerId"),
    Rule("/stages", ADD_OR_REMOVE, is_set=True),
)
PLAN_RULES = (
    Rule("/name"),
    Rule("/description"),
    Rule("/productCode", ALL),
    Rule("/quota", (REMOVE,)),
    Rule("/quota/limit", ALL, read=patches.integer),
    Rule("/quota/offset", ALL, read=patches.integer),
    Rule("/quota/period", ALL),
    Rule("/throttle", (REMOVE,)),
    Rule("/throttle/rateLimit", ALL, read=patches.number),
    Rule("/throttle/burstLimit", ALL, read=patches.integer),
    Rule("/apiStages", ADD_OR_REMOVE),
    Rule("/apiStages/*/throttle", (ADD, REMOVE)),
    Rule("/apiStages/*/throttle/*", (REMOVE,)),
    Rule("/apiStages/*/throttle/*/rateLimit", (ADD, REPLACE), read=patches.number),
    Rule("/apiStages/*/throttle/*/burstLimit", (ADD, REPLACE), read=patches.integer),
)


# ---- API keys --------------------------------------------------------------------------------------------------------


def create_key(tx: Transaction, scope: Scope, parameters: Mapping[str, Any], now: Instant) -> Document:
    """Raises BadRequestException, ConflictException, LimitExceededException."""
    value = parameters.get("value") or ids.base32(KEY_CHARACTERS).lower()
    if not KEY_CHARACTERS_MIN <= len(value) <= KEY_CHARACTERS_MAX:
        reason = (
            f"API Key value should be at least {KEY_CHARACTERS_MIN} characters"
            if len(value) < KEY_CHARACTERS_MIN
            else f"API Key value exceeds maximum size of {KEY_CHARACTERS_MAX} characters"
        )
        raise errors.BadRequest(reason=reason)
    if any(key["value"] == value for key in parts.of_owner(tx, scope, parts.KEY, "")):
        raise errors.Conflict(reason="API Key already exists")
    stages = [f"{stage['restApiId']}/{stage['stageName']}" for stage in parameters.get("stageKeys") or ()]
    key = {
        "id": ids.lower_and_digits(KEY_ID_CHARACTERS),
        "value": value,
        **parts.given(parameters, "name", "description", "customerId"),
        "enabled": bool(parameters.get("enabled")),
        "createdDate": now,
        "lastUpdatedDate": now,
        "stageKeys": stages,
        **({"tags": dict(parameters["tags"])} if parameters.get("tags") else {}),
    }
    parts.add(tx, scope, parts.KEY, "", key)
    return key


def change_key(tx: Transaction, scope: Scope, key_id: str, operations: Iterable[Mapping[str, Any]], now: Instant) -> Document:
    def patched(key: Document) -> Document:
        changed = patches.apply({**key, "stages": key["stageKeys"]}, operations, KEY_RULES)
        stages = changed.pop("stages", [])
        return {**changed, "stageKeys": stages, "lastUpdatedDate": now}

    parts.tell_of_keys(tx, scope)
    return parts.change(tx, scope, parts.KEY, "", key_id, patched)


def delete_key(tx: Transaction, scope: Scope, key_id: str) -> None:
    parts.delete(tx, scope, parts.KEY, "", key_id)
    parts.tell_of_keys(tx, scope)
    for plan_id, held in documents.of_all_owners(tx, scope, parts.PLAN_KEY.name):
        if held["id"] == key_id:
            documents.delete(tx, scope, parts.PLAN_KEY.name, plan_id, key_id)


def import_keys(
    tx: Transaction, scope: Scope, text: str, now: Instant, *, fails_on_warnings: bool
) -> tuple[list[str], list[str]]:
    """Reads CSV with a head: name, key, description, enabled, usageplanIds. Returns ids, and warnings.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html
    """
    rows = list(csv.DictReader(io.StringIO(text.strip())))
    rows = [{str(name).strip().lower(): (value or "").strip() for name, value in row.items()} for row in rows]
    if not rows or "name" not in rows[0] or "key" not in rows[0]:
        raise errors.BadRequest(reason="API Key file must have a header with the columns name and key")
    found: list[str] = []
    warnings: list[str] = []
    for row in rows:
        asked = {
            "name": row["name"],
            "value": row["key"],
            "description": row.get("description") or None,
            "enabled": row.get("enabled", "true").lower() != "false",
        }
        try:
            key_id = create_key(tx, scope, asked, now)["id"]
            for plan_id in filter(None, row.get("usageplanids", "").split(",")):
                add_to_plan(tx, scope, plan_id.strip(), key_id)
        except errors.RestError as error:
            if fails_on_warnings:
                raise
            warnings.append(f"{row['name']}: {error.message}")
            continue
        found.append(key_id)
    return found, warnings


# ---- usage plans -----------------------------------------------------------------------------------------------------


def create_plan(tx: Transaction, scope: Scope, parameters: Mapping[str, Any]) -> Document:
    plan = {
        "id": ids.lower_and_digits(PLAN_ID_CHARACTERS),
        **parts.given(parameters, "name", "description", "productCode"),
        "apiStages": [dict(stage) for stage in parameters.get("apiStages") or ()],
        **{name: dict(parameters[name]) for name in ("throttle", "quota", "tags") if parameters.get(name)},
    }
    _check_plan(tx, scope, plan)
    parts.add(tx, scope, parts.PLAN, "", plan)
    return plan


def change_plan(tx: Transaction, scope: Scope, plan_id: str, operations: Iterable[Mapping[str, Any]]) -> Document:
    def patched(plan: Document) -> Document:
        changed = {**plan, "apiStages": {_stage_key(stage): stage for stage in plan["apiStages"]}}
        for operation in operations:
            patch = Patch.of(operation)
            rule = patches.rule_for(patch, PLAN_RULES, patches.NAMING_ALL)
            if patch.segments == ("apiStages",):
                _change_stages(changed["apiStages"], patch)
            else:
                _check_stage_named(changed, patch)
                changed = patches.apply(changed, [operation], [rule])
        changed["apiStages"] = list(changed.get("apiStages", {}).values())
        _check_plan(tx, scope, changed)
        return changed

    parts.tell_of_keys(tx, scope)
    return parts.change(tx, scope, parts.PLAN, "", plan_id, patched)


def delete_plan(tx: Transaction, scope: Scope, plan_id: str) -> None:
    """Raises BadRequestException while it has stages."""
    plan = parts.find(tx, scope, parts.PLAN, "", plan_id)
    if plan["apiStages"]:
        reason = "Cannot delete usage plan because it has API stages associated: remove them first"
        raise errors.BadRequest(reason=reason)
    documents.delete_owned(tx, scope, plan_id)
    usage.delete_of_plan(tx, scope, plan_id)
    parts.delete(tx, scope, parts.PLAN, "", plan_id)
    parts.tell_of_keys(tx, scope)


def _change_stages(stages: Document, patch: Patch) -> None:
    api_id, colon, stage = patch.value.partition(":")
    if not colon:
        raise errors.BadRequest(reason="Invalid API Stage specified: it must be {restApiId}:{stage}")
    if patch.operation == ADD:
        if patch.value in stages:
            raise errors.Conflict(reason="The usage plan already has this API stage")
        stages[patch.value] = {"apiId": api_id, "stage": stage}
    elif stages.pop(patch.value, None) is None:
        raise errors.NotFound(reason="Invalid API Stage specified")


def _check_stage_named(plan: Mapping[str, Any], patch: Patch) -> None:
    if patch.segments[0] == "apiStages" and patch.segments[1] not in plan["apiStages"]:
        raise errors.NotFound(reason=f"Invalid API Stage {{{patch.segments[1]}}} specified for usageplan {plan['id']}")


def _check_plan(tx: Transaction, scope: Scope, plan: Mapping[str, Any]) -> None:
    if not plan.get("name"):
        raise errors.BadRequest(reason="Usage Plan name cannot be empty")
    quota = plan.get("quota")
    if quota is not None:
        if quota.get("period") not in PERIODS:
            raise errors.BadRequest(reason=f"Usage Plan quota period must be one of {', '.join(PERIODS)}")
        if not quota.get("limit") or quota["limit"] < 1:
            raise errors.BadRequest(reason="Usage Plan quota limit must be greater than 0")
        quota.setdefault("offset", 0)
        if not 0 <= quota["offset"] <= {"DAY": 0, "WEEK": 6, "MONTH": 27}[quota["period"]]:
            raise errors.BadRequest(
                reason="Usage Plan quota offset must be zero in the DAY period, and below 7 or 28 in others"
            )
    throttle = plan.get("throttle")
    if throttle is not None:
        throttle.setdefault("burstLimit", 0)
        throttle.setdefault("rateLimit", 0.0)
    for stage in plan["apiStages"]:
        _check_stage(tx, scope, stage)


def _check_stage(tx: Transaction, scope: Scope, stage: Mapping[str, Any]) -> None:
    """A plan is for stages of REST and WebSocket APIs."""
    api_id, name = stage.get("apiId", ""), stage.get("stage", "")
    if documents.find(tx, scope, parts.STAGE.name, api_id, name) is not None:
        return
    api = v2_apis.find(tx, api_id)
    if api is None or api.scope != scope or v2_parts.find(tx, api_id, v2_parts.STAGES, name) is None:
        raise errors.NotFound(reason=f"API Stage not found: {_stage_key(stage)}")
    if api.protocol_type == HTTP:
        raise errors.BadRequest(reason="Usage plans are not allowed for HTTP Apis")


def _stage_key(stage: Mapping[str, Any]) -> str:
    return f"{stage.get('apiId', '')}:{stage.get('stage', '')}"


# ---- keys of plans ---------------------------------------------------------------------------------------------------


def add_to_plan(tx: Transaction, scope: Scope, plan_id: str, key_id: str, key_type: str = "API_KEY") -> Document:
    """Raises BadRequestException, ConflictException, NotFoundException."""
    if key_type != "API_KEY":
        raise errors.BadRequest(reason=f"Invalid key type specified: {key_type}")
    parts.find(tx, scope, parts.PLAN, "", plan_id)
    key = parts.find(tx, scope, parts.KEY, "", key_id)
    if documents.find(tx, scope, parts.PLAN_KEY.name, plan_id, key_id) is not None:
        raise errors.Conflict(reason="Usage Plan Key already exists")
    held = {"id": key_id, "type": key_type}
    parts.add(tx, scope, parts.PLAN_KEY, plan_id, held)
    parts.tell_of_keys(tx, scope)
    return _told(key, held)


def key_of_plan(tx: Transaction, scope: Scope, plan_id: str, key_id: str) -> Document:
    parts.find(tx, scope, parts.PLAN, "", plan_id)
    held = parts.find(tx, scope, parts.PLAN_KEY, plan_id, key_id)
    return _told(parts.find(tx, scope, parts.KEY, "", key_id), held)


def keys_of_plan(tx: Transaction, scope: Scope, plan_id: str) -> list[Document]:
    parts.find(tx, scope, parts.PLAN, "", plan_id)
    held = parts.of_owner(tx, scope, parts.PLAN_KEY, plan_id)
    return [_told(parts.find(tx, scope, parts.KEY, "", key["id"]), key) for key in held]


def remove_from_plan(tx: Transaction, scope: Scope, plan_id: str, key_id: str) -> None:
    parts.find(tx, scope, parts.PLAN, "", plan_id)
    parts.delete(tx, scope, parts.PLAN_KEY, plan_id, key_id)
    parts.tell_of_keys(tx, scope)


def plans_of_key(tx: Transaction, scope: Scope, key_id: str) -> list[Document]:
    held = [plan_id for plan_id, key in documents.of_all_owners(tx, scope, parts.PLAN_KEY.name) if key["id"] == key_id]
    return [parts.find(tx, scope, parts.PLAN, "", plan_id) for plan_id in held]


def arn(scope: Scope, kind: str, id_: str) -> str:
    """``kind``: "apikeys" or "usageplans"."""
    return resource_arn(scope.region, f"/{kind}/{id_}")


def _told(key: Mapping[str, Any], held: Mapping[str, Any]) -> Document:
    return {"id": key["id"], "type": held["type"], "value": key["value"], **parts.given(key, "name")}
