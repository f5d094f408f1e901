"""How long records are kept: within limits, never back to life, and swept a few at a time."""

import pytest
from tests.unit.services.kinesis.conftest import KEY
from tests.unit.services.kinesis.engine.conftest import NOW

from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import reading, retention, shards, streams, writing
from lambent.services.kinesis.engine.writing import Gathered

HOUR_S = 3_600.0


@pytest.fixture
def put(tx):
    def append(stream, at_h, count=1):
        for _ in range(count):
            writing.append(tx, [Gathered(stream, stream.open[0], [("k", b"x")])], lambda _: NOW + at_h * HOUR_S)

    return append


def kept(tx, stream):
    return reading.read(tx, stream.open[0].id, from_index=0, horizon=0.0, count_max=10_000).count


@pytest.mark.parametrize(
    ("hours", "is_longer", "error"),
    [
        (23, True, errors.RetentionTooShort),
        (8_761, True, errors.RetentionTooLong),
        (47, True, errors.RetentionNotLonger),
        (49, False, errors.RetentionNotShorter),
    ],
)
def test_a_period_has_limits(tx, make, hours, is_longer, error):
    retention.change(tx, make(), 48, NOW, is_longer=True)
    with pytest.raises(error):
        retention.change(tx, streams.find(tx, KEY), hours, NOW, is_longer=is_longer)


def test_what_has_expired_is_deleted_a_few_at_a_time(tx, make, put, monkeypatch):
    monkeypatch.setattr(retention, "BLOCKS_AT_ONCE", 2)
    stream = make()
    put(stream, 0, count=5)
    put(stream, 10)
    after_id, sweeps = 0, 0
    while after_id is not None:
        after_id = retention.sweep_some(tx, lambda _: NOW + 25 * HOUR_S, after_id)
        sweeps += 1
    assert (kept(tx, stream), sweeps) == (1, 3)


def test_the_next_sweep_is_when_the_oldest_has_been_kept_long_enough(tx, make, put):
    stream = make()
    assert retention.next_sweeps_at(tx, lambda _: NOW) == [(stream.account, NOW + 24 * HOUR_S)]
    put(stream, 1)
    assert retention.next_sweeps_at(tx, lambda _: NOW + 2 * HOUR_S) == [(stream.account, NOW + 25 * HOUR_S)]
    assert retention.next_sweeps_at(tx, lambda _: NOW + 90 * HOUR_S) == [(stream.account, NOW + 25 * HOUR_S)]


def test_closed_shards_go_with_the_last_of_their_records(tx, make):
    stream = make()
    shards.split(stream, stream.open[0], 1000).write(tx, stream, NOW)
    retention.sweep_some(tx, lambda _: NOW + 23 * HOUR_S, 0)
    assert len(streams.find(tx, KEY).shards) == 3
    retention.sweep_some(tx, lambda _: NOW + 24 * HOUR_S, 0)
    assert sorted(streams.find(tx, KEY).shards) == [1, 2]


def test_what_is_left_of_a_deleted_stream_is_removed_a_few_at_a_time(tx, make, put, monkeypatch):
    monkeypatch.setattr(retention, "BLOCKS_AT_ONCE", 2)
    stream = make(2)
    put(stream, 0, count=5)
    steps = 1
    while retention.sweep_deleted(tx, stream.row.id):
        steps += 1
    assert (kept(tx, stream), steps) == (0, 3)
    assert tx.one("SELECT COUNT(*) FROM kinesis_shards") == (0,)
