"""What producers bring is checked, sent to its shard, and cut into blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.services.kinesis.engine.test_stream import stream_of

from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import records
from lambent.services.kinesis.engine.records import BLOCK_BYTES_MAX, BLOCK_RECORDS_MAX

KIB = 1_024


def test_data_and_key_together_are_at_most_what_the_stream_takes():
    stream = stream_of(1)
    assert records.checked(stream, {"Data": b"x" * (KIB * KIB - 1), "PartitionKey": "k"}, "")[0] == "k"
    with pytest.raises(errors.RecordTooLarge):
        records.checked(stream, {"Data": b"x" * KIB * KIB, "PartitionKey": "k"}, "")
    with pytest.raises(errors.RecordTooLarge):
        records.checked(stream, {"Data": b"x" * (KIB * KIB - 1), "PartitionKey": "é"}, "")


def test_a_batch_names_the_record_that_is_wrong():
    with pytest.raises(errors.RecordTooLarge, match=r"at 'records\.2\.member\.data'"):
        records.checked_all(stream_of(1), [{"Data": b"x" * size, "PartitionKey": "k"} for size in (1, KIB * KIB)])
    with pytest.raises(errors.MissingPartitionKey, match=r"at 'records\.1\.member\.partitionKey'"):
        records.checked_all(stream_of(1), [{"Data": b""}])
    with pytest.raises(errors.RequestTooLarge):
        records.checked_all(stream_of(1), [{"Data": b"x" * 1_000_000, "PartitionKey": "k"}] * 11)


def test_a_stream_that_distributes_records_takes_turns():
    stream = stream_of(3, settings='{"distribution": "AUTO"}')
    assert [records.shard_of(stream, "k", "0", turn).number for turn in range(4)] == [0, 1, 2, 0]


def test_hash_keys_have_128_bits():
    assert records.hash_key_of(str(2**128 - 1)) == 2**128 - 1
    with pytest.raises(errors.BadExplicitHashKey):
        records.hash_key_of(str(2**128))


@given(st.lists(st.integers(0, 2 * BLOCK_BYTES_MAX), max_size=30))
def test_blocks_hold_all_records_in_order_and_are_bounded(sizes):
    given_ = [(str(at), b"x" * size) for at, size in enumerate(sizes)]
    cuts = records.cut(given_)
    assert [record for cut in cuts for record in cut] == given_
    assert all(len(cut) == 1 or sum(len(data) for _, data in cut) <= BLOCK_BYTES_MAX for cut in cuts)


def test_a_block_has_so_many_records():
    assert [len(cut) for cut in records.cut([("k", b"")] * (2 * BLOCK_RECORDS_MAX + 1))] == [BLOCK_RECORDS_MAX] * 2 + [1]


def test_a_sequence_number_for_ordering_must_be_one():
    with pytest.raises(errors.BadMinimumSequence):
        records.check_minimum(stream_of(1), "17")
