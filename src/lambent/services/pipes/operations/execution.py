"""One execution of a pipe: a batch goes through the enrichment to the target, and each step is logged as the pipe wishes.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-logs-execution-steps.html
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import structs

from lambent.core import ids
from lambent.core.arn import Arn
from lambent.core.clock import Clock
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Caller, LogEvent, LogSink, LogStreamName
from lambent.durable.followers.consumer import Batch, Handled
from lambent.durable.outbox import is_refusal
from lambent.services.pipes import errors
from lambent.services.pipes.engine import calls, events, execution_logs, sources, targets, templates
from lambent.services.pipes.engine.calls import Shaped, Target
from lambent.services.pipes.engine.execution_logs import FAILED, PARTIALLY, STARTED, SUCCEEDED

MISSING_STREAM = "ResourceNotFoundException"

_decode = msgspec.json.Decoder().decode


class Execution:
    """``context``: the pipe's role."""

    def __init__(
        self,
        pipe_arn: str,
        settings: Mapping[str, Any],
        context: Context,
        *,
        call: Caller,
        clock: Clock,
        log_sink: LogSink,
    ) -> None:
        self._pipe_arn = pipe_arn
        self._settings = settings
        self._context = context
        self._call = call
        self._clock = clock
        self._log_sink = log_sink
        self._log_target = execution_logs.target_of(settings)
        self._lines: list[LogEvent] = []
        self._id = ids.uuid4()
        self._name = pipe_arn.rpartition("/")[2]
        self._source = sources.source_of(settings["Source"])
        enrichment, target = settings.get("Enrichment") or "", settings["Target"]
        self._facts = templates.Facts(pipe_arn, self._name, settings["Source"], enrichment, target)

    async def run(self, batch: Batch) -> Handled:
        """Raises the ServiceError after which the same may work a little later: no retry is used up by it."""
        records = [_decode(text) for text in batch.texts]
        self._note(f"EXECUTION_{STARTED}", payload=b"[" + b",".join(batch.texts) + b"]")
        try:
            failed = await self._through(records)
        except ServiceError as error:
            self._note("EXECUTION_FAILED" if is_refusal(error) else "EXECUTION_THROTTLED", error=error)
            if not is_refusal(error):
                raise
            return Handled(range(len(records)), self._id, error=error.code)
        else:
            self._note(f"EXECUTION_{PARTIALLY if failed else SUCCEEDED}")
            return Handled(failed, self._id)
        finally:
            await self._write_lines()

    async def _through(self, records: Sequence[object]) -> Collection[int]:
        """The places of the records that were not handled. Raises the ServiceError because of which none was."""
        enriched = await self._enriched(records)
        if not enriched:
            self._note("TARGET_STAGE_SKIPPED")
            return ()
        names = [events.identifier(record) for record in records]
        failed = await self._sent(enriched, names)
        # What failed of events that are not the records themselves, one by one, is no record in particular.
        return failed if len(enriched) == len(records) or not failed else range(len(records))

    async def _enriched(self, records: Sequence[object]) -> Sequence[object]:
        text = self._settings.get("Enrichment")
        if not text:
            return records
        template = self._settings["EnrichmentParameters"].get("InputTemplate") or ""
        target = self._target(text, {})
        self._note("ENRICHMENT_STAGE_ENTERED")
        try:
            reply = await self._called(target, self._shaped(records, template), "ENRICHMENT")
            made = calls.enriched(reply)
        except ServiceError as error:
            self._note("ENRICHMENT_STAGE_FAILED", error=error)
            raise
        self._note(f"ENRICHMENT_STAGE_{SUCCEEDED}")
        return made

    async def _sent(self, sent: Sequence[object], names: Sequence[str]) -> Collection[int]:
        target = self._target(self._settings["Target"], self._settings["TargetParameters"])
        self._note("TARGET_STAGE_ENTERED")
        try:
            if len(sent) > target.kind.batch_max:
                most = target.kind.batch_max
                raise errors.TargetFailed(reason=f"The target takes at most {most} events at once, not {len(sent)}.")
            shaped = self._shaped(sent, self._settings["TargetParameters"].get("InputTemplate") or "")
            reply = await self._called(target, shaped, "TARGET")
            failed = calls.failed(target, reply, names, len(sent))
        except ServiceError as error:
            self._note("TARGET_STAGE_FAILED", error=error)
            raise
        self._note(f"TARGET_STAGE_{PARTIALLY if failed else SUCCEEDED}")
        return failed

    def _target(self, text: str, parameters: Mapping[str, Any]) -> Target:
        arn = Arn.parse(text)
        assert arn is not None, "targets are checked when they are put"
        kind = targets.kind_of(text)
        return Target(arn, kind, parameters, self._name, self._source.service, self._context.endpoint_url)

    def _shaped(self, sent: Sequence[object], template: str) -> list[Shaped]:
        shape, now = templates.compiled(template, self._facts), self._clock.now()
        return [Shaped(event, shape(event, now)) for event in sent]

    async def _called(self, target: Target, shaped: Sequence[Shaped], stage: str) -> Mapping[str, Any]:
        operation, parameters = calls.call(target, shaped, self._clock.now())
        request = msgspec.json.encode(parameters) if self._tells_data else b""
        self._note(f"{stage}_INVOCATION_{STARTED}", request=request)
        context = structs.replace(self._context, region=target.arn.region, request_id=ids.uuid4())
        try:
            reply = await self._call(context, target.kind.service, operation, parameters)
        except ServiceError as error:
            if target.kind.service != "logs" or error.code != MISSING_STREAM:
                self._note(f"{stage}_INVOCATION_{FAILED}", error=error)
                raise
            # AWS makes the stream of a target that has none.
            stream = {name: parameters[name] for name in ("logGroupName", "logStreamName")}
            await self._call(context, "logs", "CreateLogStream", stream)
            reply = await self._call(context, "logs", operation, parameters)
        self._note(f"{stage}_INVOCATION_{SUCCEEDED}")
        return reply

    # ---- the log -----------------------------------------------------------------------------------------------------

    @property
    def _tells_data(self) -> bool:
        return self._log_target is not None and self._log_target.has_data

    def _note(self, step: str, *, payload: bytes = b"", request: bytes = b"", error: ServiceError | None = None) -> None:
        target = self._log_target
        if target is None or not target.wants(execution_logs.level_of(step)):
            return
        given = {"payload": payload, "awsRequest": request} if target.has_data else {}
        data = {name: text.decode(errors="replace") for name, text in given.items() if text}
        told = None if error is None else {"httpStatusCode": error.status, "message": f"{error.code}: {error.message}"}
        now = self._clock.now()
        line = execution_logs.line(self._pipe_arn, self._id, step, now, data=data, error=told)
        self._lines.append(LogEvent(int(now * 1000), line))

    async def _write_lines(self) -> None:
        if self._log_target is None or not self._lines:
            return
        stream = LogStreamName(self._context.account, self._context.region, self._log_target.group, self._name)
        await self._log_sink.append(stream, self._lines)
