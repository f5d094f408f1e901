"""What tests see of the calls and events of their account, and what they make of them: the one interceptor of a platform.

An account is watched while a test has it open. Rules are set from the test's thread and used on the platform's loop: lists are
appended to and replaced, never changed in place.
"""

import asyncio
import contextvars
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from msgspec import Struct

from lambent.core.clock import Clock, Instant, resting
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import EnvironmentSpec, Invocation, Parameters, Reply
from lambent.testing import batches


@dataclass(slots=True, eq=False)
class Fault:
    """A rule about the calls of one operation, and how often it came to bear."""

    service: str
    operation: str
    nth: int  # the first call that it concerns, from 1
    times: int | None  # how many calls it concerns; None: all from there on
    error: ServiceError | None = None
    delay_s: float = 0.0
    is_answer_lost: bool = False  # the operation does its work before the error is answered
    entries: frozenset[int] | None = None  # of a batch, by their places: those alone get the error
    calls: int = 0  # of the operation since the rule was set
    happened: int = 0

    def counts(self) -> bool:
        """Whether this call, counted now, is one that the rule concerns."""
        self.calls += 1
        concerns = self.calls >= self.nth and (self.times is None or self.calls < self.nth + self.times)
        self.happened += concerns
        return concerns


class Received(Struct, frozen=True):
    """One event as an environment got it."""

    request_id: str
    payload: bytes
    at: Instant


class Watch:
    """One account."""

    def __init__(self, clock: Callable[[], Clock]) -> None:
        self.faults: list[Fault] = []
        self.received: defaultdict[str, list[Received]] = defaultdict(list)  # by the function's ARN
        self.doomed: defaultdict[str, int] = defaultdict(int)  # how many of the function's next events kill their environment
        self._clock = clock

    async def call(
        self, service: str, operation: str, parameters: Parameters, proceed: Callable[..., Awaitable[Reply]]
    ) -> Reply:
        about = [fault for fault in self.faults if (fault.service, fault.operation) == (service, operation)]
        concerning = [fault for fault in about if fault.counts()]
        for fault in concerning:
            if fault.delay_s:
                await self._wait(fault)
            if fault.error is not None and not fault.is_answer_lost and fault.entries is None:
                raise fault.error.with_traceback(None)
        failing = {
            entry: fault.error for fault in concerning if fault.error is not None for entry in sorted(fault.entries or ())
        }
        if failing:
            reply = await batches.answer(service, operation, parameters, failing, proceed)
        else:
            reply = await proceed()
        for fault in concerning:
            if fault.error is not None and fault.is_answer_lost:
                raise fault.error.with_traceback(None)
        return reply

    async def _wait(self, fault: Fault) -> None:
        """Not as the client who waits: an automatic clock jumps for the sake of a delay, and not for a client's patience."""
        clock = self._clock()
        kind = f"{fault.service}.{fault.operation}"
        waiting = clock.sleep_until(clock.now() + fault.delay_s, kind=kind)
        sleep = asyncio.get_running_loop().create_task(waiting, context=contextvars.Context())
        with resting():
            try:
                await sleep
            finally:
                sleep.cancel()

    def event(self, function_arn: str, invocation: Invocation, kill: Callable[[], bool]) -> None:
        self.received[function_arn].append(Received(invocation.request_id, invocation.payload, self._clock().now()))
        if self.doomed[function_arn]:
            self.doomed[function_arn] -= 1
            kill()


class Watches:
    """``core.ports.Interceptor``: hands each account's calls and events to its watch."""

    def __init__(self) -> None:
        self.by_account: dict[str, Watch] = {}

    async def call(
        self,
        context: Context,
        service: str,
        operation: str,
        parameters: Parameters,
        proceed: Callable[..., Awaitable[Reply]],
    ) -> Reply:
        watch = self.by_account.get(context.account)
        if watch is None or not watch.faults:
            return await proceed()
        return await watch.call(service, operation, parameters, proceed)

    def event(self, spec: EnvironmentSpec, invocation: Invocation, kill: Callable[[], bool]) -> None:
        watch = self.by_account.get(spec.account)
        if watch is not None:
            watch.event(spec.function_arn, invocation, kill)
