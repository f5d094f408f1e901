"""Schedules: made, changed, listed; when they come round; what is refused."""

import pytest
from tests.unit.services.scheduler.engine.conftest import GROUP, NAME, NOW, SCOPE, SERVICES, row, settings

from lambent.services.scheduler import errors
from lambent.services.scheduler.engine import groups, schedules
from lambent.services.scheduler.engine.identifiers import GroupName, ScheduleName
from lambent.services.scheduler.tables import schedules as rows

HOUR = 3_600


def test_what_is_made_is_found_until_it_is_deleted(tx):
    made = schedules.create(tx, NAME, "ENABLED", settings(), NOW)
    assert schedules.find(tx, NAME) == made
    with pytest.raises(errors.ScheduleExists):
        schedules.create(tx, NAME, "ENABLED", settings(), NOW)
    assert rows.count(tx, SCOPE) == 1
    schedules.delete(tx, NAME)
    assert rows.count(tx, SCOPE) == 0
    for ask in (schedules.find, schedules.delete):
        with pytest.raises(errors.ScheduleNotFound):
            ask(tx, NAME)


def test_an_account_has_a_quota(tx, monkeypatch):
    monkeypatch.setattr(schedules, "SCHEDULES_MAX", 1)
    schedules.create(tx, NAME, "ENABLED", settings(), NOW)
    with pytest.raises(errors.QuotaExceeded):
        schedules.create(tx, ScheduleName(GROUP, "other"), "ENABLED", settings(), NOW)


def test_a_group_must_be_there_and_open(tx):
    group = GroupName(SCOPE, "g")
    name = ScheduleName(group, "s")
    for ask in (lambda: schedules.find(tx, name), lambda: schedules.create(tx, name, "ENABLED", settings(), NOW)):
        with pytest.raises(errors.GroupNotFound):
            ask()
    groups.create(tx, group, {}, NOW)
    groups.close(tx, group, NOW)
    with pytest.raises(errors.GroupIsBeingDeleted):
        schedules.create(tx, name, "ENABLED", settings(), NOW)


def test_a_change_keeps_the_step_unless_the_timing_is_another(tx):
    schedules.create(tx, NAME, "ENABLED", settings(), NOW)
    before, after = schedules.update(tx, NAME, "DISABLED", settings(Description="d"), NOW + 60)
    assert (before.state, after.state, after.anchor, after.created_at, after.modified_at) == (
        *("ENABLED", "DISABLED", NOW, NOW),
        NOW + 60,
    )
    _, after = schedules.update(tx, NAME, "ENABLED", settings("rate(2 hours)"), NOW + 60)
    assert after.anchor == NOW + 60
    _, after = schedules.update(tx, NAME, "ENABLED", settings("rate(2 hours)", StartDate=NOW + 90), NOW + 60)
    assert after.anchor == NOW + 90


def test_pages_go_through_groups_and_are_narrowed(tx):
    groups.create(tx, GroupName(SCOPE, "a"), {}, NOW)
    for group, name, state in (("a", "x", "ENABLED"), ("default", "x", "ENABLED"), ("default", "y", "DISABLED")):
        schedules.create(tx, ScheduleName(GroupName(SCOPE, group), name), state, settings(), NOW)

    def page(group="", **options):
        given = {"prefix": "", "state": "", "after": ("", ""), "count_max": 10, **options}
        return [f"{found.name.group.name}/{found.name.name}" for found in schedules.page(tx, SCOPE, group, **given)]

    assert page() == ["a/x", "default/x", "default/y"]
    assert page(count_max=1) == ["a/x", "default/x"]
    assert page(after=("default", "x")) == ["default/y"]
    assert page("default", after=("default", "x")) == ["default/y"]
    assert page(state="DISABLED") == ["default/y"]
    assert page(prefix="x", group="default") == ["default/x"]
    with pytest.raises(errors.GroupNotFound):
        page("none")


def test_a_rate_comes_at_once_a_cron_next_time_and_once_even_if_past():
    assert schedules.first(row("rate(1 hour)"), NOW) == NOW
    assert schedules.first(row("cron(0 * * * ? *)"), NOW) == NOW + HOUR
    assert schedules.first(row("at(2020-01-01T00:00:00)"), NOW) == 1_577_836_800.0
    assert schedules.is_once(settings("at(2020-01-01T00:00:00)"))


def test_start_and_end_bound_what_recurs():
    bounded = row("cron(0 * * * ? *)", StartDate=NOW + 2 * HOUR, EndDate=NOW + 3 * HOUR)
    assert schedules.first(bounded, NOW) == NOW + 2 * HOUR
    assert schedules.next_after(bounded, NOW + 2 * HOUR) == NOW + 3 * HOUR
    assert schedules.next_after(bounded, NOW + 3 * HOUR) is None


def test_what_comes_once_knows_of_no_bounds():
    once = row("at(2026-01-02T00:00:00)", EndDate=NOW)
    assert schedules.first(once, NOW) == NOW + 24 * HOUR
    assert schedules.next_after(once, NOW + 24 * HOUR) is None


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (settings("daily"), "Invalid Schedule Expression daily."),
        (settings(ScheduleExpressionTimezone="X"), "Invalid Schedule Expression Timezone X."),
        (settings(StartDate=NOW - 301), "The StartDate you specify cannot be earlier than 5 minutes ago."),
        (settings(StartDate=NOW, EndDate=NOW), "The StartDate you specify must come before the EndDate."),
    ],
)
def test_what_is_refused(given, reason):
    with pytest.raises(errors.ValidationException) as refused:
        schedules.check(given, region="us-east-1", services=SERVICES, now=NOW)
    assert refused.value.message == reason


def test_a_good_one_is_taken():
    schedules.check(settings(StartDate=NOW - 300), region="us-east-1", services=SERVICES, now=NOW)
