"""What a mapping does with a batch that fails, and with what must wait: retries, splits, ages, windows."""

import json

import pytest
from tests.unit.services.lambda_.operations.conftest import FAILED
from tests.unit.services.lambda_.operations.event_sources.conftest import data, events

from lambent.core.ports import Outcome
from lambent.services.lambda_.tables import event_source_shards

QUEUE_ARN = "arn:aws:sqs:us-east-1:111111111111:failed"
TO_QUEUE = {"OnFailure": {"Destination": QUEUE_ARN}}


def fail_on(house, *poison: str) -> None:
    """Batches fail that hold one of these."""
    invoke = house.environments.invoke

    async def answer(spec, invocation, stream=None):
        await invoke(spec, invocation)
        return FAILED if any(each in data(house)[-1] for each in poison) else Outcome(b"null")

    house.environments.invoke = answer


def answer_with(house, *payloads: object) -> None:
    """What the function returns, one after another; the last stays."""
    left = [json.dumps(payload).encode() for payload in payloads]
    invoke = house.environments.invoke

    async def answer(spec, invocation, stream=None):
        await invoke(spec, invocation)
        return Outcome(left.pop(0) if len(left) > 1 else left[0])

    house.environments.invoke = answer


def naming(*sequences: str) -> object:
    return {"batchItemFailures": [{"itemIdentifier": each} for each in sequences]}


async def result(house, mapping_id: str) -> str:
    return str((await house("get_event_source_mapping", UUID=mapping_id))["LastProcessingResult"])


# ---- retries ---------------------------------------------------------------------------------------------------------


async def test_a_failed_batch_is_retried_and_holds_up_what_is_behind_it(house, stream, follow_stream):
    house.environments.outcomes = [FAILED, FAILED]
    mapping_id = await follow_stream()
    assert await result(house, mapping_id) == "No records processed"
    stream.put("a")
    await house.settle()
    stream.put("b")
    await house.settle()
    assert data(house) == [["a"]]
    assert await result(house, mapping_id) == "PROBLEM: Function call failed"
    await house.clock.advance(1)
    assert data(house) == [["a"], ["a"]]
    await house.clock.advance(2)
    assert data(house) == [["a"], ["a"], ["a"], ["b"]]
    assert await result(house, mapping_id) == "OK"


async def test_what_failed_for_all_its_retries_is_told_and_the_rest_goes_on(house, stream, follow_stream):
    fail_on(house, "bad")
    mapping_id = await follow_stream(MaximumRetryAttempts=2, DestinationConfig=TO_QUEUE)
    stream.put("bad", "good")
    await house.settle()
    stream.put("later")
    await house.clock.advance(10)
    assert data(house) == [["bad", "good"]] * 3 + [["later"]]
    told = [parameters for service, operation, parameters in stream.others if operation == "SendMessage"]
    assert len(told) == 1
    record = json.loads(told[0]["MessageBody"])
    assert list(record) == ["requestContext", "responseContext", "version", "timestamp", "KinesisBatchInfo"]
    assert record["requestContext"].pop("requestId")
    assert record["requestContext"] == {
        "functionArn": "arn:aws:lambda:us-east-1:111111111111:function:f",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 3,
    }
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert record["timestamp"] == "2026-01-01T00:00:03.000Z"
    assert record["KinesisBatchInfo"] == {
        "shardId": "s0",
        "startSequenceNumber": "001",
        "endSequenceNumber": "002",
        "approximateArrivalOfFirstRecord": "2026-01-01T00:00:00.000Z",
        "approximateArrivalOfLastRecord": "2026-01-01T00:00:00.000Z",
        "batchSize": 2,
        "streamArn": "arn:aws:kinesis:us-east-1:111111111111:stream/s",
    }
    assert await result(house, mapping_id) == "OK"


async def test_a_restart_forgets_no_attempt_and_cuts_no_other_batch(house, stream, follow_stream):
    fail_on(house, "bad")
    await follow_stream(MaximumRetryAttempts=1, DestinationConfig=TO_QUEUE)
    stream.put("bad")
    await house.settle()
    stream.put("good")
    await house.restart()
    await house.clock.advance(10)
    assert data(house) == [["bad"], ["bad"], ["good"]]
    assert len([each for each in stream.others if each[1] == "SendMessage"]) == 1


async def test_a_poison_record_is_found_by_bisection_which_uses_up_no_retry(house, stream, follow_stream):
    fail_on(house, "bad")
    await follow_stream(BisectBatchOnFunctionError=True, MaximumRetryAttempts=1, DestinationConfig=TO_QUEUE)
    stream.put("a", "b", "bad", "d")
    await house.clock.advance(10)
    assert data(house) == [["a", "b", "bad", "d"], ["a", "b"], ["bad", "d"], ["bad"], ["bad"], ["d"]]
    (told,) = [parameters for _, operation, parameters in stream.others if operation == "SendMessage"]
    info = json.loads(told["MessageBody"])["KinesisBatchInfo"]
    assert (info["startSequenceNumber"], info["endSequenceNumber"], info["batchSize"]) == ("003", "003", 1)


