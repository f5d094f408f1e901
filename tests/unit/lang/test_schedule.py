"""Schedules: what rates and crons mean, and what is none."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.lang.schedule import InvalidSchedule, Rate, UnknownZone, compiled, occurrences


def instant(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def after(expression: str, moment: str, *, count: int = 1) -> list[str]:
    schedule, at = compiled(expression), instant(moment)
    found = []
    for _ in range(count):
        at = schedule.after(at, anchor=at)
        found.append(datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("text", "period_s"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(1 hour)", 3600),
        ("rate(2 hours)", 7200),
        ("rate(7 days)", 604_800),
    ],
)
def test_a_rate_is_a_period(text, period_s):
    assert compiled(text) == Rate(period_s)


def test_a_rate_keeps_its_step_however_late_it_is_asked():
    rate = compiled("rate(5 minutes)")
    assert rate.after(1000.0, anchor=1000.0) == 1300.0
    assert rate.after(1301.0, anchor=1000.0) == 1600.0
    assert rate.after(10_000.0, anchor=1000.0) == 10_300.0
    assert rate.after(0.0, anchor=1000.0) == 1300.0


def test_a_rate_longer_than_time_never_comes_round():
    assert compiled("rate(999999999 days)").after(0.0, anchor=0.0) is None


@pytest.mark.parametrize(
    ("expression", "moment", "expected"),
    [
        ("cron(* * * * ? *)", "2026-01-01T00:00:30", "2026-01-01 00:01"),
        ("cron(0 12 * * ? *)", "2026-01-01T12:00:00", "2026-01-02 12:00"),
        ("cron(15 10 ? * 6L 2026-2027)", "2026-01-01", "2026-01-30 10:15"),
        ("cron(0 18 ? * MON-FRI *)", "2026-01-02T18:00", "2026-01-05 18:00"),
        ("cron(0/10 * ? * MON-FRI *)", "2026-01-05T08:55", "2026-01-05 09:00"),
        ("cron(0 8 1 * ? *)", "2026-01-01T08:00", "2026-02-01 08:00"),
        ("cron(0 9 L * ? *)", "2028-02-01", "2028-02-29 09:00"),
        ("cron(0 9 15W * ? *)", "2026-02-01", "2026-02-16 09:00"),  # the 15th is a Sunday
        ("cron(0 9 1W * ? *)", "2026-07-31", "2026-08-03 09:00"),  # the 1st is a Saturday
        ("cron(0 9 31W * ? *)", "2026-05-01", "2026-05-29 09:00"),  # the 31st is a Sunday
        ("cron(0 9 31W * ? *)", "2026-06-01", "2026-07-31 09:00"),  # June has no 31st
        ("cron(0 9 LW * ? *)", "2026-05-01", "2026-05-29 09:00"),
        ("cron(0 9 ? * 2#1 *)", "2026-01-06", "2026-02-02 09:00"),
        ("cron(0 9 ? * FRI#5 *)", "2026-02-01", "2026-05-29 09:00"),
        ("cron(0 9 ? * L *)", "2026-01-01", "2026-01-03 09:00"),
        ("cron(0 0 29 FEB ? *)", "2026-01-01", "2028-02-29 00:00"),
        ("cron(5,10 1,2 ? jan,jul sun *)", "2026-01-04T01:05", "2026-01-04 01:10"),
        ("cron(0 0 ? * FRI-MON *)", "2026-01-05", "2026-01-09 00:00"),
        ("cron(30 22-1 * * ? *)", "2026-01-01T01:30", "2026-01-01 22:30"),
        ("cron(0 0 1/10 * ? *)", "2026-01-02", "2026-01-11 00:00"),
        ("cron(0 0 1 1 ? 2030)", "2026-01-01", "2030-01-01 00:00"),
    ],
)
def test_a_cron_comes_round_next(expression, moment, expected):
    assert after(expression, moment) == [expected]


def test_a_cron_comes_round_again_and_again():
    assert after("cron(0 0/8 ? * SAT *)", "2026-01-03T07:00", count=4) == [
        "2026-01-03 08:00",
        "2026-01-03 16:00",
        "2026-01-10 00:00",
        "2026-01-10 08:00",
    ]


@pytest.mark.parametrize("text", ["cron(0 0 30 2 ? *)", "cron(0 0 * * ? 1999)"])
def test_a_cron_may_never_come_round(text):
    assert compiled(text).after(instant("2026-01-01"), anchor=0.0) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5 minutes",
        "rate(5)",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(-1 minutes)",
        "rate(1.5 hours)",
        "rate(5 seconds)",
        "rate(5 minutes) ",
        "rate(1000000000 minutes)",
        "rate(٣ minutes)",
        "cron()",
        "cron(* * * * *)",
        "cron(* * * * * *)",
        "cron(* * ? * ? *)",
        "cron(* * * * ? * *)",
        "cron(60 * * * ? *)",
        "cron(* 24 * * ? *)",
        "cron(* * 0 * ? *)",
        "cron(* * 32 * ? *)",
        "cron(* * * 13 ? *)",
        "cron(* * ? * 8 *)",
        "cron(* * ? * FOO *)",
        "cron(* * ? * 6#6 *)",
        "cron(* * * * ? 1969)",
        "cron(* * * * ? 2200)",
        "cron(*/0 * * * ? *)",
        "cron(1, * * * ? *)",
        "cron(1- * * * ? *)",
        "cron(? * * * ? *)",
        "cron(L * * * ? *)",
        "at(2026-01-01T00:00:00)",
    ],
)
def test_what_is_no_schedule_is_refused(text):
    with pytest.raises(InvalidSchedule):
        compiled(text)


@given(st.text(alphabet="0123456789*?/-,#LWMONFRI ", max_size=30))
def test_any_text_is_a_schedule_or_is_refused(text):
    try:
        schedule = compiled(f"cron({text})")
    except InvalidSchedule:
        return
    moment = 1_767_225_600.0
    found = schedule.after(moment, anchor=moment)
    assert found is None or (found > moment and found % 60 == 0)


# ---- EventBridge Scheduler -------------------------------------------------------------------------------------------


def in_zone(expression: str, zone: str, moment: str, *, count: int = 1, anchor: str = "2026-01-01T00:00:00") -> list[str]:
    """Occurrences after an instant of UTC, in UTC."""
    found, at = [], instant(moment)
    for _ in range(count):
        after_it = occurrences(expression, zone).after(at, anchor=instant(anchor))
        if after_it is None:
            return [*found, "never"]
        at = after_it
        found.append(datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M"))
    return found


def test_a_cron_is_of_its_time_zone():
    assert in_zone("cron(0 9 * * ? *)", "Asia/Tokyo", "2026-01-01T01:00") == ["2026-01-02 00:00"]


def test_a_cron_keeps_to_the_clock_on_the_wall_when_that_is_put_forward_and_back():
    assert in_zone("cron(0 9 * * ? *)", "Europe/Berlin", "2026-03-28T00:00", count=2) == [
        "2026-03-28 08:00",
        "2026-03-29 07:00",
    ]
    assert in_zone("cron(0 9 * * ? *)", "Europe/Berlin", "2026-10-24T00:00", count=2) == [
        "2026-10-24 07:00",
        "2026-10-25 08:00",
    ]


def test_what_a_clock_that_is_put_forward_never_shows_is_passed_over():
    found = in_zone("cron(30 2 * * ? *)", "America/New_York", "2026-03-07T12:00", count=2)
    assert found == ["2026-03-09 06:30", "2026-03-10 06:30"]  # on the 8th it is never half past two


def test_what_a_clock_that_is_put_back_shows_twice_comes_once():
    found = in_zone("cron(30 1 * * ? *)", "America/New_York", "2026-10-31T12:00", count=2)
    assert found == ["2026-11-01 05:30", "2026-11-02 06:30"]
    assert in_zone("cron(0 * * * ? *)", "America/New_York", "2026-11-01T05:00", count=1) == ["2026-11-01 07:00"]


def test_one_comes_at_its_time_in_its_zone_and_never_again():
    assert in_zone("at(2026-07-01T09:00:00)", "America/New_York", "2026-01-01", count=2) == ["2026-07-01 13:00", "never"]
    assert occurrences("at(2026-07-01T09:00)", "UTC").is_once
    assert not occurrences("rate(1 day)", "UTC").is_once
    assert occurrences("rate(1 day)", "UTC").is_rate


def test_a_rate_comes_first_at_its_anchor_and_days_have_24_hours():
    anchor = "2026-03-28T09:00"
    found = in_zone("rate(1 days)", "Europe/Berlin", "2026-03-01", count=3, anchor=anchor)
    assert found == ["2026-03-28 09:00", "2026-03-29 09:00", "2026-03-30 09:00"]


@pytest.mark.parametrize("text", ["RATE(1 minutes)", "rate(5 minute)", "cron(0 9 * * ?)", "AT(2026-01-01T00:00:00)"])
def test_scheduler_reads_what_rules_refuse(text):
    occurrences(text, "UTC")
    with pytest.raises(InvalidSchedule):
        compiled(text)


@pytest.mark.parametrize(
    "text",
    [
        *("cron(0 1 * * * *)", "cron(7 20 * * NOT *)", "cron(INVALID)", "cron(0 dummy ? * MON-FRI *)", "cron(71 8 1 * ? *)"),
        *("cron()", "rate(10 seconds)", "rate(10 years)", "rate()", "rate(10)", "rate(10 minutess)", "rate(foo minutes)"),
        *("rate(0 minutes)", "rate(-10 minutes)", "rate( 10 minutes )", " rate(10 minutes)", "at(2021-12-31T23:59:59Z)"),
        *(
            "at(0001-01-01T00:00:00)",
            "at(2021-12-31)",
            "at(2021-02-30T00:00:00)",
            "at(2021-12-31 23:59:59)",
            "at(2021-12-31T23:59:59.5)",
            "daily",
        ),
    ],
)
def test_what_scheduler_refuses(text):
    with pytest.raises(InvalidSchedule):
        occurrences(text, "UTC")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "/etc/passwd", "Europe", "a\x00b"])
def test_a_zone_that_is_none_is_refused(zone):
    with pytest.raises(UnknownZone):
        occurrences("rate(1 minute)", zone)


@pytest.mark.parametrize("text", ["rate(1 day)", "cron(0 9 * * ? *)", "at(9999-12-31T23:59:59)"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_nothing_comes_at_the_end_of_time(text, zone):
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()
    assert occurrences(text, zone).after(end - 1, anchor=end) is None


@given(st.floats(1e6, 6e9), st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC"]))
def test_what_comes_next_is_later_and_shows_on_the_wall(moment, zone):
    found = occurrences("cron(5/20 * * * ? *)", zone).after(moment, anchor=0.0)
    assert moment < found <= moment + 3 * 3_600
    assert datetime.fromtimestamp(found, ZoneInfo(zone)).minute in (5, 25, 45)
