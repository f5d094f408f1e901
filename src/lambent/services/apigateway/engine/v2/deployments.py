"""Deployments: snapshots of an API's parts, which its stages serve. A stage with AutoDeploy gets one with each change.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
"""

from msgspec import structs

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import HTTP, WEBSOCKET, Api, Deployment, Snapshot, Stage
from lambent.services.apigateway.engine.v2 import apis
from lambent.services.apigateway.tables.v2 import parts
from lambent.services.apigateway.tables.v2.published import signal_api
from lambent.store.database import Transaction

DEPLOYMENT_ID_CHARS = 6
AUTO_DEPLOYMENTS_MAX = 20
"""How many of those that were made by themselves are kept: each has a snapshot of the whole API, and each change makes one."""

_AUTO_DESCRIPTION = "Automatic deployment triggered by changes to the Api configuration"
_NO_ROUTES = {
    HTTP: "Unable to deploy API because no routes exist in this API",
    WEBSOCKET: "At least one route is required before deploying the Api",
}


def create(tx: Transaction, scope: Scope, api_id: str, *, stage_name: str, description: str, now: Instant) -> Deployment:
    """``stage_name``: of the stage that serves it from now on, where one is named. Raises ApiNotFound, NotFound, BadRequest."""
    api = apis.find(tx, scope, api_id)
    stage = parts.find(tx, api_id, parts.STAGES, stage_name) if stage_name else None
    if stage_name and stage is None:
        raise errors.NotFound(what="stage")
    deployment = _made(tx, api, description, now, is_auto_deployed=False)
    if stage is not None:
        _point(tx, api, stage, deployment, now)
        signal_api(tx, api_id)
    return deployment


def update(tx: Transaction, scope: Scope, api_id: str, deployment_id: str, description: str | None) -> Deployment:
    """Raises ApiNotFound, NotFound."""
    api = apis.find(tx, scope, api_id)
    deployment = find(tx, api, deployment_id)
    if description is not None:
        deployment = structs.replace(deployment, description=description)
        parts.put(tx, api, parts.DEPLOYMENTS, deployment)
    return deployment


def delete(tx: Transaction, scope: Scope, api_id: str, deployment_id: str) -> None:
    """Raises ApiNotFound, NotFound, BadRequest."""
    api = apis.find(tx, scope, api_id)
    find(tx, api, deployment_id)
    if any(stage.deployment_id == deployment_id for stage in parts.listed(tx, api_id, parts.STAGES)):
        raise errors.BadRequest(reason="Active stages pointing to this deployment must be moved or deleted")
    _delete(tx, api, deployment_id)


def find(tx: Transaction, api: Api, deployment_id: str) -> Deployment:
    """Raises NotFound."""
    deployment = parts.find(tx, api.api_id, parts.DEPLOYMENTS, deployment_id)
    if deployment is None:
        raise errors.NotFound(what="Deployment")
    return deployment


def get(tx: Transaction, scope: Scope, api_id: str, deployment_id: str) -> Deployment:
    """Raises ApiNotFound, NotFound."""
    return find(tx, apis.find(tx, scope, api_id), deployment_id)


def page(tx: Transaction, scope: Scope, api_id: str, *, after: str, count_max: int) -> list[Deployment]:
    """The deployments of one page, and the first of the next where there is one. Raises ApiNotFound."""
    api = apis.find(tx, scope, api_id)
    return parts.page(tx, api.api_id, parts.DEPLOYMENTS, after=after, count_max=count_max + 1)


def follow(tx: Transaction, api: Api, now: Instant) -> None:
    """The API has changed: its stages with AutoDeploy serve it as it is now, and who remembers it is told."""
    signal_api(tx, api.api_id)
    stages = parts.listed(tx, api.api_id, parts.STAGES)
    followers = [stage for stage in stages if stage.is_auto_deploy]
    if not followers:
        return
    try:
        deployment = _made(tx, api, _AUTO_DESCRIPTION, now, is_auto_deployed=True)
    except errors.BadRequest as error:
        for stage in followers:
            _fail(tx, api, stage, error.message)
        return
    for stage in followers:
        _point(tx, api, stage, deployment, now)
    kept = {stage.deployment_id for stage in stages if not stage.is_auto_deploy} | {deployment.deployment_id}
    _forget_old(tx, api, kept)


def taken(tx: Transaction, api: Api) -> Snapshot:
    """The API's parts as they are now."""
    return Snapshot(
        routes=tuple(parts.listed(tx, api.api_id, parts.ROUTES)),
        integrations=tuple(parts.listed(tx, api.api_id, parts.INTEGRATIONS)),
        authorizers=tuple(parts.listed(tx, api.api_id, parts.AUTHORIZERS)),
        route_responses=tuple(parts.listed(tx, api.api_id, parts.ROUTE_RESPONSES)),
        integration_responses=tuple(parts.listed(tx, api.api_id, parts.INTEGRATION_RESPONSES)),
        models=tuple(parts.listed(tx, api.api_id, parts.MODELS)),
    )


def _made(tx: Transaction, api: Api, description: str, now: Instant, *, is_auto_deployed: bool) -> Deployment:
    """Raises BadRequest where there is nothing to serve."""
    snapshot = taken(tx, api)
    if not snapshot.routes:
        raise errors.BadRequest(reason=_NO_ROUTES[api.protocol_type])
    deployment = Deployment(
        ids.lower_and_digits(DEPLOYMENT_ID_CHARS), now, description=description, is_auto_deployed=is_auto_deployed
    )
    parts.put(tx, api, parts.DEPLOYMENTS, deployment)
    parts.insert_snapshot(tx, api, deployment.deployment_id, snapshot)
    return deployment


def _point(tx: Transaction, api: Api, stage: Stage, deployment: Deployment, now: Instant) -> None:
    deployment_id = deployment.deployment_id
    message = f"Successfully deployed stage with deployment ID '{deployment_id}'" if stage.is_auto_deploy else ""
    pointed = structs.replace(stage, deployment_id=deployment_id, updated_at=now, last_deployment_status_message=message)
    parts.put(tx, api, parts.STAGES, pointed)


def _fail(tx: Transaction, api: Api, stage: Stage, reason: str) -> None:
    message = f"Deployment attempt failed: {reason}"
    parts.put(tx, api, parts.STAGES, structs.replace(stage, last_deployment_status_message=message))


def _forget_old(tx: Transaction, api: Api, kept: set[str]) -> None:
    made = [deployment for deployment in parts.listed(tx, api.api_id, parts.DEPLOYMENTS) if deployment.is_auto_deployed]
    made.sort(key=lambda deployment: deployment.created_at, reverse=True)
    for deployment in made[AUTO_DEPLOYMENTS_MAX:]:
        if deployment.deployment_id not in kept:
            _delete(tx, api, deployment.deployment_id)


def _delete(tx: Transaction, api: Api, deployment_id: str) -> None:
    parts.delete(tx, api.api_id, parts.DEPLOYMENTS, deployment_id)
    parts.delete_snapshot(tx, api.api_id, deployment_id)
