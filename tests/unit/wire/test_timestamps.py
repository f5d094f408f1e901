"""Timestamps are read in every form that a client sends and written in AWS' own."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from lambent.wire import timestamps

MOMENT = datetime(2015, 1, 25, 8, 0, tzinfo=UTC)
MILLISECONDS = timedelta(milliseconds=123)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1_422_172_800, MOMENT),
        (1_422_172_800.123, MOMENT + MILLISECONDS),
        ("1422172800", MOMENT),
        ("2015-01-25T08:00:00Z", MOMENT),
        ("2015-01-25t08:00:00.123z", MOMENT + MILLISECONDS),
        ("2015-01-25T09:00:00+01:00", MOMENT),
        ("2015-01-25T09:00:00+0100", MOMENT),
        ("2015-01-25", MOMENT - timedelta(hours=8)),
        ("Sun, 25 Jan 2015 08:00:00 GMT", MOMENT),
        ("Sun, 25 Jan 2015 08:00:00.123 GMT", MOMENT + MILLISECONDS),
        ("Sunday, 25-Jan-15 08:00:00 GMT", MOMENT),
        (-1, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_every_form_of_a_moment_is_read(value: str | float, moment: datetime):
    assert timestamps.read(value) == moment


@pytest.mark.parametrize("value", ["", "yesterday", "2015-13-01T00:00:00Z", "Sun, 25 Foo 2015 08:00:00 GMT", 1e300, "NaN"])
def test_what_names_no_moment_is_refused(value: str | float):
    with pytest.raises(ValueError):
        timestamps.read(value)


def test_epoch_seconds_are_whole_where_the_moment_is():
    assert timestamps.epoch_seconds(MOMENT) == 1_422_172_800
    assert isinstance(timestamps.epoch_seconds(MOMENT), int)


def test_epoch_seconds_keep_milliseconds():
    assert timestamps.epoch_seconds(MOMENT + MILLISECONDS) == 1_422_172_800.123


def test_iso_8601_has_milliseconds_only_where_there_are_some():
    assert timestamps.iso8601(MOMENT) == "2015-01-25T08:00:00Z"
    assert timestamps.iso8601(MOMENT + MILLISECONDS) == "2015-01-25T08:00:00.123Z"


def test_s3_always_has_milliseconds():
    assert timestamps.iso8601_milliseconds(MOMENT) == "2015-01-25T08:00:00.000Z"


def test_an_http_date_does_not_depend_on_the_locale():
    assert timestamps.http_date(MOMENT) == "Sun, 25 Jan 2015 08:00:00 GMT"


def test_other_time_zones_are_written_in_utc():
    moment = MOMENT.astimezone(timezone(timedelta(hours=-8)))
    assert timestamps.iso8601(moment) == "2015-01-25T08:00:00Z"


@pytest.mark.parametrize(
    ("model_format", "text"), [("rfc822", "Sun, 25 Jan 2015 08:00:00 GMT"), (None, "2015-01-25T08:00:00Z")]
)
def test_the_models_format_wins_over_the_protocols(model_format: str | None, text: str):
    assert timestamps.writer(model_format, "iso8601")(MOMENT) == text
