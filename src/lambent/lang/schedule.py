"""Schedules as EventBridge writes them, ``rate(5 minutes)`` and ``cron(0 12 ? * MON-FRI *)``: when one comes round next.

Those of EventBridge Scheduler have time zones, also come once (``at(2026-07-01T09:00:00)``), and are read more leniently.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import calendar
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NoReturn
from zoneinfo import ZoneInfo

from msgspec import Struct

from lambent.core.errors import LambentError
from lambent.core.moments import LATEST, Instant

SCHEDULES_KEPT_MAX = 1_024
YEAR_MIN, YEAR_MAX = 1970, 2199
RATE_DIGITS_MAX = 9
_UNITS_S = {"minute": 60, "hour": 3_600, "day": 86_400}

_RATE = re.compile(r"rate\(([0-9]+)\s+(minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\((.*)\)")
_LENIENT_RATE = re.compile(r"rate\(([0-9]+)\s+(minute|hour|day)s?\)", re.IGNORECASE)
_LENIENT_CRON = re.compile(r"cron\((\S+(?: +\S+){4,5})\)", re.IGNORECASE)
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)\)", re.IGNORECASE | re.ASCII)
_MONTHS = dict(zip("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" "), range(1, 13), strict=True))  # noqa: SIM905
_WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_UNNAMED: Mapping[str, int] = {}
_SATURDAY = 7

DaysOfMonth = Callable[[int, int], set[int]]
"""From year and month to days that a part of an expression means; some of them may lie outside the month."""


class InvalidSchedule(LambentError):
    """A text that is no schedule; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Rate(Struct, frozen=True):
    period_s: int

    def after(self, moment: Instant, *, anchor: Instant) -> Instant | None:
        """The first instant after ``moment`` that lies whole periods behind ``anchor``; None where there is none."""
        rounds = max(1, int((moment - anchor) // self.period_s) + 1)
        found = anchor + rounds * self.period_s
        return found if found <= LATEST else None


class Cron(Struct, frozen=True, eq=False):
    """``days`` are of one month, in order."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: Callable[[int, int], list[int]]
    months: tuple[int, ...]
    years: tuple[int, ...]

    def after(self, moment: Instant, *, anchor: Instant = 0.0) -> Instant | None:  # noqa: ARG002 - a cron has no anchor
        """The first minute after ``moment``, in UTC; None where there is none."""
        found = self.after_local(datetime.fromtimestamp(moment, UTC).replace(tzinfo=None))
        return found.replace(tzinfo=UTC).timestamp() if found is not None else None

    def after_local(self, moment: datetime) -> datetime | None:
        """The first minute that a clock on the wall shows after ``moment``, which has no zone; None where there is none."""
        start = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        for year, month, day in self._dates(start):
            is_first = (year, month, day) == (start.year, start.month, start.day)
            for hour in self.hours:
                if is_first and hour < start.hour:
                    continue
                for minute in self.minutes:
                    if not is_first or (hour, minute) >= (start.hour, start.minute):
                        return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - local by intention
        return None

    def _dates(self, start: datetime) -> Iterator[tuple[int, int, int]]:
        for year in self.years:
            for month in self.months:
                if (year, month) < (start.year, start.month):
                    continue
                for day in self.days(year, month):
                    if (year, month, day) >= (start.year, start.month, start.day):
                        yield year, month, day


Schedule = Rate | Cron


class At(Struct, frozen=True):
    """Once, when the clock on the wall shows this."""

    local: datetime


class Occurrences(Struct, frozen=True):
    """When a schedule of EventBridge Scheduler comes round, in its time zone."""

    schedule: Rate | Cron | At
    zone: tzinfo

    @property
    def is_once(self) -> bool:
        return isinstance(self.schedule, At)

    @property
    def is_rate(self) -> bool:
        return isinstance(self.schedule, Rate)

    def after(self, moment: Instant, *, anchor: Instant) -> Instant | None:
        """The first instant after ``moment``; None where there is none. A rate comes at ``anchor`` for the first time."""
        found = self._after(moment, anchor) if moment < LATEST else None
        return found if found is not None and found <= LATEST else None

    def _after(self, moment: Instant, anchor: Instant) -> Instant | None:
        if isinstance(self.schedule, Rate):
            return anchor if moment < anchor else self.schedule.after(moment, anchor=anchor)
        if isinstance(self.schedule, At):
            found = self.schedule.local.replace(tzinfo=self.zone).timestamp()
            return found if moment < found else None
        return self._cron_after(self.schedule, moment)

    def _cron_after(self, cron: Cron, moment: Instant) -> Instant | None:
        """AWS passes over what a clock that is put forward never shows; what one that is put back shows twice comes once."""
        local = datetime.fromtimestamp(moment, self.zone).replace(tzinfo=None)
        while (found := cron.after_local(local)) is not None:
            instant = found.replace(tzinfo=self.zone).timestamp()
            if instant > moment and datetime.fromtimestamp(instant, self.zone).replace(tzinfo=None) == found:
                return instant
            local = found
        return None


@lru_cache(SCHEDULES_KEPT_MAX)
def occurrences(text: str, zone: str) -> Occurrences:
    """What a text of EventBridge Scheduler spells, in a time zone of the IANA. Raises InvalidSchedule, UnknownZone."""
    return Occurrences(_lenient(text), _zone(zone))


class UnknownZone(LambentError):
    """No time zone has this name."""


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)  # the one that needs no database
    except (KeyError, ValueError, OSError) as error:  # it is a path below the database: a folder, or one that leads out of it
        raise UnknownZone(name) from error


def _lenient(text: str) -> Rate | Cron | At:
    """Unlike rules, Scheduler does not mind capitals, takes a plural after 1, and a cron without its year."""
    rate = _LENIENT_RATE.fullmatch(text)
    if rate is not None:
        return Rate(_period_s(rate[1], rate[2].lower()))
    cron = _LENIENT_CRON.fullmatch(text)
    if cron is not None:
        fields = cron[1].split()
        return _cron(fields if len(fields) == 6 else [*fields, "*"])
    at = _AT.fullmatch(text)
    if at is None:
        _refuse("neither rate(…) nor cron(…) nor at(…)")
    try:
        local = datetime.fromisoformat(at[1])
    except ValueError:
        _refuse("no calendar has such a day")
    if local.year < YEAR_MIN:
        _refuse("time begins in 1970")
    return At(local)


@lru_cache(SCHEDULES_KEPT_MAX)
def compiled(text: str) -> Schedule:
    """The schedule that a text spells. Raises InvalidSchedule."""
    rate = _RATE.fullmatch(text)
    if rate is not None:
        return _rate(*rate.groups())
    cron = _CRON.fullmatch(text)
    if cron is None:
        _refuse("neither rate(…) nor cron(…)")
    return _cron(cron[1].split())


def _rate(digits: str, unit: str, plural: str) -> Rate:
    period_s = _period_s(digits, unit)
    if (period_s == _UNITS_S[unit]) == bool(plural):
        _refuse("a unit is singular after 1, and only there")
    return Rate(period_s)


def _period_s(digits: str, unit: str) -> int:
    value = int(digits) if len(digits) <= RATE_DIGITS_MAX else 0
    if value < 1:
        _refuse("a rate is a positive number")
    return value * _UNITS_S[unit]


def _cron(fields: list[str]) -> Cron:
    if len(fields) != 6:
        _refuse("a cron has six fields: minutes, hours, day of month, month, day of week, year")
    minutes, hours, day_of_month, months, day_of_week, years = (field.upper() for field in fields)
    if (day_of_month == "?") == (day_of_week == "?"):
        _refuse("one of day of month and day of week is ?, and the other is not")
    parts = _parts(day_of_week, _weekdays) if day_of_month == "?" else _parts(day_of_month, _month_days)
    return Cron(
        minutes=_values(minutes, 0, 59),
        hours=_values(hours, 0, 23),
        days=lambda year, month: _days_in(parts, year, month),
        months=_values(months, 1, 12, _MONTHS),
        years=_values(years, YEAR_MIN, YEAR_MAX),
    )


def _refuse(reason: str) -> NoReturn:
    raise InvalidSchedule(reason)


# ---- numbers, names, ranges, steps, lists ----------------------------------------------------------------------------


def _values(field: str, least: int, most: int, names: Mapping[str, int] = _UNNAMED) -> tuple[int, ...]:
    found: set[int] = set()
    for item in field.split(","):
        found.update(_range(item, least, most, names))
    return tuple(sorted(found))


def _range(item: str, least: int, most: int, names: Mapping[str, int]) -> Iterator[int]:
    base, slash, step_text = item.partition("/")
    step = _number(step_text, 1, most - least + 1, {}) if slash else 1
    if base == "*":
        return iter(range(least, most + 1, step))
    first_text, dash, last_text = base.partition("-")
    first = _number(first_text, least, most, names)
    last = _number(last_text, least, most, names) if dash else most if slash else first
    if last >= first:
        return iter(range(first, last + 1, step))
    # FRI-MON goes on behind the end.
    size = most - least + 1
    return iter([least + (value - least) % size for value in range(first, last + size + 1, step)])


def _number(text: str, least: int, most: int, names: Mapping[str, int]) -> int:
    value = names.get(text)
    if value is None and text.isascii() and text.isdigit() and len(text) <= 4:
        value = int(text)
    if value is None or not least <= value <= most:
        _refuse(f"{text or 'nothing'} is not between {least} and {most}")
    return value


# ---- days ------------------------------------------------------------------------------------------------------------


def _parts(field: str, part: Callable[[str], DaysOfMonth]) -> list[DaysOfMonth]:
    return [part(item) for item in field.split(",")]


def _days_in(parts: list[DaysOfMonth], year: int, month: int) -> list[int]:
    length = calendar.monthrange(year, month)[1]
    return sorted({day for part in parts for day in part(year, month) if 1 <= day <= length})


def _month_days(item: str) -> DaysOfMonth:
    """L is the last day, 15W the working day nearest to the 15th within the month, LW the last working day."""
    if item == "L":
        return lambda year, month: {calendar.monthrange(year, month)[1]}
    if item == "LW":
        return lambda year, month: {_working_day(year, month, calendar.monthrange(year, month)[1])}
    if item.endswith("W"):
        wanted = _number(item[:-1], 1, 31, {})
        return lambda year, month: {_working_day(year, month, wanted)}
    days = set(_range(item, 1, 31, {}))
    return lambda year, month: days  # noqa: ARG005


def _working_day(year: int, month: int, wanted: int) -> int:
    """The working day nearest to the wanted one; a day that the month does not have stays as it is."""
    length = calendar.monthrange(year, month)[1]
    if wanted > length:
        return wanted
    weekday = _weekday(year, month, wanted)
    if weekday == _SATURDAY:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == 1:
        return wanted + 1 if wanted < length else wanted - 2
    return wanted


def _weekdays(item: str) -> DaysOfMonth:
    """6L (FRIL) is the last Friday of the month, 6#2 the second one, L alone Saturday."""
    if item == "L":
        return _every({_SATURDAY})
    if item.endswith("L"):
        last = _number(item[:-1], 1, 7, _WEEKDAYS)
        return lambda year, month: {_dates_of(year, month, last)[-1]}
    name, hash_, place_text = item.partition("#")
    if hash_:
        weekday, place = _number(name, 1, 7, _WEEKDAYS), _number(place_text, 1, 5, {})
        return lambda year, month: set(_dates_of(year, month, weekday)[place - 1 : place])
    return _every(set(_range(item, 1, 7, _WEEKDAYS)))


def _every(weekdays: set[int]) -> DaysOfMonth:
    return lambda year, month: {day for weekday in weekdays for day in _dates_of(year, month, weekday)}


def _dates_of(year: int, month: int, weekday: int) -> list[int]:
    length = calendar.monthrange(year, month)[1]
    first = 1 + (weekday - _weekday(year, month, 1)) % 7
    return list(range(first, length + 1, 7))


def _weekday(year: int, month: int, day: int) -> int:
    """As AWS counts: 1 is Sunday, 7 Saturday."""
    return (calendar.weekday(year, month, day) + 1) % 7 + 1
