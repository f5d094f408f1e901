"""Rules: patterns and schedules, enabled or not, with their tags.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from lambent.lang import event_pattern, schedule
from lambent.services.events import errors
from lambent.services.events.engine import buses
from lambent.services.events.engine.identifiers import BusName, RuleName
from lambent.services.events.tables import rules, targets
from lambent.services.events.tables.rules import RuleRow
from lambent.store.database import Transaction

RULES_MAX = 300  # of one bus
ENABLED = "ENABLED"


def find(tx: Transaction, name: RuleName) -> RuleRow:
    """Raises EventBusNotFound, RuleNotFound."""
    buses.find(tx, name.bus)
    row = rules.find(tx, name)
    if row is None:
        raise errors.RuleNotFound(name=name.name, bus=name.bus.name)
    return row


def put(tx: Transaction, wish: RuleRow) -> tuple[RuleRow | None, RuleRow]:
    """The rule as it was, and as it is now. It stays who made it, and AWS ignores tags for what is there already.

    Raises EventBusNotFound, ValidationException, InvalidEventPattern, LimitExceeded.
    """
    _check(wish)
    buses.find(tx, wish.name.bus)
    before = rules.find(tx, wish.name)
    if before is None and rules.count(tx, wish.name.bus) >= RULES_MAX:
        raise errors.LimitExceeded()
    after = wish if before is None else replace(wish, created_by=before.created_by, tags=before.tags)
    buses.check_tags(after.tags)
    rules.put(tx, after)
    return before, after


def set_state(tx: Transaction, name: RuleName, state: str) -> tuple[RuleRow, RuleRow]:
    """The rule as it was, and as it is now. Raises EventBusNotFound, RuleNotFound."""
    before = find(tx, name)
    after = replace(before, state=state)
    if after != before:
        rules.put(tx, after)
    return before, after


def delete(tx: Transaction, name: RuleName) -> None:
    """A rule that is not there is deleted already. Raises EventBusNotFound, ValidationException."""
    buses.find(tx, name.bus)
    if targets.of_rule(tx, name):
        raise errors.ValidationException(reason="Rule can't be deleted since it has targets.")
    rules.delete(tx, name)


def page(tx: Transaction, bus: BusName, *, prefix: str, after: str, count_max: int) -> list[RuleRow]:
    """The rules of one page, and the first of the next where there is one. Raises EventBusNotFound."""
    buses.find(tx, bus)
    return rules.after(tx, bus, prefix, after, count_max + 1)


def page_by_target(tx: Transaction, bus: BusName, arn: str, *, after: str, count_max: int) -> list[str]:
    """The names of rules with a target. Raises EventBusNotFound."""
    buses.find(tx, bus)
    return targets.rules_after(tx, bus, arn, after, count_max + 1)


def tag(tx: Transaction, name: RuleName, added: Mapping[str, str], removed: Sequence[str]) -> None:
    """Raises EventBusNotFound, RuleNotFound, LimitExceeded."""
    row = find(tx, name)
    rules.put(tx, replace(row, tags=buses.retagged(row.tags, added, removed)))


def pattern_of(text: str) -> event_pattern.EventPattern:
    """Raises InvalidEventPattern."""
    try:
        return event_pattern.compiled(text)
    except event_pattern.InvalidEventPattern as error:
        raise errors.InvalidEventPattern(reason=error.reason) from None


def _check(wish: RuleRow) -> None:
    if not wish.pattern and not wish.schedule:
        raise errors.ValidationException(reason="Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if wish.schedule:
        if not wish.name.bus.is_default:
            raise errors.ValidationException(reason="ScheduleExpression is supported only on the default event bus.")
        try:
            schedule.compiled(wish.schedule)
        except schedule.InvalidSchedule as error:
            raise errors.ValidationException(reason="Parameter ScheduleExpression is not valid.") from error
    if wish.pattern:
        pattern_of(wish.pattern)
