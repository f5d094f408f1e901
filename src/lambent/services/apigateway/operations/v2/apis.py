"""APIs: create, get, list, update, delete, and their CORS configuration."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway.engine.records import Api
from lambent.services.apigateway.engine.v2 import apis, quick
from lambent.services.apigateway.operations.v2.base import Base, page_size, paged, scope_of, start
from lambent.services.apigateway.operations.v2.shapes import API, given, given_cors, told_api

HTTP_SELECTION = "$request.method $request.path"


class ApiOperations(Base):
    """The control plane of APIs."""

    async def create_api(self, context: Context, parameters: Parameters) -> Reply:
        is_http = parameters["ProtocolType"] == "HTTP"
        fields = {"route_selection_expression": HTTP_SELECTION if is_http else ""} | given(parameters, API)
        api = Api(
            scope=scope_of(context),
            api_id=apis.new_id(),
            protocol_type=parameters["ProtocolType"],
            created_at=self._clock.now(),
            **fields,
            **given_cors(parameters),
        )
        tags = parameters.get("Tags") or {}
        await self._store.write(
            quick.create,
            api,
            tags,
            target=parameters.get("Target") or "",
            route_key=parameters.get("RouteKey") or "",
            credentials_arn=parameters.get("CredentialsArn") or "",
            now=api.created_at,
        )
        return told_api(context, api, tags)

    async def get_api(self, context: Context, parameters: Parameters) -> Reply:
        api, tags = await self._store.read(apis.with_tags, scope_of(context), parameters["ApiId"])
        return told_api(context, api, tags)

    async def get_apis(self, context: Context, parameters: Parameters) -> Reply:
        size = page_size(parameters)
        found = await self._store.read(apis.page, scope_of(context), after=start(parameters), count_max=size)
        return paged([told_api(context, api, tags) for api, tags in found], [api.api_id for api, _ in found], size)

    async def update_api(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id = scope_of(context), parameters["ApiId"]
        await self._store.write(
            quick.update,
            scope,
            api_id,
            given(parameters, API) | given_cors(parameters),
            target=parameters.get("Target"),
            route_key=parameters.get("RouteKey"),
            credentials_arn=parameters.get("CredentialsArn"),
            now=self._clock.now(),
        )
        return await self.get_api(context, parameters)

    async def delete_api(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(apis.delete, scope_of(context), parameters["ApiId"])
        return {}

    async def delete_cors_configuration(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(apis.delete_cors, scope_of(context), parameters["ApiId"])
        return {}
