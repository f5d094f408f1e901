"""Invoke, the hot path, and InvokeAsync: from a request to an outcome, or to an event that is kept for later."""

import base64
from collections.abc import AsyncIterator

from lambent.core import traces
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Parameters, Reply
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import limits, payloads, targets
from lambent.services.lambda_.operations.archives import Archives
from lambent.services.lambda_.operations.base import Base
from lambent.services.lambda_.operations.streams import Reader
from lambent.services.lambda_.operations.targets import Name, Resolved
from lambent.services.lambda_.tables.async_events import AsyncEvent

ACCEPTED, DRY = {"StatusCode": 202}, {"StatusCode": 204}
EVENT_STREAM = "application/vnd.amazon.eventstream"  # what AWS tells of every stream, whatever the function writes


class InvokeOperations(Base):
    """The data plane."""

    @property
    def archives(self) -> Archives:
        """For the gateway, which hands out what Code.Location names."""
        return self._archives

    async def invoke(self, context: Context, parameters: Parameters) -> Reply:
        given = parameters.get
        target = self._targets.known.get((context.account, context.region, parameters["FunctionName"], given("Qualifier")))
        if target is None or target.function.scope.account != context.account:
            target = await self._target(context, parameters)
        kind, payload, name = given("InvocationType"), given("Payload"), given("DurableExecutionName")
        if target.durable is not None:
            targets.check_durable(target.durable, target.function, is_async=kind == "Event")
        elif name is not None:
            raise errors.NotDurable()
        if kind == "Event":
            return ACCEPTED | await self._accept(context, target, payloads.checked_event(payload or b""), name)
        payload = payloads.checked_payload(payload or b"")
        client_context = payloads.checked_client_context(given("ClientContext"))
        if kind == "DryRun":
            return dict(DRY)
        wants_log_tail = given("LogType") == "Tail"
        ran = await self._runner.run(
            target,
            payload,
            request_id=context.request_id,
            trace_id=context.trace_id,
            client_context=client_context,
            wants_log_tail=wants_log_tail,
            execution_name=name,
        )
        outcome = ran.outcome
        reply: Reply = {"StatusCode": 200, "Payload": outcome.payload, "ExecutedVersion": ran.version}
        if outcome.function_error is not None:
            reply["FunctionError"] = outcome.function_error
        if ran.durable_execution_arn:
            reply["DurableExecutionArn"] = ran.durable_execution_arn
        if wants_log_tail:
            reply["LogResult"] = base64.b64encode(outcome.log_tail).decode()
        return reply

    async def invoke_with_response_stream(self, context: Context, parameters: Parameters) -> Reply:
        target = await self._target(context, parameters)
        targets.check_durable(target.durable, target.function, is_async=False)
        payload = payloads.checked_payload(parameters.get("Payload") or b"")
        client_context = payloads.checked_client_context(parameters.get("ClientContext"))
        if parameters.get("InvocationType") == "DryRun":
            return dict(DRY)
        wants_log_tail = parameters.get("LogType") == "Tail"
        reader = await self._streams.start(
            target,
            payload,
            request_id=context.request_id,
            trace_id=context.trace_id,
            client_context=client_context,
            wants_log_tail=wants_log_tail,
        )
        reply: Reply = {
            "StatusCode": 200,
            "ExecutedVersion": reader.version,
            "ResponseStreamContentType": EVENT_STREAM,
            "EventStream": _events(reader, wants_log_tail=wants_log_tail),
        }
        if target.durable is not None:  # it answers whole, when the execution has ended
            reply["DurableExecutionArn"] = (await reader.ran()).durable_execution_arn
        return reply

    async def invoke_async(self, context: Context, parameters: Parameters) -> Reply:
        name: Name = (context.account, context.region, parameters["FunctionName"], None)
        target = await self._find(context, parameters, name)
        if target.function.scope.account != context.account:
            await self._named(context, parameters, "InvokeFunction")
        await self._accept(context, target, payloads.checked_event(await _whole(parameters["InvokeArgs"])))
        return {"Status": 202}

    async def _target(self, context: Context, parameters: Parameters) -> Resolved:
        """The function that the caller may invoke."""
        name: Name = (context.account, context.region, parameters["FunctionName"], parameters.get("Qualifier"))
        target = self._targets.known.get(name) or await self._find(context, parameters, name)
        if target.function.scope.account != context.account:
            await self._named(context, parameters, "InvokeFunction")
        return target

    async def _find(self, context: Context, parameters: Parameters, name: Name) -> Resolved:
        try:
            return await self._targets.find(name)
        except ServiceError:
            # Who may not invoke a function of another account learns nothing of it, not even that it is not there.
            await self._named(context, parameters, "InvokeFunction")
            raise

    async def _accept(self, context: Context, target: Resolved, payload: bytes, name: str | None = None) -> Reply:
        """What is told beside the status: of a durable function, which execution it is."""
        now = self._clock.of(target.function.scope.account).now()
        if target.durable is not None:
            execution = await self._durables.starts.start(
                target,
                self._runner.choose(target),
                payload,
                request_id=context.request_id,
                trace_id=traces.of_invocation(context.trace_id, now),
                name=name,
                principal_arn=context.principal_arn,
                is_async=True,
            )
            return {"DurableExecutionArn": execution.arn}
        event = AsyncEvent(
            scope=target.function.scope,
            request_id=context.request_id,
            function_name=target.function.name,
            qualifier=target.function.qualifier,
            payload=payload,
            trace_id=traces.of_invocation(context.trace_id, now),
            principal_arn=context.principal_arn,
            endpoint_url=context.endpoint_url,
            accepted_at=now,
            due_at=now,
        )
        await self._event_runner.accept(event)
        return {}


async def _events(reader: Reader, *, wants_log_tail: bool) -> AsyncIterator[Reply]:
    """The answer's pieces (one, of a function that answers whole), and what came of the invocation."""
    async for piece in reader:
        yield {"PayloadChunk": {"Payload": piece}}
    outcome = (await reader.ran()).outcome
    complete: dict[str, str] = {}
    if outcome.function_error is not None:
        complete["ErrorCode"] = outcome.function_error
        complete["ErrorDetails"] = outcome.payload.decode("utf-8", "replace")
    elif outcome.payload:
        yield {"PayloadChunk": {"Payload": outcome.payload}}
    if wants_log_tail:
        complete["LogResult"] = base64.b64encode(outcome.log_tail).decode()
    yield {"InvokeComplete": complete}


async def _whole(body: bytes | AsyncIterator[bytes]) -> bytes:
    """A streamed body in one piece; it is read no further than an event may be long."""
    if isinstance(body, bytes):
        return body
    gathered = bytearray()
    async for chunk in body:
        gathered += chunk
        if len(gathered) > limits.EVENT_PAYLOAD_BYTES_MAX:
            break
    return bytes(gathered)
