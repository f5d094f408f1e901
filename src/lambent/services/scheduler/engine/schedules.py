"""Schedules: made, changed, listed, and when one comes round next.

https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
"""

from collections.abc import Collection, Mapping
from typing import Any

from msgspec.structs import replace

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.lang import schedule
from lambent.services.scheduler import errors
from lambent.services.scheduler.engine import groups, targets
from lambent.services.scheduler.engine.identifiers import GroupName, ScheduleName
from lambent.services.scheduler.tables import schedules
from lambent.services.scheduler.tables.schedules import ScheduleRow
from lambent.store.database import Transaction

SCHEDULES_MAX = 1_000_000  # of an account in a region
START_AGE_S_MAX = 300
FLEXIBLE = "FLEXIBLE"
TICK_S = 0.001  # the clocks of a schedule are not finer
LONG_AGO: Instant = -1e18
_TIMING = ("ScheduleExpression", "ScheduleExpressionTimezone", "StartDate")


def find(tx: Transaction, name: ScheduleName) -> ScheduleRow:
    """Raises GroupNotFound, ScheduleNotFound."""
    groups.find(tx, name.group)
    row = schedules.find(tx, name)
    if row is None:
        raise errors.ScheduleNotFound(name=name.name)
    return row


def create(tx: Transaction, name: ScheduleName, state: str, settings: Mapping[str, Any], now: Instant) -> ScheduleRow:
    """Raises GroupNotFound, GroupIsBeingDeleted, ScheduleExists, QuotaExceeded."""
    groups.find_open(tx, name.group)
    if schedules.find(tx, name) is not None:
        raise errors.ScheduleExists(name=name.name)
    if schedules.count(tx, name.group.scope) >= SCHEDULES_MAX:
        raise errors.QuotaExceeded(count_max=SCHEDULES_MAX, what="schedules")
    row = ScheduleRow(name, state, settings, _anchor(settings, now), now, now)
    schedules.insert(tx, row)
    return row


def update(
    tx: Transaction, name: ScheduleName, state: str, settings: Mapping[str, Any], now: Instant
) -> tuple[ScheduleRow, ScheduleRow]:
    """The schedule as it was, and as it is now: all of it is put anew. Raises GroupNotFound, ScheduleNotFound."""
    groups.find_open(tx, name.group)
    before = find(tx, name)
    anchor = before.anchor if has_same_timing(before.settings, settings) else _anchor(settings, now)
    after = replace(before, state=state, settings=settings, anchor=anchor, modified_at=now)
    schedules.put(tx, after)
    return before, after


def delete(tx: Transaction, name: ScheduleName) -> None:
    """Raises GroupNotFound, ScheduleNotFound."""
    find(tx, name)
    schedules.delete(tx, name)


def page(
    tx: Transaction, scope: Scope, group: str, *, prefix: str, state: str, after: tuple[str, str], count_max: int
) -> list[ScheduleRow]:
    """The schedules of one page, and the first of the next where there is one; "" is all groups. Raises GroupNotFound."""
    if not group:
        return schedules.of_all(tx, scope, after=after, prefix=prefix, state=state, count_max=count_max + 1)
    name = GroupName(scope, group)
    groups.find(tx, name)
    return schedules.of_group(tx, name, after=after[1], prefix=prefix, state=state, count_max=count_max + 1)


# ---- time ------------------------------------------------------------------------------------------------------------


def has_same_timing(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a schedule goes on in its step."""
    return all(before.get(name) == after.get(name) for name in _TIMING)


def is_once(settings: Mapping[str, Any]) -> bool:
    return _occurrences(settings).is_once


def first(row: ScheduleRow, now: Instant) -> Instant | None:
    """The first occurrence of a schedule that begins: what comes once may be past, a rate comes at once, a cron later."""
    occurrences = _occurrences(row.settings)
    if occurrences.is_once:
        return next_after(row, LONG_AGO)
    return next_after(row, now - TICK_S if occurrences.is_rate else now)


def next_after(row: ScheduleRow, moment: Instant) -> Instant | None:
    """The next occurrence after ``moment``; None where there is none. What comes once knows of no start and no end."""
    occurrences = _occurrences(row.settings)
    if occurrences.is_once:
        return occurrences.after(moment, anchor=row.anchor)
    start, end = row.settings.get("StartDate"), row.settings.get("EndDate")
    found = occurrences.after(max(moment, start - TICK_S) if start is not None else moment, anchor=row.anchor)
    return found if found is not None and (end is None or found <= end) else None


def _occurrences(settings: Mapping[str, Any]) -> schedule.Occurrences:
    return schedule.occurrences(settings["ScheduleExpression"], settings["ScheduleExpressionTimezone"])


def _anchor(settings: Mapping[str, Any], now: Instant) -> Instant:
    start: Instant | None = settings.get("StartDate")
    return now if start is None else start


# ---- what AWS refuses ------------------------------------------------------------------------------------------------


def check(settings: Mapping[str, Any], *, region: str, services: Collection[str], now: Instant) -> None:
    """``services``: botocore's names of those that this platform has. Raises ValidationException, TargetKindMissing."""
    reason = _expression_problem(settings) or _window_problem(settings["FlexibleTimeWindow"]) or _dates_problem(settings, now)
    if reason is not None:
        raise errors.ValidationException(reason=reason)
    targets.check(settings["Target"], region=region, services=services)


def _expression_problem(settings: Mapping[str, Any]) -> str | None:
    try:
        _occurrences(settings)
    except schedule.InvalidSchedule:
        return f"Invalid Schedule Expression {settings['ScheduleExpression']}."
    except schedule.UnknownZone:
        return f"Invalid Schedule Expression Timezone {settings['ScheduleExpressionTimezone']}."
    return None


def _window_problem(window: Mapping[str, Any]) -> str | None:
    is_flexible, has_length = window["Mode"] == FLEXIBLE, window.get("MaximumWindowInMinutes") is not None
    if is_flexible and not has_length:
        return "MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE."
    if has_length and not is_flexible:
        return "MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to OFF."
    return None


def _dates_problem(settings: Mapping[str, Any], now: Instant) -> str | None:
    start, end = settings.get("StartDate"), settings.get("EndDate")
    if is_once(settings):
        return None
    if start is not None and start < now - START_AGE_S_MAX:
        return "The StartDate you specify cannot be earlier than 5 minutes ago."
    if start is not None and end is not None and start >= end:
        return "The StartDate you specify must come before the EndDate."
    return None
