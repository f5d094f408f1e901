"""Invokes durable executions when there is something for them to do: at their start, and when what they wait for has come.

An execution that waits is rows and nothing else. In memory are those that run, and the functions that have some to run.
"""

import asyncio
import contextvars
from collections import Counter
from collections.abc import Iterator

from lambent.core import clock as clocks
from lambent.core import ids
from lambent.core.clock import NEVER, Instant
from lambent.core.context import Scope
from lambent.core.log import Log
from lambent.durable.followers.subject import Neighbours
from lambent.durable.signals import Listener
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import deliveries, records, retries
from lambent.services.lambda_.engine.durable import answers
from lambent.services.lambda_.engine.durable.lifecycle import Begun, Lifecycle
from lambent.services.lambda_.engine.durable.names import ExecutionKey
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.engine.records import End
from lambent.services.lambda_.operations.deliveries import Deliveries
from lambent.services.lambda_.operations.runner import Ran, Runner
from lambent.services.lambda_.operations.targets import TOPIC_PREFIX, Resolved
from lambent.services.lambda_.tables import durable
from lambent.services.lambda_.tables.async_events import AsyncEvent, Response
from lambent.services.lambda_.tables.durable import WANTED_PREFIX, Due, Execution

RUNNING_MAX = 1_000
READ_MAX = 64
ROOM_WAIT_S = 1.0
DEFECT_WAIT_S = 30.0
NOT_READY_WAIT_S = 1.0
WAKE_TOPIC = "lambda.durable"

log = Log("lambda")


