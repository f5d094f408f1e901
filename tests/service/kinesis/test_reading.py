"""Records are read: from where an iterator stands, in order, within limits, and as long as they are kept."""

import base64

HOUR_S = 3_600.0


def test_an_iterator_begins_where_its_type_says(put, data, advance, still):
    first, second, third = put("a", "b", "c")
    assert data("TRIM_HORIZON") == ["a", "b", "c"]
    assert data("LATEST") == []
    assert data("AT_SEQUENCE_NUMBER", StartingSequenceNumber=second) == ["b", "c"]
    assert data("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=second) == ["c"]
    assert data("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=third) == []
    assert data("AT_SEQUENCE_NUMBER", StartingSequenceNumber=first) == ["a", "b", "c"]


def test_an_iterator_begins_at_a_moment(put, data, advance, kinesis, iterator):
    put("a")
    advance(10)
    put("b")
    advance(10)
    arrivals = [record["ApproximateArrivalTimestamp"] for record in kinesis.get_records(ShardIterator=iterator())["Records"]]
    assert (arrivals[1] - arrivals[0]).total_seconds() == 10
    assert data("AT_TIMESTAMP", Timestamp=arrivals[1]) == ["b"]
    assert data("AT_TIMESTAMP", Timestamp=arrivals[0].timestamp() + 1) == ["b"]
    assert data("AT_TIMESTAMP", Timestamp=0) == ["a", "b"]
    assert data("AT_TIMESTAMP", Timestamp=arrivals[1].timestamp() + 5) == []


def test_a_reader_that_waits_at_the_tip_gets_what_comes(kinesis, put, iterator):
    reply = kinesis.get_records(ShardIterator=iterator("LATEST"))
    assert (reply["Records"], reply["MillisBehindLatest"]) == ([], 0)
    put("a", "b")
    reply = kinesis.get_records(ShardIterator=reply["NextShardIterator"])
    assert [record["Data"] for record in reply["Records"]] == [b"a", b"b"]
    assert kinesis.get_records(ShardIterator=reply["NextShardIterator"])["Records"] == []


def test_a_read_is_limited_and_says_how_far_behind_it_is(kinesis, put, iterator, advance):
    put("a", "b")
    put("c")
    advance(5)
    reply = kinesis.get_records(ShardIterator=iterator(), Limit=1)
    assert ([record["Data"] for record in reply["Records"]], reply["MillisBehindLatest"]) == ([b"a"], 5_000)
    reply = kinesis.get_records(ShardIterator=reply["NextShardIterator"], Limit=2)
    assert ([record["Data"] for record in reply["Records"]], reply["MillisBehindLatest"]) == ([b"b", b"c"], 0)


def test_a_read_returns_at_most_10_mb(kinesis, stream, iterator):
    for _ in range(3):
        kinesis.put_records(StreamName=stream, Records=[{"Data": b"x" * 1_000_000, "PartitionKey": "k"}] * 5)
    reply = kinesis.get_records(ShardIterator=iterator())
    assert len(reply["Records"]) == 10
    assert len(kinesis.get_records(ShardIterator=reply["NextShardIterator"])["Records"]) == 5


def test_a_read_returns_10_000_records_unless_told_otherwise(kinesis, stream, iterator):
    for _ in range(21):
        kinesis.put_records(StreamName=stream, Records=[{"Data": b"", "PartitionKey": "k"}] * 500)
    reply = kinesis.get_records(ShardIterator=iterator())
    assert len(reply["Records"]) == 10_000
    rest = kinesis.get_records(ShardIterator=reply["NextShardIterator"])["Records"]
    assert len(rest) == 500
    numbers = [int(record["SequenceNumber"]) for record in [*reply["Records"], *rest]]
    assert numbers == sorted(set(numbers))


def test_records_of_one_key_are_read_in_their_order_wherever_reads_end(kinesis, put, iterator):
    sent = [str(number) for number in range(97)]
    for at in range(0, 97, 13):
        put(*sent[at : at + 13], key="k")
    found, at = [], iterator()
    while len(found) < 97:
        reply = kinesis.get_records(ShardIterator=at, Limit=7)
        found += [record["Data"].decode() for record in reply["Records"]]
        at = reply["NextShardIterator"]
    assert found == sent


def test_an_iterator_expires_after_five_minutes(iterator, advance, refused, still):
    begun = still.now()
    old = iterator()
    advance(300)
    assert iterator()
    advance(0.001)
    code, message = refused("get_records", ShardIterator=old)
    assert code == "ExpiredIteratorException"
    spelt = f"{begun:%a %b %d %H:%M:%S UTC %Y}"
    assert message.startswith(f"Iterator expired. The iterator was created at time {spelt} while right now it is ")
    assert message.endswith(" which is further in the future than the tolerated delay of 300000 milliseconds.")


def test_what_is_no_iterator_is_refused(refused):
    for text in ("x", "AAAAAAAAAAE=", base64.b64encode(b"\0\0\0\0\0\0\0\1\x91\x01").decode(), "é"):
        assert refused("get_records", ShardIterator=text) == ("InvalidArgumentException", "Invalid ShardIterator.")


def test_records_go_when_their_time_is_over(put, data, advance, kinesis, stream):
    put("a")
    advance(12 * HOUR_S)
    put("b")
    advance(12 * HOUR_S)
    assert data() == ["b"]
    kinesis.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=48)
    assert data() == ["b"]  # what is gone does not come back
    advance(24 * HOUR_S)
    assert data() == ["b"]
    kinesis.decrease_stream_retention_period(StreamName=stream, RetentionPeriodHours=24)
    assert data() == []


def test_reading_goes_on_behind_what_was_trimmed(put, data, advance):
    (first,) = put("a")
    advance(25 * HOUR_S)
    put("b")
    assert data("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=first) == ["b"]
    assert data("AT_SEQUENCE_NUMBER", StartingSequenceNumber=first) == ["b"]


def test_sequence_numbers_that_no_shard_gave_out_are_refused(kinesis, stream, put, refused, account, advance):
    asked = {"StreamName": stream, "ShardId": "shardId-000000000000", "ShardIteratorType": "AT_SEQUENCE_NUMBER"}
    where = f"used in GetShardIterator on shard shardId-000000000000 in stream {stream} under account {account} is invalid"
    wanted = ("InvalidArgumentException", f"StartingSequenceNumber 12345 {where}.")
    assert refused("get_shard_iterator", **asked, StartingSequenceNumber="12345") == wanted
    advance(1)
    kinesis.create_stream(StreamName="other", ShardCount=2)
    record = {"StreamName": "other", "Data": b"", "PartitionKey": "k"}
    foreign = kinesis.put_record(**record, ExplicitHashKey="0")["SequenceNumber"]
    wanted = ("InvalidArgumentException", f"StartingSequenceNumber {foreign} {where} because it did not come from this stream.")
    assert refused("get_shard_iterator", **asked, StartingSequenceNumber=foreign) == wanted
    elsewhere = kinesis.put_record(**record, ExplicitHashKey=str(2**127))["SequenceNumber"]
    assert refused("get_shard_iterator", **asked, StartingSequenceNumber=elsewhere) == (
        "InvalidArgumentException",
        "Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a call to a shard with"
        " shardId-000000000000",
    )


def test_a_type_and_a_sequence_number_go_together(stream, put, refused):
    (first,) = put("a")
    asked = {"StreamName": stream, "ShardId": "shardId-000000000000"}
    must = (
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or"
        " LATEST and no StartingSequenceNumber. Request specified "
    )
    with_one = refused("get_shard_iterator", **asked, ShardIteratorType="LATEST", StartingSequenceNumber=first)
    assert with_one == ("InvalidArgumentException", f"{must}LATEST and also a StartingSequenceNumber.")
    without = refused("get_shard_iterator", **asked, ShardIteratorType="AT_SEQUENCE_NUMBER")
    assert without == ("InvalidArgumentException", f"{must}AT_SEQUENCE_NUMBER and no StartingSequenceNumber.")


def test_a_moment_is_told_and_not_to_come(stream, refused, still):
    asked = {"StreamName": stream, "ShardId": "shardId-000000000000", "ShardIteratorType": "AT_TIMESTAMP"}
    assert refused("get_shard_iterator", **asked) == (
        "InvalidArgumentException",
        "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp"
        " parameter.",
    )
    now_ms = int(still.now().timestamp() * 1000)
    assert refused("get_shard_iterator", **asked, Timestamp=still.now().timestamp() + 60) == (
        "InvalidArgumentException",
        "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis:"
        f" {now_ms + 60_000}, currentTimestampInMillis: {now_ms}",
    )


def test_a_shard_that_is_not_there_is_not_found(stream, refused, account):
    asked = {"StreamName": stream, "ShardIteratorType": "LATEST"}
    assert refused("get_shard_iterator", **asked, ShardId="shardId-000000000007") == (
        "ResourceNotFoundException",
        f"Shard shardId-000000000007 in stream {stream} under account {account} does not exist",
    )
    assert refused("get_shard_iterator", **asked, ShardId="nonsense") == (
        "ResourceNotFoundException",
        f"Could not find shard nonsense in stream {stream} under account {account}.",
    )
