"""JSON paths as rules write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.lang import input_paths as paths
from lambent.lang.input_paths import ABSENT

EVENT = {
    "detail-type": "t",
    "resources": ["a", "b"],
    "detail": {"x_1": {"y-2": 3}, "items": [{"id": 1}, {"id": 2}, {}], "a b": 4},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$", EVENT),
        ("$.detail-type", "t"),
        ("$.detail.x_1.y-2", 3),
        ("$.resources[1]", "b"),
        ("$.detail.items[0].id", 1),
        ("$.detail.items[*].id", [1, 2]),
        ("$.resources.*", ["a", "b"]),
        ("$.detail['a b']", 4),
        ("$['detail'].x_1", {"y-2": 3}),
        ("$.detail.nothing", ABSENT),
        ("$.resources[2]", ABSENT),
        ("$.resources.name", ABSENT),
        ("$.detail.x_1[0]", ABSENT),
        ("$.nothing[*].id", []),
    ],
)
def test_a_path_leads_to_what_stands_there(text, value):
    assert paths.parse(text).of(EVENT) == value


@pytest.mark.parametrize("text", ["", "detail", ".detail", "$detail", "$.", "$..x", "$.a[", "$.a[x]", "$.a[-1]", "$.a b", "$ "])
def test_other_texts_are_no_paths(text):
    assert paths.parse(text) is None


@given(st.text(alphabet="$.[]*'a1 ", max_size=20))
def test_any_text_is_a_path_or_none(text):
    path = paths.parse(text)
    if path is not None:
        path.of(EVENT)
