"""What the intrinsic functions give and refuse; examples of AWS' guide and answers recorded there."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambent.core import ids
from lambent.lang.intrinsics import IntrinsicFailure, compiled
from lambent.lang.intrinsics.functions import filled, parts_of_format

INPUT = {
    "a": [1, 2, 3, 4, 5],
    "o": {"x": 1},
    "p": {"x": 2, "y": [3]},
    "s": "Word",
    "n": None,
    "d": [1, 1.0, "1", True, {"a": 1}, {"a": 1}],
}


def value(expression):
    return compiled(expression).evaluate(INPUT, {}, {})


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("States.Array()", []),
        ("States.Array($.s, 1, null)", ["Word", 1, None]),
        ("States.ArrayPartition($.a, 2)", [[1, 2], [3, 4], [5]]),
        ("States.ArrayPartition($.a, 1.5)", [[1, 2], [3, 4], [5]]),
        ("States.ArrayPartition(States.Array(), 4)", []),
        ("States.ArrayContains($.a, 5)", True),
        ("States.ArrayContains($.a, '5')", False),
        ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("States.ArrayRange(3, 1, -1)", [3, 2, 1]),
        ("States.ArrayRange(3, 1, 1)", []),
        ("States.ArrayGetItem($.a, 0)", 1),
        ("States.ArrayLength($.a)", 5),
        ("States.ArrayUnique($.d)", [1, "1", True, {"a": 1}]),
        ("States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="),
        ("States.Base64Decode('RGVjb2RlZCBkYXRh')", "Decoded data"),
        ("States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("States.Hash('HelloWorld', 'MD5')", "68e109f0f40ca72a15e05cc22786f8e6"),
        ("States.JsonMerge($.o, $.p, false)", {"x": 2, "y": [3]}),
        ("States.StringToJson('{\"foo\":[1,null]}')", {"foo": [1, None]}),
        ("States.JsonToString($.p)", '{"x":2,"y":[3]}'),
        ("States.MathAdd(111, -1)", 110),
        ("States.MathAdd(1.49, 1.5)", 3),
        ("States.MathAdd(1.5, 1.51)", 4),
        ("States.MathAdd(-1.49, -1.5)", -2),
        ("States.StringSplit('1,2,3', ',')", ["1", "2", "3"]),
        ("States.StringSplit('This.is+a,test=string', '.+,=')", ["This", "is", "a", "test", "string"]),
        ("States.StringSplit(', , ,', ',')", [" ", " "]),
        ("States.StringSplit(',,,,', ',')", []),
        ("States.StringSplit('a', '')", ["a"]),
        ("States.Format('Hello, {}.', $.s)", "Hello, Word."),
        ("States.Format('{}{} {}', null, 1.1, true)", "null1.1 true"),
        ("States.Format('{}', $.p)", '{"x":2,"y":[3]}'),
        (r"States.Format('\{\} it\'s \\ {}', 1)", r"{} it's \ 1"),
        ("States.Format($.s)", "Word"),
    ],
)
def test_a_function_gives(expression, result):
    found = value(expression)
    assert found == result
    assert repr(found) == repr(result)  # True is no 1


@pytest.mark.parametrize(
    "expression",
    [
        "States.ArrayPartition($.a, 0)",
        "States.ArrayPartition($.a, -1)",
        "States.ArrayPartition($.s, 1)",
        "States.ArrayRange(1, 5, 0)",
        "States.ArrayRange(0, 1000, 1)",
        "States.ArrayGetItem($.a, 5)",
        "States.ArrayGetItem($.a, -1)",
        "States.ArrayGetItem($.a, 'x')",
        "States.ArrayLength($.o)",
        "States.ArrayUnique(null)",
        "States.Base64Encode(1)",
        "States.Base64Decode('%')",
        "States.Hash('a', 'SHA-3')",
        "States.Hash('a', 'md5')",
        "States.JsonMerge($.o, $.p, true)",
        "States.JsonMerge($.o, $.a, false)",
        "States.StringToJson('{')",
        "States.StringToJson($.a)",
        "States.MathRandom(5, 5)",
        "States.MathAdd(2147483647, 1)",
        "States.MathAdd(1, true)",
        "States.StringSplit($.a, ',')",
        "States.Format('{} {}', 1)",
        "States.Format('{}', 1, 2)",
        "States.Format(1)",
    ],
)
def test_a_function_refuses(expression):
    with pytest.raises(IntrinsicFailure) as refused:
        value(expression)
    assert refused.value.text == expression
    assert refused.value.sentence("x.$").startswith(f"The function '{expression}' had the following error: ")


@pytest.mark.parametrize("function", ["Base64Encode", "Base64Decode"])
def test_no_more_than_ten_thousand_characters_are_encoded(function):
    expression = compiled(f"States.{function}($)")
    assert expression.evaluate("QUFB" * 2_500, {}, {})
    with pytest.raises(IntrinsicFailure, match="longer than 10000"):
        expression.evaluate("QUFB" * 2_501, {}, {})


def test_a_range_has_a_thousand_items_at_most():
    assert len(value("States.ArrayRange(1, 1000, 1)")) == 1_000


def test_a_random_number_lies_in_its_range_and_is_the_same_for_a_seed():
    assert all(1 <= value("States.MathRandom(1, 4)") < 4 for _ in range(50))
    assert value("States.MathRandom(0, 999, 3)") == value("States.MathRandom(0, 999, 3)") == 730


def test_a_uuid_is_a_random_one():
    with ids.seeded(1):
        first, second = value("States.UUID()"), value("States.UUID()")
    assert first != second
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first)


@settings(deadline=None)
@given(st.text(), st.lists(st.text(), max_size=3))
def test_a_format_without_backslashes_is_filled_from_left_to_right(text, values):
    template = text.replace("\\", "").replace("{", "").replace("}", "") + "".join("{}" for _ in values)
    assert filled(parts_of_format(template), values) == template.replace("{}", "") + "".join(values)