async def test_a_restart_goes_on_with_the_pieces_of_a_bisected_batch(house, stream, follow_stream):
    fail_on(house, "bad")
    await follow_stream(BisectBatchOnFunctionError=True, MaximumRetryAttempts=1)
    stream.put("a", "bad", "c")
    await house.settle()
    assert data(house) == [["a", "bad", "c"], ["a"], ["bad", "c"], ["bad"]]
    await house.restart()
    await house.clock.advance(10)
    assert data(house)[4:] == [["bad"], ["c"]]


async def test_a_named_record_is_retried_with_those_behind_it(house, stream, follow_stream):
    answer_with(house, naming("002"), {})
    await follow_stream(FunctionResponseTypes=["ReportBatchItemFailures"])
    stream.put("a", "b", "c")
    await house.clock.advance(10)
    assert data(house) == [["a", "b", "c"], ["b", "c"]]


async def test_of_several_named_records_the_lowest_counts(house, stream, follow_stream):
    answer_with(house, naming("003", "002"), {})
    await follow_stream(FunctionResponseTypes=["ReportBatchItemFailures"])
    stream.put("a", "b", "c")
    await house.clock.advance(10)
    assert data(house) == [["a", "b", "c"], ["b", "c"]]


async def test_a_named_record_that_nobody_knows_fails_the_whole_batch(house, stream, follow_stream):
    answer_with(house, naming("999"), {})
    await follow_stream(FunctionResponseTypes=["ReportBatchItemFailures"])
    stream.put("a", "b")
    await house.clock.advance(10)
    assert data(house) == [["a", "b"], ["a", "b"]]


async def test_records_that_the_function_names_to_the_end_have_no_function_error(house, stream, follow_stream):
    answer_with(house, naming("002"))
    options = {"FunctionResponseTypes": ["ReportBatchItemFailures"], "MaximumRetryAttempts": 0}
    await follow_stream(DestinationConfig=TO_QUEUE, **options)
    stream.put("a", "b", "c")
    await house.settle()
    (told,) = [parameters for _, operation, parameters in stream.others if operation == "SendMessage"]
    record = json.loads(told["MessageBody"])
    assert record["responseContext"]["functionError"] is None
    assert record["KinesisBatchInfo"]["startSequenceNumber"] == "002"


async def test_with_bisection_the_batch_is_split_at_the_named_record(house, stream, follow_stream):
    answer_with(house, naming("002"), {})
    await follow_stream(FunctionResponseTypes=["ReportBatchItemFailures"], BisectBatchOnFunctionError=True)
    stream.put("a", "b", "c")
    await house.settle()
    assert data(house) == [["a", "b", "c"], ["b", "c"]]


async def test_a_failed_key_holds_up_no_other_with_a_parallelization_factor(house, stream, follow_stream):
    fail_on(house, "a")
    await follow_stream(ParallelizationFactor=10, BatchSize=1)
    stream.put("a", "b", "c", "d")
    await house.settle()
    assert sorted(data(house)) == [["a"], ["b"], ["c"], ["d"]]
    await house.restart()
    await house.clock.advance(1)
    # At least once: behind the first that is not handled nothing is remembered.
    assert data(house).count(["a"]) == 2


# ---- ages ------------------------------------------------------------------------------------------------------------


async def test_a_record_that_is_too_old_is_never_tried(house, stream, follow_stream):
    stream.put("old")
    await house.clock.advance(60)
    stream.put("new")
    await follow_stream(MaximumRecordAgeInSeconds=60, DestinationConfig=TO_QUEUE)
    await house.settle()
    assert data(house) == [["new"]]
    (told,) = [parameters for _, operation, parameters in stream.others if operation == "SendMessage"]
    record = json.loads(told["MessageBody"])
    assert (record["requestContext"]["condition"], record["requestContext"]["approximateInvokeCount"]) == (
        "RecordAgeExceeded",
        1,
    )
    assert "responseContext" not in record


async def test_a_failing_record_is_given_up_when_it_is_too_old(house, stream, follow_stream):
    fail_on(house, "bad")
    await follow_stream(MaximumRecordAgeInSeconds=60)
    stream.put("bad")
    await house.clock.advance(10)
    stream.put("good")
    await house.clock.advance(49)
    assert data(house)[-1] == ["bad"]
    await house.clock.advance(1)
    assert data(house)[-1] == ["good"]


