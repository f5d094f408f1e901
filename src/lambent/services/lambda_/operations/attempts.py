"""One attempt of one event: runs it, and writes what comes of it in one transaction.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from lambent.core.clock import Clock, Instant
from lambent.core.log import Log
from lambent.core.ports import EnvironmentSpec, Metrics
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import async_events, deliveries, limits, records, retries
from lambent.services.lambda_.engine.deliveries import Delivery
from lambent.services.lambda_.engine.records import End
from lambent.services.lambda_.operations.deliveries import Deliveries
from lambent.services.lambda_.operations.runner import Runner
from lambent.services.lambda_.operations.targets import Resolved
from lambent.services.lambda_.tables.async_events import AsyncEvent, Failure, Response
from lambent.store.database import Database

log = Log("lambda")


class Attempts:
    """Each method tells whether all is written: False leaves it to the caller to delete the row, with others."""

    def __init__(self, *, store: Database, clock: Clock, runner: Runner, deliveries: Deliveries, metrics: Metrics) -> None:
        self._store = store
        self._clock = clock
        self._runner = runner
        self._deliveries = deliveries
        self._metrics = metrics

    async def attempt(self, event: AsyncEvent, target: Resolved) -> bool:
        """Raises TooManyRequests where there was no room after all."""
        self._metrics.add("lambent_async_attempts_total")
        self._metrics.add("lambent_async_event_age_seconds_total", self._now(event) - event.accepted_at)
        try:
            ran = await self._runner.run(target, event.payload, request_id=event.request_id, trace_id=event.trace_id)
        except errors.NotRun as refused:
            return await self.put_off(event, refused.status, refused.message)
        response = Response(ran.outcome.payload, ran.version, ran.outcome.function_error)
        if response.function_error is None:
            if not target.rules.on_success:
                return False
            end = End(retries.SUCCESS, event.function_errors + 1, self._now(event), response)
            return await self._end(event, target, end, destination=target.rules.on_success)
        if records.is_system_failure(response):
            return await self.put_off(event, errors.SystemFailed.status, errors.SystemFailed.wording)
        return await self._failed(event, target, records.failure_of(response))

    async def give_up(self, event: AsyncEvent, target: Resolved, condition: str) -> bool:
        """Ends an event without a further attempt."""
        throttled = errors.TooManyRequests("")
        failure = event.failure
        if (
            condition == retries.ZERO_RESERVED_CONCURRENCY
            or failure is None
            or failure.status == records.STATUS_OF_FUNCTION_ERROR
        ):
            # It has waited for room ever since, of which its row says nothing.
            failure = Failure(throttled.status, throttled.message, failure.response if failure else None)
        end = End(
            condition,
            event.function_errors,
            self._now(event),
            None if condition == retries.ZERO_RESERVED_CONCURRENCY else failure.response,
            failure.status,
            failure.message,
        )
        return await self._discard(event, target, end)

    async def drop(self, event: AsyncEvent) -> bool:
        """Ends an event whose function, version or alias is no more: nobody is told."""
        self._count_dropped(event, "FunctionNotFound")
        return False

    async def put_off(self, event: AsyncEvent, status: int, message: str) -> bool:
        """Puts off an event whose attempt did not reach the function; it ends where it has become too old for any rules."""
        now = self._now(event)
        if now - event.accepted_at >= limits.EVENT_AGE_S_MAX:
            self._count_dropped(event, retries.EVENT_AGE_EXCEEDED)
            return False
        await self._store.write(async_events.postpone, event, Failure(status, message), now)
        return True

    async def _failed(self, event: AsyncEvent, target: Resolved, failure: Failure) -> bool:
        now, attempts = self._now(event), event.function_errors + 1
        verdict = retries.after_function_error(event.accepted_at, target.rules, function_errors=attempts, now=now)
        if verdict.condition is None:
            await self._store.write(async_events.retry, event, failure, verdict.due_at)
            return True
        end = End(verdict.condition, attempts, now, failure.response, failure.status, failure.message)
        return await self._discard(event, target, end)

    async def _discard(self, event: AsyncEvent, target: Resolved, end: End) -> bool:
        self._count_dropped(event, end.condition)
        return await self._end(
            event,
            target,
            end,
            destination=target.rules.on_failure,
            dead_letter_arn=target.dead_letter_arns.get(_executed(target, end).version, ""),
        )

    async def _end(self, event: AsyncEvent, target: Resolved, end: End, *, destination: str, dead_letter_arn: str = "") -> bool:
        """Ends the event with what is to be told of it, each on its own: one that fails does not hold up the other."""
        wanted: list[Delivery] = []
        if (where := deliveries.parse_destination(destination, is_on_failure=True)) is not None:
            wanted.append(deliveries.to_destination(event, end, where))
        if (where := deliveries.parse_dead_letter_target(dead_letter_arn)) is not None:
            wanted.append(deliveries.to_dead_letter_target(event, end, where))
        if not wanted:
            return False
        posts = await self._deliveries.posts(event, wanted, role_arn=_executed(target, end).role_arn)
        await self._store.write(async_events.end, event, posts)
        return True

    def _count_dropped(self, event: AsyncEvent, reason: str) -> None:
        self._metrics.add("lambent_async_events_dropped_total", reason=reason)
        log.warning("event.dropped", function=event.function.invoked_arn, request_id=event.request_id, reason=reason)

    def _now(self, event: AsyncEvent) -> Instant:
        return self._clock.of(event.scope.account).now()


def _executed(target: Resolved, end: End) -> EnvironmentSpec:
    """The version that ran last, where any ran: its role delivers, and its dead-letter target counts."""
    if target.other is not None and end.response is not None and end.response.executed_version == target.other.version:
        return target.other
    return target.first
