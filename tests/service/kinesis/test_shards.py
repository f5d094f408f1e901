"""Shards are split, merged and evened out; readers are led from parents to children."""

HOUR_S = 3_600.0
HALF = 2**127


def told(kinesis, stream):
    """number -> (parents, first hash key, last, whether it is open)"""
    found = {}
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        parents = tuple(shard[name] for name in ("ParentShardId", "AdjacentParentShardId") if name in shard)
        hashes = shard["HashKeyRange"]
        is_open = "EndingSequenceNumber" not in shard["SequenceNumberRange"]
        numbers = tuple(int(parent.removeprefix("shardId-")) for parent in parents)
        key = int(shard["ShardId"].removeprefix("shardId-"))
        found[key] = (numbers, int(hashes["StartingHashKey"]), int(hashes["EndingHashKey"]), is_open)
    return found


def split(kinesis, stream, at=HALF, shard=0):
    kinesis.split_shard(StreamName=stream, ShardToSplit=f"shardId-{shard:012d}", NewStartingHashKey=str(at))


def test_a_split_shard_is_closed_and_has_two_children(kinesis, stream):
    split(kinesis, stream, 1000)
    assert told(kinesis, stream) == {
        0: ((), 0, 2**128 - 1, False),
        1: ((0,), 0, 999, True),
        2: ((0,), 1000, 2**128 - 1, True),
    }


def test_merged_shards_are_closed_and_have_one_child(kinesis, stream, refused, account):
    split(kinesis, stream)
    split(kinesis, stream, 2**126, shard=1)
    asked = {"StreamName": stream, "ShardToMerge": "shardId-000000000003", "AdjacentShardToMerge": "shardId-000000000002"}
    assert refused(
        "merge_shards", **{**asked, "ShardToMerge": "shardId-000000000004", "AdjacentShardToMerge": "shardId-000000000001"}
    )[0] == ("InvalidArgumentException")
    not_adjacent = refused("merge_shards", **asked)
    assert not_adjacent == (
        "InvalidArgumentException",
        f"Shards shardId-000000000003 and shardId-000000000002 in stream {stream} under account {account} are not an adjacent"
        " pair of shards eligible for merging",
    )
    kinesis.merge_shards(**{**asked, "ShardToMerge": "shardId-000000000004"})
    assert told(kinesis, stream)[5] == ((4, 2), 2**126, 2**128 - 1, True)


def test_a_shard_cannot_be_split_just_anywhere(kinesis, stream, refused, account):
    asked = {"StreamName": stream, "ShardToSplit": "shardId-000000000000"}
    for at in (0, 1, 2**128 - 1):
        assert refused("split_shard", **asked, NewStartingHashKey=str(at)) == (
            "InvalidArgumentException",
            f"NewStartingHashKey {at} used in SplitShard() on shard shardId-000000000000 in stream {stream} under account"
            f" {account} is not both greater than one plus the shard's StartingHashKey 0 and less than the shard's"
            f" EndingHashKey {2**128 - 1}.",
        )
    wanted = ("ResourceNotFoundException", f"Could not find shard shardId-9 in stream {stream} under account {account}.")
    assert refused("split_shard", StreamName=stream, ShardToSplit="shardId-9", NewStartingHashKey="7") == wanted
    split(kinesis, stream)
    assert refused("split_shard", **asked, NewStartingHashKey="7")[0] == "InvalidArgumentException"


def test_readers_are_led_from_a_closed_shard_to_its_children(kinesis, stream, put, iterator):
    put("a")
    at_the_tip = kinesis.get_records(ShardIterator=iterator())["NextShardIterator"]
    from_the_start = iterator()
    split(kinesis, stream)
    for reply in (kinesis.get_records(ShardIterator=at_the_tip), kinesis.get_records(ShardIterator=from_the_start)):
        assert "NextShardIterator" not in reply
        assert [(child["ShardId"], child["ParentShards"]) for child in reply["ChildShards"]] == [
            ("shardId-000000000001", ["shardId-000000000000"]),
            ("shardId-000000000002", ["shardId-000000000000"]),
        ]
        assert reply["ChildShards"][1]["HashKeyRange"] == {"StartingHashKey": str(HALF), "EndingHashKey": str(2**128 - 1)}
    assert "NextShardIterator" not in kinesis.get_records(ShardIterator=iterator("LATEST"))


def test_a_closed_shard_is_read_to_its_end_before_it_leads_on(kinesis, stream, put, iterator):
    put("a", "b")
    split(kinesis, stream)
    reply = kinesis.get_records(ShardIterator=iterator(), Limit=1)
    assert "ChildShards" not in reply
    reply = kinesis.get_records(ShardIterator=reply["NextShardIterator"])
    assert [record["Data"] for record in reply["Records"]] == [b"b"]
    assert len(reply["ChildShards"]) == 2


def test_records_of_children_have_larger_sequence_numbers(kinesis, stream, put):
    (before,) = put("a")
    split(kinesis, stream)
    (after,) = put("a")
    assert int(after) > int(before)
    shards = kinesis.list_shards(StreamName=stream)["Shards"]
    end = int(shards[0]["SequenceNumberRange"]["EndingSequenceNumber"])
    starts = [int(shard["SequenceNumberRange"]["StartingSequenceNumber"]) for shard in shards[1:]]
    assert int(before) < end < min(starts) < int(after)


