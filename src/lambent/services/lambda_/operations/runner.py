"""Runs one event of one function: chooses the version, counts it, and gives it to an execution environment."""

from collections.abc import Callable, Coroutine
from typing import Any

from msgspec import Struct

from lambent.core import ids, traces
from lambent.core.clock import Clock
from lambent.core.ports import (
    BadArchive,
    Environments,
    EnvironmentSpec,
    Invocation,
    Metrics,
    Outcome,
    ResponseStream,
    RestoreFailed,
    RuntimeUnavailable,
)
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.ledger import Ledger
from lambent.services.lambda_.operations.durable.starts import Starts
from lambent.services.lambda_.operations.targets import Name, Resolved, Targets


class Ran(Struct, frozen=True):
    """``version``: "$LATEST" or digits. ``durable_execution_arn``: of the execution that the invocation was."""

    outcome: Outcome
    version: str
    durable_execution_arn: str = ""


class Runner:
    """What synchronous and asynchronous invocations have in common."""

    def __init__(self, *, targets: Targets, ledger: Ledger, environments: Environments, metrics: Metrics, clock: Clock) -> None:
        self._targets = targets
        self._ledger = ledger
        self._environments = environments
        self._metrics = metrics
        self._clock = clock
        self.starts: Starts | None = None  # set by who wires the service, before anything runs

    async def find(self, name: Name) -> Resolved:
        return self._targets.known.get(name) or await self._targets.find(name)

    def known(self, name: Name) -> Resolved | None:
        """What is remembered of the name."""
        return self._targets.known.get(name)

    def room(self, target: Resolved) -> int:
        """How many more events of the function could run now."""
        reserved, unreserved = target.reserved_concurrency, target.unreserved_concurrency
        return self._ledger.room(target.function, reserved=reserved, unreserved=unreserved)

    def claim(self, target: Resolved, tell: Callable[[], None]) -> bool:
        """Keeps room for one event that is about to be fetched (`Ledger.claim`)."""
        reserved, unreserved = target.reserved_concurrency, target.unreserved_concurrency
        return self._ledger.claim(target.function, tell, reserved=reserved, unreserved=unreserved)

    def unclaim(self, target: Resolved) -> None:
        """Right before the event runs, or where there is none. ``target`` as it was when the room was claimed."""
        self._ledger.unclaim(target.function, reserved=target.reserved_concurrency)

    async def ready_runtimes(self, target: Resolved) -> None:
        """Before events are fetched. Raises RuntimeNotInstalled where the machine lacks what the function needs."""
        try:
            for spec in (target.first, target.other):
                if spec is not None:
                    await self._environments.ready_runtime(spec.runtime)
        except RuntimeUnavailable as unavailable:
            raise errors.RuntimeNotInstalled(reason=str(unavailable)) from unavailable

    def choose(self, target: Resolved) -> EnvironmentSpec:
        """The version that runs the next event."""
        if target.other is not None and ids.fraction() < target.other_weight:
            return target.other
        return target.first

    def run(
        self,
        target: Resolved,
        payload: bytes,
        *,
        request_id: str,
        trace_id: str = "",
        client_context: str = "",
        wants_log_tail: bool = False,
        spec: EnvironmentSpec | None = None,
        stream: ResponseStream | None = None,
        execution_name: str | None = None,
    ) -> Coroutine[Any, Any, Ran]:
        """Where it is awaited, raises TooManyRequests, and NotRun where the machine lacks what is needed, or RESTORE failed.

        ``spec``: of the version that was chosen already. ``stream`` takes an answer that is written piece by piece.
        Of a durable function this is a whole execution (by the name ``execution_name``), however often it is invoked.
        """
        if spec is None:
            spec = target.first if target.other is None else self.choose(target)
        if target.durable is not None and self.starts is not None:
            return self._run_durable(
                self.starts, target, spec, payload, request_id=request_id, trace_id=trace_id, name=execution_name
            )
        return self.run_once(
            target,
            payload,
            request_id=request_id,
            trace_id=trace_id,
            client_context=client_context,
            wants_log_tail=wants_log_tail,
            spec=spec,
            stream=stream,
        )

    async def _run_durable(
        self,
        starts: Starts,
        target: Resolved,
        spec: EnvironmentSpec,
        payload: bytes,
        *,
        request_id: str,
        trace_id: str,
        name: str | None,
    ) -> Ran:
        trace_id = traces.of_invocation(trace_id, self._clock.now())
        execution = await starts.start(target, spec, payload, request_id=request_id, trace_id=trace_id, name=name)
        return Ran(await starts.ended(execution), spec.version, execution.arn)

    async def run_once(
        self,
        target: Resolved,
        payload: bytes,
        *,
        request_id: str,
        trace_id: str = "",
        client_context: str = "",
        wants_log_tail: bool = False,
        spec: EnvironmentSpec | None = None,
        stream: ResponseStream | None = None,
    ) -> Ran:
        """One invocation of one environment, whatever the function is. Raises as ``run`` does."""
        if spec is None:
            spec = self.choose(target)
        invocation = Invocation(
            request_id=request_id,
            payload=payload,
            invoked_function_arn=target.invoked_arn,
            trace_id=traces.of_invocation(trace_id, self._clock.now()),
            client_context=client_context,
            wants_log_tail=wants_log_tail,
        )
        reserved = target.reserved_concurrency
        try:
            self._ledger.enter(target.function, reserved=reserved, unreserved=target.unreserved_concurrency)
        except errors.TooManyRequests:
            self._metrics.add("lambent_throttles_total")
            raise
        try:
            outcome = await self._environments.invoke(spec, invocation, stream)
        except RuntimeUnavailable as unavailable:
            raise errors.RuntimeNotInstalled(reason=str(unavailable)) from unavailable
        except BadArchive as bad:
            raise errors.CodeNotUnpacked(reason=bad.reason) from bad
        except RestoreFailed as failed:
            raise (errors.SnapStartTimedOut() if failed.is_timeout else errors.SnapStartFailed()) from failed
        finally:
            self._ledger.leave(target.function, reserved=reserved)
        self._metrics.add("lambent_invocations_total", start="cold" if outcome.was_cold else "warm")
        if outcome.function_error:
            self._metrics.add("lambent_function_errors_total")
        return Ran(outcome, spec.version)
