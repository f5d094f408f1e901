"""Condition operators, with one and several values on either side."""

import pytest

from lambent.lang.iam_policy.conditions import UnknownOperator, condition
from lambent.lang.iam_policy.patterns import Facts


def holds(operator: str, wanted: str | list[str], given: str | list[str] | None, **others: str) -> bool:
    values = {} if given is None else {"k": (given,) if isinstance(given, str) else tuple(given)}
    facts = Facts(values | {key: (value,) for key, value in others.items()})
    listed = [wanted] if isinstance(wanted, str) else wanted
    return condition(operator, "K", listed, has_variables=True).holds(facts)


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringNotEquals", "a", "b", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringEqualsIgnoreCase", "Ab", "aB", True),
        ("StringNotEqualsIgnoreCase", "Ab", "aB", False),
        ("StringLike", "a*", "abc", True),
        ("StringLike", "a?", "abc", False),
        ("StringNotLike", ["a*", "b*"], "bc", False),
        ("StringNotLike", ["a*", "b*"], "c", True),
        ("NumericEquals", "10", "10.0", True),
        ("NumericNotEquals", "10", "11", True),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "10", "11", True),
        ("NumericGreaterThanEquals", "10", "9", False),
        ("NumericLessThan", "ten", "9", False),
        ("NumericLessThan", "10", "nine", False),
        ("DateEquals", "2020-01-01T00:00:00Z", "1577836800", True),
        ("DateNotEquals", "2020-01-01", "2020-01-02", True),
        ("DateLessThan", "2020-01-01T00:00:00+01:00", "2019-12-31T22:59:59Z", True),
        ("DateLessThanEquals", "2020", "2020-01-01", True),
        ("DateGreaterThan", "2020-02", "2020-02-01T00:00:01Z", True),
        ("DateGreaterThanEquals", "2020-02-01", "yesterday", False),
        ("Bool", "true", "True", True),
        ("Bool", "false", "true", False),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ6", False),
        ("BinaryEquals", "no base64", "no base64", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
        ("IpAddress", "203.0.113.7", "203.0.113.8", False),
        ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
        ("IpAddress", "2001:db8::/32", "203.0.113.7", False),
        ("IpAddress", "here", "203.0.113.7", False),
        ("IpAddress", "203.0.113.0/24", "there", False),
        ("NotIpAddress", ["203.0.113.0/24", "198.51.100.0/24"], "198.51.100.1", False),
        ("NotIpAddress", "203.0.113.0/24", "192.0.2.1", True),
        ("ArnLike", "arn:aws:s3:*:*:b*", "arn:aws:s3:::bucket", True),
        ("ArnEquals", "arn:aws:s3:*:*:b*", "arn:aws:s3:::bucket", True),
        ("ArnLike", "arn:aws:sqs:*:q", "arn:aws:sqs:us-east-1:1:q", False),
        ("ArnNotLike", "arn:aws:s3:*:*:b*", "arn:aws:s3:::bucket", False),
        ("ArnNotEquals", "arn:aws:s3:::a", "arn:aws:s3:::b", True),
        ("Null", "true", "a", False),
        ("Null", "false", "a", True),
    ],
)
def test_an_operator_compares_as_aws_does(operator: str, wanted: str | list[str], given: str, expected: bool):
    assert holds(operator, wanted, given) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringLike", False),
        ("StringNotEquals", True),
        ("StringNotLike", True),
        ("StringEqualsIfExists", True),
        ("NumericLessThanIfExists", True),
        ("ArnNotLike", True),
        ("NotIpAddress", True),
        ("Bool", False),
        ("BoolIfExists", True),
        ("Null", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
    ],
)
def test_what_holds_of_a_key_that_the_request_does_not_have(operator: str, expected: bool):
    assert holds(operator, "true", None) is expected
    assert holds(operator, "true", []) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "expected"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c", "b"], True),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c", "d"], False),
        ("ForAllValues:StringNotEquals", ["a", "b"], ["c", "d"], True),
        ("ForAllValues:StringNotEquals", ["a", "b"], ["c", "b"], False),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ["c", "b"], True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ["a", "b"], False),
        ("ForAllValues:StringLike", ["a*"], ["ab", "ac"], True),
        ("foranyvalue:stringlikeifexists", ["a*"], ["x", "ac"], True),
        ("StringEquals", "a", ["x", "a"], True),
        ("StringNotEquals", "a", ["x", "a"], False),
    ],
)
def test_several_values_are_judged_as_the_operator_says(operator: str, wanted: list[str], given: list[str], expected: bool):
    assert holds(operator, wanted, given) is expected


def test_a_condition_may_ask_for_a_value_of_the_request_itself():
    assert holds("StringEquals", "${aws:username}", "ada", **{"aws:username": "ada"})
    assert holds("StringEqualsIgnoreCase", "${aws:UserName}", "ADA", **{"aws:username": "Ada"})
    assert holds("ArnLike", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1:user/ada", **{"aws:username": "ada"})
    assert holds("StringNotEquals", "${aws:username}", "bob", **{"aws:username": "ada"})


def test_an_operator_that_aws_does_not_have_is_refused():
    for name in ("StringEqual", "ForSomeValues:StringEquals", "NumericLike", ""):
        with pytest.raises(UnknownOperator):
            condition(name, "k", ["v"], has_variables=True)


def test_a_condition_tells_the_variables_it_uses_as_they_are_spelt():
    made = condition("StringEqualsIgnoreCase", "k", ["${aws:UserName}", "x"], has_variables=True)
    assert made.variables == ("aws:UserName",)
