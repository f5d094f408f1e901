"""A mapping of a stream: which shards it follows, from where, and how it bears change."""

import asyncio
import json

import pytest
from tests.unit.services.lambda_.operations.conftest import FAILED
from tests.unit.services.lambda_.operations.event_sources.conftest import STREAM_ARN, data

from lambent.durable.followers.stream_follower import StreamFollower
from lambent.services.lambda_.tables import event_source_shards


async def test_records_reach_the_function_as_aws_writes_them(house, stream, follow_stream):
    await follow_stream()
    stream.put("hello", key="k")
    await house.settle()
    _, invocation = house.environments.invoked[0]
    assert invocation.payload.decode() == (
        '{"Records":[{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"k","sequenceNumber":"001",'
        '"data":"aGVsbG8=","approximateArrivalTimestamp":1767225600.0},"eventSource":"aws:kinesis","eventVersion":"1.0",'
        '"eventID":"s0:001","eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::111111111111:role/r",'
        '"awsRegion":"us-east-1","eventSourceARN":"arn:aws:kinesis:us-east-1:111111111111:stream/s"}]}'
    )


async def test_a_quiet_stream_is_read_once_and_then_never_again(house, stream, follow_stream):
    await follow_stream()
    asked = dict(stream.calls)
    await house.clock.advance(86_400)
    assert stream.calls == asked
    assert asked["GetRecords"] == 1


async def test_what_was_there_before_the_mapping_is_handled_from_the_horizon_on(house, stream, follow_stream):
    stream.put("early", "late")
    await follow_stream()
    assert data(house) == [["early", "late"]]


async def test_latest_begins_behind_what_is_there_when_the_mapping_is_made(house, stream, follow_stream):
    stream.put("early")
    await follow_stream(StartingPosition="LATEST")
    await house.settle()
    stream.put("late")
    await house.settle()
    assert data(house) == [["late"]]


async def test_latest_is_remembered_where_a_crash_follows_at_once(house, stream, follow_stream):
    await house.clock.advance(5)
    stream.put("early")
    await follow_stream(StartingPosition="LATEST")
    await house.stop()
    stream.put("late")
    await house.start()
    await house.settle()
    assert data(house) == [["late"]]


async def test_a_restart_goes_on_behind_what_was_handled(house, stream, follow_stream):
    await follow_stream()
    stream.put("one")
    await house.settle()
    await house.restart()
    stream.put("two")
    await house.settle()
    assert data(house) == [["one"], ["two"]]


async def test_children_are_read_after_their_parent_is_handled(house, stream, follow_stream):
    await follow_stream()
    house.environments.gate.clear()
    stream.put("old")
    stream.split("s0", "s1", "s2")
    stream.put("left", shard="s1")
    stream.put("right", shard="s2")
    await house.settle()
    assert data(house) == [["old"]]
    house.environments.gate.set()
    await house.settle()
    assert sorted(data(house)) == [["left"], ["old"], ["right"]]


async def test_a_merged_shard_is_read_after_both_its_parents(house, stream, follow_stream):
    stream.split("s0", "s1", "s2")
    stream.put("b", shard="s2")
    stream.split("s1", "s3", parents=("s1", "s2"))
    stream.put("c", shard="s3")
    await follow_stream()
    assert data(house) == [["b"], ["c"]]


async def test_a_shard_that_has_ended_is_not_read_again_after_a_restart(house, stream, follow_stream):
    await follow_stream()
    stream.put("old")
    stream.split("s0", "s1")
    await house.settle()
    await house.restart()
    await house.settle()
    assert data(house) == [["old"]]


async def test_a_disabled_mapping_goes_on_where_it_stood_when_it_is_enabled(house, stream, follow_stream):
    mapping_id = await follow_stream()
    stream.put("one")
    await house.settle()
    await house("update_event_source_mapping", UUID=mapping_id, Enabled=False)
    await house.settle()
    stream.put("two")
    await house.settle()
    assert data(house) == [["one"]]
    await house("update_event_source_mapping", UUID=mapping_id, Enabled=True)
    await house.settle()
    assert data(house) == [["one"], ["two"]]


async def test_a_mapping_made_disabled_with_latest_begins_when_it_is_enabled(house, stream, follow_stream):
    mapping_id = await follow_stream(StartingPosition="LATEST", Enabled=False)
    stream.put("early")
    await house("update_event_source_mapping", UUID=mapping_id, Enabled=True)
    await house.settle()
    stream.put("late")
    await house.settle()
    assert data(house) == [["late"]]


async def test_a_change_of_settings_counts_for_the_next_batch(house, stream, follow_stream):
    mapping_id = await follow_stream()
    stream.put("a", "b")
    await house.settle()
    await house("update_event_source_mapping", UUID=mapping_id, BatchSize=1)
    await house.settle()
    stream.put("c", "d")
    await house.settle()
    assert data(house) == [["a", "b"], ["c"], ["d"]]


async def test_what_runs_while_a_mapping_is_changed_is_not_run_again_beside_it(house, stream, follow_stream):
    mapping_id = await follow_stream()
    house.environments.gate.clear()
    stream.put("a")
    await house.settle()
    await house("update_event_source_mapping", UUID=mapping_id, BatchSize=1)
    await house.settle()
    stream.put("b")
    await house.settle()
    assert data(house) == [["a"]]
    house.environments.gate.set()
    await house.settle()
    assert data(house) == [["a"], ["b"]]


async def test_a_deleted_mapping_leaves_nothing(house, stream, follow_stream):
    mapping_id = await follow_stream()
    await house("delete_event_source_mapping", UUID=mapping_id)
    await house.settle()
    stream.put("a")
    await house.settle()
    assert data(house) == []
    left = await house.store.read(lambda tx: tx.all("SELECT shard FROM lambda_event_source_shards"))
    assert left == []


