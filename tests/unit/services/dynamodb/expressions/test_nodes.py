"""What expressions say is data: equal when it says the same."""

from lambent.services.dynamodb.expressions.nodes import Comparison, Literal, Path


def test_trees_that_say_the_same_are_equal():
    one, other = (Comparison("=", Path(("a", 0)), Literal({"N": "1"})) for _ in range(2))
    assert one == other
