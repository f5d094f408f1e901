"""Deployments, which take a snapshot of all that an API serves, and stages, each of which serves one.

https://docs.aws.amazon.com/apigateway/latest/api/API_Stage.html
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import parts, patches, stage_settings
from lambent.services.apigateway.engine.rest.identifiers import resource_arn
from lambent.services.apigateway.engine.rest.patches import Patch, Rule
from lambent.services.apigateway.tables.rest import documents
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.services.apigateway.tables.v2 import domains
from lambent.store.database import Transaction

DEPLOYMENT_ID_CHARACTERS = 6
DEPLOYMENT_RULES = (Rule("/description"),)
SERVED = (parts.RESOURCE, parts.MODEL, parts.VALIDATOR, parts.AUTHORIZER, parts.GATEWAY_RESPONSE)
_STAGE_NAME = re.compile(r"[a-zA-Z0-9_]{1,128}")
_VARIABLE = re.compile(r"[A-Za-z0-9_]+")
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9\-._~:/?#&=,]*")


# ---- deployments -----------------------------------------------------------------------------------------------------


def deploy(tx: Transaction, scope: Scope, api_id: str, parameters: Mapping[str, Any], now: Instant) -> Document:
    """Also to a stage, which is made where it is not there.

    Raises BadRequestException, LimitExceededException, NotFoundException.
    """
    api = parts.find_api(tx, scope, api_id)
    snapshot = {kind.name: parts.of_owner(tx, scope, kind, api_id) for kind in SERVED} | {"api": api}
    _check_deployable(snapshot)
    deployment = {
        "id": ids.lower_and_digits(DEPLOYMENT_ID_CHARACTERS),
        **parts.given(parameters, "description"),
        "createdDate": now,
    }
    parts.add(tx, scope, parts.DEPLOYMENT, api_id, deployment)
    documents.put(tx, scope, parts.SNAPSHOT.name, api_id, deployment["id"], snapshot)
    stage_name = parameters.get("stageName")
    if stage_name:
        _serve(tx, scope, api_id, stage_name, deployment["id"], parameters, now)
    return deployment


def snapshot_of(tx: Transaction, scope: Scope, api_id: str, deployment_id: str) -> Document:
    """What a deployment serves; nothing where there is no such deployment."""
    return documents.find(tx, scope, parts.SNAPSHOT.name, api_id, deployment_id) or {}


def draft_of(tx: Transaction, scope: Scope, api_id: str) -> Document:
    """What a deployment would serve if it were made now."""
    api = parts.find_api(tx, scope, api_id)
    return {kind.name: parts.of_owner(tx, scope, kind, api_id) for kind in SERVED} | {"api": api}


def summary(snapshot: Mapping[str, Any]) -> Document:
    """By path and method, as ``apiSummary`` tells it."""
    found: Document = {}
    for resource in snapshot.get(parts.RESOURCE.name, ()):
        for verb, method in resource.get("resourceMethods", {}).items():
            told = {name: method[name] for name in ("authorizationType", "apiKeyRequired")}
            found.setdefault(resource["path"], {})[verb] = told
    return found


def change_deployment(
    tx: Transaction, scope: Scope, api_id: str, deployment_id: str, operations: Iterable[Mapping[str, Any]]
) -> Document:
    parts.find_api(tx, scope, api_id)
    return parts.change(
        tx, scope, parts.DEPLOYMENT, api_id, deployment_id, lambda found: patches.apply(found, operations, DEPLOYMENT_RULES)
    )


def delete_deployment(tx: Transaction, scope: Scope, api_id: str, deployment_id: str) -> None:
    """Raises BadRequestException while a stage serves it."""
    parts.find_api(tx, scope, api_id)
    for stage in parts.of_owner(tx, scope, parts.STAGE, api_id):
        if deployment_id in (stage["deploymentId"], stage.get("canarySettings", {}).get("deploymentId")):
            raise errors.BadRequest(reason="Active stages pointing to this deployment must be moved or deleted")
    parts.delete(tx, scope, parts.DEPLOYMENT, api_id, deployment_id)
    documents.delete(tx, scope, parts.SNAPSHOT.name, api_id, deployment_id)


def _check_deployable(snapshot: Mapping[str, Any]) -> None:
    methods = [method for resource in snapshot[parts.RESOURCE.name] for method in resource.get("resourceMethods", {}).values()]
    if not methods:
        raise errors.BadRequest(reason="The REST API doesn't contain any methods")
    if any("methodIntegration" not in method for method in methods):
        raise errors.BadRequest(reason="No integration defined for method")


def _serve(
    tx: Transaction,
    scope: Scope,
    api_id: str,
    stage_name: str,
    deployment_id: str,
    parameters: Mapping[str, Any],
    now: Instant,
) -> None:
    stage = documents.find(tx, scope, parts.STAGE.name, api_id, stage_name)
    if stage is None:
        described = {"description": parameters.get("stageDescription")}
        create_stage(tx, scope, api_id, {**parameters, **described, "deploymentId": deployment_id, "tags": None}, now)
        return
    canary = parameters.get("canarySettings")
    if canary:
        stage["canarySettings"] = stage_settings.canary({**canary, "deploymentId": deployment_id})
    else:
        stage["deploymentId"] = deployment_id
    stage |= parts.given(parameters, "cacheClusterEnabled", "cacheClusterSize", "tracingEnabled")
    if parameters.get("stageDescription"):
        stage["description"] = parameters["stageDescription"]
    if parameters.get("variables"):
        stage["variables"] = {**stage.get("variables", {}), **parameters["variables"]}
    _save_stage(tx, scope, api_id, stage, now)


# ---- stages ----------------------------------------------------------------------------------------------------------


def create_stage(tx: Transaction, scope: Scope, api_id: str, parameters: Mapping[str, Any], now: Instant) -> Document:
    """Raises BadRequestException, ConflictException, LimitExceededException, NotFoundException."""
    parts.find_api(tx, scope, api_id)
    name = parameters["stageName"]
    if not _STAGE_NAME.fullmatch(name):
        raise errors.BadRequest(reason="Stage name only allows a-zA-Z0-9_")
    if documents.find(tx, scope, parts.STAGE.name, api_id, name) is not None:
        raise errors.Conflict(reason="Stage already exists")
    _check_deployment(tx, scope, api_id, parameters["deploymentId"])
    is_cached = bool(parameters.get("cacheClusterEnabled"))
    stage = {
        "stageName": name,
        "deploymentId": parameters["deploymentId"],
        **parts.given(parameters, "description", "cacheClusterSize", "documentationVersion"),
        **{key: dict(parameters[key]) for key in ("variables", "tags") if parameters.get(key)},
        "cacheClusterEnabled": is_cached,
        "methodSettings": {},
        "tracingEnabled": bool(parameters.get("tracingEnabled")),
        "createdDate": now,
        "lastUpdatedDate": now,
    }
    if parameters.get("canarySettings"):
        stage["canarySettings"] = stage_settings.canary({"deploymentId": stage["deploymentId"], **parameters["canarySettings"]})
        _check_deployment(tx, scope, api_id, stage["canarySettings"]["deploymentId"])
    parts.add(tx, scope, parts.STAGE, api_id, stage)
    return _save_stage(tx, scope, api_id, stage, now)


def change_stage(
    tx: Transaction, scope: Scope, api_id: str, name: str, operations: Iterable[Mapping[str, Any]], now: Instant
) -> Document:
    parts.find_api(tx, scope, api_id)
    stage = parts.find(tx, scope, parts.STAGE, api_id, name)
    for operation in operations:
        patch = Patch.of(operation)
        stage_settings.change(stage, patch)
        if patch.segments[-1] == "deploymentId" and patch.operation != patches.COPY:
            _check_deployment(tx, scope, api_id, patch.value)
    return _save_stage(tx, scope, api_id, stage, now)


def delete_stage(tx: Transaction, scope: Scope, api_id: str, name: str) -> None:
    """Raises BadRequestException while a domain name leads to it."""
    parts.find_api(tx, scope, api_id)
    for mapping in domains.mappings_of_api(tx, api_id):
        if mapping.stage == name:
            raise errors.BadRequest(
                reason=f"Deleting stages mapped to custom domain names is not allowed: {mapping.domain_name}"
            )
    parts.delete(tx, scope, parts.STAGE, api_id, name)
    parts.tell(tx, api_id)


def arn(scope: Scope, api_id: str, name: str) -> str:
    return resource_arn(scope.region, f"/restapis/{api_id}/stages/{name}")


def _save_stage(tx: Transaction, scope: Scope, api_id: str, stage: Document, now: Instant) -> Document:
    for key, value in stage.get("variables", {}).items():
        if not _VARIABLE.fullmatch(key) or not _VARIABLE_VALUE.fullmatch(value):
            raise errors.BadRequest(
                reason=f"Stage variable is invalid: {key}. Please use values with alphanumeric characters and the symbols"
                " ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','."
            )
    stage["cacheClusterStatus"] = "AVAILABLE" if stage["cacheClusterEnabled"] else "NOT_AVAILABLE"
    stage["lastUpdatedDate"] = now
    parts.put(tx, scope, parts.STAGE, api_id, stage)
    parts.tell(tx, api_id)
    return stage


def _check_deployment(tx: Transaction, scope: Scope, api_id: str, deployment_id: str) -> None:
    if documents.find(tx, scope, parts.DEPLOYMENT.name, api_id, deployment_id) is None:
        raise errors.BadRequest(reason="Deployment id does not exist")
