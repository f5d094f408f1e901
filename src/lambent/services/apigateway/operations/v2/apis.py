"""APIs: create, get, list, delete."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway.engine.records import Api
from lambent.services.apigateway.engine.v2 import apis
from lambent.services.apigateway.operations.v2.base import Base, date, endpoint, page_size, paged, scope_of, start


class ApiOperations(Base):
    async def create_api(self, context: Context, parameters: Parameters) -> Reply:
        api = Api(scope_of(context), apis.new_id(), parameters["Name"], parameters["ProtocolType"], self._clock.now())
        await self._store.write(apis.insert, api)
        return _told(context, api)

    async def get_api(self, context: Context, parameters: Parameters) -> Reply:
        return _told(context, await self._store.read(apis.find, scope_of(context), parameters["ApiId"]))

    async def get_apis(self, context: Context, parameters: Parameters) -> Reply:
        size = page_size(parameters)
        found = await self._store.read(apis.page, scope_of(context), after=start(parameters), count_max=size)
        return paged([_told(context, api) for api in found], [api.api_id for api in found], size)

    async def delete_api(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(apis.delete, scope_of(context), parameters["ApiId"])
        return {}


def _told(context: Context, api: Api) -> Reply:
    return {
        "ApiEndpoint": endpoint(context, api),
        "ApiId": api.api_id,
        "CreatedDate": date(api.created_at),
        "Name": api.name,
        "ProtocolType": api.protocol_type,
    }
