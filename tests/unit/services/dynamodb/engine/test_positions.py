"""Positions of records, and the names made of them."""

from lambent.core.clock import LATEST
from lambent.services.dynamodb.engine import positions

NOW = 1_767_225_600.0


def test_a_position_says_its_millisecond():
    assert positions.instant_of(positions.position_at(NOW + 0.123)) == NOW + 0.123


def test_a_record_stands_behind_the_last_one_also_when_the_clock_goes_back():
    last = positions.position_at(NOW) + 7
    assert positions.position_after(last, NOW) == last + 1
    assert positions.position_after(last, NOW - 3_600) == last + 1
    assert positions.position_after(last, NOW + 1) == positions.position_at(NOW + 1)


def test_a_sequence_number_is_of_digits_of_a_length_that_aws_allows():
    for position in (0, positions.position_at(NOW), positions.position_at(LATEST)):
        text = positions.sequence_number(position, 0)
        assert text.isdigit()
        assert positions.SEQUENCE_NUMBER_DIGITS_MIN <= len(text) <= positions.SEQUENCE_NUMBER_DIGITS_MAX
        assert positions.position_of(text) == position


def test_sequence_numbers_grow_as_text_and_as_number():
    first, second = (positions.sequence_number(positions.position_at(NOW) + offset, 999 - offset) for offset in (0, 1))
    assert first < second
    assert int(first) < int(second)


def test_a_position_is_that_of_the_year_9892_still_63_bits():
    assert positions.position_at(LATEST) < 2**63


def test_what_is_no_sequence_number_of_ours_has_no_position():
    for text in ("", "1", "x" * 23, "1" * 40, "²" * 23):
        assert positions.position_of(text) is None


def test_names_are_spelt_as_aws_spells_them():
    assert positions.shard_id(1_545_083_093.838, "a6e0a2bd") == "shardId-00000001545083093838-a6e0a2bd"
    assert positions.label_of(1_431_379_293.291) == "2015-05-11T21:21:33.291"
    assert positions.label_of(NOW) == "2026-01-01T00:00:00.000"
