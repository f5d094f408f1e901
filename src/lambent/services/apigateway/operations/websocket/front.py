"""Where WebSocket APIs are visited: clients that connect, what they send and that they leave, and ``@connections``."""

import contextlib
import re
from collections.abc import Collection, Sequence

from msgspec import Struct

from lambent.core import ids, traces
from lambent.core.clock import Clock, monotonic_s
from lambent.core.ports import Caller, LogSink
from lambent.services.apigateway.engine.http import refusals as http_refusals
from lambent.services.apigateway.engine.http import routing
from lambent.services.apigateway.engine.http.refusals import Refusal
from lambent.services.apigateway.engine.records import WEBSOCKET
from lambent.services.apigateway.engine.rest import schemas
from lambent.services.apigateway.engine.rest.quotas import KeyRefused
from lambent.services.apigateway.engine.throttle import Bucket
from lambent.services.apigateway.engine.websocket import events, refusals
from lambent.services.apigateway.engine.websocket.delivery import (
    CONNECT,
    CONNECT_ROUTE,
    DISCONNECT,
    DISCONNECT_ROUTE,
    Connection,
    Delivery,
)
from lambent.services.apigateway.engine.websocket.plans import BodyCheck, SocketApi, SocketStage
from lambent.services.apigateway.errors import Gone
from lambent.services.apigateway.operations.http.access_logs import AccessLogs
from lambent.services.apigateway.operations.http.authorizing import Authorizing
from lambent.services.apigateway.operations.http.calls import Calls
from lambent.services.apigateway.operations.http.deadlines import Deadlines
from lambent.services.apigateway.operations.http.integrating import Integrating as HttpIntegrating
from lambent.services.apigateway.operations.http.issuers import Issuers
from lambent.services.apigateway.operations.http.web import Web
from lambent.services.apigateway.operations.keys import Keys
from lambent.services.apigateway.operations.known_domains import KnownDomains
from lambent.services.apigateway.operations.places import Places
from lambent.services.apigateway.operations.websocket.integrating import Integrating
from lambent.services.apigateway.operations.websocket.management import PREFIX, ApiGatewayManagementApi, Connections
from lambent.services.apigateway.operations.websocket.sockets import GOING_AWAY, Sockets
from lambent.services.apigateway.operations.websocket.talk import Talk, Tasks, Turn
from lambent.services.apigateway.tables.v2 import published
from lambent.store.database import Database, Transaction
from lambent.wire.http import Response, Upgrade, Visit

MESSAGE_BYTES_MAX = 131_072
FRAME_BYTES_MAX = 32_768
END_S_MAX = 5.0
"""How long a platform that stops waits for functions that hear of the end of connections."""

_CONNECTIONS = re.compile(r"/(?:@|%40)connections/(?P<rest>[^/]+)$")
_NOT_OF_UPGRADES = frozenset(
    (
        "content-type", "content-length", "sec-websocket-accept", "sec-websocket-extensions", "sec-websocket-key",
        "sec-websocket-version",
    )
)  # fmt: skip
"""Headers of a function's answer that are the server's to say, if anybody's: no extension is spoken, compression neither."""


