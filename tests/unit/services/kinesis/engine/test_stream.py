"""A stream knows its shards, and which of them a key belongs to."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from lambent.services.kinesis.engine.shards import even_starts
from lambent.services.kinesis.engine.stream import HASH_KEY_MAX, digest, of_rows
from lambent.services.kinesis.tables.shards import ShardRow
from lambent.services.kinesis.tables.streams import StreamRow

HOUR_S = 3_600.0


def row(**changes):
    kept = {
        "account": "111122223333",
        "region": "us-east-1",
        "id_": 1,
        "name": "s",
        "stream_id": "x",
        "mode": "PROVISIONED",
        "retention_h": 24,
        "kept_from": 0.0,
        "created_at": 0.0,
        "settings": "{}",
        "tags": "{}",
        "policy": "",
    }
    return StreamRow.read(**{**kept, **changes})


def shard_row(number, first, last, *, parent=-1, adjacent=-1, closed_at=0.0, next_index=1):
    return ShardRow(number + 10, number, parent, adjacent, str(first), str(last), 5.0, closed_at, next_index)


def stream_of(count, **changes):
    starts = even_starts(count)
    ends = [*(start - 1 for start in starts[1:]), HASH_KEY_MAX]
    return of_rows(row(**changes), [shard_row(at, *ends_of) for at, ends_of in enumerate(zip(starts, ends, strict=True))])


@given(st.integers(1, 50), st.integers(0, HASH_KEY_MAX))
def test_a_hash_key_is_in_exactly_the_shard_that_is_found(count, hash_key):
    shard = stream_of(count).shard_of_hash(hash_key)
    assert shard.first_hash <= hash_key <= shard.last_hash


@given(st.integers(1, 50), st.text())
def test_a_partition_key_is_in_the_shard_of_its_md5(count, key):
    stream = stream_of(count)
    assert stream.shard_of_key(key) is stream.shard_of_hash(int.from_bytes(digest(key)))


def test_the_hash_key_of_a_key_is_its_md5():
    assert digest("clé") == hashlib.md5("clé".encode(), usedforsecurity=False).digest()


def test_closed_shards_take_nothing_and_have_an_end():
    rows = [shard_row(0, 0, HASH_KEY_MAX, closed_at=7.0, next_index=4), shard_row(1, 0, 9, parent=0)]
    rows.append(shard_row(2, 10, HASH_KEY_MAX, parent=0))
    stream = of_rows(row(), rows)
    assert [shard.number for shard in stream.open] == [1, 2]
    parent = stream.shards[0]
    assert (parent.is_open, parent.final_index, stream.shards[1].last_sequence) == (False, 4, None)
    assert int(parent.last_sequence) > int(parent.first_sequence)
    assert [child.number for child in stream.children(parent)] == [1, 2]


def test_a_closed_shard_expires_a_retention_after_its_end():
    stream = of_rows(row(), [shard_row(0, 0, HASH_KEY_MAX, closed_at=HOUR_S), shard_row(1, 0, HASH_KEY_MAX, parent=0)])
    assert [stream.has_expired(stream.shards[0], at * HOUR_S) for at in (24, 25)] == [False, True]
    assert not stream.has_expired(stream.shards[1], 10_000 * HOUR_S)


def test_what_came_before_a_longer_retention_stays_gone():
    assert stream_of(1, kept_from=90 * HOUR_S, retention_h=48).horizon(100 * HOUR_S) == 90 * HOUR_S
    assert stream_of(1, kept_from=40 * HOUR_S, retention_h=48).horizon(100 * HOUR_S) == 52 * HOUR_S


def test_settings_have_defaults():
    plain = stream_of(1)
    assert (plain.record_bytes_max, plain.encryption, plain.distributes_by_itself) == (1_048_576, "", False)
    other = stream_of(1, settings='{"record_kib_max": 2048, "key_id": "k", "distribution": "AUTO"}')
    assert (other.record_bytes_max, other.encryption, other.distributes_by_itself) == (2_097_152, "KMS", True)
