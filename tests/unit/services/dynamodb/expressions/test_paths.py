"""Document paths: what stands at them, and which do not go together."""

import pytest

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.expressions import paths

ITEM = {"a": {"M": {"b": {"L": [{"S": "x"}, {"M": {"c": {"N": "1"}}}]}}}, "s": {"S": "text"}}


@pytest.mark.parametrize(
    ("elements", "value"),
    [
        (("a", "b", 0), {"S": "x"}),
        (("a", "b", 1, "c"), {"N": "1"}),
        (("a", "b", 2), None),
        (("a", "x", "y"), None),
        (("a", 0), None),
        (("s", "x"), None),
        (("none",), None),
    ],
)
def test_a_path_leads_to_a_value_or_to_none(elements, value):
    assert paths.find(ITEM, elements) == value


def test_a_path_is_written_as_awss_messages_do():
    assert paths.written(("a", 0, "b")) == "[a, [0], b]"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ([("a",), ("a",)], errors.OverlappingPaths),
        ([("a",), ("a", "b")], errors.OverlappingPaths),
        ([("a", "b", 0), ("a",)], errors.OverlappingPaths),
        ([("a", 0), ("a", "b")], errors.ConflictingPaths),
        ([("a", 0), ("a", "b"), ("c",), ("c",)], errors.OverlappingPaths),
    ],
)
def test_paths_that_meet_are_refused(given, error):
    with pytest.raises(error):
        paths.check_apart("UpdateExpression", given)


def test_the_paths_that_meet_are_named():
    with pytest.raises(errors.OverlappingPaths) as failure:
        paths.check_apart("UpdateExpression", [("x",), ("a", "b"), ("a",)])
    assert failure.value.message == (
        "Invalid UpdateExpression: Two document paths overlap with each other; "
        "must remove or rewrite one of these paths; path one: [a, b], path two: [a]"
    )


def test_paths_beside_one_another_are_fine():
    paths.check_apart("UpdateExpression", [("a", "b"), ("a", "c", 0), ("a", "c", 1), ("b",)])
