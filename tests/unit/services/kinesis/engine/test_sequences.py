"""Sequence numbers hold what they say, grow within a shard, and from parents to children."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.kinesis.engine import sequences
from lambent.services.kinesis.engine.sequences import INDEX_LAST, INDEX_STEP, Sequence

MOMENTS = st.integers(0, 2**34)
INDEXES = st.integers(0, INDEX_LAST)
NUMBERS = st.integers(0, 2**31 - 1)


@given(MOMENTS, NUMBERS, INDEXES, MOMENTS)
def test_what_is_put_in_is_read_out(created_s, number, index, arrived_s):
    base = sequences.base_of(created_s, number)
    text = str(sequences.numbered(base, index, arrived_s))
    assert sequences.parse(text) == Sequence(created_s, index, number)
    assert len(text) == 56


@given(MOMENTS, NUMBERS, st.integers(0, INDEX_LAST - 1), MOMENTS, MOMENTS)
def test_a_later_record_has_a_larger_number_whenever_it_came(created_s, number, index, one_s, other_s):
    base = sequences.base_of(created_s, number)
    assert sequences.numbered(base, index, one_s) < sequences.numbered(base, index + 1, other_s)


def test_neighbours_lie_one_step_apart():
    base = sequences.base_of(1_767_225_600.0, 3)
    assert sequences.numbered(base, 8, 1_767_225_601.0) - sequences.numbered(base, 7, 1_767_225_601.0) == INDEX_STEP


def test_children_are_behind_their_parents_however_long_those_lived():
    parent, child = sequences.base_of(1_000.0, 9), sequences.base_of(1_001.0, 1)
    assert sequences.numbered(parent, INDEX_LAST, 2.0**34) < sequences.numbered(child, 0, 0.0)


@pytest.mark.parametrize("text", ["0", "1", "12345", "9" * 56, "9" * 129, str(2**185), str(2**185 + 3)])
def test_other_numbers_are_none(text):
    assert sequences.parse(text) is None
