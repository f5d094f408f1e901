"""One execution environment: INIT, one event at a time, and what AWS says of each in its log stream.

An environment outlives its runtime process: after a timeout or a crash the next event starts a new process in the same
/tmp, as AWS resets an environment. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import asyncio
import functools
import os
from collections.abc import Awaitable, Callable, Sequence

from lambent.core import clock
from lambent.core.clock import Instant, Work
from lambent.core.log import Log
from lambent.core.ports import (
    Invocation,
    LogEvent,
    LogStreamName,
    Outcome,
    ResponseStream,
    RestoreFailed,
)
from lambent.environments import machine, outcomes
from lambent.environments.cgroups import Cgroup
from lambent.environments.deadline import Deadline
from lambent.environments.feed import Feed
from lambent.environments.inside import frames
from lambent.environments.log_lines import Report, tail
from lambent.environments.outcomes import Failure
from lambent.environments.pieces import Pieces
from lambent.environments.process import RuntimeEnded, RuntimeProcess
from lambent.environments.traits import TemplateEnded, Traits
from lambent.environments.turns import Turn
from lambent.environments.windows import Window
from lambent.environments.zygotes import Exit, Kind, Template, ZygoteFailed

log = Log("environment")

INIT_S_MAX = 10.0
RESTORE_S_MAX = 10.0  # with the hooks that run after it
INIT_PROVISIONED_S_MIN = 130.0
LOG_DELIVERY_S = 0.5  # while a function runs, what it wrote is handed on this often
# AWS' clients read credentials anew that end within a quarter of an hour: so, in each copy of a template, those of the copy.
CREDENTIALS_OF_TEMPLATE_S = 14 * 60.0
IDLE_END_TOLD_AFTER_S = 1.0  # replaced at once, one that always dies would have the platform do nothing else
EXIT_S_MAX = 5.0  # a killed process is gone within this, or the machine is not well

NOTHING = (b"", "")  # where there is no payload, whose content type would be beside it
_NO_ANSWERS = (frames.FAULT, frames.GONE)
_USED_BYTES, _read_used = frames.USED.size, frames.USED.unpack_from


ProcessSource = Callable[["Environment"], Awaitable[RuntimeProcess]]
"""Gives an environment a process that was sent its assignment, so that INIT runs. Raises ZygoteFailed, RuntimeEnded."""


class Environment:
    """Use it for one event at a time; ``is_usable`` says whether it may be given another."""

    def __init__(self, traits: Traits, source: ProcessSource, stream: str, *, expires_at: Instant) -> None:
        self.traits = traits
        self.spec = traits.spec
        self.stream = stream
        self.now: Callable[[], Instant] = traits.clock.now
        self.expires_at = expires_at  # of its credentials
        self.idle_since: Instant = 0.0
        self.released_s = 0.0  # on the machine's clock, for freezing
        self.is_frozen = False
        self.is_retired = False
        self.is_provisioned = False
        self.is_template = False
        self.template: Template | None = None  # whose copy it begins as
        self.cgroup: Cgroup | None = None
        self.mount_namespace = -1
        self.rss_kb = 0
        self.shared_mb = 0  # of its memory, what it shares with its zygote
        self.user_id = 0  # as the host sees it, where we are root
        self.is_busy = False
        self.work: Work | None = None  # what it does just now
        self.access_key_id = ""  # that its code signs with
        self.on_idle_end: Callable[[], None] | None = None  # is told some time after its process died without an event
        self.on_first_init: Callable[[], None] | None = None  # is told when that is over
        self.feed = Feed(self.spec, traits.clock.shift_s, is_steered=traits.interceptor is not None)
        self._took_ms = 0.0  # as its process says: it may be done before anybody looks
        self._window = Window()
        self._source = source
        self._log_stream = LogStreamName(self.spec.account, self.spec.region, self.spec.log_group, stream)
        self._process: RuntimeProcess | None = None
        self._has_begun = False
        self._has_event = False
        self._stream: ResponseStream | None = None
        self._is_over_memory = False
        self._is_ready = False
        self._events: list[LogEvent] = []
        self._said_ms = 0  # when its last line was said
        self._kept: list[LogEvent] | None = None  # for the log tail
        self._delivery: asyncio.Task[None] | None = None
        self._deadline = Deadline()
        self._timer: asyncio.TimerHandle | None = None
        self._telling: asyncio.TimerHandle | None = None  # of its end without an event

    @property
    def is_usable(self) -> bool:
        """Not if its runtime, idle, has died or its zygote has: a process killed from outside is not the next event's fault.

        One that is to be reset needs the template from which it began, for its /tmp is in that one's namespaces.
        """
        if self._process is None:
            return not self.is_retired and (self.template is None or self.template.is_alive)
        return not self.is_retired and self._process.is_alive

    @property
    def is_restored(self) -> bool:
        return self.template is not None

    @property
    def is_initialised(self) -> bool:
        return self._process is not None and self._is_ready

    @property
    def own_mb(self) -> int:
        """Its memory besides what it shares with its zygote."""
        return self.rss_kb // 1024 - self.shared_mb

    @property
    def initialization_type(self) -> str:
        """As AWS_LAMBDA_INITIALIZATION_TYPE tells it: what serves more events than are provisioned for is on-demand."""
        is_as_meant = self.is_template or self.is_restored or self.is_provisioned
        return self.spec.initialization_type if is_as_meant else "on-demand"

    @property
    def told_expiration(self) -> Instant:
        """When its code is to read its credentials anew; 0: never, for they end after it."""
        if self.is_template:
            return self.now() + CREDENTIALS_OF_TEMPLATE_S
        return self.expires_at if self.is_restored else 0.0

    def is_computing(self) -> bool | None:
        return machine.is_running(self._process.pid) if self._process is not None else None

    def take_window(self) -> tuple[float, float] | None:
        """After an event: what the last ones took on average (``Turns.learn``), once in a window."""
        return self._window.take(self._process.pid) if self._process is not None else None

    def take_shift(self) -> float:
        """How far ahead of the machine's time the runtime is to live from now on."""
        shift_s = self.traits.clock.shift_s()
        if self.work is not None:
            self.work.shift_s = shift_s
        return shift_s

    async def provision(self) -> str:
        """INIT ahead of any event. Returns what went wrong, or nothing."""
        self.is_provisioned = True
        limit_s = self._init_s_max(min(max(INIT_PROVISIONED_S_MIN, self.spec.timeout_s), 900.0))
        failure, _ = await self._first_init(limit_s)
        await self._hand_over()
        return "" if failure is None else failure.error_type

    def become_template(self, kind: Kind) -> Template:
        """Of an environment that was provisioned: from now on it is forked, and no event comes here."""
        assert self._process is not None, "it is initialised"
        return Template(kind, self._process.part_with_socket(), rss_kb=self.rss_kb)

    async def invoke(
        self, invocation: Invocation, stream: ResponseStream | None = None, turn: "Turn[Environment] | None" = None
    ) -> tuple[Outcome, list[LogEvent]]:
        """Runs one event to its end. With the lines that the caller has to ``keep`` before it tells the outcome."""
        self.is_busy = True
        self._stream = stream  # of whoever wants the answer piece by piece
        self._kept = [] if invocation.wants_log_tail else None
        turn = turn or Turn()
        self.feed.begin(turn)
        was_cold = not self._has_begun
        try:
            init_ms = await self._wake() if self._process is None or self.is_frozen else None
            started_s = self._begin(invocation.request_id)
            if self._process is None or turn.is_lost:
                failure, result = await self._came_to(invocation, started_s + self.spec.timeout_s)
            else:
                failure, result = await self._run(invocation, started_s + self.spec.timeout_s)
            report = self._end(invocation.request_id, clock.monotonic_s() - started_s, init_ms, failure)
            if self._delivery is not None:
                await self._delivery
                self._delivery = None
            said = self._take_said()
            payload, content_type = result
            outcome = Outcome(
                payload=payload if failure is None else failure.payload,
                function_error=None if failure is None else "Unhandled",
                log_tail=b"" if self._kept is None else tail(self._kept),
                content_type=content_type if failure is None else "application/json",
                duration_ms=report.duration_ms,
                billed_duration_ms=report.billed_ms,
                init_duration_ms=init_ms,
                was_cold=was_cold,
            )
            return outcome, said
        finally:
            self.is_busy = self._has_event = False
            self.feed.end()
            self._stream = None
            if self.on_first_init is not None:
                self._tell_first_init()

    def keep(self, events: Sequence[LogEvent], *, is_patient: bool = False) -> Awaitable[None]:
        """Done when they are committed. What is kept later stands behind them, also where this is not done yet."""
        return self.traits.sink.append(self._log_stream, events, is_patient=is_patient)

    async def _wake(self) -> float | None:
        """Of one that is frozen, or has no process. How long the first INIT took, where this was that."""
        if self._process is not None:
            self.is_frozen = False
            self._process.thaw()
            return None
        self._check_template()
        if self._has_begun:
            return None
        failure, init_ms = await self._first_init(self._init_s_max(INIT_S_MAX))
        self._tell_first_init()
        if failure is None:
            return init_ms
        await self._check_restored(failure)
        return None

    def _begin(self, request_id: str) -> float:
        """Says so, unless it has begun under somebody who does not wait any more. When that was, on the machine's clock."""
        turn = self.feed.turn
        if not turn.begun_s:
            turn.begun_s = clock.monotonic_s()
            self._say(self.traits.lines.start(request_id))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LOG_DELIVERY_S, self._deliver_meanwhile)
        return turn.begun_s

    async def _came_to(self, invocation: Invocation, deadline_s: float) -> tuple[Failure | None, tuple[bytes, str]]:
        """Where its process has ended, or with it the event that it had begun already."""
        if self.feed.turn.is_lost:
            return self._exited(invocation.request_id, RuntimeEnded(Exit(9, 0))), NOTHING
        failure = await self._suppressed_init(invocation.request_id, deadline_s)
        if failure is not None:
            self._check_template()
            return failure, NOTHING
        return await self._run(invocation, deadline_s)

    async def _check_restored(self, failure: Failure) -> None:
        """Of a copy AWS tells the caller at once that it could not begin; INIT is tried again by the first event."""
        self._check_template()
        if self.is_restored and failure.error_type != outcomes.LOST:
            await self._hand_over()
            raise RestoreFailed(is_timeout=failure.kind == "timeout")

    def _check_template(self) -> None:
        """Raises TemplateEnded where no process can begin, or could, because of that. What was said of it is never told."""
        if self.template is not None and not self.template.is_alive:
            raise TemplateEnded("the template has ended")

    def freeze(self) -> None:
        if self._process is not None and not self.is_frozen:
            self.is_frozen = True
            self._window.forget()  # a freeze counts as waiting
            self._process.freeze()

    def end_if_over_memory(self) -> None:
        """Kills the runtime when it uses more than its memory, what it keeps in /tmp aside."""
        if self.cgroup is not None and self._process is not None and not self._is_over_memory:
            self._is_over_memory = self.cgroup.is_over(self.spec.memory_mb)
            if self._is_over_memory:
                self._process.kill()

    def kill(self) -> bool:
        """Kills its processes in the middle of an event, as the machine may; what they have not done by now they will not do.

        False where they have no event: one that waits for INIT outlives the death of that.
        """
        if self._process is None or not self._has_event:
            return False
        self._process.freeze()  # the kill goes by way of the zygote, and until it comes they could go on
        self._process.kill()
        return True

    def close(self) -> None:
        """Ends it: its process, its /tmp, its cgroup."""
        self.is_retired = True
        for timer in (self._timer, self._telling):
            if timer is not None:
                timer.cancel()
        self._timer = self._telling = None
        self._deadline.close()
        if self._delivery is not None:
            self._delivery.cancel()
        self.feed.let_go()
        if self._process is not None:
            self._process.leave(functools.partial(self.traits.sink.append, self._log_stream))
            self._process = None
        if self.mount_namespace >= 0:
            os.close(self.mount_namespace)
            self.mount_namespace = -1

    def _on_process_end(self) -> None:
        if self.on_idle_end is not None and not self.is_busy and not self.is_retired:
            if self._telling is not None:
                self._telling.cancel()  # of the process before; told once, it is told of both
            self._telling = asyncio.get_running_loop().call_later(IDLE_END_TOLD_AFTER_S, self.on_idle_end)

    def _tell_first_init(self) -> None:
        tell, self.on_first_init = self.on_first_init, None
        if tell is not None:
            tell()

    # ---- INIT --------------------------------------------------------------------------------------------------------

    def _init_s_max(self, limit_s: float) -> float:
        """A debugger may hold INIT as long as an event; RESTORE has a limit of its own."""
        if self.is_restored:
            return RESTORE_S_MAX
        return float(self.spec.timeout_s) if self.spec.debug_port else limit_s

    async def _first_init(self, limit_s: float) -> tuple[Failure | None, float]:
        """The INIT phase proper; its failure is not the caller's yet, for the first event tries again."""
        self._has_begun = True
        lines = self.traits.lines
        self._say(lines.restore_start() if self.is_restored else lines.init_start(self.initialization_type))
        started_s = clock.monotonic_s()
        failure = await self._init("", 0.0, limit_s)
        if failure is None and self.is_provisioned and self.rss_kb > self.spec.memory_mb * 1024:
            await self._end_process()  # no event will find it out, as it does of others
            failure = outcomes.exited("", 9, is_out_of_memory=True)
        if self._process is not None:
            started_s = self._process.assigned_s
        init_ms = (clock.monotonic_s() - started_s) * 1000
        if self.is_restored:
            status = "success" if failure is None else failure.kind
            error_type = "" if failure is None else failure.error_type
            self._say(lines.restore_report(restore_ms=init_ms, status=status, error_type=error_type))
        elif failure is not None:
            self._say(
                lines.init_report(
                    self.initialization_type, init_ms=init_ms, phase="init", status=failure.kind, error_type=failure.error_type
                )
            )
        return failure, init_ms

    async def _suppressed_init(self, request_id: str, deadline_s: float) -> Failure | None:
        """INIT again, inside the invocation and under its timeout."""
        started_s = clock.monotonic_s()
        failure = await self._init(request_id, deadline_s, self.spec.timeout_s)
        if failure is not None:
            init_ms = (clock.monotonic_s() - started_s) * 1000
            self._say(
                self.traits.lines.init_report(
                    self.initialization_type,
                    init_ms=init_ms,
                    phase="invoke",
                    status=failure.kind,
                    error_type=failure.error_type,
                )
            )
        return failure

    async def _init(self, request_id: str, deadline_s: float, limit_s: float) -> Failure | None:
        """Starts a process and waits until its INIT is over. ``deadline_s`` 0: ``limit_s`` from the assignment on."""
        try:
            process = await self._source(self)
        except (ZygoteFailed, OSError) as error:
            return outcomes.lost(request_id, str(error))
        except RuntimeEnded as ended:
            return self._exited(request_id, ended)
        self._process = self.feed.process = process
        process.on_end = self._on_process_end
        self._window.forget()
        self.rss_kb = 0
        deadline_s = deadline_s or process.assigned_s + limit_s
        failure, kind, body = await self._answer(request_id, deadline_s, limit_s)
        self._is_ready = failure is None and kind == frames.READY
        if self._is_ready:
            return None
        if failure is None and kind == frames.INIT_ERROR:
            failure = outcomes.from_runtime(body)
        elif failure is None and kind == frames.FAULT:
            failure = self._fault(request_id, body)
        elif failure is None:
            failure = outcomes.lost(request_id, body.decode("utf-8", "replace"))
            log.error("failed", function=self.spec.function_arn, reason=body.decode("utf-8", "replace"))
            self.is_retired = True
        await self._end_process()
        return failure

    # ---- INVOKE ------------------------------------------------------------------------------------------------------

    async def _run(self, invocation: Invocation, deadline_s: float) -> tuple[Failure | None, tuple[bytes, str]]:
        process = self._process
        assert process is not None, "INIT comes first"
        self._has_event = True
        self._took_ms = 0.0
        if self.traits.interceptor is not None:
            self.traits.interceptor.event(self.spec, invocation, self.kill)
        left_s, shift_s = deadline_s - clock.monotonic_s(), self.take_shift()
        await self.feed.give(invocation, left_s, shift_s, takes_pieces=self._stream is not None)
        pieces: Pieces | None = None
        failure, kind, body = self._answer_there() or await self._answer(invocation.request_id, deadline_s, self.spec.timeout_s)
        if kind in frames.PIECES:
            failure, kind, body, pieces = await self._rest_of_answer(invocation.request_id, deadline_s, kind, body)
        if failure is not None:
            await self._end_process()
            return failure, NOTHING
        if self.rss_kb > self.spec.memory_mb * 1024:
            # /tmp is charged to the cgroup too, so its limit is wider than the function's: what it hid is found here.
            await self._end_process()
            return outcomes.exited(invocation.request_id, 9, is_out_of_memory=True), NOTHING
        if kind in _NO_ANSWERS:
            await self._end_process()
            if kind == frames.GONE:
                return await self._came_to(invocation, deadline_s)
            return self._fault(invocation.request_id, body), NOTHING
        if not process.is_alive:
            await self._let_leave()
        if kind == frames.ERROR:
            return outcomes.from_runtime(body), NOTHING
        if pieces is not None:
            return pieces.failure, (bytes(pieces.gathered), pieces.content_type)
        content_type, _, payload = body.partition(b"\0")
        return None, (payload, content_type.decode())

    async def _let_leave(self) -> None:
        """Of a process that has answered and left; its /tmp is the next one's."""
        self.feed.give_back()
        if not self.feed.ahead:  # else that is told of its end first
            await self._end_process()

    async def _rest_of_answer(
        self, request_id: str, deadline_s: float, kind: int, body: bytes
    ) -> tuple[Failure | None, int, bytes, Pieces]:
        """The frame that ends the invocation; the pieces before it go to whoever takes them, under the same deadline."""
        pieces = Pieces(body.decode("utf-8", "replace") if kind == frames.STREAM else "", self._stream)
        failure: Failure | None = None
        while kind in frames.PIECES:
            if kind == frames.CHUNK:
                try:
                    async with asyncio.timeout(deadline_s - clock.monotonic_s()):
                        await pieces.add(body)
                except TimeoutError:
                    return self._timed_out(request_id, self.spec.timeout_s), kind, b"", pieces
            failure, kind, body = await self._answer(request_id, deadline_s, self.spec.timeout_s)
        return failure, kind, body, pieces

    def _answer_there(self) -> tuple[None, int, bytes] | None:
        """As ``_answer``, where nobody has to wait for it: of an event that was begun ahead of its turn."""
        process = self._process
        if process is None or not self.feed.is_queued or (frame := process.frame_there()) is None:
            return None
        kind, body = frame
        return None, kind, self._read(process, kind, body)

    async def _answer(self, request_id: str, deadline_s: float, limit_s: float) -> tuple[Failure | None, int, bytes]:
        """The runtime's next frame without its USED, or why there is none. Its output until then is in our events."""
        process = self._process
        assert process is not None
        waiter = process.wait()
        self._deadline.begin(waiter, deadline_s)
        try:
            kind, body = await waiter
        except TimeoutError:
            self.feed.give_back()  # before the last look: what it begins from now on it does not find
            late = process.late_frame() if self.feed.is_queued else None
            if late is None:
                return self._timed_out(request_id, limit_s), 0, b""
            kind, body = late
        except RuntimeEnded as ended:
            self._take_output()
            self.feed.give_back()
            return (None, frames.GONE, b"") if self.feed.is_unbegun else (self._exited(request_id, ended), 0, b"")
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                process.untake(*waiter.result())
            raise
        finally:
            self._deadline.end()
        return None, kind, self._read(process, kind, body)

    def _read(self, process: RuntimeProcess, kind: int, body: bytes) -> bytes:
        """A frame has come: what follows its USED, where it has that."""
        if kind in frames.PIECES:
            return body
        self.feed.turn.frame = b""
        self._take_output()
        if kind == frames.FAILED:
            return body
        rss_kb, took_us, process.has_queue = _read_used(body)
        if rss_kb > self.rss_kb:
            self.rss_kb = rss_kb
        self._took_ms = took_us / 1000
        return body[_USED_BYTES:]

    def _timed_out(self, request_id: str, limit_s: float) -> Failure:
        self._take_output()
        if request_id:
            self._say(self.traits.lines.timed_out(request_id, limit_s))
        return outcomes.timed_out(request_id, limit_s)

    def _fault(self, request_id: str, body: bytes) -> Failure:
        """A program that could not be started, or an extension that failed."""
        error_type, _, text = body.decode("utf-8", "replace").partition("\0")
        if request_id:
            self._say(self.traits.lines.failed(request_id, f"{text}\n{error_type}"))
        return outcomes.fault(request_id, error_type, text)

    def _exited(self, request_id: str, ended: RuntimeEnded) -> Failure:
        exit_ = ended.exit
        self.rss_kb = max(self.rss_kb, exit_.rss_kb)
        if exit_.reason:
            return outcomes.lost(request_id, exit_.reason)
        was_killed = os.WIFSIGNALED(exit_.status) and os.WTERMSIG(exit_.status) == 9
        is_out_of_memory = self._is_over_memory or (was_killed and self.cgroup is not None and self.cgroup.was_out_of_memory())
        if is_out_of_memory:
            self._is_over_memory = False
            self.rss_kb = max(self.rss_kb, self.spec.memory_mb * 1024)
        failure = outcomes.exited(request_id, exit_.status, is_out_of_memory=is_out_of_memory)
        if request_id:
            text = "Runtime exited with error: signal: killed" if is_out_of_memory else outcomes.exit_text(exit_.status)
            self._say(self.traits.lines.failed(request_id, f"{text}\n{failure.error_type}"))
        return failure

    async def _end_process(self) -> None:
        """Ends the runtime and keeps its /tmp for the next one."""
        process, self._process = self._process, None
        if process is None:
            return
        self._is_ready = self._is_over_memory = False
        self.feed.let_go()
        await process.end(EXIT_S_MAX)
        self.rss_kb = max(self.rss_kb, process.rss_kb)
        process.end_queued()
        self._events.extend(self._in_order(process.take_events()))
        if process.mount_namespace >= 0:  # which may be another one, where that before was not whole
            self.mount_namespace, process.mount_namespace = process.mount_namespace, self.mount_namespace
        process.close()

    # ---- log lines ---------------------------------------------------------------------------------------------------

    def _end(self, request_id: str, took_s: float, init_ms: float | None, failure: Failure | None) -> Report:
        """Says that an event is over, and with which figures."""
        spec = self.spec
        duration_ms = took_s * 1000
        if self.feed.is_queued:
            duration_ms = min(max(duration_ms, self._took_ms), spec.timeout_s * 1000.0)
        status, error_type = ("success", "") if failure is None else (failure.kind, failure.error_type)
        if status == "timeout":
            duration_ms = spec.timeout_s * 1000.0
        init_ms, restore_ms = (init_ms, None) if self.template is None else (None, init_ms)
        used_mb = min(-(-self.rss_kb // 1024), spec.memory_mb)
        report = Report(request_id, duration_ms, spec.memory_mb, used_mb, init_ms, restore_ms, status, error_type)
        lines = self.traits.lines
        self._say(lines.end(request_id), lines.report(report))
        if self._process is not None:
            self._process.reported(report)
        return report

    def _say(self, *lines: str | None) -> None:
        now_ms = self._said_ms = int(self.now() * 1000)
        for line in lines:
            if line is not None:
                self._events.append(LogEvent(now_ms, line))

    def _take_output(self) -> None:
        if self._process is not None:
            events = self._process.take_events()
            if events:
                self._events += self._in_order(events)

    def _in_order(self, events: list[LogEvent]) -> list[LogEvent]:
        """What was written before anybody knew that the event had begun comes behind its first line."""
        if not self.feed.is_queued:
            return events
        return [LogEvent(max(event.timestamp_ms, self._said_ms), event.message) for event in events]

    def _deliver_meanwhile(self) -> None:
        """While a function runs long, its lines are handed on as they come. The timer of one event is that of the next ones."""
        self._timer = None
        if not self.is_busy:
            return
        loop = asyncio.get_running_loop()
        has_begun = self.is_initialised or not self.is_restored  # else its template may die, and another copy say the same
        if has_begun and (self._delivery is None or self._delivery.done()):
            if self._process is not None:
                self._events.extend(self._in_order(self._process.take_lines()))
            if self._events:
                self._delivery = loop.create_task(self._hand_over())
        self._timer = loop.call_later(LOG_DELIVERY_S, self._deliver_meanwhile)

    async def _hand_over(self) -> None:
        said = self._take_said()
        if said:
            await self.keep(said)

    def _take_said(self) -> list[LogEvent]:
        events, self._events = self._events, []
        if self._kept is not None:
            self._kept.extend(events)
        return events