async def test_what_its_stream_has_no_more_is_not_retried(house, stream, follow_stream):
    fail_on(house, "bad")
    stream.put("bad")
    await house.clock.advance(86_000)
    await follow_stream(DestinationConfig=TO_QUEUE)
    await house.settle()
    stream.put("good")
    stream.trim("s0", 1)
    await house.clock.advance(500)
    assert data(house)[-1] == ["good"]
    assert len([each for each in stream.others if each[1] == "SendMessage"]) == 1


# ---- batches and windows ---------------------------------------------------------------------------------------------


async def test_a_batch_holds_at_most_as_many_as_the_mapping_says(house, stream, follow_stream):
    stream.put(*"abcde")
    await follow_stream(BatchSize=2)
    await house.settle()
    assert data(house) == [["a", "b"], ["c", "d"], ["e"]]


async def test_a_batch_waits_for_its_window(house, stream, follow_stream):
    await follow_stream(MaximumBatchingWindowInSeconds=10)
    stream.put("a")
    await house.clock.advance(5)
    stream.put("b")
    await house.clock.advance(4)
    assert data(house) == []
    await house.clock.advance(1)
    assert data(house) == [["a", "b"]]


async def test_a_full_batch_does_not_wait_for_its_window(house, stream, follow_stream):
    await follow_stream(MaximumBatchingWindowInSeconds=10, BatchSize=2)
    stream.put("a", "b", "c")
    await house.settle()
    assert data(house) == [["a", "b"]]


async def test_a_batch_is_cut_before_its_event_is_too_large(house, stream, follow_stream):
    stream.put(*[letter * 2_000_000 for letter in "abcd"], key="k")
    await follow_stream()
    await house.settle()
    assert [[each[0] for each in batch] for batch in data(house)] == [["a", "b"], ["c", "d"]]


async def test_a_throttle_uses_up_no_retry_and_the_batch_runs_when_there_is_room(house, stream, follow_stream):
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=0)
    await follow_stream(MaximumRetryAttempts=0)
    stream.put("a")
    await house.clock.advance(600)
    assert data(house) == []
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    await house.settle()
    assert data(house) == [["a"]]


async def test_a_missing_runtime_is_a_problem_and_no_failure(house, stream, follow_stream):
    mapping_id = await follow_stream(MaximumRetryAttempts=0)
    house.environments.missing_runtimes.add("python3.12")
    stream.put("a")
    await house.settle()
    assert "not available" in await result(house, mapping_id)
    house.environments.missing_runtimes.clear()
    await house.clock.advance(60)
    assert data(house) == [["a"]]


async def test_a_failure_of_the_platform_is_no_failure_of_the_function(house, stream, follow_stream):
    await follow_stream(MaximumRetryAttempts=0)
    house.environments.outcomes = [Outcome(b'{"errorType": "Sandbox.Failure"}', function_error="Unhandled")]
    stream.put("a")
    await house.clock.advance(60)
    assert data(house) == [["a"], ["a"]]


# ---- tumbling windows ------------------------------------------------------------------------------------------------


