"""What a shard takes and gives in a second."""

import pytest

from lambent.services.kinesis import throughput
from lambent.services.kinesis.throughput import READS_PER_S, WRITES_PER_S, Throughput

MIB = 1_048_576


@pytest.fixture
def time(monkeypatch):
    """A list of one: the machine's seconds."""
    seconds = [100.0]
    monkeypatch.setattr(throughput, "monotonic_s", lambda: seconds[0])
    return seconds


def test_a_shard_takes_so_many_records_a_second(time):
    rates = Throughput()
    assert [rates.takes(1, 10) for _ in range(WRITES_PER_S + 1)] == [True] * WRITES_PER_S + [False]
    assert rates.takes(2, 10)
    time[0] += 1
    assert rates.takes(1, 10)


def test_a_shard_takes_so_many_bytes_a_second(time):
    rates = Throughput()
    assert [rates.takes(1, MIB // 2) for _ in range(3)] == [True, True, False]
    time[0] += 1
    assert rates.takes(1, 10 * MIB)  # one that is larger than what a second allows goes alone
    assert not rates.takes(1, 1)


def test_a_shard_gives_so_often_a_second(time):
    rates = Throughput()
    assert [rates.gives(1) for _ in range(READS_PER_S + 1)] == [True] * READS_PER_S + [False]
    time[0] += 1
    assert rates.gives(1)


def test_who_has_read_much_waits_until_it_would_have_been_read_at_the_rate(time):
    rates = Throughput()
    assert rates.gives(1)
    rates.gave(1, 10 * MIB)
    seen = []
    for _ in range(6):
        seen.append(rates.gives(1))
        time[0] += 1
    assert seen == [False, False, False, False, True, True]


def test_what_is_known_of_shards_is_bounded(time, monkeypatch):
    monkeypatch.setattr(throughput, "SHARDS_KNOWN_MAX", 10)
    rates = Throughput()
    for shard in range(100):
        rates.takes(shard, 1)
    assert len(rates._seconds) <= 10
