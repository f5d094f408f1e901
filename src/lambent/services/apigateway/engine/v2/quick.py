"""Quick create: an API with one integration, one route and a stage that deploys by itself, all managed by API Gateway.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop.html#http-api-examples.cli.quick-create
"""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import DEFAULT_ROUTE, DEFAULT_STAGE, HTTP, Api, Integration, Route, Stage
from lambent.services.apigateway.engine.v2 import apis, deployments, integrations, routes
from lambent.services.apigateway.engine.v2.parts import insert, long_id
from lambent.services.apigateway.tables.v2 import parts
from lambent.store.database import Transaction


def create(
    tx: Transaction, api: Api, tags: Mapping[str, str], *, target: str, route_key: str, credentials_arn: str, now: Instant
) -> None:
    """Raises BadRequest, LimitReached."""
    if target and api.protocol_type != HTTP:
        raise errors.BadRequest(reason="Target is supported for protocolType HTTP only")
    if not target and (route_key or credentials_arn):
        raise errors.BadRequest(reason="Target is a required parameter where RouteKey or CredentialsArn is given")
    apis.insert(tx, api, tags)
    if not target:
        return
    integration = _integration(target, credentials_arn)
    insert(tx, api, integrations.RULES, integration)
    route = Route(long_id(), route_key or DEFAULT_ROUTE, target=f"integrations/{integration.integration_id}", is_managed=True)
    insert(tx, api, routes.RULES, route)
    stage = Stage(DEFAULT_STAGE, now, now, is_auto_deploy=True, is_managed=True)
    parts.put(tx, api, parts.STAGES, stage)
    deployments.follow(tx, api, now)


def update(
    tx: Transaction,
    scope: Scope,
    api_id: str,
    changes: Mapping[str, Any],
    *,
    target: str | None,
    route_key: str | None,
    credentials_arn: str | None,
    now: Instant,
) -> Api:
    """The API, and what quick create made of it, where that is named. Raises ApiNotFound, BadRequest."""
    api = apis.update(tx, scope, api_id, changes)
    if target is None and route_key is None and credentials_arn is None:
        return api
    route = next((route for route in parts.listed(tx, api_id, parts.ROUTES) if route.is_managed), None)
    integration = next((each for each in parts.listed(tx, api_id, parts.INTEGRATIONS) if each.is_managed), None)
    if route is None or integration is None:
        reason = "Target, RouteKey and CredentialsArn can be changed of APIs only that quick create made"
        raise errors.BadRequest(reason=reason)
    if target is not None or credentials_arn is not None:
        credentials = integration.credentials_arn if credentials_arn is None else credentials_arn
        made = _integration(integration.integration_uri if target is None else target, credentials)
        changed = integrations.completed(api, structs.replace(made, integration_id=integration.integration_id))
        integrations.check(tx, api, changed)
        parts.put(tx, api, parts.INTEGRATIONS, changed)
    if route_key is not None:
        renamed = structs.replace(route, route_key=route_key)
        routes.check(tx, api, renamed)
        parts.put(tx, api, parts.ROUTES, renamed)
    deployments.follow(tx, api, now)
    return api


def _integration(target: str, credentials_arn: str) -> Integration:
    """A function by its ARN, else a URL."""
    is_function = target.startswith("arn:")
    return Integration(
        long_id(),
        "AWS_PROXY" if is_function else "HTTP_PROXY",
        integration_uri=target,
        integration_method="POST" if is_function else "ANY",
        payload_format_version="2.0" if is_function else "1.0",
        credentials_arn=credentials_arn,
        is_managed=True,
    )