class SocketFront:
    """The front of WebSocket APIs."""

    def __init__(
        self,
        *,
        store: Database,
        clock: Clock,
        call: Caller,
        log_sink: LogSink,
        domains: KnownDomains,
        endpoint_url: str,
        service_names: Collection[str],
        keys: Keys,
    ) -> None:
        self.sockets = Sockets()
        self._clock = clock
        self._places = Places(store=store, domains=domains, compiled=_compiled)
        self._web = Web()
        calls = Calls(call=call, endpoint_url=endpoint_url)
        issuers = Issuers(web=self._web, clock=clock)
        self._authorizing = Authorizing(calls=calls, issuers=issuers, clock=clock, event=events.authorizer_event)
        servers = HttpIntegrating(calls=calls, web=self._web, clock=clock)
        self._integrating = Integrating(calls=calls, servers=servers, service_names=service_names)
        self._access_logs = AccessLogs(log_sink=log_sink, clock=clock)
        self._connections = Connections(ApiGatewayManagementApi(sockets=self.sockets), self.sockets)
        self._keys = keys
        self._tasks = Tasks()
        self._deadlines = Deadlines(self._give_up)
        store.on_signal(self._hear)

    async def answer(self, visit: Visit) -> Response | None:
        path = routing.decoded(visit.request.path)
        if "." in visit.name:
            found = await self._places.below_domain(visit.name, path)
            if found is None:
                return None
            api, mapping, below = found
            stage_name, base_path = mapping.stage, mapping.mapping_key
        else:
            known = await self._places.api(visit.name)
            if known is None:
                return None
            api, base_path = known, ""
            stage_name, below = ("", "") if api.is_endpoint_disabled else routing.split_stage(path)
        plan = api.stages.get(stage_name)
        if plan is None:
            return http_refusals.forbidden().response()
        visit.live_by(plan.api.scope.account)
        asked = _CONNECTIONS.search(visit.request.path)
        if asked is not None:
            return await self._connections.answer(visit, f"{PREFIX}{asked['rest']}", plan.api, stage_name)
        if below != "/" or visit.request.method != "GET":
            return http_refusals.forbidden().response()
        return await self._opened(visit, plan, base_path)

    def forget(self, account: str | None) -> None:
        self._places.forget_all()
        self.sockets.end(account)

    def end_sockets(self) -> None:
        """The platform stops."""
        self.sockets.end()

    async def close(self) -> None:
        self.sockets.end()
        await self._tasks.close(END_S_MAX)
        await self._web.close()

    # ---- who would connect ----

    async def _opened(self, visit: Visit, plan: SocketStage, base_path: str) -> Response:
        started_s = monotonic_s()
        delivery = self._opening(visit, plan, base_path)
        connection = delivery.connection
        try:
            response = await self._connect(visit, delivery, plan)
            if await self._plan(connection) is None:  # deleted while the function ran
                raise http_refusals.forbidden()
        except Refusal as refusal:
            _note(refusal, delivery)
            response = refusals.response(refusal, delivery)
        self._log(delivery, plan, response.status, started_s)
        if not 200 <= response.status < 300:
            return response
        headers = [pair for pair in response.headers if pair[0].lower() not in _NOT_OF_UPGRADES]
        talk = Talk(
            connection,
            sockets=self.sockets,
            tasks=self._tasks,
            clock=self._clock,
            on_open=self._begun,
            on_message=self._message,
            on_end=self._ended,
        )
        return Upgrade(101, headers, conversation=talk, message_bytes_max=MESSAGE_BYTES_MAX, frame_bytes_max=FRAME_BYTES_MAX)

    def _opening(self, visit: Visit, plan: SocketStage, base_path: str) -> Delivery:
        request, now, scope = visit.request, self._clock.now(), plan.api.scope
        connection = Connection(
            ids.extended_request_id(),
            scope.account,
            scope.region,
            plan.api.api_id,
            plan.stage.stage_name,
            visit.host,
            visit.source_ip,
            request.headers.get("user-agent", ""),
            now,
            now,
            base_path=base_path,
        )
        return Delivery.of(
            plan.api,
            plan.stage,
            connection,
            event_type=CONNECT,
            request_id=ids.extended_request_id(),
            at=now,
            request=request,
            trace_id=traces.of_visitor(request.headers, now),
        )

    async def _connect(self, visit: Visit, delivery: Delivery, plan: SocketStage) -> Response:
        """The order of the steps."""
        route = plan.routes.get(CONNECT_ROUTE)
        if not visit.request.is_websocket:
            raise refusals.upgrade_required()
        if route is None:
            return Response(200)
        delivery.route_key = CONNECT_ROUTE
        if route.plan.bucket is not None:
            _take(route.plan.bucket, delivery)
        missing = route.missing(delivery)
        if missing:
            raise refusals.parameters_missing(missing)
        if route.plan.route.authorization_type not in ("", "NONE"):
            await self._authorizing.check(visit, delivery, route.plan)
            delivery.connection.authorized = delivery.authorized
        if route.plan.route.is_api_key_required:
            await self._use_key(delivery, plan.key_of(delivery, None) if plan.key_of is not None else None)
        return await self._integrating.opening(delivery, route)

    async def _use_key(self, delivery: Delivery, value: str | None) -> None:
        """Counts a use of the client's key: that which it connected with, where it sends a message. Raises Refusal."""
        connection, scope = delivery.connection, delivery.api.scope
        try:
            found = await self._keys.use(scope, delivery.api.api_id, connection.stage_name, value, delivery.at)
        except KeyRefused as refused:
            raise Refusal(refused.status, refused.message, refused.kind) from refused
        connection.api_key, connection.api_key_id = found.value, found.key_id

    # ---- who is connected ----

    async def _begun(self, connection: Connection) -> None:
        """Looks again: who deleted the API since it was looked for last did not find the connection."""
        await self._close_those_of_nothing([connection])

    async def _message(self, talk: Talk, message: str, turn: Turn) -> str | bytes | None:
        """What the client is told: the answer of a two-way route, or why there is none."""
        connection = talk.connection
        plan = self._known_plan(connection) or await self._plan(connection)
        if plan is None:
            return None  # it is being closed
        started_s = monotonic_s()
        delivery = Delivery.of_message(
            plan.api, plan.stage, connection, message, request_id=ids.extended_request_id(), at=self._clock.now()
        )
        reply: str | bytes | None = None
        try:
            route = plan.route_of(delivery)
            if route is None:
                raise http_refusals.forbidden("No route fits the message.")
            delivery.route_key = route.plan.route.route_key
            if route.plan.bucket is not None:
                _take(route.plan.bucket, delivery)
            if route.plan.route.is_api_key_required:
                await self._use_key(delivery, connection.api_key)
            if route.bodies is not None:
                _check_body(route.bodies, delivery)
            if not turn.try_to_come():
                await turn.come()
            awaited = _Awaited(talk, turn, plan, delivery, started_s, route.function_timeout_s)
            if route.function_timeout_s:
                self._deadlines.add(awaited, route.function_timeout_s)
            try:
                status, body = await self._integrating.answer(delivery, route)
            finally:
                self._deadlines.discard(awaited, route.function_timeout_s)
            reply = _reply(body) if route.is_two_way and body else None
        except Refusal as refusal:
            status, reply = refusal.status, _told(refusal, delivery)
        if plan.log_stream is not None and not turn.is_given_up:
            delivery.response_length = len(reply) if reply is not None else None
            self._log(delivery, plan, status, started_s)
        return reply

    def _give_up(self, awaited: "_Awaited") -> None:
        """An integration takes too long for who sent the message; a function runs on."""
        refusal, delivery = refusals.timed_out(), awaited.delivery
        delivery.integration_error = refusal.detail
        delivery.integration_latency_ms = awaited.timeout_s * 1000
        reply = _told(refusal, delivery)
        delivery.response_length = len(reply)
        self._log(delivery, awaited.plan, refusal.status, awaited.started_s)
        awaited.talk.give_up(awaited.turn, reply)

    async def _ended(self, connection: Connection, code: int, reason: str) -> None:
        plan = await self._plan(connection)
        route = plan.routes.get(DISCONNECT_ROUTE) if plan is not None else None
        if plan is None or route is None:
            return
        started_s = monotonic_s()
        delivery = Delivery.of(
            plan.api,
            plan.stage,
            connection,
            event_type=DISCONNECT,
            request_id=ids.extended_request_id(),
            at=self._clock.now(),
        )
        delivery.route_key = DISCONNECT_ROUTE
        delivery.disconnect_code = code
        delivery.disconnect_reason = reason or _REASONS.get(code, "")
        try:
            status, _ = await self._integrating.answer(delivery, route)
        except Refusal as refusal:
            status = refusal.status
            _note(refusal, delivery)
        self._log(delivery, plan, status, started_s)

    def _hear(self, topic: str) -> None:
        _, _, api_id = topic.rpartition(f"{published.CHANGED}/")
        if api_id and (connections := self.sockets.of_api(api_id)):
            self._tasks.start(self._close_those_of_nothing(connections))

    async def _close_those_of_nothing(self, connections: Sequence[Connection]) -> None:
        """Closes those whose API or stage is there no more."""
        for connection in connections:
            if await self._plan(connection) is None:
                with contextlib.suppress(Gone):
                    self.sockets.close(connection.account, connection.connection_id, GOING_AWAY, "Going away")

    def _known_plan(self, connection: Connection) -> SocketStage | None:
        """The plan, where it is in memory."""
        api = self._places.known(connection.api_id)
        return api.stages.get(connection.stage_name) if api is not None else None

    async def _plan(self, connection: Connection) -> SocketStage | None:
        api = await self._places.api(connection.api_id)
        return api.stages.get(connection.stage_name) if api is not None else None

    def _log(self, delivery: Delivery, plan: SocketStage, status: int, started_s: float) -> None:
        if plan.log_stream is not None and plan.log_format is not None:
            delivery.status = status
            delivery.response_latency_ms = (monotonic_s() - started_s) * 1000
            self._access_logs.write(plan.log_stream, int(delivery.at * 1000), plan.log_format.render(delivery.variable))


