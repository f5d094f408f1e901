"""What a mapping of a stream may be set to."""

from datetime import UTC, datetime

import pytest

from lambent.core.arn import Arn
from lambent.core.errors import ServiceError
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.event_sources import streams
from lambent.services.lambda_.engine.event_sources.settings import Settings

KINESIS = Arn("kinesis", "us-east-1", "111111111111", "stream/s")
TABLE = Arn("dynamodb", "us-east-1", "111111111111", "table/t/stream/2026-01-01T00:00:00.000")
AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_starting_position_is_needed():
    with pytest.raises(errors.StartingPositionMissing):
        streams.KinesisRules().check_request(KINESIS, {}, is_new=True)
    streams.KinesisRules().check_request(KINESIS, {}, is_new=False)


def test_only_kinesis_begins_at_a_timestamp():
    given = {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": AT}
    streams.KinesisRules().check_request(KINESIS, given, is_new=True)
    with pytest.raises(errors.StartingPositionUnsupported):
        streams.DynamoDBRules().check_request(TABLE, given, is_new=True)


@pytest.mark.parametrize("settings", [Settings(1, age_s_max=59), Settings(1, age_s_max=0), Settings(1, tumbling_s=1, factor=2)])
def test_settings_out_of_bounds_are_refused(settings):
    with pytest.raises(ServiceError):
        streams.KinesisRules().check_settings(KINESIS, settings)


@pytest.mark.parametrize("settings", [Settings(1, age_s_max=60), Settings(1, age_s_max=-1), Settings(1, tumbling_s=900)])
def test_settings_within_bounds_are_taken(settings):
    streams.KinesisRules().check_settings(KINESIS, settings)


def test_the_table_itself_is_no_source():
    assert streams.DynamoDBRules().is_source(TABLE)
    assert not streams.DynamoDBRules().is_source(Arn("dynamodb", "us-east-1", "111111111111", "table/t"))


def test_what_came_last_is_told():
    assert streams.KinesisRules().told(Settings(1), "")["LastProcessingResult"] == "No records processed"
    assert streams.KinesisRules().told(Settings(1), "OK")["LastProcessingResult"] == "OK"
