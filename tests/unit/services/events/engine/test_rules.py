"""Rules: what one must have, and what becomes of it."""

import pytest
from tests.unit.services.events.engine.conftest import ACCOUNT, BUS, PATTERN, QUEUE, SCOPE, wish

from lambent.services.events import errors
from lambent.services.events.engine import buses, rules, targets
from lambent.services.events.engine.identifiers import BusName, RuleName

TARGET = {"Id": "1", "Arn": QUEUE}


def test_a_rule_is_kept_as_it_was_put(tx, rule):
    row = rules.find(tx, rule("r"))
    assert (row.state, row.pattern, row.created_by, row.is_enabled) == ("ENABLED", PATTERN, ACCOUNT, True)
    assert not rules.find(tx, rule("s", state="DISABLED")).is_enabled


def test_a_rule_put_again_is_replaced_but_for_its_tags(tx):
    rules.put(tx, wish("r", description="d", state="DISABLED", tags={"a": "1"}))
    before, after = rules.put(tx, wish("r", pattern="", schedule="rate(1 day)", tags={"b": "2"}))
    assert (before.description, after.description) == ("d", "")
    assert (after.pattern, after.schedule, after.state, after.tags) == ("", "rate(1 day)", "ENABLED", {"a": "1"})


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"pattern": ""}, r"Parameter\(s\) EventPattern or ScheduleExpression must be specified."),
        ({"schedule": "rate(1 minutes)"}, "Parameter ScheduleExpression is not valid."),
        (
            {"schedule": "rate(1 minute)", "bus": BusName(SCOPE, "b")},
            "ScheduleExpression is supported only on the default event bus.",
        ),
    ],
)
def test_a_rule_needs_a_pattern_or_a_schedule_that_is_one(tx, members, message):
    with pytest.raises(errors.ValidationException, match=message):
        rules.put(tx, wish("r", **members))


@pytest.mark.parametrize("pattern", ["{", "[]", "{}", '{"source": "a"}', '{"source": [{"prefx": "a"}]}'])
def test_a_pattern_that_is_none_is_refused(tx, pattern):
    with pytest.raises(errors.InvalidEventPattern, match=r"Event pattern is not valid. Reason: "):
        rules.put(tx, wish("r", pattern=pattern))


def test_a_rule_needs_a_bus(tx):
    with pytest.raises(errors.EventBusNotFound):
        rules.put(tx, wish("r", bus=BusName(SCOPE, "none")))
    with pytest.raises(errors.EventBusNotFound):
        rules.page(tx, BusName(SCOPE, "none"), prefix="", after="", count_max=1)


def test_a_rule_that_is_not_there_is_not_found(tx):
    with pytest.raises(errors.RuleNotFound, match=r"Rule r does not exist on EventBus default."):
        rules.find(tx, RuleName(BUS, "r"))
    with pytest.raises(errors.RuleNotFound):
        rules.set_state(tx, RuleName(BUS, "r"), "ENABLED")


def test_there_are_so_many_rules_and_no_more(tx, rule, monkeypatch):
    monkeypatch.setattr(rules, "RULES_MAX", 1)
    rule("r")
    rule("r")
    with pytest.raises(errors.LimitExceeded, match=r"The requested resource exceeds the maximum number allowed."):
        rule("s")


def test_a_rule_is_disabled_and_enabled(tx, rule):
    name = rule("r")
    assert [row.state for row in rules.set_state(tx, name, "DISABLED")] == ["ENABLED", "DISABLED"]
    assert [row.state for row in rules.set_state(tx, name, "DISABLED")] == ["DISABLED", "DISABLED"]
    assert rules.find(tx, name).state == "DISABLED"


def test_a_rule_with_targets_is_not_deleted(tx, rule):
    name = rule("r", TARGET)
    with pytest.raises(errors.ValidationException, match=r"Rule can't be deleted since it has targets."):
        rules.delete(tx, name)
    targets.remove(tx, name, ["1"])
    rules.delete(tx, name)
    rules.delete(tx, name)
    with pytest.raises(errors.RuleNotFound):
        rules.find(tx, name)


def test_rules_are_listed_by_name_prefix_and_target(tx, rule):
    for name in ("b", "a_1", "a%2"):
        rule(name, TARGET)
    rule("c")
    found = rules.page(tx, BUS, prefix="a", after="", count_max=10)
    assert [row.name.name for row in found] == ["a%2", "a_1"]
    assert [row.name.name for row in rules.page(tx, BUS, prefix="", after="a_1", count_max=1)] == ["b", "c"]
    assert rules.page_by_target(tx, BUS, QUEUE, after="", count_max=10) == ["a%2", "a_1", "b"]
    assert rules.page_by_target(tx, BUS, QUEUE, after="a_1", count_max=10) == ["b"]


def test_rules_of_different_buses_do_not_meet(tx, rule):
    other = BusName(SCOPE, "other")
    buses.create(tx, other, {}, {}, 0.0)
    rule("r", TARGET)
    rule("r", bus=other)
    assert targets.page(tx, RuleName(other, "r"), after="", count_max=10) == []


def test_tags_come_and_go(tx, rule):
    name = rule("r", tags={"a": "1"})
    rules.tag(tx, name, {"b": "2"}, ["a"])
    assert rules.find(tx, name).tags == {"b": "2"}
