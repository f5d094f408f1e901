"""When schedules come round: a timer each, set anew whenever it fires, and the place of an occurrence in its window.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-flexible-time-windows.html
"""

from collections.abc import Callable
from typing import Any

from lambent.core import ids
from lambent.core.clock import Clock, Instant
from lambent.core.context import Scope
from lambent.durable.tables import Timer
from lambent.durable.timers import Timers
from lambent.services.scheduler.engine import deliveries, schedules
from lambent.services.scheduler.engine.calls import Invocation
from lambent.services.scheduler.engine.deliveries import Deliveries
from lambent.services.scheduler.engine.identifiers import GroupName, ScheduleName
from lambent.services.scheduler.tables import groups as group_rows
from lambent.services.scheduler.tables import schedules as rows
from lambent.services.scheduler.tables.schedules import ScheduleRow
from lambent.store.database import Transaction

OCCURRENCE = "scheduler.schedule"
PLACE = "scheduler.window"
SWEEP = "scheduler.group-deletion"
SWEPT_MAX = 500  # schedules of a group that are deleted in one transaction


class Firing:
    """Keeps the timers in step with the schedules. ``endpoint_url``: as programs on this machine reach the platform.

    ``recurring``: a lane for what repeats for ever, so that nobody waits for its end; ``once`` for all else.
    """

    def __init__(
        self, *, recurring: Timers, once: Timers, clock: Clock, ways: Deliveries, endpoint_url: Callable[[], str]
    ) -> None:
        self._recurring = recurring
        self._once = once
        self._clock = clock
        self._ways = ways
        self._endpoint_url = endpoint_url
        recurring.on(OCCURRENCE, self._occur)
        once.on(OCCURRENCE, self._occur)
        once.on(PLACE, self._take_place)
        once.on(SWEEP, self._sweep)

    def begin(self, tx: Transaction, row: ScheduleRow, now: Instant) -> None:
        """A schedule was made. One whose only time has passed already comes at once, as with AWS."""
        if row.is_enabled:
            self._set(tx, row, schedules.first(row, now))

    def follow(self, tx: Transaction, before: ScheduleRow, after: ScheduleRow, now: Instant) -> None:
        """A schedule was changed: it begins, ends, or goes on in its step."""
        if not after.is_enabled:
            self._cancel(tx, after.name)
        elif not schedules.has_same_timing(before.settings, after.settings):
            self._cancel(tx, after.name)
            self.begin(tx, after, now)
        elif not before.is_enabled or before.settings.get("EndDate") != after.settings.get("EndDate"):
            self._set(tx, after, schedules.next_after(after, now))

    def delete(self, tx: Transaction, name: ScheduleName) -> None:
        """Raises GroupNotFound, ScheduleNotFound."""
        schedules.delete(tx, name)
        self._cancel(tx, name)

    def empty(self, tx: Transaction, group: GroupName, now: Instant) -> None:
        """Deletes a closed group with its schedules: the first of them now, and the further ones bit by bit."""
        found = rows.of_group(tx, group, after="", prefix="", state="", count_max=SWEPT_MAX)
        for row in found:
            rows.delete(tx, row.name)
            self._cancel(tx, row.name)
        if len(found) < SWEPT_MAX:
            group_rows.delete(tx, group)
        else:
            self._once.set(tx, SWEEP, group.arn, now, group.name, account=group.scope.account, region=group.scope.region)

    def _sweep(self, tx: Transaction, timer: Timer) -> None:
        group = GroupName(Scope(timer.account, timer.region), timer.payload)
        row = group_rows.find(tx, group)
        if row is not None and row.state == group_rows.DELETING:
            self.empty(tx, group, timer.due_at)

    def _occur(self, tx: Transaction, timer: Timer) -> None:
        row = rows.find(tx, _name(timer, *timer.payload))
        if row is None or not row.is_enabled:
            return
        # Later than due where the platform was not running: what was missed comes once, and not as often as it was missed.
        now = max(timer.due_at, self._clock.of(timer.account).now())
        next_at = schedules.next_after(row, now)
        self._set(tx, row, next_at)
        window = row.settings["FlexibleTimeWindow"]
        if window["Mode"] == schedules.FLEXIBLE:
            delay_s = ids.fraction() * window["MaximumWindowInMinutes"] * 60
            self._give_place(tx, row, timer.due_at, now, due_at=max(now, timer.due_at + delay_s))
        else:
            self._invoke(tx, row, timer.due_at, ids.hex_digits(16), now)

    def _give_place(
        self, tx: Transaction, row: ScheduleRow, scheduled_at: Instant, occurred_at: Instant, *, due_at: Instant
    ) -> None:
        scope = row.name.group.scope
        execution_id = ids.hex_digits(16)
        payload = [row.name.group.name, row.name.name, row.created_at, scheduled_at, execution_id, occurred_at]
        self._once.set(tx, PLACE, f"{row.name.arn}/{execution_id}", due_at, payload, account=scope.account, region=scope.region)

    def _take_place(self, tx: Transaction, timer: Timer) -> None:
        group, name, created_at, scheduled_at, execution_id, occurred_at = timer.payload
        row = rows.find(tx, _name(timer, group, name))
        if row is not None and row.is_enabled and row.created_at == created_at:
            self._invoke(tx, row, scheduled_at, execution_id, occurred_at)

    def _invoke(
        self, tx: Transaction, row: ScheduleRow, scheduled_at: Instant, execution_id: str, occurred_at: Instant
    ) -> None:
        """``occurred_at`` is later than ``scheduled_at`` where occurrences were missed, and those between them do not come."""
        invocation = Invocation(row.name.arn, row.settings["Target"], scheduled_at, execution_id)
        context = deliveries.in_role(row.name.group.scope, invocation, endpoint_url=self._endpoint_url())
        self._ways.add(tx, context, invocation)
        if row.settings["ActionAfterCompletion"] == "DELETE" and schedules.next_after(row, occurred_at) is None:
            rows.delete(tx, row.name)
            self._cancel(tx, row.name)

    def _set(self, tx: Transaction, row: ScheduleRow, due_at: Instant | None) -> None:
        if due_at is None:
            self._cancel(tx, row.name)
            return
        timers = self._once if schedules.is_once(row.settings) else self._recurring
        scope = row.name.group.scope
        payload = [row.name.group.name, row.name.name]
        timers.set(tx, OCCURRENCE, row.name.arn, due_at, payload, account=scope.account, region=scope.region)

    def _cancel(self, tx: Transaction, name: ScheduleName) -> None:
        scope = name.group.scope
        self._once.cancel(tx, OCCURRENCE, name.arn, account=scope.account, region=scope.region)


def _name(timer: Timer, *names: Any) -> ScheduleName:
    group, name = names
    return ScheduleName(GroupName(Scope(timer.account, timer.region), group), name)
