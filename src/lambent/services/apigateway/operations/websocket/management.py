"""The operations of apigatewaymanagementapi: what is sent to clients, asked of their connections, and how these are ended.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.http import refusals
from lambent.services.apigateway.engine.http.plans import execute_api_arn
from lambent.services.apigateway.engine.records import Api
from lambent.services.apigateway.operations.v2.base import date
from lambent.services.apigateway.operations.websocket.sockets import Sockets
from lambent.wire import models, paths, protocols
from lambent.wire.http import Request, Response, TooLarge, Visit
from lambent.wire.models import Operation

SERVICE = "apigatewaymanagementapi"
ACTION = "execute-api:ManageConnections"
MESSAGE_BYTES_MAX = 131_072
PREFIX = "/@connections/"


class ApiGatewayManagementApi:
    """The connections of one platform."""

    def __init__(self, *, sockets: Sockets) -> None:
        self._sockets = sockets

    async def post_to_connection(self, context: Context, parameters: Parameters) -> Reply:
        data: bytes = parameters["Data"]
        if len(data) > MESSAGE_BYTES_MAX:
            raise errors.MessageTooLarge
        self._sockets.post(context.account, parameters["ConnectionId"], data)
        return {}

    async def get_connection(self, context: Context, parameters: Parameters) -> Reply:
        found = self._sockets.find(context.account, parameters["ConnectionId"])
        return {
            "ConnectedAt": date(found.connected_at),
            "Identity": {"SourceIp": found.source_ip, "UserAgent": found.user_agent},
            "LastActiveAt": date(found.active_at),
        }

    async def delete_connection(self, context: Context, parameters: Parameters) -> Reply:
        self._sockets.close(context.account, parameters["ConnectionId"])
        return {}


class Connections:
    """The same operations where an API's own address is asked for them: ``/{stage}/@connections/{id}``."""

    def __init__(self, api: ApiGatewayManagementApi, sockets: Sockets) -> None:
        self._sockets = sockets
        self._methods = {
            "PostToConnection": api.post_to_connection,
            "GetConnection": api.get_connection,
            "DeleteConnection": api.delete_connection,
        }

    async def answer(self, visit: Visit, below: str, api: Api, stage_name: str) -> Response:
        """``below``: the path from "/@connections/" on."""
        given = visit.request
        request = Request(given.method, below, given.query, given.headers)
        found = paths.tree(models.service(SERVICE)).find(request.method, request.path, request.query, request.headers)
        if found is None:
            return refusals.forbidden().response()
        operation, labels = found
        protocol = protocols.protocol("rest-json")
        try:
            request.body = await _read(visit)
            arn = execute_api_arn(api, f"{stage_name}/{request.method}{below}")
            context = await self._caller(visit, api.scope.account, arn)
            parameters = protocol.parse(operation, request, labels)
            # Another API's connection, or another stage's, is none of this one's.
            self._sockets.check_is_of(context.account, parameters["ConnectionId"], api.api_id, stage_name)
            reply = await self._call(operation, context, parameters)
        except ServiceError as error:
            return protocol.serialize_error(operation, error, visit.request_id)
        return protocol.serialize(operation, reply, visit.request_id)

    async def _call(self, operation: Operation, context: Context, parameters: Parameters) -> Reply:
        return await self._methods[operation.name](context, parameters)

    async def _caller(self, visit: Visit, account: str, arn: str) -> Context:
        """Who signed, if it may. Raises the ServiceError that says why not."""
        caller = await visit.caller("execute-api")
        if caller is None or caller.account != account:
            raise errors.ConnectionsForbidden
        if await visit.denial(ACTION, arn, None) is not None:
            raise errors.ConnectionsForbidden
        return caller


async def _read(visit: Visit) -> bytes:
    try:
        return await visit.read(MESSAGE_BYTES_MAX)
    except TooLarge as error:
        raise errors.MessageTooLarge from error
