"""Projections: parts of items, in their shape."""

import pytest

from lambent.services.dynamodb.expressions import Expressions

ITEM = {
    "a": {"N": "1"},
    "m": {"M": {"x": {"S": "1"}, "y": {"L": [{"S": "p"}, {"M": {"q": {"S": "r"}}}]}}},
    "l": {"L": [{"S": "0"}, {"S": "1"}, {"L": [{"S": "2.0"}, {"S": "2.1"}]}, {"S": "3"}]},
}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a", {"a": {"N": "1"}}),
        ("a, gone", {"a": {"N": "1"}}),
        ("m.x", {"m": {"M": {"x": {"S": "1"}}}}),
        ("m.y[1].q", {"m": {"M": {"y": {"L": [{"M": {"q": {"S": "r"}}}]}}}}),
        ("l[3], l[0]", {"l": {"L": [{"S": "0"}, {"S": "3"}]}}),
        ("l[2][1], l[9]", {"l": {"L": [{"L": [{"S": "2.1"}]}]}}),
        ("m.gone, a.x, l.x, gone[7]", {}),
        ("m.x, a", {"m": {"M": {"x": {"S": "1"}}}, "a": {"N": "1"}}),
    ],
)
def test_a_projection_takes_the_parts_that_are_there(text, part):
    assert Expressions().projection(text).of(ITEM) == part


def test_a_projection_knows_the_attributes_that_it_reads():
    projection = Expressions({"#m": "m"}).projection("#m.x, a")
    assert projection.names == {"m", "a"}
    assert not projection.has_whole_attributes_only
    assert Expressions().projection("m, a").has_whole_attributes_only
