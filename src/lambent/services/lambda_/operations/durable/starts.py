"""Starts durable executions, and waits for them where a caller does."""

from lambent.core.clock import Clock
from lambent.core.ports import EnvironmentSpec, Outcome
from lambent.durable.signals import Signals
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import targets
from lambent.services.lambda_.engine.durable import answers
from lambent.services.lambda_.engine.durable.lifecycle import Lifecycle, Start
from lambent.services.lambda_.engine.durable.operations import SUCCEEDED
from lambent.services.lambda_.operations.targets import Resolved
from lambent.services.lambda_.tables import durable
from lambent.services.lambda_.tables.durable import Execution, Origin
from lambent.store.database import Database

WAIT_S_EXTRA = 60.0  # an execution that is not told of so long after its time is gone, with its account


class Starts:
    """What an invocation of a durable function is: the start of an execution."""

    def __init__(self, *, store: Database, clock: Clock, signals: Signals, lifecycle: Lifecycle, endpoint_url: str) -> None:
        self._store = store
        self._clock = clock
        self._signals = signals
        self._lifecycle = lifecycle
        self._endpoint_url = endpoint_url

    async def start(
        self,
        target: Resolved,
        spec: EnvironmentSpec,
        payload: bytes,
        *,
        request_id: str,
        trace_id: str,
        name: str | None = None,
        principal_arn: str = "",
        is_async: bool = False,
    ) -> Execution:
        """``spec``: of the version that was chosen.

        Raises DurableUnqualified, DurableTooLong, DurableExecutionAlreadyStarted.
        """
        targets.check_durable(target.durable, target.function, is_async=is_async)
        assert target.durable is not None
        origin = Origin(
            request_id=request_id,
            trace_id=trace_id,
            principal_arn=principal_arn,
            endpoint_url=self._endpoint_url,
            role_arn=spec.role_arn,
            is_async=is_async,
            qualifier=target.function.qualifier or "",
            dead_letter_arn=target.dead_letter_arns.get(spec.version, ""),
        )
        start = Start(target.function, spec.version, target.durable, name, payload.decode(), origin)
        now = self._clock.of(target.function.scope.account).now()
        return await self._store.write(self._lifecycle.start, start, now)

    async def ended(self, execution: Execution) -> Outcome:
        """What a synchronous caller is answered, once the execution has ended."""
        give_up_at = 0.0
        with self._signals.listen(durable.ended_topic(execution.key)) as listener:
            while True:
                found = await self._store.read(durable.find_execution, execution.key)
                if found is None:
                    raise errors.SystemFailed()
                if not found.is_running:
                    break
                if found.times_out_at + WAIT_S_EXTRA <= give_up_at:  # it has not been put off by a pause meanwhile
                    raise errors.SystemFailed()
                give_up_at = found.times_out_at + WAIT_S_EXTRA
                if await listener.wait(give_up_at, is_background=True):
                    give_up_at = 0.0
        outcome = await self._store.read(durable.find_outcome, execution.key)
        if found.status == SUCCEEDED:
            return Outcome((outcome.result or "null").encode())
        return Outcome(answers.function_error(outcome.error), "Unhandled")