async def test_a_tumbling_window_hands_on_its_state_and_ends_with_the_clock(house, stream, follow_stream):
    answer_with(house, {"state": {"n": 1}}, {"state": {"n": 2}}, {})
    await follow_stream(TumblingWindowInSeconds=60)
    stream.put("a")
    await house.clock.advance(10)
    stream.put("b")
    await house.clock.advance(49)
    first, second = events(house)
    assert list(first)[1:] == [
        "window", "state", "shardId", "eventSourceARN", "isFinalInvokeForWindow", "isWindowTerminatedEarly",
    ]  # fmt: skip
    assert first["window"] == {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:01:00Z"}
    assert (first["state"], second["state"]) == ({}, {"n": 1})
    assert (first["shardId"], first["isFinalInvokeForWindow"]) == ("s0", False)
    await house.clock.advance(1)
    final = events(house)[-1]
    assert (final["Records"], final["state"]) == ([], {"n": 2})
    assert (final["isFinalInvokeForWindow"], final["isWindowTerminatedEarly"]) == (True, False)
    await house.clock.advance(600)
    assert len(events(house)) == 3


async def test_a_batch_never_spans_two_windows(house, stream, follow_stream):
    stream.put("a")
    await house.clock.advance(60)
    stream.put("b")
    answer_with(house, {"state": {}})
    await follow_stream(TumblingWindowInSeconds=60)
    await house.settle()
    assert data(house) == [["a"], [], ["b"]]


async def test_the_state_of_a_window_survives_a_restart(house, stream, follow_stream):
    answer_with(house, {"state": {"n": 1}})
    await follow_stream(TumblingWindowInSeconds=60)
    stream.put("a")
    await house.settle()
    await house.restart()
    stream.put("b")
    await house.settle()
    assert events(house)[-1]["state"] == {"n": 1}
    await house.restart()
    await house.clock.advance(60)
    assert events(house)[-1]["isFinalInvokeForWindow"]


async def test_an_answer_without_state_is_a_failure(house, stream, follow_stream):
    answer_with(house, {}, {"state": {}})
    await follow_stream(TumblingWindowInSeconds=60)
    stream.put("a")
    await house.clock.advance(1)
    assert data(house) == [["a"], ["a"]]


async def test_a_state_that_is_too_large_ends_its_window_early_and_the_next_is_fresh(house, stream, follow_stream):
    answer_with(house, {"state": {"x": "x" * 1_000_000}}, {"state": {}})
    await follow_stream(TumblingWindowInSeconds=60)
    stream.put("a")
    await house.settle()
    final = events(house)[-1]
    assert (final["isFinalInvokeForWindow"], final["isWindowTerminatedEarly"]) == (True, True)
    stream.put("b")
    await house.settle()
    assert (events(house)[-1]["state"], data(house)[-1]) == ({}, ["b"])


async def test_a_failed_end_of_a_window_holds_up_the_next(house, stream, follow_stream):
    answer_with(house, {"state": {}})
    await follow_stream(TumblingWindowInSeconds=60)
    stream.put("a")
    await house.settle()
    house.environments.invoke = type(house.environments).invoke.__get__(house.environments)
    house.environments.outcomes = [FAILED, Outcome(b"{}"), Outcome(b'{"state": {}}')]
    await house.clock.advance(60)
    stream.put("b")
    await house.settle()
    assert data(house) == [["a"], []]
    await house.clock.advance(1)
    assert data(house) == [["a"], [], [], ["b"]]


async def test_the_end_of_a_shard_ends_its_window(house, stream, follow_stream):
    answer_with(house, {"state": {}})
    await follow_stream(TumblingWindowInSeconds=60)
    stream.put("a")
    await house.settle()
    stream.split("s0", "s1")
    await house.settle()
    assert events(house)[-1]["isFinalInvokeForWindow"]


@pytest.mark.parametrize("metric", ["PolledEventCount", "InvokedEventCount"])
async def test_events_are_counted_where_the_mapping_asks_for_it(house, stream, follow_stream, metric):
    mapping_id = await follow_stream(MetricsConfig={"Metrics": ["EventCount"]})
    stream.put("a", "b")
    await house.settle()
    assert house.metric("lambent_event_source_events_total", mapping=mapping_id, metric=metric) == 2


async def test_a_record_that_is_still_on_its_way_when_its_window_ends_belongs_to_it(house, stream, follow_stream):
    answer_with(house, {"state": {}})
    await follow_stream(TumblingWindowInSeconds=60)
    stream.put("a")
    await house.settle()
    stream.put("late", is_told=False)
    await house.clock.advance(60)
    assert data(house) == [["a"]]
    stream.tell()
    await house.settle()
    assert data(house) == [["a"], ["late"], []]


async def test_the_window_of_a_stream_that_is_gone_ends(house, stream, follow_stream):
    answer_with(house, {"state": {}})
    await follow_stream(TumblingWindowInSeconds=60)
    stream.put("a")
    await house.settle()
    stream.is_there = False
    await house.clock.advance(60)
    assert data(house) == [["a"], []]


async def test_a_window_waits_for_room_also_where_records_behind_it_grow_too_old(house, stream, follow_stream):
    answer_with(house, {"state": {}})
    await follow_stream(TumblingWindowInSeconds=60, MaximumRecordAgeInSeconds=60)
    stream.put("a")
    await house.settle()
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=0)
    await house.clock.advance(60)
    stream.put("old")
    await house.clock.advance(120)
    await house("delete_function_concurrency", FunctionName="f")
    await house.settle()
    assert data(house)[:2] == [["a"], []]


async def test_what_is_told_of_records_is_not_lost_where_a_transaction_fails(house, stream, follow_stream, monkeypatch):
    fail_on(house, "bad")
    await follow_stream(MaximumRetryAttempts=0, DestinationConfig=TO_QUEUE)
    save, failures = event_source_shards.save, [OSError("no room on the disk")]

    def save_or_fail(*args):
        if failures:
            raise failures.pop()
        return save(*args)

    monkeypatch.setattr(event_source_shards, "save", save_or_fail)
    stream.put("bad")
    await house.settle()
    stream.put("good")
    await house.clock.advance(10)
    assert data(house) == [["bad"], ["good"]]
    assert len([each for each in stream.others if each[1] == "SendMessage"]) == 1