def test_the_end_of_a_closed_shard_is_a_place_to_read_from(kinesis, stream, put, data):
    put("a")
    split(kinesis, stream)
    end = kinesis.list_shards(StreamName=stream)["Shards"][0]["SequenceNumberRange"]["EndingSequenceNumber"]
    assert data("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=end) == []


def test_a_count_is_doubled_by_splitting_each_shard(kinesis, stream, arn):
    kinesis.update_shard_count(StreamName=stream, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    reply = kinesis.update_shard_count(StreamARN=arn, TargetShardCount=4, ScalingType="UNIFORM_SCALING")
    assert (reply["CurrentShardCount"], reply["TargetShardCount"]) == (2, 4)
    shards = told(kinesis, stream)
    assert {number: parents for number, (parents, *_) in shards.items()} == {
        0: (),
        1: (0,),
        2: (0,),
        3: (1,),
        4: (1,),
        5: (2,),
        6: (2,),
    }
    assert sorted(first for _, first, _, is_open in shards.values() if is_open) == [0, 2**126, 2**127, 3 * 2**126]


def test_any_count_shares_all_hash_keys_evenly(kinesis):
    kinesis.create_stream(StreamName="s", ShardCount=3)
    for count in (5, 4, 2):
        kinesis.update_shard_count(StreamName="s", TargetShardCount=count, ScalingType="UNIFORM_SCALING")
        ranges = sorted((first, last) for _, first, last, is_open in told(kinesis, "s").values() if is_open)
        assert [first for first, _ in ranges] == [number * (2**128 // count) for number in range(count)]
        assert [last + 1 for _, last in ranges] == [*(first for first, _ in ranges[1:]), 2**128]


def test_a_count_is_at_most_doubled_and_at_most_halved(kinesis, refused):
    kinesis.create_stream(StreamName="s", ShardCount=4)
    asked = {"StreamName": "s", "ScalingType": "UNIFORM_SCALING"}
    assert refused("update_shard_count", **asked, TargetShardCount=9) == (
        "LimitExceededException",
        "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 4, Target shard"
        " count: 9",
    )
    assert refused("update_shard_count", **asked, TargetShardCount=1)[0] == "LimitExceededException"


def test_shards_are_listed_page_by_page_and_by_filters(kinesis, stream, shards, advance, still):
    advance(10)
    before = still.now()
    advance(10)
    split(kinesis, stream)
    advance(10)
    assert shards(MaxResults=2) == ["0", "1"]
    first = kinesis.list_shards(StreamName=stream, MaxResults=2)
    rest = kinesis.list_shards(NextToken=first["NextToken"])
    assert [shard["ShardId"] for shard in rest["Shards"]] == ["shardId-000000000002"]
    assert "NextToken" not in rest
    assert shards(ExclusiveStartShardId="shardId-000000000000") == ["1", "2"]
    assert shards(ShardFilter={"Type": "AT_LATEST"}) == ["1", "2"]
    assert shards(ShardFilter={"Type": "AT_TRIM_HORIZON"}) == ["0"]
    assert shards(ShardFilter={"Type": "FROM_TRIM_HORIZON"}) == ["0", "1", "2"]
    assert shards(ShardFilter={"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000001"}) == ["2"]
    assert shards(ShardFilter={"Type": "AT_TIMESTAMP", "Timestamp": before}) == ["0"]
    assert shards(ShardFilter={"Type": "FROM_TIMESTAMP", "Timestamp": before}) == ["0", "1", "2"]
    assert shards(ShardFilter={"Type": "FROM_TIMESTAMP", "Timestamp": still.now()}) == ["1", "2"]


def test_a_list_is_asked_for_by_a_stream_or_by_a_token(kinesis, stream, refused, advance):
    split(kinesis, stream)
    token = kinesis.list_shards(StreamName=stream, MaxResults=1)["NextToken"]
    wanted = ("InvalidArgumentException", "NextToken and StreamName cannot be provided together.")
    assert refused("list_shards", StreamName=stream, NextToken=token) == wanted
    assert refused("list_shards") == ("InvalidArgumentException", "Either NextToken or StreamName should be provided.")
    assert refused("list_shards", NextToken="nonsense")[0] == "InvalidArgumentException"
    for asked in (
        {"Type": "AT_TIMESTAMP"},
        {"Type": "AFTER_SHARD_ID"},
        {"Type": "AT_LATEST", "ShardId": "shardId-000000000000"},
    ):
        assert refused("list_shards", StreamName=stream, ShardFilter=asked)[0] == "InvalidArgumentException"
    advance(301)
    assert refused("list_shards", NextToken=token)[0] == "ExpiredNextTokenException"


def test_shards_are_described_page_by_page(kinesis, stream):
    split(kinesis, stream)
    first = kinesis.describe_stream(StreamName=stream, Limit=2)["StreamDescription"]
    assert (len(first["Shards"]), first["HasMoreShards"]) == (2, True)
    after = {"ExclusiveStartShardId": first["Shards"][-1]["ShardId"]}
    rest = kinesis.describe_stream(StreamName=stream, **after)["StreamDescription"]
    assert ([shard["ShardId"] for shard in rest["Shards"]], rest["HasMoreShards"]) == (["shardId-000000000002"], False)


def test_a_closed_shard_is_listed_until_its_records_are_gone(kinesis, stream, put, shards, advance, data):
    put("a")
    split(kinesis, stream)
    advance(23 * HOUR_S)
    assert (shards(), data()) == (["0", "1", "2"], ["a"])
    advance(HOUR_S)
    assert shards() == ["1", "2"]
    assert shards(ShardFilter={"Type": "AT_TRIM_HORIZON"}) == ["1", "2"]
