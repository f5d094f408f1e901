"""What templates may ask of strings, lists, maps and numbers, as Java answers."""

from typing import Any

import pytest

from lambent.lang.velocity import TemplateFailure
from lambent.lang.velocity.methods import call, item_of, property_of, text_of


@pytest.mark.parametrize(
    ("value", "name", "arguments", "answer"),
    [
        ("a-b-c", "replaceAll", ("-", "+"), "a+b+c"),
        ("a1b2", "replaceAll", (r"([a-z])(\d)", "$2$1"), "1a2b"),
        ("it's", "replaceAll", ("'", r"\\'"), r"it\'s"),
        ("aXbX", "replaceFirst", ("X", "-"), "a-bX"),
        ("a,b,,", "split", (",",), ["a", "b"]),
        ("a,b,c", "split", (",", 2), ["a", "b,c"]),
        ("abc", "substring", (1,), "bc"),
        ("abc", "indexOf", ("c",), 2),
        ("Abc", "equalsIgnoreCase", ("aBC",), True),
        ("abc", "matches", ("[a-z]+",), True),
        ("abc", "nothing", (), None),
        ([1, 2], "contains", (2,), True),
        ([1, 2], "size", (), 2),
        ({"a": 1}, "containsKey", ("a",), True),
        ({"a": 1}, "keySet", (), ["a"]),
        ({"a": 1}, "getOrDefault", ("b", 5), 5),
        (3.7, "intValue", (), 3),
    ],
)
def test_a_method_answers(value: Any, name: str, arguments: tuple[Any, ...], answer: Any) -> None:
    assert call(value, name, arguments) == answer


def test_methods_change_lists_and_maps() -> None:
    items, entries = [1], {"a": 1}
    assert call(items, "add", (2,)) is True
    assert call(items, "remove", (0,)) == 1
    assert call(entries, "put", ("b", 2)) is None
    assert call(entries, "remove", ("a",)) == 1
    assert (items, entries) == ([2], {"b": 2})


@pytest.mark.parametrize(
    ("name", "arguments"), [("substring", ("x",)), ("replaceAll", ("(", "")), ("charAt", (9,)), ("length", (1,))]
)
def test_arguments_that_do_not_fit_are_a_failure(name: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TemplateFailure, match=name):
        call("abc", name, arguments)


def test_what_is_not_there_is_none() -> None:
    assert [property_of({"a": 1}, "b"), item_of([1], 5), item_of("abc", 0), property_of(5, "x")] == [None] * 4


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1.0"),
        (1e10, "1.0E10"),
        (1.25e-5, "1.25E-5"),
        (12345678.5, "1.23456785E7"),
        (float("inf"), "Infinity"),
        (None, "null"),
        ([True, None, {"a": "b"}], "[true, null, {a=b}]"),
    ],
)
def test_values_are_written_as_java_writes_them(value: Any, text: str) -> None:
    assert text_of(value) == text
