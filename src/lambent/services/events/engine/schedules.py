"""Scheduled rules: a timer each, set anew whenever it fires.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
"""

from collections.abc import Callable

from lambent.core.clock import Clock, Instant
from lambent.core.context import Context, Scope
from lambent.durable.tables import Timer
from lambent.durable.timers import Timers
from lambent.lang import schedule
from lambent.services.events.engine import deliveries, entries
from lambent.services.events.engine.deliveries import Deliveries, Planned
from lambent.services.events.engine.identifiers import BusName, RuleName
from lambent.services.events.tables import rules
from lambent.services.events.tables.rules import RuleRow
from lambent.store.database import Transaction

KIND = "events.schedule"


class Schedules:
    """Keeps the timers in step with the rules. ``endpoint_url``: as programs on this machine reach the platform."""

    def __init__(self, *, timers: Timers, clock: Clock, ways: Deliveries, endpoint_url: Callable[[], str]) -> None:
        self._timers = timers
        self._clock = clock
        self._ways = ways
        self._endpoint_url = endpoint_url
        timers.on(KIND, self._fire)

    def follow(self, tx: Transaction, before: RuleRow | None, after: RuleRow, now: Instant) -> None:
        """A rule was put, enabled or disabled: its schedule begins, ends, or goes on if it is the same."""
        was = before.schedule if before is not None and before.is_enabled else ""
        wanted = after.schedule if after.is_enabled else ""
        if was == wanted:
            return
        if wanted:
            self._set(tx, after, now, anchor=now)
        else:
            self.end(tx, after.name)

    def end(self, tx: Transaction, name: RuleName) -> None:
        scope = name.bus.scope
        self._timers.cancel(tx, KIND, name.arn, account=scope.account, region=scope.region)

    def _set(self, tx: Transaction, rule: RuleRow, moment: Instant, *, anchor: Instant) -> None:
        due_at = schedule.compiled(rule.schedule).after(moment, anchor=anchor)
        name = rule.name
        if due_at is None:
            self.end(tx, name)
            return
        scope = name.bus.scope
        self._timers.set(tx, KIND, name.arn, due_at, name.name, account=scope.account, region=scope.region)

    def _fire(self, tx: Transaction, timer: Timer) -> None:
        name = RuleName(BusName(Scope(timer.account, timer.region), "default"), timer.payload)
        rule = rules.find(tx, name)
        if rule is None or not rule.is_enabled or not rule.schedule:
            return
        # Later than due where the platform was not running: what was missed comes once, and not as often as it was missed.
        now = max(timer.due_at, self._clock.of(timer.account).now())
        event = entries.scheduled(name.bus.scope, name.arn, timer.due_at, now)
        planned = Planned()
        planned.add_rule(name, deliveries.targets_of(tx, name), event, self._context(name))
        self._ways.add(tx, planned)
        self._set(tx, rule, now, anchor=timer.due_at)

    def _context(self, name: RuleName) -> Context:
        scope = name.bus.scope
        return Context(
            account=scope.account,
            region=scope.region,
            request_id="",
            principal_arn=deliveries.PRINCIPAL,
            endpoint_url=self._endpoint_url(),
        )
