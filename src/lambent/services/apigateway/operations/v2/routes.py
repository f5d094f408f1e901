"""Routes, integrations and authorizers: create, get, list, update, delete."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from msgspec import Struct

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway.engine.records import Authorizer, Integration, Route
from lambent.services.apigateway.engine.v2 import authorizers, integrations, parts, routes
from lambent.services.apigateway.engine.v2.parts import Rules
from lambent.services.apigateway.operations.v2.base import Base, page_size, paged, scope_of, start
from lambent.services.apigateway.operations.v2.shapes import (
    AUTHORIZER,
    INTEGRATION,
    ROUTE,
    given,
    given_constraints,
    told_authorizer,
    told_integration,
    told_route,
)

T = TypeVar("T", bound=Struct)


class PartOperations(Base):
    """What is done alike with all kinds of parts."""

    async def _create(self, context: Context, parameters: Parameters, rules: Rules[T], part: T) -> T:
        return await self._store.write(parts.create, scope_of(context), parameters["ApiId"], rules, part, self._clock.now())

    async def _get(self, context: Context, parameters: Parameters, rules: Rules[T], part_id: str) -> T:
        return await self._store.read(parts.get, scope_of(context), parameters["ApiId"], rules, part_id)

    async def _list(self, context: Context, parameters: Parameters, rules: Rules[T], told: Callable[[T], Reply]) -> Reply:
        size = page_size(parameters)
        found = await self._store.read(
            parts.page, scope_of(context), parameters["ApiId"], rules, after=start(parameters), count_max=size
        )
        return paged([told(part) for part in found], [rules.kind.id_of(part) for part in found], size)

    async def _update(
        self, context: Context, parameters: Parameters, rules: Rules[T], part_id: str, changes: Mapping[str, Any]
    ) -> T:
        scope, api_id = scope_of(context), parameters["ApiId"]
        return await self._store.write(parts.update, scope, api_id, rules, part_id, changes, self._clock.now())

    async def _delete(self, context: Context, parameters: Parameters, rules: Rules[T], part_id: str) -> Reply:
        scope, api_id = scope_of(context), parameters["ApiId"]
        await self._store.write(parts.delete, scope, api_id, rules, part_id, self._clock.now())
        return {}


class RouteOperations(PartOperations):
    """The control plane of routes."""

    async def create_route(self, context: Context, parameters: Parameters) -> Reply:
        route = Route(route_id=parts.long_id(), **_route(parameters))
        return told_route(await self._create(context, parameters, routes.RULES, route))

    async def get_route(self, context: Context, parameters: Parameters) -> Reply:
        return told_route(await self._get(context, parameters, routes.RULES, parameters["RouteId"]))

    async def get_routes(self, context: Context, parameters: Parameters) -> Reply:
        return await self._list(context, parameters, routes.RULES, told_route)

    async def update_route(self, context: Context, parameters: Parameters) -> Reply:
        changes = _route(parameters)
        return told_route(await self._update(context, parameters, routes.RULES, parameters["RouteId"], changes))

    async def delete_route(self, context: Context, parameters: Parameters) -> Reply:
        return await self._delete(context, parameters, routes.RULES, parameters["RouteId"])

    async def delete_route_request_parameter(self, context: Context, parameters: Parameters) -> Reply:
        key, now = parameters["RequestParameterKey"], self._clock.now()
        where = (scope_of(context), parameters["ApiId"], parameters["RouteId"])
        await self._store.write(routes.delete_request_parameter, *where, key, now)
        return {}


class IntegrationOperations(PartOperations):
    """The control plane of integrations."""

    async def create_integration(self, context: Context, parameters: Parameters) -> Reply:
        integration = Integration(integration_id=parts.long_id(), **{"payload_format_version": "", **_integration(parameters)})
        return told_integration(await self._create(context, parameters, integrations.RULES, integration))

    async def get_integration(self, context: Context, parameters: Parameters) -> Reply:
        return told_integration(await self._get(context, parameters, integrations.RULES, parameters["IntegrationId"]))

    async def get_integrations(self, context: Context, parameters: Parameters) -> Reply:
        return await self._list(context, parameters, integrations.RULES, told_integration)

    async def update_integration(self, context: Context, parameters: Parameters) -> Reply:
        changes, integration_id = _integration(parameters), parameters["IntegrationId"]
        return told_integration(await self._update(context, parameters, integrations.RULES, integration_id, changes))

    async def delete_integration(self, context: Context, parameters: Parameters) -> Reply:
        return await self._delete(context, parameters, integrations.RULES, parameters["IntegrationId"])


class AuthorizerOperations(PartOperations):
    """The control plane of authorizers."""

    async def create_authorizer(self, context: Context, parameters: Parameters) -> Reply:
        ttl_s = authorizers.RESULT_TTL_S_DEFAULT if parameters.get("IdentitySource") else 0
        authorizer = Authorizer(authorizer_id=parts.short_id(), **{"result_ttl_s": ttl_s, **_authorizer(parameters)})
        return told_authorizer(await self._create(context, parameters, authorizers.RULES, authorizer))

    async def get_authorizer(self, context: Context, parameters: Parameters) -> Reply:
        return told_authorizer(await self._get(context, parameters, authorizers.RULES, parameters["AuthorizerId"]))

    async def get_authorizers(self, context: Context, parameters: Parameters) -> Reply:
        return await self._list(context, parameters, authorizers.RULES, told_authorizer)

    async def update_authorizer(self, context: Context, parameters: Parameters) -> Reply:
        changes, authorizer_id = _authorizer(parameters), parameters["AuthorizerId"]
        return told_authorizer(await self._update(context, parameters, authorizers.RULES, authorizer_id, changes))

    async def delete_authorizer(self, context: Context, parameters: Parameters) -> Reply:
        return await self._delete(context, parameters, authorizers.RULES, parameters["AuthorizerId"])


def _route(parameters: Parameters) -> dict[str, Any]:
    fields = given(parameters, ROUTE)
    if parameters.get("RequestParameters") is not None:
        fields["request_parameters"] = given_constraints(parameters, "RequestParameters")
    return fields


def _integration(parameters: Parameters) -> dict[str, Any]:
    fields = given(parameters, INTEGRATION)
    if parameters.get("TlsConfig") is not None:
        fields["tls_server_name"] = parameters["TlsConfig"].get("ServerNameToVerify") or ""
    return fields


def _authorizer(parameters: Parameters) -> dict[str, Any]:
    fields = given(parameters, AUTHORIZER)
    jwt = parameters.get("JwtConfiguration")
    return fields if jwt is None else fields | given(jwt, {"Issuer": "issuer", "Audience": "audience"})
