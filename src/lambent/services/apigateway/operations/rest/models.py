"""Models, request validators, gateway responses and authorizers."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import gateway_responses, models, parts, patches, schemas
from lambent.services.apigateway.operations.rest.base import Base, by, operations_of, paged, scope_of


class ModelOperations(Base):
    """What methods refer to."""

    async def create_model(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.write(models.create_model, scope_of(context), parameters["restApiId"], parameters)

    async def get_model(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id = scope_of(context), parameters["restApiId"]
        found = await self._store.read(models.find_model, scope, api_id, parameters["modelName"])
        if not parameters.get("flatten"):
            return found
        everything = await self._store.read(parts.of_api, scope, parts.MODEL, api_id)
        return {**found, "schema": schemas.flattened(found["schema"], {model["name"]: model["schema"] for model in everything})}

    async def get_models(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(parts.of_api, scope_of(context), parts.MODEL, parameters["restApiId"])
        return paged(parameters, found, by("name"))

    async def update_model(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id, name = scope_of(context), parameters["restApiId"], parameters["modelName"]
        return await self._store.write(models.change_model, scope, api_id, name, operations_of(parameters))

    async def delete_model(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(models.delete_model, scope_of(context), parameters["restApiId"], parameters["modelName"])
        return {}

    async def get_model_template(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id = scope_of(context), parameters["restApiId"]
        found = await self._store.read(models.find_model, scope, api_id, parameters["modelName"])
        return {"value": schemas.template(found["schema"])}

    # ---- request validators ----

    async def create_request_validator(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.write(models.create_validator, scope_of(context), parameters["restApiId"], parameters)

    async def get_request_validator(self, context: Context, parameters: Parameters) -> Reply:
        return await self._part(context, parameters, parts.VALIDATOR, parameters["requestValidatorId"])

    async def get_request_validators(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(parts.of_api, scope_of(context), parts.VALIDATOR, parameters["restApiId"])
        return paged(parameters, found, by("id"))

    async def update_request_validator(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.write(
            parts.change,
            scope_of(context),
            parts.VALIDATOR,
            parameters["restApiId"],
            parameters["requestValidatorId"],
            lambda validator: patches.apply(validator, operations_of(parameters), models.VALIDATOR_RULES),
        )

    async def delete_request_validator(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id = scope_of(context), parameters["restApiId"]
        await self._store.write(models.delete_validator, scope, api_id, parameters["requestValidatorId"])
        return {}

    # ---- gateway responses ----

    async def put_gateway_response(self, context: Context, parameters: Parameters) -> Reply:
        kind = _response_type(parameters)
        return await self._store.write(
            models.put_gateway_response, scope_of(context), parameters["restApiId"], kind, parameters
        )

    async def get_gateway_response(self, context: Context, parameters: Parameters) -> Reply:
        kind = _response_type(parameters)
        return await self._store.read(models.find_gateway_response, scope_of(context), parameters["restApiId"], kind)

    async def get_gateway_responses(self, context: Context, parameters: Parameters) -> Reply:
        """All of them, set or not."""
        return {"items": await self._store.read(models.gateway_responses_of, scope_of(context), parameters["restApiId"])}

    async def update_gateway_response(self, context: Context, parameters: Parameters) -> Reply:
        kind = _response_type(parameters)
        return await self._store.write(
            models.change_gateway_response, scope_of(context), parameters["restApiId"], kind, operations_of(parameters)
        )

    async def delete_gateway_response(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id = scope_of(context), parameters["restApiId"]
        await self._store.read(parts.find_api, scope, api_id)
        await self._store.write(parts.delete, scope, parts.GATEWAY_RESPONSE, api_id, _response_type(parameters))
        return {}

    # ---- authorizers ----

    async def create_authorizer(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.write(models.create_authorizer, scope_of(context), parameters["restApiId"], parameters)

    async def get_authorizer(self, context: Context, parameters: Parameters) -> Reply:
        return await self._part(context, parameters, parts.AUTHORIZER, parameters["authorizerId"])

    async def get_authorizers(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(parts.of_api, scope_of(context), parts.AUTHORIZER, parameters["restApiId"])
        return paged(parameters, found, by("id"))

    async def update_authorizer(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id, id_ = scope_of(context), parameters["restApiId"], parameters["authorizerId"]
        return await self._store.write(models.change_authorizer, scope, api_id, id_, operations_of(parameters))

    async def delete_authorizer(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id = scope_of(context), parameters["restApiId"]
        await self._store.write(models.delete_authorizer, scope, api_id, parameters["authorizerId"])
        return {}

    async def _part(self, context: Context, parameters: Parameters, kind: parts.Kind, id_: str) -> Reply:
        scope, api_id = scope_of(context), parameters["restApiId"]
        await self._store.read(parts.find_api, scope, api_id)
        return await self._store.read(parts.find, scope, kind, api_id, id_)


def _response_type(parameters: Parameters) -> str:
    kind: str = parameters["responseType"]
    if kind not in gateway_responses.KINDS:
        raise errors.BadRequest(reason=f"Invalid gateway response type specified: {kind}")
    return kind
