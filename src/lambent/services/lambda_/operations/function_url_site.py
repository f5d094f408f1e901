"""The data plane of function URLs: from a visit to an event, from what the function returns to an answer.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from lambent.core import traces
from lambent.core.clock import Clock
from lambent.core.context import Context, Scope
from lambent.core.errors import LambentError, ServiceError
from lambent.core.ports import Caller, Outcome
from lambent.lang.iam_policy import lets_everybody_in, lets_in
from lambent.services.lambda_.engine import cors, function_urls, limits
from lambent.services.lambda_.engine.function_urls import NONE, RESPONSE_STREAM
from lambent.services.lambda_.operations.known_policies import KnownPolicies
from lambent.services.lambda_.operations.runner import Runner
from lambent.services.lambda_.operations.streams import Reader, Streams
from lambent.services.lambda_.operations.targets import TOPIC_PREFIX, Name, Resolved
from lambent.services.lambda_.tables.function_urls import UrlRow, find_url_by_id
from lambent.store.database import Database, Transaction
from lambent.store.known import Known
from lambent.wire import web_events
from lambent.wire.http import CutShort, Response, TooLarge, Visit
from lambent.wire.web_events import JSON_CONTENT_TYPE, PRELUDE_CONTENT_TYPE, Facts, Malformed, Prelude

URLS_MAX = 10_000
_NEEDED_BY_NOBODY = tuple((action, tuple(keys.items())) for action, keys in function_urls.needs(NONE))

_FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)
_TOO_LARGE = f"Request must be smaller than {limits.PAYLOAD_BYTES_MAX} bytes for the InvokeFunction operation"


class Refused(LambentError):
    """The visitor is not let in."""


class FunctionUrlSite:
    """``wire.http.Site`` of the kind "lambda-url"."""

    def __init__(
        self, *, store: Database, clock: Clock, call: Caller, runner: Runner, streams: Streams, policies: KnownPolicies
    ) -> None:
        self._clock = clock
        self._call = call
        self._runner = runner
        self._streams = streams
        self._policies = policies
        self._urls: Known[str, UrlRow] = Known(store=store, count_max=URLS_MAX)
        store.on_signal(self._hear)

    def owns(self, domain: str) -> bool:  # noqa: ARG002 - functions have no domain names of the user's own
        return False

    def forget(self, account: str | None) -> None:
        """Forgets the URLs of an account, or of all."""
        self._urls.forget_those(lambda url_id: account in (None, self._urls.values[url_id].scope.account))

    async def answer(self, visit: Visit) -> Response:
        try:
            url = await self._urls.find(visit.name, lambda tx: _found(tx, visit.name))
        except Refused:
            return _identified(_refusal(403, "AccessDeniedException", None), visit)
        visit.live_by(url.scope.account)
        if url.cors is not None and web_events.is_preflight(visit.request):
            return _identified(Response(200, list(cors.preflight_headers(url.cors, visit.request))), visit)
        response = await self._answer(visit, url)
        if url.cors is not None:
            response.headers.extend(cors.answer_headers(url.cors, visit.request))
        return _identified(response, visit)

    async def _answer(self, visit: Visit, url: UrlRow) -> Response:
        try:
            await visit.read(limits.PAYLOAD_BYTES_MAX)
            authorizer = await self._admit(visit, url)
            trace_id = traces.of_invocation(visit.request.headers.get(traces.HEADER, ""), self._clock.now())
            payload = self._event(visit, url, authorizer, trace_id)
            if len(payload) > limits.PAYLOAD_BYTES_MAX:
                raise TooLarge
            name: Name = (url.scope.account, url.scope.region, url.function_name, url.alias or None)
            target = self._runner.known(name) or await self._runner.find(name)
            run = self._stream if url.invoke_mode == RESPONSE_STREAM else self._run
            response = await run(visit, target, payload, trace_id)
            response.headers.append(("X-Amzn-Trace-Id", trace_id))
        except Refused:
            return _refusal(403, "AccessDeniedException", _FORBIDDEN)
        except TooLarge:
            return _refusal(413, "RequestEntityTooLargeException", _TOO_LARGE)
        except ServiceError as error:
            return _answered(error.status, error.code, {**error.members, "message": error.message})
        return response

    # ---- who may ---------------------------------------------------------------------------------------------------------

    async def _admit(self, visit: Visit, url: UrlRow) -> Mapping[str, Any] | None:
        """What the event tells of a caller who signed. Raises Refused, and what is wrong with a signature."""
        policy = await self._policies.find(url.function)
        if url.auth_type == NONE:
            # Whoever comes is nobody, signed or not. That the policy lets everybody in is configuration: so in every mode.
            if not lets_everybody_in(policy, url.function.invoked_arn, _NEEDED_BY_NOBODY):
                self._check_policy(policy, _nobody(visit, url), url)
            return None
        caller = await visit.caller("lambda")
        if caller is None:
            raise Refused
        if caller.account != url.scope.account:
            self._check_policy(policy, caller, url)
        for action, keys in function_urls.needs(url.auth_type):
            if await visit.denial(action, url.function.invoked_arn, policy, keys) is not None:
                raise Refused
        told = await self._call(caller, "sts", "GetCallerIdentity", {})
        return {"iam": web_events.iam_identity(caller, told)}

    def _check_policy(self, policy: str, context: Context, url: UrlRow) -> None:
        now = self._clock.now()
        for action, keys in function_urls.needs(url.auth_type):
            if not lets_in(policy, context, action, url.function.invoked_arn, now, further=keys):
                raise Refused

    # ---- the event and the answer ----------------------------------------------------------------------------------------

    def _event(self, visit: Visit, url: UrlRow, authorizer: Mapping[str, Any] | None, trace_id: str) -> bytes:
        is_signed = authorizer is not None
        facts = Facts(
            account=url.scope.account if is_signed else "anonymous",
            api_id=url.id,
            domain_name=visit.host,
            domain_prefix=url.id,
            request_id=visit.request_id,
            source_ip=visit.source_ip,
            at=self._clock.now(),
            authorizer=authorizer,
            is_authentication_told=is_signed,
        )
        added = web_events.forwarded(
            visit.request,
            source_ip=visit.source_ip,
            host=visit.host,
            trace_id=traces.root_of(trace_id),
        )
        return web_events.event(visit.request, facts, added=added)

    async def _run(self, visit: Visit, target: Resolved, payload: bytes, trace_id: str) -> Response:
        ran = await self._runner.run(target, payload, request_id=visit.request_id, trace_id=trace_id)
        return _whole(ran.outcome, visit)

    async def _stream(self, visit: Visit, target: Resolved, payload: bytes, trace_id: str) -> Response:
        reader = await self._streams.start(target, payload, request_id=visit.request_id, trace_id=trace_id)
        if reader.content_type is None:
            return _whole((await reader.ran()).outcome, visit)
        try:
            if reader.content_type != PRELUDE_CONTENT_TYPE:
                return Response(200, [web_events.header("Content-Type", reader.content_type)], _body(reader))
            prelude = Prelude()
            async for chunk in reader:
                found = prelude.feed(chunk)
                if found is not None:
                    metadata, first = found
                    status, headers = web_events.prelude_head(metadata, is_head=visit.request.method == "HEAD")
                    return Response(status, headers, _body(reader, first) if web_events.has_body(status) else b"")
        except Malformed:
            return _failed()
        return _failed()  # it ended before its prelude did

    def _hear(self, topic: str) -> None:
        if topic.startswith(TOPIC_PREFIX):
            account, region, name = topic.removeprefix(TOPIC_PREFIX).split("/")
            changed = (Scope(account, region), name)
            # Counted as a change even where none is known: a reading may be under way.
            self._urls.forget_those(lambda url_id: _owner(self._urls.values[url_id]) == changed)


async def _body(reader: Reader, first: bytes = b"") -> AsyncIterator[bytes]:
    """The pieces as they come. Raises CutShort where the function fails in their middle."""
    if first:
        yield first
    async for piece in reader:
        yield piece
    if (await reader.ran()).outcome.function_error is not None:
        raise CutShort


def _whole(outcome: Outcome, visit: Visit) -> Response:
    if outcome.function_error is not None:
        return _failed()
    try:
        return _returned(outcome, is_head=visit.request.method == "HEAD")
    except Malformed:
        return _failed()


def _returned(outcome: Outcome, *, is_head: bool) -> Response:
    """Bytes that a function calls something else than JSON, or has streamed, are the body as they are. Raises Malformed."""
    try:
        return web_events.response(outcome.payload, is_head=is_head)
    except Malformed:
        if outcome.content_type == JSON_CONTENT_TYPE:
            raise
    return Response(200, [web_events.header("Content-Type", outcome.content_type)], outcome.payload)


def _failed() -> Response:
    return Response(502, [("Content-Type", JSON_CONTENT_TYPE)], b"Internal Server Error")


def _refusal(status: int, code: str, message: str | None) -> Response:
    """As the front of function URLs spells what it says itself."""
    return _answered(status, code, {"Message": message})


def _answered(status: int, code: str, members: Mapping[str, Any]) -> Response:
    headers = [("Content-Type", JSON_CONTENT_TYPE), ("x-amzn-ErrorType", code)]
    return Response(status, headers, web_events.json_bytes(members))


def _identified(response: Response, visit: Visit) -> Response:
    response.headers.append(("x-amzn-RequestId", visit.request_id))
    return response


def _found(tx: Transaction, url_id: str) -> UrlRow:
    row = find_url_by_id(tx, url_id)
    if row is None:
        raise Refused
    return row


def _owner(row: UrlRow) -> tuple[Scope, str]:
    return row.scope, row.function_name


def _nobody(visit: Visit, url: UrlRow) -> Context:
    return Context(
        account="",
        region=url.scope.region,
        request_id=visit.request_id,
        principal_arn="",
        endpoint_url=f"http://{visit.host}",
        source_ip=visit.source_ip,
        user_agent=visit.request.headers.get("user-agent", ""),
    )
