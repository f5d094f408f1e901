"""What can be changed of a stage: its own settings, those of its methods, and its canary.

https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateStage-Patch
"""

from collections.abc import Callable, Mapping
from typing import Any

from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine import access_log
from lambent.services.apigateway.engine.rest import patches
from lambent.services.apigateway.engine.rest.patches import ALL, COPY, REMOVE, SET, Patch, Rule, Wording
from lambent.services.apigateway.tables.rest.documents import Document


def _log_destination(value: str) -> str:
    return _accepted(value, access_log.refusal_of_destination)


def _log_format(value: str) -> str:
    return _accepted(value, access_log.refusal_of_format)


def _accepted(value: str, refusal_of: Callable[[str], str | None]) -> str:
    """Nothing is a value as well: it takes the setting away."""
    reason = refusal_of(value) if value else None
    if reason is not None:
        raise errors.BadRequest(reason=reason)
    return value


RULES = (
    Rule("/deploymentId"),
    Rule("/description"),
    Rule("/cacheClusterEnabled", read=patches.boolean),
    Rule("/cacheClusterSize"),
    Rule("/clientCertificateId"),
    Rule("/documentationVersion"),
    Rule("/tracingEnabled", read=patches.boolean),
    Rule("/accessLogSettings", (REMOVE,)),
    Rule("/accessLogSettings/destinationArn", SET, read=_log_destination),
    Rule("/accessLogSettings/format", SET, read=_log_format),
    Rule("/variables/*", ALL),
    Rule("/canarySettings", (REMOVE,)),
    Rule("/canarySettings/deploymentId"),
    Rule("/canarySettings/percentTraffic", SET, read=patches.number),
    Rule("/canarySettings/useStageCache", SET, read=patches.boolean),
    Rule("/canarySettings/stageVariableOverrides", (REMOVE,)),
    Rule("/canarySettings/stageVariableOverrides/*", ALL),
)
METHOD_SETTINGS: Mapping[tuple[str, str], tuple[str, patches.Read]] = {
    ("metrics", "enabled"): ("metricsEnabled", patches.boolean),
    ("logging", "dataTrace"): ("dataTraceEnabled", patches.boolean),
    ("logging", "loglevel"): ("loggingLevel", str),
    ("throttling", "burstLimit"): ("throttlingBurstLimit", patches.integer),
    ("throttling", "rateLimit"): ("throttlingRateLimit", patches.number),
    ("caching", "ttlInSeconds"): ("cacheTtlInSeconds", patches.integer),
    ("caching", "enabled"): ("cachingEnabled", patches.boolean),
    ("caching", "dataEncrypted"): ("cacheDataEncrypted", patches.boolean),
    ("caching", "requireAuthorizationForCacheControl"): ("requireAuthorizationForCacheControl", patches.boolean),
    ("caching", "unauthorizedCacheControlHeaderStrategy"): ("unauthorizedCacheControlHeaderStrategy", str),
}
METHOD_DEFAULTS: Mapping[str, Any] = {
    "metricsEnabled": False,
    "loggingLevel": "OFF",
    "dataTraceEnabled": False,
    "throttlingBurstLimit": -1,
    "throttlingRateLimit": -1.0,
    "cachingEnabled": False,
    "cacheTtlInSeconds": 300,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}
"""-1: the limit of the account alone."""

LOG_LEVELS = ("OFF", "ERROR", "INFO")
_COPIES = {
    "/deploymentId": "/canarySettings/deploymentId",
    "/variables": "/canarySettings/stageVariableOverrides",
}


def change(stage: Document, patch: Patch) -> None:
    """Carries out one operation in place. Raises BadRequestException."""
    if patch.operation == COPY:
        _promote(stage, patch)
    elif _names_a_method(patch):
        _change_method(stage, patch)
    else:
        rule = patches.rule_for(patch, RULES, _WORDING)
        patches.change(stage, patch, rule)
        if patch.segments[0] == "canarySettings" and "canarySettings" in stage:
            stage["canarySettings"] = canary({"deploymentId": stage["deploymentId"], **stage["canarySettings"]})
        if not patch.value and patch.operation != REMOVE:
            _drop_empty(stage)


def canary(given: Mapping[str, Any]) -> Document:
    found = {"percentTraffic": 0.0, "useStageCache": False, **{key: value for key, value in given.items() if value is not None}}
    if not 0 <= found["percentTraffic"] <= 100:
        raise errors.BadRequest(reason="Canary percentTraffic must be between 0.0 and 100.0")
    return found


def method_key(path: str, verb: str) -> str:
    """Under which the settings of a method stand; "*" for all paths or verbs."""
    return f"{path.removeprefix('/')}/{verb}"


def _names_a_method(patch: Patch) -> bool:
    segments = patch.segments
    is_setting = len(segments) >= 4 and segments[-2:] in METHOD_SETTINGS
    return is_setting or (patch.operation == REMOVE and len(segments) >= 2 and segments[0] not in _STRUCTURES)


_STRUCTURES = frozenset({"variables", "accessLogSettings", "canarySettings"})


def _change_method(stage: Document, patch: Patch) -> None:
    is_removal = patch.operation == REMOVE
    *path, verb = patch.segments if is_removal else patch.segments[:-2]
    key = method_key("/".join(path), verb)
    settings = stage["methodSettings"]
    if is_removal:
        if settings.pop(key, None) is None:
            raise errors.BadRequest(
                reason=f"Cannot remove method setting {key} because there is no method setting for this method "
            )
        return
    name, read = METHOD_SETTINGS[patch.segments[-2], patch.segments[-1]]
    value = read(patch.value)
    if name == "loggingLevel" and value not in LOG_LEVELS:
        raise errors.BadRequest(reason=f"Invalid logging level specified. Must be one of: {', '.join(LOG_LEVELS)}")
    settings[key] = {**METHOD_DEFAULTS, **settings.get(key, {}), name: value}


def _promote(stage: Document, patch: Patch) -> None:
    """From the canary to the stage itself."""
    if _COPIES.get(patch.path) != patch.source:
        raise errors.BadRequest(
            reason=f"Invalid copy operation with path: {patch.path} and from {patch.source}. Valid copy:path are "
            f"[{', '.join(_COPIES)}] and valid copy:from are [{', '.join(_COPIES.values())}]"
        )
    if "canarySettings" not in stage:
        raise errors.BadRequest(reason="Promotion not available. Canary does not exist.")
    if patch.path == "/deploymentId":
        stage["deploymentId"] = stage["canarySettings"]["deploymentId"]
    else:
        overrides = stage["canarySettings"].get("stageVariableOverrides", {})
        stage["variables"] = {**stage.get("variables", {}), **overrides}


def _drop_empty(stage: Document) -> None:
    for name in ("description", "clientCertificateId", "documentationVersion", "cacheClusterSize"):
        if stage.get(name) == "":
            del stage[name]
    if not any(stage.get("accessLogSettings", {"": "x"}).values()):
        del stage["accessLogSettings"]


def _unknown(patch: Patch, rules: object) -> errors.RestError:  # noqa: ARG001 - as all of its kind
    paths = [rule.path.replace("*", "{name}") for rule in RULES]
    paths += [f"/{{resourcePath}}/{{httpMethod}}/{group}/{name}" for group, name in METHOD_SETTINGS]
    return errors.BadRequest(reason=f"Invalid method setting path: {patch.path}. Must be one of: [{', '.join(paths)}]")


_WORDING = Wording(_unknown, patches.NAMING_ALL.unsupported)
