"""How targets are called, and what their answers say."""

import json
from datetime import UTC, datetime

import pytest
from tests.unit.services.pipes.engine.conftest import BUS, FIFO, FUNCTION, GROUP, MACHINE, NOW, QUEUE, STREAM, TOPIC, message

from lambent.core.arn import Arn
from lambent.services.pipes import errors
from lambent.services.pipes.engine import calls, targets
from lambent.services.pipes.engine.calls import Shaped, Target

EVENTS = [Shaped(message('{"k": "a", "at": 1767225700000}'), '{"n":1}'), Shaped(message('{"k": "b"}'), "plain")]
FORGET = {"InvocationType": "FIRE_AND_FORGET"}


def target(text: str, **block: object) -> Target:
    kind, arn = targets.kind_of(text), Arn.parse(text)
    assert arn is not None
    return Target(arn, kind, {kind.block: block}, "p", "sqs", "http://localhost:4566")


def call(text: str, **block: object) -> tuple[str, dict]:
    return calls.call(target(text, **block), EVENTS, NOW)


def test_functions_and_workflows_get_one_array_in_which_a_text_is_a_string():
    array = '[{"n":1},"plain"]'
    sync = {"FunctionName": FUNCTION, "InvocationType": "RequestResponse", "Payload": array.encode()}
    assert call(FUNCTION) == ("Invoke", sync)
    assert call(FUNCTION, **FORGET)[1]["InvocationType"] == "Event"
    assert call(MACHINE) == ("StartSyncExecution", {"stateMachineArn": MACHINE, "input": array})
    assert call(MACHINE, **FORGET)[0] == "StartExecution"


def test_queues_and_topics_get_an_entry_an_event():
    operation, parameters = call(FIFO, MessageGroupId="$.body.k", MessageDeduplicationId="d")
    assert operation == "SendMessageBatch"
    assert [(each["Id"], each["MessageBody"], each["MessageGroupId"]) for each in parameters["Entries"]] == [
        ("0", '{"n":1}', "a"),
        ("1", "plain", "b"),
    ]
    operation, parameters = call(TOPIC)
    assert operation == "PublishBatch"
    assert [each["Message"] for each in parameters["PublishBatchRequestEntries"]] == ['{"n":1}', "plain"]


def test_a_bus_is_told_where_events_are_from():
    operation, parameters = call(BUS)
    assert operation == "PutEvents"
    assert parameters["Entries"][0] == {
        "EventBusName": BUS,
        "Source": "Pipe p",
        "DetailType": "Event from aws:sqs",
        "Detail": '{"n":1}',
        "Resources": [],
    }
    told = call(BUS, Source="shop", DetailType="$.body.k", Resources=["$.messageId"], Time="$.body.at")[1]["Entries"]
    assert [each["DetailType"] for each in told] == ["a", "b"]
    assert told[0]["Time"] == datetime.fromtimestamp(NOW + 100, UTC)
    assert "Time" not in told[1]
    assert told[0]["Resources"] == ["m1"]


def test_a_stream_gets_records_under_their_keys():
    operation, parameters = call(STREAM, PartitionKey="$.body.k")
    assert operation == "PutRecords"
    assert [(each["Data"], each["PartitionKey"]) for each in parameters["Records"]] == [(b'{"n":1}', "a"), (b"plain", "b")]


def test_log_events_are_in_the_order_of_their_times():
    operation, parameters = call(GROUP, LogStreamName="s", Timestamp="$.body.at")
    assert (operation, parameters["logGroupName"], parameters["logStreamName"]) == ("PutLogEvents", "/g/h", "s")
    assert [(each["timestamp"], each["message"]) for each in parameters["logEvents"]] == [
        (int(NOW * 1000), "plain"),
        (int(NOW * 1000) + 100_000, '{"n":1}'),
    ]
    assert call(GROUP)[1]["logStreamName"] == "p"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-02T00:00:00", 1_767_312_000.0),
        ("2026-01-02T00:00:00+01:00", 1_767_308_400.0),
        ("1767312000", 1_767_312_000.0),
        ("1767312000000", 1_767_312_000.0),
        *[(text, NOW) for text in ("nan", "inf", "-inf", "1e300", "1e17", "-1", "0001-01-01T00:00:00+14:00", "soon", "")],
    ],
)
def test_what_is_no_moment_is_now(text, seconds):
    shaped = [Shaped({"at": text}, "e")]
    _, parameters = calls.call(target(GROUP, Timestamp="$.at"), shaped, NOW)
    assert parameters["logEvents"][0]["timestamp"] == seconds * 1000


@pytest.mark.parametrize(
    ("text", "reply", "failed"),
    [
        (QUEUE, {"Failed": [{"Id": "1"}]}, [1]),
        (TOPIC, {"Failed": []}, []),
        (BUS, {"Entries": [{"EventId": "e"}, {"ErrorCode": "MalformedDetail"}]}, [1]),
        (STREAM, {"Records": [{"ErrorCode": "x"}, {"SequenceNumber": "1"}]}, [0]),
        (GROUP, {}, []),
        (FUNCTION, {"Payload": b'{"batchItemFailures": [{"itemIdentifier": "two"}]}'}, [1]),
        (FUNCTION, {"Payload": b'{"batchItemFailures": [{"itemIdentifier": "nobody"}]}'}, [0, 1]),
        (FUNCTION, {"Payload": b'{"other": 1}'}, []),
        (FUNCTION, {"Payload": b'["anything"]'}, []),
        (FUNCTION, {}, []),
        (MACHINE, {"status": "SUCCEEDED", "output": '{"batchItemFailures": [{"itemIdentifier": "one"}]}'}, [0]),
    ],
)
def test_what_was_not_taken_is_read_from_the_answer(text, reply, failed):
    assert list(calls.failed(target(text), reply, ["one", "two"], 2)) == failed


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        (FUNCTION, {"FunctionError": "Unhandled", "Payload": b'{"errorMessage": "no"}'}),
        (MACHINE, {"status": "FAILED", "error": "E", "cause": "no"}),
        (MACHINE, {"status": "TIMED_OUT"}),
    ],
)
def test_a_failure_of_whom_was_waited_for_is_one_of_the_whole_batch(text, reply):
    with pytest.raises(errors.TargetFailed):
        calls.failed(target(text), reply, ["one"], 1)


@pytest.mark.parametrize(
    ("payload", "made"),
    [
        (b"[1, 2]", [1, 2]),
        (b'{"a": 1}', [{"a": 1}]),
        (b"5", [5]),
        *((text, []) for text in (b"[]", b"{}", b"null", b'""', b"")),
    ],
)
def test_an_enrichment_makes_a_list_of_events(payload, made):
    assert calls.enriched({"Payload": payload}) == made
    assert calls.enriched({"status": "SUCCEEDED", "output": payload.decode()}) == made


@pytest.mark.parametrize("reply", [{"Payload": b"no json"}, {"FunctionError": "x"}, {"status": "FAILED"}])
def test_an_enrichment_that_fails_says_so(reply):
    with pytest.raises(errors.EnrichmentFailed):
        calls.enriched(reply)


def test_an_array_is_json_whatever_the_texts_are():
    assert json.loads(calls.array(["1", "{", '"x"', ""])) == [1, "{", "x", ""]
