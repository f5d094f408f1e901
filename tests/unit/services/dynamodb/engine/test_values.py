"""Attribute values: what is refused, what is kept, sizes, equality and order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import values

SCALARS = st.one_of(
    st.builds(lambda text: {"S": text}, st.text(max_size=8)),
    st.builds(lambda number: {"N": str(number)}, st.integers(-(10**9), 10**9)),
    st.builds(lambda data: {"B": data}, st.binary(max_size=8)),
    st.builds(lambda is_true: {"BOOL": is_true}, st.booleans()),
    st.just({"NULL": True}),
    st.builds(lambda members: {"SS": sorted(members)}, st.sets(st.text(max_size=4), min_size=1, max_size=3)),
    st.builds(lambda members: {"BS": sorted(members)}, st.sets(st.binary(max_size=4), min_size=1, max_size=3)),
)
NAMES = st.text(min_size=1, max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.builds(lambda members: {"L": members}, st.lists(inner, max_size=3)),
        st.builds(lambda members: {"M": members}, st.dictionaries(NAMES, inner, max_size=3)),
    ),
    max_leaves=8,
)
ITEMS = st.dictionaries(NAMES, VALUES, max_size=4)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        (
            {"S": "a", "N": "1"},
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
        ),
        ({"NULL": False}, "One or more parameter values were invalid: Null attribute value types must have the value of true"),
        ({"SS": []}, "One or more parameter values were invalid: An string set  may not be empty"),
        ({"NS": []}, "One or more parameter values were invalid: An number set  may not be empty"),
        ({"BS": []}, "One or more parameter values were invalid: Binary sets should not be empty"),
        (
            {"SS": ["b", "a", "b", "c"]},
            'One or more parameter values were invalid: Input collection ["a", "b", "b", "c"] contains duplicates.',
        ),
        (
            {"NS": ["1", "1.0"]},
            "One or more parameter values were invalid: Input collection contains duplicates.",
        ),
        (
            {"BS": [b"b", b"b"]},
            'One or more parameter values were invalid: Input collection ["Yg==","Yg=="]of type BS contains duplicates.',
        ),
        ({"L": [{"N": "x"}]}, "The parameter cannot be converted to a numeric value: x"),
        ({"M": {"a": {}}}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        ({"S": "\ud800"}, "One or more parameter values were invalid: A string is not valid Unicode"),
    ],
)
def test_what_is_no_attribute_value_is_refused_in_awss_words(value, message):
    with pytest.raises(errors.ValidationFailed) as failure:
        values.checked(value)
    assert failure.value.message == message


def test_numbers_are_normalised_wherever_they_are():
    given_value = {"M": {"a": {"L": [{"N": "1.0"}, {"NS": ["1e2", "3"]}]}}}
    assert values.checked(given_value) == {"M": {"a": {"L": [{"N": "1"}, {"NS": ["100", "3"]}]}}}


def nested(levels):
    value = {"S": "x"}
    for _ in range(levels):
        value = {"L": [value]}
    return value


def test_documents_nest_to_32_levels():
    assert values.checked(nested(31)) == nested(31)
    with pytest.raises(errors.NestedTooDeep):
        values.checked(nested(32))


def test_an_attribute_has_a_name():
    with pytest.raises(errors.EmptyAttributeName):
        values.checked_item({"": {"S": "x"}})


@given(ITEMS)
def test_weighing_an_item_is_checking_and_measuring_it(item):
    assert values.weighed(item) == (values.checked_item(item), values.item_size(values.checked_item(item)))


@pytest.mark.parametrize("value", [{"N": "007"}, {"N": "1.50"}, {"N": "100"}, {"N": "0"}, {"N": "-5"}, {"NS": ["1e2"]}])
def test_weighing_a_number_normalises_it(value):
    given = {"n": value, "m": {"M": {"n": value, "l": {"L": [value]}}}}
    assert values.weighed(given) == (values.checked_item(given), values.item_size(values.checked_item(given)))


def test_weighing_refuses_what_checking_refuses():
    deep: dict = {"S": "x"}
    for _ in range(values.NESTING_LEVELS_MAX + 1):
        deep = {"L": [deep]}
    for wrong in ({"": {"S": "x"}}, {"a": {}}, {"a": deep}, {"a": {"M": {"b": {"N": "x"}}}}, {"a": {"S": "\ud800"}}):
        with pytest.raises(errors.ValidationFailed):
            values.checked_item(wrong)
        with pytest.raises(errors.ValidationFailed):
            values.weighed(wrong)


@given(ITEMS)
def test_what_was_kept_comes_back(item):
    checked = values.checked_item(item)
    assert values.decoded(values.encoded(checked)) == checked


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "é"}, 2), ({"S": ""}, 0), ({"N": "123"}, 3), ({"B": b"abc"}, 3), ({"BOOL": False}, 1), ({"NULL": True}, 1),
        ({"SS": ["ab", "c"]}, 3), ({"NS": ["1", "200"]}, 4), ({"BS": [b"a"]}, 1), ({"L": []}, 3), ({"M": {}}, 3),
        ({"L": [{"S": "ab"}]}, 6), ({"M": {"k": {"S": "ab"}}}, 7),
    ],
)  # fmt: skip
def test_sizes_are_as_aws_documents_them(value, size):
    assert values.size(value) == size
    assert values.item_size({"nm": value}) == 2 + size


def test_an_item_has_at_most_400_kb():
    values.check_size(400 * 1024)
    with pytest.raises(errors.ItemTooLarge):
        values.check_size(400 * 1024 + 1)


def test_sets_have_no_order():
    assert values.are_equal({"SS": ["a", "b"]}, {"SS": ["b", "a"]})
    assert values.are_equal({"L": [{"M": {"x": {"NS": ["1", "2"]}}}]}, {"L": [{"M": {"x": {"NS": ["2", "1"]}}}]})
    assert not values.are_equal({"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "b"}, {"S": "a"}]})
    assert not values.are_equal({"SS": ["1"]}, {"NS": ["1"]})
    assert not values.are_equal({"M": {"a": {"S": ""}}}, {"M": {"b": {"S": ""}}})


def test_values_of_one_type_have_an_order():
    assert values.order_of({"N": "9"}) < values.order_of({"N": "10"})
    assert values.order_of({"S": "Z"}) < values.order_of({"S": "a"})
    assert values.order_of({"B": b"\x01"}) < values.order_of({"B": b"\xff"})
    assert values.order_of({"BOOL": True}) is None


@pytest.mark.parametrize(
    "key",
    [{"a": {"S": "x"}, "b": {"N": "12"}}, {"a": {"N": "007"}}, {"a": {"N": "1e3"}}, {"a": {"S": "ü"}}, {"a": {"B": b"x"}}],
)
def test_a_key_is_checked_as_any_item_is(key):
    assert values.checked_key(key) == values.checked_item(key)


@pytest.mark.parametrize("value", [{}, {"S": "a", "N": "1"}, {"N": "x"}, {"N": "²"}, {"S": "\ud800"}])
def test_a_bad_value_in_a_key_is_refused(value):
    with pytest.raises(errors.ValidationFailed):
        values.checked_key({"a": {"S": "x"}, "b": value})
