"""Numbers: one way to write each, exact sums, and bytes that sort as they do."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import numbers

ANY_NUMBER = st.builds(
    lambda sign, digits, exponent: f"{sign}{digits}E{exponent}",
    st.sampled_from(["", "-", "+"]),
    st.integers(0, 10**38 - 1),
    st.integers(-130, 88),
).filter(lambda text: Decimal(text) == 0 or -130 <= Decimal(text).adjusted() <= 125)


@pytest.mark.parametrize(
    ("given_text", "written"),
    [
        ("0", "0"), ("-0", "0"), ("0.00", "0"), ("0e125", "0"), ("007", "7"), ("+3", "3"), ("1.0", "1"), ("1.50", "1.5"),
        (".123", "0.123"), ("5.", "5"), ("1e3", "1000"), ("1E+5", "100000"), ("-17.4E2", "-1740"), ("12e-3", "0.012"),
        ("0001.23", "1.23"), ("1e-130", "0." + "0" * 129 + "1"), ("9.9e125", "99" + "0" * 124),
        ("1" * 38, "1" * 38), ("1" * 38 + "000", "1" * 38 + "000"),
    ],
)  # fmt: skip
def test_a_number_is_written_in_one_way(given_text, written):
    assert numbers.normalised(given_text) == written


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "dog", " 1", "1 ", "0x10", "1_000", "--1", ".", "", "e5", "1e", "٣", "1\n"]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(errors.NotANumber) as failure:
        numbers.normalised(text)
    assert failure.value.message == f"The parameter cannot be converted to a numeric value: {text}"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1e126", errors.NumberOverflow),
        ("-11e125", errors.NumberOverflow),
        ("1e99999999999", errors.NumberOverflow),
        ("0e126", errors.NumberOverflow),
        ("0e-131", errors.NumberUnderflow),
        ("1e-131", errors.NumberUnderflow),
        ("1e-99999999999", errors.NumberUnderflow),
        ("1e9223372036854775808", errors.NotANumber),
        ("1e" + "9" * 10_000, errors.NotANumber),
        ("1" * 39, errors.TooManyDigits),
        ("3.14159265358979323846264338327950288419", errors.TooManyDigits),
    ],
)
def test_numbers_out_of_range_are_refused(text, error):
    with pytest.raises(error):
        numbers.normalised(text)


UNDERFLOW = errors.NumberUnderflow.wording


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The parameter cannot be converted to a numeric value"),
        ("1e99999999999", "The parameter cannot be converted to a numeric value: 1e99999999999"),
        ("1e-2147483648", "The parameter cannot be converted to a numeric value: 1e-2147483648"),
        ("1e2147483647", UNDERFLOW),
        ("1e-131", UNDERFLOW),
        ("1e126", errors.NumberOverflow.wording),
    ],
)
def test_older_checks_read_a_number_in_32_bits(text, message):
    with pytest.raises(errors.ValidationFailed) as failure:
        numbers.normalised(text)
    assert failure.value.older_message == message


def test_arithmetic_is_exact():
    assert numbers.total("0.1", "0.2") == "0.3"
    assert numbers.difference("10000000000000000000000", "1") == "9999999999999999999999"
    assert numbers.total("5", "-5") == "0"
    assert numbers.total("9" * 37, "1") == "1" + "0" * 37
    tiny = "0." + "0" * 129 + "1" * 38
    assert numbers.difference(tiny, tiny) == "0"


@pytest.mark.parametrize(("left", "right"), [("9e125", "9e125"), ("1e50", "1"), ("1e125", "1e-130")])
def test_a_result_too_large_or_too_precise_is_an_overflow(left, right):
    with pytest.raises(errors.NumberOverflow):
        numbers.total(numbers.normalised(left), numbers.normalised(right))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 1), ("1", 2), ("12", 2), ("123", 3), ("1234", 3), ("1" * 38, 20), ("0042", 2), ("100", 2), ("1010", 3),
        ("0.0000001", 2), ("1E125", 2), ("1E-100", 2), ("1.5", 3), ("15", 2), ("1.200", 3), ("1.234", 4), ("3.14159", 5),
        ("123456", 4), ("-1", 3), ("-1.5", 4),
    ],
)  # fmt: skip
def test_a_number_takes_what_was_measured_of_aws(text, size):
    assert numbers.size(numbers.normalised(text)) == size


@given(ANY_NUMBER, ANY_NUMBER)
def test_key_bytes_sort_as_numbers_do(left, right):
    ours, theirs = (numbers.key_bytes(numbers.normalised(text)) for text in (left, right))
    assert (ours < theirs) == (Decimal(left) < Decimal(right))
    assert (ours == theirs) == (Decimal(left) == Decimal(right))


@given(ANY_NUMBER)
def test_writing_changes_no_number_and_is_stable(text):
    written = numbers.normalised(text)
    assert Decimal(written) == Decimal(text)
    assert numbers.normalised(written) == written
    assert numbers.normalised(numbers.negated(written)) == numbers.negated(written)
