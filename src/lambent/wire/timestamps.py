"""Timestamps as AWS writes them: seconds since 1970, ISO 8601, and the HTTP date.

Times are read leniently (as AWS' own servers do, whatever format the model names) and written exactly.
"""

import functools
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

MOMENTS_REMEMBERED_MAX = 4_096
"""Thousands of records in one answer have few moments among them."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HTTP_DATE = re.compile(r"\w{3,9}, (\d{1,2})[ -](\w{3})[ -](\d{2,4}) (\d\d):(\d\d):(\d\d)(\.\d+)? (?:GMT|UTC|([+-]\d\d)(\d\d))")
_ISO_DATE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE)


def read(value: str | int | float) -> datetime:
    """The moment, in UTC, that a number of seconds, an ISO 8601 text or an HTTP date names. Raises ValueError."""
    if isinstance(value, str):
        return _read_text(value)
    try:
        return EPOCH + timedelta(seconds=value)
    except OverflowError as error:
        raise ValueError(f"{value} seconds are out of range") from error


@functools.lru_cache(maxsize=MOMENTS_REMEMBERED_MAX)
def epoch_seconds(moment: datetime) -> int | float:
    """Seconds since 1970, a whole number where the moment has no milliseconds."""
    milliseconds = round((_aware(moment) - EPOCH) / timedelta(milliseconds=1))
    seconds, rest = divmod(milliseconds, 1_000)
    return milliseconds / 1_000 if rest else seconds


def iso8601(moment: datetime) -> str:
    """2015-01-25T08:00:00Z, with milliseconds where there are any."""
    moment = _aware(moment)
    milliseconds = moment.microsecond // 1_000
    return f"{_seconds(moment)}.{milliseconds:03}Z" if milliseconds else f"{_seconds(moment)}Z"


def iso8601_milliseconds(moment: datetime) -> str:
    """2015-01-25T08:00:00.000Z, always with milliseconds, as S3 writes it."""
    moment = _aware(moment)
    return f"{_seconds(moment)}.{moment.microsecond // 1_000:03}Z"


def http_date(moment: datetime) -> str:
    """Sun, 06 Nov 1994 08:49:37 GMT."""
    moment = _aware(moment)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02} {month} {moment.year:04} {moment.hour:02}:{moment.minute:02}:{moment.second:02} GMT"


WRITERS: dict[str, Callable[[datetime], str | int | float]] = {
    "unixtimestamp": epoch_seconds,
    "iso8601": iso8601,
    "rfc822": http_date,
}


def writer(model_format: str | None, default: str) -> Callable[[datetime], str | int | float]:
    """How to write timestamps of a model's ``timestampFormat``."""
    return WRITERS[(model_format or default).lower()]


def _aware(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _seconds(moment: datetime) -> str:
    return f"{moment.year:04}-{moment.month:02}-{moment.day:02}T{moment.hour:02}:{moment.minute:02}:{moment.second:02}"


def _read_text(text: str) -> datetime:
    text = text.strip()
    match = _ISO_DATE.fullmatch(text)
    if match is not None:
        return _read_iso(match)
    match = _HTTP_DATE.fullmatch(text)
    if match is not None:
        return _read_http(match)
    if text[:4].isdigit() and text[4:5] == "-":
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    return read(float(text))


def _read_iso(match: re.Match[str]) -> datetime:
    moment, fraction, zone = match.groups()
    microseconds = int(float(fraction) * 1_000_000 + 0.5) if fraction else 0
    offset = zone.upper().replace("Z", "+00:00") if zone else "+00:00"
    return datetime.fromisoformat(f"{moment.upper()}{offset}").astimezone(UTC) + timedelta(microseconds=microseconds)


def _read_http(match: re.Match[str]) -> datetime:
    day, month, year, hour, minute, second, fraction, zone_hours, zone_minutes = match.groups()
    century = 0 if len(year) == 4 else 1900 if int(year) >= 70 else 2000
    zone = timezone(timedelta(hours=int(zone_hours), minutes=int(zone_hours[0] + zone_minutes))) if zone_hours else UTC
    if month.title() not in _MONTHS:
        raise ValueError(f"{month} is no month")
    moment = datetime(
        century + int(year), _MONTHS.index(month.title()) + 1, int(day), int(hour), int(minute), int(second), tzinfo=zone
    )
    return moment.astimezone(UTC) + timedelta(seconds=float(fraction or 0))
