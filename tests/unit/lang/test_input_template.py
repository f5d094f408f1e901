"""Texts with places that are filled from an event."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.lang import input_template
from lambent.lang.input_paths import ABSENT

VALUES = {"name": 'a "b"', "list": [1, 2], "gone": ABSENT}


def filled(text: str) -> str:
    return input_template.filled(input_template.parsed(text, VALUES.__contains__), VALUES.__getitem__)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("<name>", '"a \\"b\\""'),
        ('"<name>!"', '"a \\"b\\"!"'),
        ('{"l": <list>, "t": "<list>"}', '{"l": [1,2], "t": "[1,2]"}'),
        ('"<gone>" <unknown> <name>', '"" <unknown> "a \\"b\\""'),
    ],
)
def test_within_quotes_a_value_is_text_and_outside_it_is_json(template, text):
    assert filled(template) == text


@given(st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_a_value_between_quotes_leaves_a_json_string(value):
    parts = input_template.parsed('{"v": "<v>", "w": <v>}', "v".__eq__)
    told = json.loads(input_template.filled(parts, lambda _: value))
    assert told["w"] == value
    assert told["v"] == value if isinstance(value, str) else json.loads(told["v"]) == value
