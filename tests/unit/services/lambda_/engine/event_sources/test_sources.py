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


@pytest.mark.parametrize("service", ["kinesis", "dynamodb"])
def test_what_cannot_be_followed_yet_is_refused_by_name(service):
    with pytest.raises(errors.SourceNotYet, match=f"Event sources of {service} are not supported yet"):
        sources.source_of(f"arn:aws:{service}:us-east-1:111111111111:stream/s")


def test_a_parameter_of_other_sources_is_refused():
    with pytest.raises(errors.UnsupportedForSource) as error:
        sources.check_request(sources.source_of(QUEUE), {"DestinationConfig": {}})
    assert error.value.message == "Unsupported DestinationConfig parameter for given event source mapping type."
