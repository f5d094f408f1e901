"""Keys: where they stand, when they are the same, and in which order."""

import operator
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from datetime import date

import pytest

from lambent.sdk.keys import Composite, MissingKey, Path, getter, identity, in_order, keyed, path, selector


@dataclass
class Book:
    id: int
    tags: list[str]


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("key", "item", "found"),
    [
        ("id", {"id": 1}, 1),
        ("id", {"id": None}, None),
        ("id", Book(1, []), 1),
        ("id", OrderedDict(id=1), 1),
        ("x", Point(1, 2), 1),
        (0, (1, 2), 1),
        (-1, [1, 2], 2),
        ("author.id", {"author": {"id": 7}}, 7),
        ("tags[0]", Book(1, ["a", "b"]), "a"),
        ("[1].id", [{}, {"id": 2}], 2),
        (r"odd\.name", {"odd.name": 3}, 3),
        (path("odd.name"), {"odd.name": 3}, 3),
        (path(), {"id": 1}, {"id": 1}),
        (("id", "x"), {"id": 1, "x": [2]}, [1, [2]]),
        (operator.itemgetter("id"), {"id": 1}, 1),
        (operator.attrgetter("id"), Book(1, []), 1),
        (lambda item: item["id"] + 1, {"id": 1}, 2),
    ],
)
def test_a_key_is_taken_from_where_it_stands(key, item, found):
    assert getter(selector(key))(item) == found


@pytest.mark.parametrize(
    ("key", "item"),
    [
        ("id", {}),
        ("id", []),
        ("id", None),
        ("title", "text"),
        ("imag", 1),
        ("a.b", {"a": [{"b": 1}]}),
        (0, "text"),
        (0, []),
        (2, [1, 2]),
        (0, {"0": 1}),
        (("id", "x"), {"id": 1}),
    ],
)
def test_a_key_that_is_not_there_is_missing_and_never_none(key, item):
    with pytest.raises(MissingKey, match=r"^step: item 0 has no "):
        list(keyed([item], selector(key), "step"))


def test_the_message_tells_place_and_key_and_not_the_item():
    with pytest.raises(MissingKey) as missing:
        list(keyed([{"id": 1}, {"secret": 2}], selector("id"), "distinct_by('id')"))
    assert str(missing.value) == "distinct_by('id'): item 1 has no 'id'"


@pytest.mark.parametrize("text", ["", "a..b", ".a", "a.", "a[", "a[x]", "[x]", "a]"])
def test_what_is_no_path_is_refused(text):
    with pytest.raises(ValueError, match="path"):
        selector(text)


@pytest.mark.parametrize("key", [None, True, 1.5, (), [], {}])
def test_what_can_be_no_key_is_refused(key):
    with pytest.raises(TypeError, match="a key is a name"):
        selector(key)


@pytest.mark.parametrize("place", [Path(("a", "b")), Path(("a", 0)), Path((0, "a")), Path(("odd.name", "[x]", "\\"))])
def test_a_path_is_written_as_it_is_read(place):
    assert selector(str(place)) == place


def test_getters_of_the_operator_module_are_paths():
    assert selector(operator.itemgetter("id")) == Path(("id",))
    assert selector(operator.itemgetter("a.b")) == Path(("a.b",))
    assert selector(operator.attrgetter("a.b")) == Path(("a", "b"))
    assert selector(operator.itemgetter("a", 0)) == Composite((Path(("a",)), Path((0,))))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        ([1, 2], (1, 2)),
        ({"a": 1, "b": [2]}, {"b": [2.0], "a": 1}),
        (None, None),
        (0, -0.0),
        ({1, 2}, {2, 1}),
        (float("nan"), float("nan")),
        (Book(1, ["a"]), Book(1, ["a"])),
    ],
)
def test_these_are_the_same(one, other):
    assert identity(one) == identity(other)
    assert hash(identity(one)) == hash(identity(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, False),
        (1, "1"),
        (None, "null"),
        (None, 0),
        ([], {}),
        ([1], 1),
        ([[1]], [1]),
        ({"a": 1}, {"a": True}),
        ([0], [False]),
    ],
)
def test_these_are_not(one, other):
    assert identity(one) != identity(other)


def test_keys_of_all_kinds_stand_in_one_order():
    keys = [{"a": 1}, [1], "b", "a", 2, 1.5, True, False, None, [], {}, [1, 0], "B", "é", {"a": 0}]
    expected = [None, False, True, 1.5, 2, "B", "a", "b", "é", [], [1], [1, 0], {}, {"a": 0}, {"a": 1}]
    assert [keys[at] for at in in_order(keys)] == expected
    assert [keys[at] for at in in_order(keys, reverse=True)] == expected[::-1]


def test_what_json_does_not_know_is_ordered_as_python_does():
    days = [date(2026, 2, 1), date(2026, 1, 1), None]
    assert in_order(days) == [2, 1, 0]


def test_the_same_keys_keep_the_order_in_which_they_came_in_reverse_too():
    assert in_order([1, 1.0, 0, 1]) == [2, 0, 1, 3]
    assert in_order([1, 1.0, 0, 1], reverse=True) == [0, 1, 3, 2]


def test_what_cannot_be_hashed_is_compared():
    class Odd:
        __hash__ = None

        def __init__(self, value):
            self.value = value

        def __eq__(self, other):
            return self.value == other.value

    assert identity(Odd(1)) == identity(Odd(1)) != identity(Odd(2))
