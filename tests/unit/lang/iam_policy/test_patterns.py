"""Wildcards and variables of policies."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambent.lang.iam_policy.patterns import Facts, Matcher, Mode, Pattern, Variable, Wild, parts_of

NOTHING = Facts({})


def matches(pattern: str, value: str, mode: Mode = Mode.PLAIN) -> bool:
    return Pattern(pattern, mode).matches(value, NOTHING)


def reference(pattern: str) -> str:
    """A regular expression that says the same, and may take for ever."""
    return "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)


@given(pattern=st.text("ab*?:", max_size=8), value=st.text("ab:", max_size=12))
@example(pattern="**", value="")
@example(pattern="*a*", value="ba")
@example(pattern="a*?", value="a")
def test_wildcards_match_as_the_reference_does(pattern: str, value: str):
    assert matches(pattern, value) is bool(re.fullmatch(reference(pattern), value, re.DOTALL))


def test_a_pattern_full_of_stars_takes_no_time():
    assert not matches("*a" * 60 + "b", "a" * 3_000)


@pytest.mark.parametrize(
    ("pattern", "value", "is_match"),
    [
        ("*", "anything", True),
        ("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a/b:c", True),
        ("arn:aws:s3:::bucket/*/x", "arn:aws:s3:::bucket/a:b/x", True),  # what follows the fifth colon is one part
        ("arn:aws:sqs:*:*:orders", "arn:aws:sqs:us-east-1:111122223333:orders", True),
        ("arn:aws:sqs:us-*:1:q", "arn:aws:sqs:us-east-1:1:q", True),
        ("arn:aws:sqs:us-*-1:1:q", "arn:aws:sqs:us-east-1:1:q", True),
        ("arn:aws:sqs:us-*1:q", "arn:aws:sqs:us-east-1:1:q", False),  # not at the end of its part: it stays inside
        ("arn:aws:sqs:*:q", "arn:aws:sqs:us-east-1:1:q", True),  # at the end of its part: it may go beyond
        ("arn:aws:sqs:us-east-?:1:q", "arn:aws:sqs:us-east-1:1:q", True),
        ("arn:aws:sqs:us-east-1?1:q", "arn:aws:sqs:us-east-1:1:q", False),
        ("arn:aws:lambda:*", "arn:aws:lambda:us-east-1:1:function:f", True),
        ("arn:aws:lambda:us-east-1:1:function:f?x", "arn:aws:lambda:us-east-1:1:function:f:x", True),
        ("arn:aws:sqs:us-east-1:1:Orders", "arn:aws:sqs:us-east-1:1:orders", False),
    ],
)
def test_resources_are_matched_part_by_part(pattern: str, value: str, is_match: bool):
    assert matches(pattern, value, Mode.RESOURCE) is is_match


@pytest.mark.parametrize(
    ("pattern", "value", "is_match"),
    [
        ("arn:aws:s3:*:*:bucket", "arn:aws:s3:::bucket", True),
        ("arn:aws:sns:*:1:*", "arn:aws:sns:us-east-1:1:t:sub", True),
        ("arn:aws:sns:*:t", "arn:aws:sns:us-east-1:1:t", False),
        ("arn:aws:sns:*", "arn:aws:sns:us-east-1:1:t", False),
        ("*", "arn:aws:sns:us-east-1:1:t", True),
    ],
)
def test_conditions_on_arns_never_reach_beyond_a_part(pattern: str, value: str, is_match: bool):
    assert matches(pattern, value, Mode.ARN) is is_match


@given(pattern=st.text("ab*?", max_size=8), value=st.text("ab", max_size=10))
def test_within_a_part_all_modes_say_the_same(pattern: str, value: str):
    arn = "arn:aws:sqs:{}:1:q"
    plain = matches(pattern, value)
    assert matches(arn.format(pattern), arn.format(value), Mode.ARN) is plain
    if not pattern.endswith("*"):
        assert matches(arn.format(pattern), arn.format(value), Mode.RESOURCE) is plain


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a${aws:username}b", ("a", Variable("aws:username"), "b")),
        ("${aws:PrincipalTag/team, 'none'}", (Variable("aws:PrincipalTag/team", "none"),)),
        ("${ k ,  'it''s'  }", (Variable("k", "it's"),)),
        ("${k,''}", (Variable("k", ""),)),
        ("${*}${?}${$}*", ("*", "?", "$", Wild.ANY)),
        ("${open", ("${open",)),
        ("$x{y}", ("$x{y}",)),
    ],
)
def test_variables_are_read_with_their_defaults(text: str, parts: tuple[object, ...]):
    assert parts_of(text, has_wildcards=True, has_variables=True) == parts


def filled(text: str, value: str, **values: str) -> bool:
    facts = Facts({f"aws:{key}": (known,) for key, known in values.items()})
    return Pattern(text, Mode.RESOURCE, has_variables=True).matches(value, facts)


def test_a_variable_stands_for_the_value_of_the_request():
    assert filled("home/${aws:UserName}/*", "home/ada/x", username="ada")
    assert not filled("home/${aws:username}/*", "home/bob/x", username="ada")


def test_wildcards_in_a_value_are_plain_characters():
    assert not filled("home/${aws:username}", "home/ada", username="*")
    assert filled("home/${aws:username}", "home/*", username="*")


def test_an_escaped_wildcard_is_a_plain_character():
    assert filled("a${*}b", "a*b")
    assert not filled("a${*}b", "axb")


def test_a_variable_without_a_value_takes_its_default_or_matches_nothing():
    assert filled("x/${aws:team, 'all'}", "x/all")
    assert not filled("x/${aws:team}*", "x/")
    facts = Facts({"aws:team": ("a", "b")})
    assert not Pattern("x/${aws:team}", has_variables=True).matches("x/a", facts)  # several values are none


def test_what_was_asked_for_in_vain_is_remembered_as_it_was_spelt():
    facts = Facts({})
    Pattern("${aws:UserName}${aws:username}", has_variables=True).matches("x", facts)
    assert list(facts.missing.values()) == ["aws:UserName"]


def test_in_an_older_policy_a_variable_is_plain_text():
    assert Pattern("${aws:username}").matches("${aws:username}", NOTHING)


def test_empty_values_between_stars_leave_one_star():
    assert Matcher((Wild.ANY, "", Wild.ANY, "x"), Mode.PLAIN).matches("x")