async def test_an_expired_iterator_is_replaced(house, stream, follow_stream):
    await follow_stream()
    stream.put("a")
    await house.settle()
    stream.are_iterators_expired = True
    stream.put("b")
    await house.settle()
    assert data(house) == [["a"], ["b"]]


async def test_records_that_were_trimmed_are_passed_over(house, stream, follow_stream):
    await follow_stream()
    stream.put("a")
    await house.settle()
    await house.stop()
    stream.put("b", "c")
    stream.trim("s0", 2)
    await house.start()
    await house.settle()
    assert data(house) == [["a"], ["c"]]


async def test_a_deleted_stream_is_a_problem_and_the_state_stays(house, stream, follow_stream):
    mapping_id = await follow_stream()
    stream.is_there = False
    stream.put("a")
    await house.settle()
    told = await house("get_event_source_mapping", UUID=mapping_id)
    assert told["State"] == "Enabled"
    assert told["LastProcessingResult"] == f"PROBLEM: Stream not found: {STREAM_ARN}"
    await house.clock.advance(2)
    assert (await house("get_event_source_mapping", UUID=mapping_id))["LastProcessingResult"] == told["LastProcessingResult"]
    stream.is_there = True
    await house.clock.advance(60)
    assert data(house) == [["a"]]
    assert (await house("get_event_source_mapping", UUID=mapping_id))["LastProcessingResult"] == "OK"


async def test_the_children_of_a_shard_that_is_gone_are_read(house, stream, follow_stream):
    await follow_stream()
    await house.stop()
    stream.split("s0", "s1")
    del stream.shards["s0"]
    stream.put("a", shard="s1")
    await house.start()
    await house.settle()
    assert data(house) == [["a"]]


async def test_a_function_that_is_deleted_is_a_problem_until_it_is_there_again(house, stream, follow_stream):
    mapping_id = await follow_stream()
    await house("delete_function", FunctionName="f")
    stream.put("a")
    await house.settle()
    told = await house("get_event_source_mapping", UUID=mapping_id)
    assert told["LastProcessingResult"].startswith("PROBLEM: Function not found")
    await house.create()
    await house.settle()
    assert data(house) == [["a"]]


async def test_filtered_records_are_behind(house, stream, follow_stream):
    pattern = json.dumps({"data": {"kind": ["good"]}})
    await follow_stream(FilterCriteria={"Filters": [{"Pattern": pattern}]})
    stream.put('{"kind": "good"}', '{"kind": "bad"}', "text")
    await house.settle()
    assert data(house) == [['{"kind": "good"}']]
    await house.restart()
    await house.settle()
    assert data(house) == [['{"kind": "good"}']]


@pytest.mark.parametrize("factor", [1, 2])
async def test_no_more_batches_of_a_shard_run_at_once_than_the_factor(house, stream, follow_stream, factor):
    await follow_stream(ParallelizationFactor=factor, BatchSize=1)
    house.environments.gate.clear()
    stream.put(*map(str, range(20)))
    await house.settle()
    house.environments.gate.set()
    await house.settle()
    assert house.environments.running_max == factor
    assert sorted(int(each) for (each,) in data(house)) == list(range(20))


async def test_order_is_kept_for_each_key_with_a_parallelization_factor(house, stream, follow_stream):
    await follow_stream(ParallelizationFactor=10, BatchSize=2)
    for number in range(10):
        for key in "abcdef":
            stream.put(f"{key}{number}", key=key)
    await house.settle()
    handled = [each for batch in data(house) for each in batch]
    for key in "abcdef":
        assert [each for each in handled if each[0] == key] == [f"{key}{number}" for number in range(10)]


async def test_a_consumer_of_a_stream_can_be_followed(house, stream, follow_stream):
    await follow_stream(EventSourceArn=f"{STREAM_ARN}/consumer/c:1")
    stream.put("a")
    await house.settle()
    assert data(house) == [["a"]]


async def test_a_reader_that_ends_while_its_shards_are_looked_up_is_not_followed_by_one_that_stands_before_it(
    house, stream, follow_stream, monkeypatch
):
    ended, tell = asyncio.Event(), StreamFollower._ended
    monkeypatch.setattr(StreamFollower, "_ended", lambda *args: (tell(*args), ended.set()))
    mapping_id = await follow_stream()
    house.environments.gate.clear()
    stream.put("a")
    await house.environments.reached(1)
    read = house.store.read

    async def read_slowly(function, *args, **options):
        found = await read(function, *args, **options)
        if (
            getattr(function, "__func__", None) is event_source_shards.MappingPlaces.load
            and not house.environments.gate.is_set()
        ):
            house.environments.gate.set()
            await ended.wait()
        return found

    monkeypatch.setattr(house.store, "read", read_slowly)
    await house("update_event_source_mapping", UUID=mapping_id, BatchSize=5)
    await house.settle()
    stream.put("b")
    await house.settle()
    assert data(house) == [["a"], ["b"]]


async def test_a_stream_that_is_made_anew_while_records_of_the_old_one_were_to_be_retried_is_followed(
    house, stream, follow_stream
):
    house.environments.outcomes = [FAILED]
    await follow_stream()
    stream.put("a")
    await house.settle()
    await house("delete_function", FunctionName="f")
    await house.restart()
    await house.settle()
    stream.is_there = False
    await house.create()
    await house.clock.advance(60)
    stream.is_there = True
    stream.trim("s0", 1)
    stream.put("b")
    await house.clock.advance(60)
    assert data(house) == [["a"], ["b"]]
