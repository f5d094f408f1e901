"""The names and values of a request, and what its expressions do with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import values as attribute_values
from lambent.services.dynamodb.expressions import Expressions

V = {":v": {"N": "1"}}


@pytest.mark.parametrize(
    ("names", "values", "message"),
    [
        ({}, None, "ExpressionAttributeNames must not be empty"),
        (None, {}, "ExpressionAttributeValues must not be empty"),
        ({"n": "a"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "n"'),
        ({"#": "a"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#"'),
        (None, {"v": {"N": "1"}}, 'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"'),
        (
            None,
            {":v": {}},
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        ),
        (
            {"#n": ""},
            None,
            "ExpressionAttributeNames contains invalid value: "
            "One or more parameter values were invalid: Attribute name must not be empty for key #n",
        ),
    ],
)
def test_names_and_values_are_checked(names, values, message):
    with pytest.raises(errors.ValidationFailed) as failure:
        Expressions(names, values)
    assert failure.value.message == message


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"N": ""}, "The parameter cannot be converted to a numeric value"),
        ({"NS": ["1", "1"]}, "Input collection contains duplicates"),
        ({"SS": ["b", "a", "b"]}, "One or more parameter values were invalid: Input collection [b, a, b] contains duplicates."),
    ],
)
def test_the_older_words_tell_for_which_key_a_value_is_bad(value, problem):
    with pytest.raises(errors.InvalidPlaceholderValue) as failure:
        Expressions(values={":v": value}, is_older=True)
    assert failure.value.message == f"ExpressionAttributeValues contains invalid value: {problem} for key :v"


def test_a_placeholder_has_at_most_255_bytes():
    Expressions({"#" + "n" * 254: "a"})
    with pytest.raises(errors.PlaceholderTooLong):
        Expressions({"#" + "n" * 255: "a"})


def test_what_no_expression_uses_is_refused():
    bound = Expressions({"#a": "a", "#b": "b"}, V | {":w": {"N": "1"}})
    bound.filter("#a = :v")
    with pytest.raises(errors.UnusedPlaceholders) as failure:
        bound.finish()
    assert failure.value.message == "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}"
    bound.condition("#b = :v")
    with pytest.raises(errors.UnusedPlaceholders) as failure:
        bound.finish()
    assert failure.value.message == "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}"
    bound.condition("#b = :w")
    bound.finish()


def test_values_are_normalised():
    assert Expressions(values={":v": {"N": "1.0"}}).filter("a = :v").holds({"a": {"N": "1"}})


def test_a_text_is_bound_anew_for_each_request():
    text = "#n = :v"
    assert Expressions({"#n": "a"}, V).filter(text).holds({"a": {"N": "1"}})
    assert Expressions({"#n": "b"}, {":v": {"S": "x"}}).filter(text).holds({"b": {"S": "x"}})


def test_errors_name_the_parameter():
    bound = Expressions(values=V)
    for method, kind in [
        ("condition", "ConditionExpression"),
        ("filter", "FilterExpression"),
        ("key_condition", "KeyConditionExpression"),
        ("projection", "ProjectionExpression"),
        ("update", "UpdateExpression"),
    ]:
        with pytest.raises(errors.EmptyExpression) as failure:
            getattr(bound, method)("")
        assert failure.value.message == f"Invalid {kind}: The expression can not be empty;"


ITEM = {"a": {"N": "1"}, "b": {"S": "x"}, "c": {"L": [{"N": "1"}, {"M": {"b": {"SS": ["x"]}}}]}, "d": {"M": {"a": {"B": b"x"}}}}
VALUES = {":n": {"N": "1"}, ":s": {"S": "S"}, ":l": {"L": []}, ":ss": {"SS": ["x"]}, ":b": {"B": b"x"}, ":t": {"BOOL": True}}
OPERANDS = ["a", "b", "c[0]", "c[1].b", "d.a", "gone", "#n", *VALUES]
FUNCTIONS = ["attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size"]
operands = st.one_of(st.sampled_from(OPERANDS), st.builds("size({})".format, st.sampled_from(OPERANDS)))
tests = st.one_of(
    st.builds("{} {} {}".format, operands, st.sampled_from(["=", "<>", "<", ">="]), operands),
    st.builds("{} BETWEEN {} AND {}".format, operands, operands, operands),
    st.builds("{} IN ({}, {})".format, operands, operands, operands),
    st.builds("{}({}, {})".format, st.sampled_from(FUNCTIONS), operands, operands),
    st.builds("{}({})".format, st.sampled_from(FUNCTIONS), operands),
)
conditions = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds("({}) {} {}".format, inner, st.sampled_from(["AND", "OR"]), inner), st.builds("NOT ({})".format, inner)
    ),
    max_leaves=5,
)


@given(conditions)
def test_a_condition_is_refused_or_holds_or_does_not(text):
    bound = Expressions({"#n": "a"}, VALUES)
    try:
        condition = bound.condition(text)
    except errors.ValidationFailed:
        return
    assert condition.holds(ITEM) in (True, False)
    assert condition.holds(None) in (True, False)


sums = st.one_of(
    operands,
    st.builds("{} {} {}".format, operands, st.sampled_from("+-"), operands),
    st.builds("{}({}, {})".format, st.sampled_from(["if_not_exists", "list_append"]), operands, operands),
)
paths = st.sampled_from(["a", "b", "c[0]", "c[7]", "c[1].b", "d.a", "d.new", "gone", "gone.x", "#n"])
clauses = st.tuples(
    st.builds("SET {} = {}".format, paths, sums),
    st.builds("REMOVE {}".format, paths),
    st.builds("ADD {} {}".format, paths, st.sampled_from(list(VALUES))),
    st.builds("DELETE {} {}".format, paths, st.sampled_from(list(VALUES))),
)


@given(clauses, st.sets(st.integers(0, 3), min_size=1))
def test_an_update_is_refused_or_makes_an_item(actions, chosen):
    text = " ".join(actions[number] for number in sorted(chosen))
    try:
        after = Expressions({"#n": "a"}, VALUES).update(text).apply(ITEM)
    except errors.ValidationFailed:
        return
    assert attribute_values.checked_item(after.item) == after.item
    assert attribute_values.checked_item(after.updated_new) == after.updated_new
