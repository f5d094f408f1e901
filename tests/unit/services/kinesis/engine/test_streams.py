"""Streams are made and changed within their rules."""

import pytest
from tests.unit.services.kinesis.conftest import ACCOUNT, KEY, REGION
from tests.unit.services.kinesis.engine.conftest import NOW

from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import shards, streams
from lambent.services.kinesis.engine.streams import NewStream


def test_a_provisioned_stream_needs_a_count_and_one_on_demand_has_four_shards(tx):
    with pytest.raises(errors.InvalidArgument):
        streams.create(tx, ACCOUNT, REGION, NewStream("s", None, "PROVISIONED", {}, {}), NOW)
    streams.create(tx, ACCOUNT, REGION, NewStream("s", None, None, {}, {}), NOW)
    found = streams.find(tx, KEY)
    assert (found.is_on_demand, len(found.open)) == (True, 4)


def test_a_name_is_used_once(make):
    make()
    with pytest.raises(errors.StreamExists):
        make()


def test_a_change_says_that_what_is_known_is_out_of_date(tx, make):
    make()
    for change in (
        lambda: streams.set_settings(tx, KEY, {"key_id": "k"}),
        lambda: streams.set_mode(tx, KEY, "ON_DEMAND", {}),
        lambda: streams.set_policy(tx, KEY, "{}"),
        lambda: streams.change_tags(tx, KEY, added={"a": "1"}),
    ):
        tx.topics.clear()
        change()
        assert "kinesis.stream/111122223333/us-east-1/s" in tx.topics


def test_what_only_streams_on_demand_have_is_refused_and_goes_with_the_mode(tx, make):
    make()
    with pytest.raises(errors.ProvisionedMode):
        streams.set_settings(tx, KEY, {"distribution": "AUTO"}, only_on_demand=True)
    streams.set_mode(tx, KEY, "ON_DEMAND", {"warm_mibps": 5})
    streams.set_settings(tx, KEY, {"distribution": "AUTO"}, only_on_demand=True)
    assert streams.find(tx, KEY).distributes_by_itself
    streams.set_mode(tx, KEY, "PROVISIONED", {})
    assert streams.find(tx, KEY).row.settings == {}


def test_a_stream_on_demand_is_not_resharded_by_hand(tx, make):
    make(4, mode="ON_DEMAND")
    with pytest.raises(errors.OnDemandMode):
        streams.reshard(tx, KEY, lambda stream: shards.scale(stream, 8), NOW)


def test_metrics_are_turned_on_and_off(tx, make):
    make()
    assert streams.set_metrics(tx, KEY, ["ALL"], is_on=True)[1:] == ([], list(streams.METRICS))
    _, before, after = streams.set_metrics(tx, KEY, ["IncomingBytes"], is_on=False)
    assert set(before) - set(after) == {"IncomingBytes"}


def test_streams_are_found_page_by_page_and_by_id(tx, make):
    stream = make()
    page = streams.page(tx, ACCOUNT, REGION, after="", count_max=1)
    assert ([row.name for row in page.streams], page.has_more) == (["s"], False)
    assert streams.name_of(tx, ACCOUNT, REGION, stream.row.stream_id) == "s"
    with pytest.raises(errors.StreamNotFound):
        streams.name_of(tx, "999988887777", REGION, stream.row.stream_id)


def test_a_shard_that_is_not_there_is_not_found(make):
    stream = make()
    assert streams.require_shard(stream, "shardId-000000000000") is stream.open[0]
    for text in ("shardId-1", "nonsense"):
        with pytest.raises(errors.ShardNotFound):
            streams.require_shard(stream, text)
