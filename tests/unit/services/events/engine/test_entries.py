"""From an entry to an event, or to the reason why it is none."""

import json
from datetime import UTC, datetime

import pytest
from tests.unit.services.events.engine.conftest import ACCOUNT, SCOPE

from lambent.services.events import errors
from lambent.services.events.engine import entries
from lambent.services.events.engine.entries import Refusal

NOW = 1_767_225_600.25
ENTRY = {"Source": "shop", "DetailType": "sold", "Detail": '{ "a": 1.50, "ä": "✓" }'}


def event_of(*, is_from_aws=False, **members):
    return entries.event_of({**ENTRY, **members}, SCOPE, NOW, is_from_aws=is_from_aws)


def test_an_event_has_aws_envelope():
    event = event_of()
    assert event.document == {
        "version": "0",
        "id": event.id,
        "detail-type": "sold",
        "source": "shop",
        "account": ACCOUNT,
        "time": "2026-01-01T00:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {"a": 1.5, "ä": "✓"},
    }
    assert json.loads(event.text) == event.document
    assert list(json.loads(event.text)) == list(event.document)


def test_an_entry_may_say_when_and_about_what():
    event = event_of(Time=datetime(2025, 5, 5, 12, tzinfo=UTC), Resources=["arn:1"], TraceHeader="Root=1")
    assert (event.document["time"], event.document["resources"]) == ("2025-05-05T12:00:00Z", ["arn:1"])
    assert event.trace_header == "Root=1"


@pytest.mark.parametrize("member", ["Source", "DetailType", "Detail"])
@pytest.mark.parametrize("value", [None, ""])
def test_what_is_required_must_be_there(member, value):
    refusal = event_of(**{member: value})
    message = f"Parameter {member} is not valid. Reason: {member} is a required argument."
    assert refusal.told() == {"ErrorCode": "InvalidArgument", "ErrorMessage": message}


@pytest.mark.parametrize("detail", ["text", '"text"', "[]", "1", "{", '{"a": 1e999}', "[" * 100_000, '{"a":"\\ud800"}'])
def test_a_detail_that_is_no_object_is_malformed(detail):
    assert event_of(Detail=detail) == Refusal("MalformedDetail", "Detail is malformed.")


def test_only_services_of_aws_may_call_themselves_such():
    assert event_of(Source="aws.s3").code == "NotAuthorizedForSourceException"
    assert event_of(Source="aws.s3", is_from_aws=True).document["source"] == "aws.s3"


def test_a_request_has_a_size():
    half = {**ENTRY, "Detail": "x" * (entries.REQUEST_BYTES_MAX // 2)}
    entries.check_size([half])
    with pytest.raises(errors.ValidationException, match=r"Total size of the entries in the request is over the limit."):
        entries.check_size([half, half])


def test_resources_and_times_count():
    fitting = "x" * (entries.REQUEST_BYTES_MAX - 8 - 14 - 4)
    timed = {**ENTRY, "Detail": fitting, "Time": datetime(2026, 1, 1, tzinfo=UTC), "Resources": ["four"]}
    entries.check_size([timed])
    with pytest.raises(errors.ValidationException):
        entries.check_size([{**timed, "Resources": ["four", "m"]}])


def test_a_schedule_comes_round_as_an_event_of_aws():
    event = entries.scheduled(SCOPE, "arn:rule", NOW, NOW + 5)
    document = event.document
    assert (document["source"], document["detail-type"], document["detail"]) == ("aws.events", "Scheduled Event", {})
    assert (document["resources"], document["time"]) == (["arn:rule"], "2026-01-01T00:00:00Z")


def test_an_event_that_is_sent_on_stays_the_same():
    event = event_of()
    further = entries.again(event.text, NOW + 1, trace_header="t", hops=2)
    assert (further.id, further.document, further.text) == (event.id, event.document, event.text)
    assert (further.hops, further.trace_header) == (2, "t")