class DurableRunner:
    """One worker. At most one invocation of an execution runs: `Lifecycle.begin` sees to it, in the execution's row."""

    def __init__(self, *, near: Neighbours, runner: Runner, lifecycle: Lifecycle, deliveries: Deliveries) -> None:
        self._store = near.store
        self._signals = near.signals
        self._clock = near.clock
        self._metrics = near.metrics
        self._runner = runner
        self._lifecycle = lifecycle
        self._deliveries = deliveries
        self._tasks: asyncio.TaskGroup | None = None
        self._awake: dict[FunctionName, None] = {}
        self._later: dict[FunctionName, Instant] = {}
        self._short: set[FunctionName] = set()  # those that lack room
        self._running: set[ExecutionKey] = set()
        self._entering: Counter[FunctionName] = Counter()
        near.store.on_signal(self._hear)

    async def run(self) -> None:
        for forgotten in (self._awake, self._later, self._short, self._running, self._entering):
            forgotten.clear()
        await self._store.write(durable.lose_invocations)
        with self._signals.listen(WAKE_TOPIC) as listener:
            async with asyncio.TaskGroup() as self._tasks:
                try:
                    await self._serve(listener)
                finally:
                    self._tasks = None

    async def _serve(self, listener: Listener) -> None:
        for function in await self._store.read(durable.list_functions_wanted):
            self._wake(function)
        while True:
            while self._awake:
                function = next(iter(self._awake))
                del self._awake[function]
                await self._fill(function)
            # What fires is told execution by execution.
            if not await listener.wait(self._clock.earliest(self._dues()), kind=""):
                for function, at in list(self._later.items()):
                    if at <= self._now(function.scope):
                        self._wake(function)

    def _hear(self, topic: str) -> None:
        if topic.startswith(WANTED_PREFIX):
            account, region, name = topic.removeprefix(WANTED_PREFIX).split("/")
            self._wake(FunctionName(Scope(account, region), name))
        elif topic.startswith(TOPIC_PREFIX) and self._later:
            account, region, name = topic.removeprefix(TOPIC_PREFIX).split("/")
            for function in list(self._later):
                if function.scope == Scope(account, region) and name in ("*", function.name):
                    self._wake(function)

    def _wake(self, function: FunctionName) -> None:
        self._awake[function] = None
        self._signals.notify(WAKE_TOPIC)

    def _dues(self) -> Iterator[tuple[str, Instant]]:
        return ((function.scope.account, at) for function, at in self._later.items())

    def _now(self, scope: Scope) -> Instant:
        return self._clock.of(scope.account).now()

    # ---- what is due -------------------------------------------------------------------------------------------------

    async def _fill(self, function: FunctionName) -> None:
        """Starts what there is room for, and notes when to look again."""
        self._later.pop(function, None)
        self._short.discard(function)
        now = self._now(function.scope)
        held = sum(key.scope == function.scope for key in self._running) if len(self._running) < READ_MAX else READ_MAX
        due = await self._store.read(durable.list_due, function, now, READ_MAX + held)
        for each in due:
            if each.key in self._running:
                continue
            target = await self._resolve(function, each)
            if target is None:
                continue
            if len(self._running) >= RUNNING_MAX or self._runner.room(target) <= self._entering[function]:
                self._short.add(function)
                self._later[function] = now + ROOM_WAIT_S
                return
            self._begin(function, each, target)
        if len(due) == READ_MAX + held:
            self._short.add(function)
        following = await self._store.read(durable.next_due_at, function, now)
        if following < NEVER:
            self._later[function] = min(following, self._later.get(function, NEVER))

    async def _resolve(self, function: FunctionName, due: Due) -> Resolved | None:
        """The version that an execution runs. None where it cannot run now; one whose version is gone ends."""
        scope = function.scope
        try:
            return await self._runner.find((scope.account, scope.region, function.name, due.version))
        except errors.FunctionNotFound as error:
            told = {"ErrorMessage": error.message, "ErrorType": error.code}
            await self._store.write(self._lifecycle.fail, due.key, told, self._now(scope))
        except Exception as error:  # noqa: BLE001 - one function that cannot be read must not stop the others
            if not isinstance(error, errors.FunctionNotReady):
                log.error("durable.unreadable", error=error, function=function.arn)
            self._later[function] = self._now(scope) + NOT_READY_WAIT_S
        return None

    def _begin(self, function: FunctionName, due: Due, target: Resolved) -> None:
        assert self._tasks is not None, "nothing is started but by the worker"
        self._running.add(due.key)
        self._entering[function] += 1
        # In a context of its own: not for the sake of the request that has just made it possible.
        self._tasks.create_task(self._run(function, due.key, target), context=contextvars.Context())

    # ---- one invocation ----------------------------------------------------------------------------------------------

    async def _run(self, function: FunctionName, key: ExecutionKey, target: Resolved) -> None:
        invocation = ids.uuid4()
        with clocks.acting_for(key.scope.account):
            try:
                try:
                    begun = await self._store.write(self._lifecycle.begin, key, invocation, self._now(key.scope))
                finally:
                    self._entering[function] -= 1
                if begun is None:
                    await self._send_dead_letter(key, target)
                else:
                    await self._invoke(begun, key, invocation, target)
            except Exception as error:  # noqa: BLE001 - one execution that cannot be run must not stop the others
                log.error("durable.failed", error=error, function=function.arn, execution=key.id)
                due_at = self._now(key.scope) + DEFECT_WAIT_S
                await self._store.write(self._lifecycle.put_off, key, invocation, due_at)
        self._running.discard(key)
        for short in (function, *self._short):
            self._wake(short)

    async def _invoke(self, begun: Begun, key: ExecutionKey, invocation: str, target: Resolved) -> None:
        began_at = self._now(key.scope)
        trace_id = begun.execution.origin.trace_id
        try:
            ran = await self._runner.run_once(target, begun.payload, request_id=invocation, trace_id=trace_id)
        except (errors.TooManyRequests, errors.NotRun):
            due_at = self._now(key.scope) + retries.throttle_delay_s(0)
            await self._store.write(self._lifecycle.put_off, key, invocation, due_at)
            return
        if _is_system_failure(ran):
            due_at = self._now(key.scope) + ROOM_WAIT_S
            await self._store.write(self._lifecycle.put_off, key, invocation, due_at)
            return
        answer = answers.read(ran.outcome)
        self._metrics.add("lambent_durable_invocations_total", answer=answer.kind.lower())
        await self._store.write(self._lifecycle.finish, key, invocation, answer, began_at, self._now(key.scope))

    async def _send_dead_letter(self, key: ExecutionKey, target: Resolved) -> None:
        execution = await self._store.read(durable.find_execution, key)
        if execution is None or execution.is_running or not execution.is_wanted:
            return
        where = deliveries.parse_dead_letter_target(execution.origin.dead_letter_arn)
        posts = []
        if where is not None:
            event, end = await self._told(execution)
            wanted = [deliveries.to_dead_letter_target(event, end, where)]
            posts = await self._deliveries.posts(event, wanted, role_arn=target.first.role_arn)
        await self._store.write(self._lifecycle.dead_letter_sent, key, posts)

    async def _told(self, execution: Execution) -> tuple[AsyncEvent, End]:
        """An execution that has failed, as an event that has."""
        root = await self._store.read(durable.find_operation, execution.key, execution.id)
        outcome = await self._store.read(durable.find_outcome, execution.key)
        origin = execution.origin
        event = AsyncEvent(
            scope=execution.scope,
            request_id=origin.request_id,
            function_name=execution.function_name,
            qualifier=origin.qualifier,
            payload=((root.input if root else None) or "{}").encode(),
            trace_id=origin.trace_id,
            principal_arn=origin.principal_arn,
            endpoint_url=origin.endpoint_url,
            accepted_at=execution.started_at,
            due_at=execution.started_at,
        )
        failure = records.failure_of(Response(answers.function_error(outcome.error), execution.version, "Unhandled"))
        end = End(retries.RETRIES_EXHAUSTED, 1, execution.ended_at, failure.response, failure.status, failure.message)
        return event, end


def _is_system_failure(ran: Ran) -> bool:
    return records.is_system_failure(Response(ran.outcome.payload, ran.version, ran.outcome.function_error))
