"""ARNs name kinds of sources, each with parameters that it has no use for."""

import pytest

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.event_sources import sources

QUEUE = "arn:aws:sqs:us-east-1:111111111111:q"


def test_a_queue_is_a_source():
    source = sources.source_of(QUEUE)
    assert (source.kind, str(source.arn), source.rules.reason) == ("sqs", QUEUE, "USER_INITIATED")


@pytest.mark.parametrize("text", ["", "q", "arn:aws:sns:us-east-1:111111111111:t"])
def test_what_nothing_can_follow_is_not_recognised(text):
    with pytest.raises(errors.UnrecognizedEventSource):
        sources.source_of(text)


@pytest.mark.parametrize(
    "text",
    ["arn:aws:kinesis:us-east-1:111111111111:stream/s", "arn:aws:dynamodb:us-east-1:111111111111:table/t/stream/2026"],
)
def test_a_stream_is_a_source(text):
    assert sources.source_of(text).rules.reason == "User action"


@pytest.mark.parametrize(
    "text", ["arn:aws:kinesis:us-east-1:111111111111:s", "arn:aws:dynamodb:us-east-1:111111111111:table/t"]
)
def test_what_is_no_stream_of_its_service_is_not_recognised(text):
    with pytest.raises(errors.UnrecognizedEventSource):
        sources.source_of(text)


def test_a_parameter_of_other_sources_is_refused():
    with pytest.raises(errors.UnsupportedForSource) as error:
        sources.check_request(sources.source_of(QUEUE), {"DestinationConfig": {}}, is_new=True)
    assert error.value.message == "Unsupported DestinationConfig parameter for given event source mapping type."
