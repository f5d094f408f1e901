"""Methods, integrations, and the responses of both."""

from lambent.core.context import Context, Scope
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway.engine.rest import methods
from lambent.services.apigateway.operations.rest.base import Base, operations_of, scope_of

Place = tuple[Scope, str, str, str]


class MethodOperations(Base):
    """What stands at a resource."""

    async def put_method(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.write(methods.put, *_place(context, parameters), parameters)

    async def get_method(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.read(methods.find, *_place(context, parameters))

    async def update_method(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.write(methods.change, *_place(context, parameters), operations_of(parameters))

    async def delete_method(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(methods.delete, *_place(context, parameters))
        return {}

    async def put_method_response(self, context: Context, parameters: Parameters) -> Reply:
        place, status = _place(context, parameters), parameters["statusCode"]
        return await self._store.write(methods.put_response, *place, status, parameters)

    async def get_method_response(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.read(methods.find_response, *_place(context, parameters), parameters["statusCode"])

    async def update_method_response(self, context: Context, parameters: Parameters) -> Reply:
        place, status = _place(context, parameters), parameters["statusCode"]
        return await self._store.write(methods.change_response, *place, status, operations_of(parameters))

    async def delete_method_response(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(methods.delete_response, *_place(context, parameters), parameters["statusCode"])
        return {}

    async def put_integration(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.write(methods.put_integration, *_place(context, parameters), parameters)

    async def get_integration(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.read(methods.find_integration, *_place(context, parameters))

    async def update_integration(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.write(methods.change_integration, *_place(context, parameters), operations_of(parameters))

    async def delete_integration(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(methods.delete_integration, *_place(context, parameters))
        return {}

    async def put_integration_response(self, context: Context, parameters: Parameters) -> Reply:
        place, status = _place(context, parameters), parameters["statusCode"]
        return await self._store.write(methods.put_integration_response, *place, status, parameters)

    async def get_integration_response(self, context: Context, parameters: Parameters) -> Reply:
        place, status = _place(context, parameters), parameters["statusCode"]
        return await self._store.read(methods.find_integration_response, *place, status)

    async def update_integration_response(self, context: Context, parameters: Parameters) -> Reply:
        place, status = _place(context, parameters), parameters["statusCode"]
        return await self._store.write(methods.change_integration_response, *place, status, operations_of(parameters))

    async def delete_integration_response(self, context: Context, parameters: Parameters) -> Reply:
        place, status = _place(context, parameters), parameters["statusCode"]
        await self._store.write(methods.delete_integration_response, *place, status)
        return {}


def _place(context: Context, parameters: Parameters) -> Place:
    return scope_of(context), parameters["restApiId"], parameters["resourceId"], parameters["httpMethod"]