_REASONS = {1005: "Client-side close frame status not set", 1006: "Connection Closed Abnormally"}
"""What AWS says of an end for which the client gave no reason."""


def _compiled(tx: Transaction, api_id: str) -> SocketApi | None:
    """None where there is no such API, or where it is one of another kind."""
    stages = published.published(tx, api_id)
    if not stages or any(stage.api.protocol_type != WEBSOCKET for stage in stages.values()):
        return None
    return SocketApi(stages)


class _Awaited(Struct, frozen=True, eq=False):
    """A message that has come to what it is for."""

    talk: Talk
    turn: Turn
    plan: SocketStage
    delivery: Delivery
    started_s: float
    timeout_s: float


def _note(refusal: Refusal, delivery: Delivery) -> None:
    delivery.error_message, delivery.error_type = refusal.message, refusal.kind


def _told(refusal: Refusal, delivery: Delivery) -> str:
    """What a client is told whose message goes no further."""
    _note(refusal, delivery)
    return refusals.message_of(refusal, delivery)


def _take(bucket: Bucket, delivery: Delivery) -> None:
    """Raises Refusal where the route's limit is reached."""
    if not bucket.take(delivery.at):
        raise http_refusals.throttled()


def _reply(body: str | bytes) -> str | bytes:
    """What goes back to the client. Raises Refusal where it is no message any more."""
    if len(body) <= MESSAGE_BYTES_MAX // 4:  # no character has more bytes
        return body
    if len(body.encode("utf-8", "replace") if isinstance(body, str) else body) > MESSAGE_BYTES_MAX:
        raise http_refusals.failed(f"A message has at most {MESSAGE_BYTES_MAX} bytes.")
    return body


def _check_body(bodies: BodyCheck, delivery: Delivery) -> None:
    """Raises Refusal where the message is not as the route's model says."""
    try:
        problems = bodies.problems(delivery)
    except schemas.InvalidSchema as error:
        raise http_refusals.failed(f"The model cannot be used: {error}", "API_CONFIGURATION_ERROR") from error
    if problems:
        raise refusals.invalid_body(problems)
