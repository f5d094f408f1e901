"""What is a path and what is none."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambent.lang.jsonpath import InvalidPath, PathNotFound, parse
from lambent.lang.jsonpath.parsing import parse_steps
from lambent.lang.jsonpath.steps import Descent, Index, Indexes, Name, Names, Slice, Wildcard


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("$", ()),
        ("$.a.b", (Name("a"), Name("b"))),
        ("$['a']['b c']", (Name("a"), Name("b c"))),
        ('$["a"]', (Name("a"),)),
        ("$.a-b_c", (Name("a-b_c"),)),
        ("$.&Ж中", (Name("&Ж中"),)),
        (r"$.store\.book", (Name("store.book"),)),
        (r"$['it\'s']", (Name("it's"),)),
        (r"$['\u0041']", (Name("A"),)),
        ("$[0]", (Index(0),)),
        ("$.a[-1]", (Name("a"), Index(-1))),
        ("$.a[0, 2]", (Name("a"), Indexes((0, 2)))),
        ("$.a[1:3]", (Name("a"), Slice(1, 3))),
        ("$.a[:3]", (Name("a"), Slice(None, 3))),
        ("$.a[-2:]", (Name("a"), Slice(-2, None))),
        ("$.*", (Wildcard(),)),
        ("$[*]", (Wildcard(),)),
        ("$..a", (Descent(), Name("a"))),
        ("$..[0]", (Descent(), Index(0))),
        ("$..*", (Descent(), Wildcard())),
        ("$['a','b']", (Names(("a", "b")),)),
    ],
)
def test_a_path_is_read_step_by_step(text, steps):
    assert parse_steps(text) == steps


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "x.a",
        "$a",
        "$.",
        "$..",
        "$.a.",
        "$[",
        "$[]",
        "$['a",
        "$['a'",
        "$['a' 'b']",
        "$['a',1]",
        "$[:]",
        "$[1:2:3]",
        "$[a]",
        "$.a b",
        "$.a[?(@.b",
        "$.a[?@.b]",
        "$.a[?(@.b ==)]",
        "$.a[?(1 ~ 2)]",
        "$.a[(@.length-1)]",
        "$.a.no()",
        "$.a.length().b",
        "$.a[?(@.b =~ 'x')]",
        "$.a[?(@.b =~ /(/)]",
        "$.a.sum(",
        "$.a[?(@.b == [1,2)]",
        "$" + "[?(@" * 60,
        "$." + "a" * 5_000,
    ],
)
def test_what_is_no_path_is_refused(text):
    with pytest.raises(InvalidPath):
        parse(text)


@settings(deadline=None)
@given(st.text(st.sampled_from("$@.[]()'\"?*:,-019ab &|!=<>~/\\u{}\n"), max_size=30))
def test_any_text_is_a_path_or_refused(text):
    with suppress(InvalidPath, PathNotFound):
        parse("$" + text).find({"a": [1, {"b": "x"}], "b": None})
