"""Models, integration responses and route responses: of WebSocket APIs."""

from typing import Any

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import IntegrationResponse, RouteResponse
from lambent.services.apigateway.engine.v2 import integrations, models, parts, routes
from lambent.services.apigateway.engine.v2.models import INTEGRATION_RESPONSE_RULES, MODEL_RULES, ROUTE_RESPONSE_RULES
from lambent.services.apigateway.engine.v2.resources import Model
from lambent.services.apigateway.operations.v2.base import page_size, paged, start
from lambent.services.apigateway.operations.v2.routes import PartOperations
from lambent.services.apigateway.operations.v2.shapes import (
    INTEGRATION_RESPONSE,
    MODEL,
    ROUTE_RESPONSE,
    given,
    given_constraints,
    told_integration_response,
    told_model,
    told_route_response,
)


class ModelOperations(PartOperations):
    """The control plane of models."""

    async def create_model(self, context: Context, parameters: Parameters) -> Reply:
        model = Model(model_id=parts.short_id(), **given(parameters, MODEL))
        return told_model(await self._create(context, parameters, MODEL_RULES, model))

    async def get_model(self, context: Context, parameters: Parameters) -> Reply:
        return told_model(await self._get(context, parameters, MODEL_RULES, parameters["ModelId"]))

    async def get_model_template(self, context: Context, parameters: Parameters) -> Reply:
        return {"Value": models.template_of(await self._get(context, parameters, MODEL_RULES, parameters["ModelId"]))}

    async def get_models(self, context: Context, parameters: Parameters) -> Reply:
        return await self._list(context, parameters, MODEL_RULES, told_model)

    async def update_model(self, context: Context, parameters: Parameters) -> Reply:
        changes = given(parameters, MODEL)
        return told_model(await self._update(context, parameters, MODEL_RULES, parameters["ModelId"], changes))

    async def delete_model(self, context: Context, parameters: Parameters) -> Reply:
        return await self._delete(context, parameters, MODEL_RULES, parameters["ModelId"])


class IntegrationResponseOperations(PartOperations):
    """The control plane of integration responses."""

    async def create_integration_response(self, context: Context, parameters: Parameters) -> Reply:
        fields = given(parameters, INTEGRATION_RESPONSE)
        response = IntegrationResponse(
            integration_response_id=parts.short_id(), integration_id=parameters["IntegrationId"], **fields
        )
        return told_integration_response(await self._create(context, parameters, INTEGRATION_RESPONSE_RULES, response))

    async def get_integration_response(self, context: Context, parameters: Parameters) -> Reply:
        return told_integration_response(await self._response_of_integration(context, parameters))

    async def get_integration_responses(self, context: Context, parameters: Parameters) -> Reply:
        await self._get(context, parameters, integrations.RULES, parameters["IntegrationId"])
        found = await self._store.read(models.responses_of_integration, parameters["ApiId"], parameters["IntegrationId"])
        size, after = page_size(parameters), start(parameters)
        shown = [response for response in found if response.integration_response_id > after][: size + 1]
        ids = [response.integration_response_id for response in shown]
        return paged([told_integration_response(response) for response in shown], ids, size)

    async def update_integration_response(self, context: Context, parameters: Parameters) -> Reply:
        response = await self._response_of_integration(context, parameters)
        changes, response_id = given(parameters, INTEGRATION_RESPONSE), response.integration_response_id
        changed = await self._update(context, parameters, INTEGRATION_RESPONSE_RULES, response_id, changes)
        return told_integration_response(changed)

    async def delete_integration_response(self, context: Context, parameters: Parameters) -> Reply:
        response = await self._response_of_integration(context, parameters)
        return await self._delete(context, parameters, INTEGRATION_RESPONSE_RULES, response.integration_response_id)

    async def _response_of_integration(self, context: Context, parameters: Parameters) -> IntegrationResponse:
        await self._get(context, parameters, integrations.RULES, parameters["IntegrationId"])
        response_id = parameters["IntegrationResponseId"]
        response = await self._get(context, parameters, INTEGRATION_RESPONSE_RULES, response_id)
        if response.integration_id != parameters["IntegrationId"]:
            raise errors.NotFound(what=INTEGRATION_RESPONSE_RULES.what)
        return response


class RouteResponseOperations(PartOperations):
    """The control plane of route responses."""

    async def create_route_response(self, context: Context, parameters: Parameters) -> Reply:
        response = RouteResponse(
            route_response_id=parts.short_id(), route_id=parameters["RouteId"], **_route_response(parameters)
        )
        return told_route_response(await self._create(context, parameters, ROUTE_RESPONSE_RULES, response))

    async def get_route_response(self, context: Context, parameters: Parameters) -> Reply:
        return told_route_response(await self._response_of_route(context, parameters))

    async def get_route_responses(self, context: Context, parameters: Parameters) -> Reply:
        await self._get(context, parameters, routes.RULES, parameters["RouteId"])
        found = await self._store.read(models.responses_of_route, parameters["ApiId"], parameters["RouteId"])
        size, after = page_size(parameters), start(parameters)
        shown = [response for response in found if response.route_response_id > after][: size + 1]
        return paged([told_route_response(each) for each in shown], [each.route_response_id for each in shown], size)

    async def update_route_response(self, context: Context, parameters: Parameters) -> Reply:
        response = await self._response_of_route(context, parameters)
        changes, response_id = _route_response(parameters), response.route_response_id
        return told_route_response(await self._update(context, parameters, ROUTE_RESPONSE_RULES, response_id, changes))

    async def delete_route_response(self, context: Context, parameters: Parameters) -> Reply:
        response = await self._response_of_route(context, parameters)
        return await self._delete(context, parameters, ROUTE_RESPONSE_RULES, response.route_response_id)

    async def _response_of_route(self, context: Context, parameters: Parameters) -> RouteResponse:
        await self._get(context, parameters, routes.RULES, parameters["RouteId"])
        response = await self._get(context, parameters, ROUTE_RESPONSE_RULES, parameters["RouteResponseId"])
        if response.route_id != parameters["RouteId"]:
            raise errors.NotFound(what=ROUTE_RESPONSE_RULES.what)
        return response


def _route_response(parameters: Parameters) -> dict[str, Any]:
    fields = given(parameters, ROUTE_RESPONSE)
    if parameters.get("ResponseParameters") is not None:
        fields["response_parameters"] = given_constraints(parameters, "ResponseParameters")
    return fields
