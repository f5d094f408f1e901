"""Stages: which deployment visitors reach under which name, with which settings.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
"""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import structs

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine import access_log
from lambent.services.apigateway.engine.records import DEFAULT_STAGE, HTTP, AccessLog, Api, RouteSettings, Stage
from lambent.services.apigateway.engine.v2 import apis, deployments
from lambent.services.apigateway.engine.v2.parts import Rules, find, insert
from lambent.services.apigateway.tables.v2 import domains, parts, tags
from lambent.services.apigateway.tables.v2.published import signal_api
from lambent.store.database import Transaction

STAGES_MAX = 10

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


def check(tx: Transaction, api: Api, stage: Stage) -> None:
    """Raises BadRequest, NoSuchRouteKey."""
    if not _NAME.fullmatch(stage.stage_name) and not (stage.stage_name == DEFAULT_STAGE and api.protocol_type == HTTP):
        raise errors.BadRequest(reason="Stage name only allows a-zA-Z0-9_-")
    if api.protocol_type == HTTP and any(
        map(_has_execution_logs, (stage.default_route_settings, *stage.route_settings.values()))
    ):
        raise errors.BadRequest(reason="Execution logs are not supported on protocolType HTTP")
    if stage.access_log is not None:
        _check_access_log(api, stage.access_log)
    for route_key in stage.route_settings:
        if parts.named(tx, api.api_id, parts.ROUTES, route_key) is None:
            raise errors.NoSuchRouteKey(route_key=route_key)
    if stage.deployment_id and parts.find(tx, api.api_id, parts.DEPLOYMENTS, stage.deployment_id) is None:
        raise errors.BadRequest(reason="Invalid deployment identifier specified")


def _check_access_log(api: Api, found: AccessLog) -> None:
    reason = access_log.refusal_of_destination(found.destination_arn)
    if reason is None and api.protocol_type == HTTP:
        reason = access_log.refusal_of_variables(found.format)
    if reason is None and (wrong := access_log.refusal_of_format(found.format)) is not None:
        reason = f"The following errors are found in Access Log Format: {wrong}"
    if reason is not None:
        raise errors.BadRequest(reason=reason)


RULES = Rules(kind=parts.STAGES, what="stage", count_max=STAGES_MAX, conflict="Stage already exists", check=check)


Told = tuple[Api, Stage, dict[str, str]]
"""A stage with what is needed to tell of it: its API and its tags."""


def with_tags(tx: Transaction, scope: Scope, api_id: str, stage_name: str) -> Told:
    """Raises ApiNotFound, NotFound."""
    api = apis.find(tx, scope, api_id)
    return _tagged(tx, api, find(tx, api, RULES, stage_name))


def page(tx: Transaction, scope: Scope, api_id: str, *, after: str, count_max: int) -> list[Told]:
    """The stages of one page, and the first of the next where there is one. Raises ApiNotFound."""
    api = apis.find(tx, scope, api_id)
    found = parts.page(tx, api_id, parts.STAGES, after=after, count_max=count_max + 1)
    return [_tagged(tx, api, stage) for stage in found]


def create(tx: Transaction, scope: Scope, api_id: str, stage: Stage, stage_tags: Mapping[str, str]) -> None:
    """Raises ApiNotFound, BadRequest, Conflict, LimitReached …"""
    api = apis.find(tx, scope, api_id)
    if stage.is_auto_deploy and stage.deployment_id:
        raise errors.BadRequest(reason="DeploymentId cannot be set on a stage with AutoDeploy")
    apis.check_tags(stage_tags)
    insert(tx, api, RULES, stage)
    if stage_tags:
        tags.put(tx, scope, arn_of(scope, api_id, stage.stage_name), stage_tags)
    deployments.follow(tx, api, stage.created_at)


