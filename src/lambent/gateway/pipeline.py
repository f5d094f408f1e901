"""The way of a request, step by step: the order of things stands in ``_run``, and each step is a line there."""

from collections.abc import AsyncIterator, Mapping

from msgspec import Struct

from lambent.core import traces
from lambent.core.clock import Clocks, Work, monotonic_s
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.log import Log
from lambent.gateway import admin, authenticate, errors
from lambent.gateway.admin import Admin
from lambent.gateway.authenticate import Authenticator, Identity, Target
from lambent.gateway.authorize import Authorize
from lambent.gateway.dispatch import Dispatcher
from lambent.gateway.hosts import Hosts
from lambent.gateway.metrics import Requests
from lambent.gateway.server import BodyTooLarge, ClientGone, Incoming
from lambent.gateway.sites import Sites, SiteVisit
from lambent.wire import aws_chunked, protocols
from lambent.wire.http import Request, Response, Site
from lambent.wire.route import Route, Router

BODY_BYTES_MAX_DEFAULT = 16_777_216
CODE_BYTES_MAX = 70_167_211
EVENT_BYTES_MAX = 6_291_456
BODY_BYTES_MAX: Mapping[tuple[str, str], int] = {
    ("ecr", "UploadLayerPart"): 28_311_552,  # parts of 20 MiB, as base64
    ("lambda", "CreateFunction"): CODE_BYTES_MAX,
    ("lambda", "UpdateFunctionCode"): CODE_BYTES_MAX,
    ("lambda", "PublishLayerVersion"): CODE_BYTES_MAX,
    ("lambda", "Invoke"): EVENT_BYTES_MAX,
    ("lambda", "InvokeWithResponseStream"): EVENT_BYTES_MAX,
    ("lambda", "InvokeAsync"): EVENT_BYTES_MAX,
}
"""How much a request may carry, by operation. Streaming inputs have no limit here: their operation counts."""

_OPERATION_NAMES_IN_WORDING = {"Invoke": "InvokeFunction"}  # as AWS' own message has it
_FORM = "application/x-www-form-urlencoded"

log = Log("gateway")


class Exchange(Struct):
    """One request on its way through the steps."""

    incoming: Incoming
    started_s: float
    route: Route | None = None

    @property
    def request(self) -> Request:
        return self.incoming.request

    @property
    def request_id(self) -> str:
        return self.incoming.request_id


