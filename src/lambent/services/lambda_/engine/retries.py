"""When an event is tried again, and when it is given up: decisions only, which others write.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.services.lambda_.engine import limits
from lambent.services.lambda_.tables.event_invoke_configs import EventInvokeConfig

SUCCESS = "Success"
RETRIES_EXHAUSTED = "RetriesExhausted"
EVENT_AGE_EXCEEDED = "EventAgeExceeded"
ZERO_RESERVED_CONCURRENCY = "ZeroReservedConcurrency"


class Rules(Struct, frozen=True):
    """What holds for the events of one qualifier. Destinations are ARNs, empty where there are none."""

    retries_max: int = limits.EVENT_RETRIES_MAX
    age_s_max: float = limits.EVENT_AGE_S_MAX
    on_success: str = ""
    on_failure: str = ""


class Verdict(Struct, frozen=True):
    """The event has ended, by ``condition``; or there is none, and it is due again."""

    condition: str | None
    due_at: Instant = 0.0


def rules(config: EventInvokeConfig | None) -> Rules:
    if config is None:
        return Rules()
    return Rules(
        retries_max=limits.EVENT_RETRIES_MAX if config.retries_max is None else config.retries_max,
        age_s_max=limits.EVENT_AGE_S_MAX if config.age_s_max is None else config.age_s_max,
        on_success=config.on_success,
        on_failure=config.on_failure,
    )


def before_attempt(accepted_at: Instant, rules: Rules, *, reserved: int | None, now: Instant) -> str | None:
    """The condition by which an event ends without a further attempt, or None where it is to be tried."""
    if reserved == 0:
        return ZERO_RESERVED_CONCURRENCY
    return EVENT_AGE_EXCEEDED if _is_too_old(accepted_at, rules, now) else None


def after_function_error(accepted_at: Instant, rules: Rules, *, function_errors: int, now: Instant) -> Verdict:
    """``function_errors`` counts the one that has just happened. An event that its delay would make too old ends at once."""
    if function_errors > rules.retries_max:
        return Verdict(RETRIES_EXHAUSTED)
    due_at = now + limits.EVENT_RETRY_DELAYS_S[min(function_errors, len(limits.EVENT_RETRY_DELAYS_S)) - 1]
    if _is_too_old(accepted_at, rules, due_at):
        return Verdict(EVENT_AGE_EXCEEDED)
    return Verdict(None, due_at)


def throttle_delay_s(throttles: int) -> float:
    """1 s after the first throttle, twice as long after each further one, at most 5 minutes."""
    return float(min(limits.THROTTLE_DELAY_S_FIRST * 2 ** min(throttles, 16), limits.THROTTLE_DELAY_S_MAX))


def _is_too_old(accepted_at: Instant, rules: Rules, at: Instant) -> bool:
    """At the very instant it is: on AWS some time has always passed, so that a limit of 60 s leaves no room for 60 s of delay.

    A clock that stands still must not make a difference.
    """
    return at - accepted_at >= rules.age_s_max