def update(tx: Transaction, scope: Scope, api_id: str, stage_name: str, changes: Mapping[str, Any], now: Instant) -> None:
    """Raises ApiNotFound, NotFound, BadRequest …"""
    api = apis.find(tx, scope, api_id)
    before = find(tx, api, RULES, stage_name)
    _check_is_free(before)
    stage = structs.replace(before, **_merged(before, changes), updated_at=now)
    if stage.is_auto_deploy and "deployment_id" in changes:
        raise errors.BadRequest(reason="DeploymentId cannot be set on a stage with AutoDeploy")
    check(tx, api, stage)
    parts.put(tx, api, parts.STAGES, stage)
    # What is configured of a stage is served as it is; only what is deployed has to be deployed.
    if stage.is_auto_deploy and not before.is_auto_deploy:
        deployments.follow(tx, api, now)
    else:
        signal_api(tx, api_id)


def delete(tx: Transaction, scope: Scope, api_id: str, stage_name: str) -> None:
    """Raises ApiNotFound, NotFound, BadRequest."""
    api = apis.find(tx, scope, api_id)
    stage = find(tx, api, RULES, stage_name)
    _check_is_free(stage)
    mapped = [mapping for mapping in domains.mappings_of_api(tx, api_id) if mapping.stage == stage_name]
    if mapped:
        reason = f"Deleting stage {stage_name} failed. Please remove all api mappings related to the stage from your domains."
        raise errors.BadRequest(reason=reason)
    parts.delete(tx, api_id, parts.STAGES, stage_name)
    tags.delete(tx, scope, arn_of(scope, api_id, stage_name))
    signal_api(tx, api_id)


def drop_route_settings(tx: Transaction, scope: Scope, api_id: str, stage_name: str, route_key: str, now: Instant) -> None:
    """Raises ApiNotFound, NotFound, NoSuchRouteKey."""
    api = apis.find(tx, scope, api_id)
    stage = find(tx, api, RULES, stage_name)
    if route_key not in stage.route_settings:
        raise errors.NoSuchRouteKey(route_key=route_key)
    left = {key: settings for key, settings in stage.route_settings.items() if key != route_key}
    parts.put(tx, api, parts.STAGES, structs.replace(stage, route_settings=left, updated_at=now))
    signal_api(tx, api_id)


def drop_access_log(tx: Transaction, scope: Scope, api_id: str, stage_name: str, now: Instant) -> None:
    """Raises ApiNotFound, NotFound."""
    api = apis.find(tx, scope, api_id)
    stage = find(tx, api, RULES, stage_name)
    parts.put(tx, api, parts.STAGES, structs.replace(stage, access_log=None, updated_at=now))
    signal_api(tx, api_id)


def reset_authorizers_cache(tx: Transaction, scope: Scope, api_id: str, stage_name: str) -> None:
    """Whoever remembers what authorizers said forgets it with the API. Raises ApiNotFound, NotFound."""
    find(tx, apis.find(tx, scope, api_id), RULES, stage_name)
    signal_api(tx, api_id)


def arn_of(scope: Scope, api_id: str, stage_name: str) -> str:
    return f"{apis.arn_of(scope, api_id)}/stages/{stage_name}"


def _tagged(tx: Transaction, api: Api, stage: Stage) -> Told:
    return api, stage, tags.find(tx, api.scope, arn_of(api.scope, api.api_id, stage.stage_name))


def _check_is_free(stage: Stage) -> None:
    if stage.is_managed:
        raise errors.BadRequest(reason=f"Stage {stage.stage_name} is managed by API Gateway and cannot be changed or deleted")


def _merged(before: Stage, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Variables that are set to "" go; settings of other routes than those that are named stay."""
    merged = dict(changes)
    if "variables" in changes:
        variables = {**before.variables, **changes["variables"]}
        merged["variables"] = {name: value for name, value in variables.items() if value != ""}
    if "route_settings" in changes:
        merged["route_settings"] = {**before.route_settings, **changes["route_settings"]}
    return merged


def _has_execution_logs(settings: RouteSettings) -> bool:
    return settings.is_data_trace_enabled or settings.logging_level not in ("", "OFF")