class Pipeline:
    """Answers every request; ``answer`` is what the server calls."""

    def __init__(
        self,
        *,
        hosts: Hosts,
        admin: Admin,
        router: Router,
        authenticator: Authenticator,
        authorize: Authorize | None,
        dispatcher: Dispatcher,
        requests: Requests,
        sites: Sites | None = None,
        clock: Clocks | None = None,
    ) -> None:
        self._hosts = hosts
        self._admin = admin
        self._router = router
        self._authenticator = authenticator
        self._authorize = authorize
        self._dispatcher = dispatcher
        self._requests = requests
        self._sites = sites
        self._clock = clock or Clocks()

    async def answer(self, incoming: Incoming) -> Response:
        """The answer, whatever happens. Raises nothing but ClientGone."""
        exchange = Exchange(incoming, monotonic_s())
        try:
            try:
                response = await self._run(exchange)
            except ServiceError as error:
                response = self._error(exchange, error)
        except ClientGone:
            raise
        except Exception as defect:  # noqa: BLE001  the one place where a defect becomes an answer
            response = self._defect(exchange, defect)
        return self._finish(exchange, response)

    async def _run(self, exchange: Exchange) -> Response:
        request = exchange.request
        found = self._sites.find(exchange.incoming) if self._sites is not None else None
        if found is not None:
            return await self._visit(exchange, *found)
        self._hosts.check(request.headers)
        if request.path.startswith(admin.PREFIX):
            request.body = await _read(exchange, admin.BODY_BYTES_MAX, "")
            page = await self._admin.answer(request, exchange.incoming.source_ip)
            page.headers.append(("x-amzn-RequestId", exchange.request_id))
            return page
        with Work("", busy=self._clock.requests, is_request=True) as work:
            return await self._run_operation(exchange, work)

    async def _visit(self, exchange: Exchange, site: Site, visit: SiteVisit) -> Response:
        """A site says itself who may ask it, and answers its own errors."""
        assert self._sites is not None
        if not self._hosts.allows(visit.host) and not self._sites.owns(visit.host):
            self._hosts.check_host(exchange.request.headers)
        with Work("", busy=self._clock.requests, is_request=True) as visit.work:
            return await site.answer(visit)

    async def _run_operation(self, exchange: Exchange, work: Work) -> Response:
        request = exchange.request
        await _read_form(exchange)
        route = exchange.route = self._router.route(request)
        operation = route.operation
        identity = await self._identify(exchange, route)
        parser = protocols.protocol(route.protocol)
        parameters = parser.parse(operation, request, route.labels)
        context = _context(exchange, identity)
        work.account = context.account
        work.parent = self._clock.busy.runs.get(context.access_key_id)  # the function that asks, if it is one
        if self._authorize is not None:
            await self._authorize(context, identity, route, parameters)
        reply = await self._dispatcher.method(operation.service.name, operation.name)(context, parameters)
        return parser.serialize(operation, reply, exchange.request_id)

    async def _identify(self, exchange: Exchange, route: Route) -> Identity:
        """Reads the body and the identity; with ``--auth signed`` the one proves the other."""
        if self._authenticator.is_signed:
            return await self._prove(exchange, route)
        request = exchange.request
        if route.operation.streaming_input is None:
            await _read_body(exchange, route)
        else:
            # A form has been read already, for the name of an operation that it might hold.
            request.stream = _whole(request.body) if request.body else exchange.incoming.chunks()
            if aws_chunked.is_chunked(request):
                aws_chunked.unwrap(request)
        return await self._authenticator.believe(request)

    async def _prove(self, exchange: Exchange, route: Route) -> Identity:
        request = exchange.request
        operation = route.operation
        target = Target(operation.service.name, operation.name, route.protocol)
        if operation.streaming_input is None or operation.service.name != "s3":
            # Only S3's requests announce their body's digest: of all others it takes the whole body to tell.
            await _read_body(exchange, route)
            identity, _, _ = await self._authenticator.prove(request, target)
            authenticate.check_payload(request, request.body)
            if operation.streaming_input is not None:
                request.stream = _whole(request.body)
            return identity
        identity, signature, secret = await self._authenticator.prove(request, target)
        body = exchange.incoming.chunks()
        if aws_chunked.is_chunked(request):
            request.stream = body
            signed = signature is not None and aws_chunked.is_signed(request)
            aws_chunked.unwrap(request, signer=authenticate.chunk_signer(signature, secret) if signed and signature else None)
        else:
            request.stream = authenticate.checked(request, body)
        return identity

    def _error(self, exchange: Exchange, error: ServiceError) -> Response:
        route = exchange.route
        operation = route.operation if route is not None else None
        protocol = route.protocol if route is not None else self._router.protocol_of(exchange.request)
        return protocols.protocol(protocol).serialize_error(operation, error, exchange.request_id)

    def _defect(self, exchange: Exchange, defect: Exception) -> Response:
        service, operation = _names(exchange)
        log.error("defect", error=defect, service=service, operation=operation, request_id=exchange.request_id)
        return self._error(exchange, errors.InternalError() if service == "s3" else errors.InternalFailure())

    def _finish(self, exchange: Exchange, response: Response) -> Response:
        service, operation = _names(exchange)
        self._requests.observe(service, operation, response.status, monotonic_s() - exchange.started_s)
        return response


# ---- steps -----------------------------------------------------------------------------------------------------------


async def _read_form(exchange: Exchange) -> None:
    """The query protocol names its operation in the body, so such a body is read before the request is routed."""
    request = exchange.request
    if request.method == "POST" and request.headers.get("content-type", "").startswith(_FORM):
        request.body = await _read(exchange, BODY_BYTES_MAX_DEFAULT, "")


async def _read_body(exchange: Exchange, route: Route) -> None:
    request = exchange.request
    if not request.body:
        operation = route.operation
        bytes_max = BODY_BYTES_MAX.get((operation.service.name, operation.name), BODY_BYTES_MAX_DEFAULT)
        request.body = await _read(exchange, bytes_max, operation.name)
        if operation.service.name == "s3" and aws_chunked.is_chunked(request):
            request.body = await aws_chunked.decode_whole(request)


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _read(exchange: Exchange, bytes_max: int, operation: str) -> bytes:
    try:
        return await exchange.incoming.read(bytes_max)
    except BodyTooLarge as error:
        if exchange.route is not None and exchange.route.operation.service.name == "s3":
            raise errors.MaxMessageLengthExceeded from error
        name = _OPERATION_NAMES_IN_WORDING.get(operation, operation)
        raise errors.RequestEntityTooLarge(bytes_max=bytes_max, operation=name) from error


def _context(exchange: Exchange, identity: Identity) -> Context:
    headers = exchange.request.headers
    return Context(
        account=identity.account,
        region=identity.region,
        request_id=exchange.request_id,
        principal_arn=identity.principal_arn,
        endpoint_url=f"http://{headers.get('host', 'localhost')}",
        access_key_id=identity.access_key_id,
        source_ip=exchange.incoming.source_ip,
        user_agent=headers.get("user-agent", ""),
        trace_id=headers.get(traces.HEADER, ""),
        session_policy=identity.session_policy,
        session_policy_arns=identity.session_policy_arns,
    )


def _names(exchange: Exchange) -> tuple[str, str]:
    """Service and operation for logs and metrics."""
    route = exchange.route
    return (route.operation.service.name, route.operation.name) if route is not None else ("-", "-")
