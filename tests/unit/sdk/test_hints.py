"""JSON to Python by type hints."""

import collections
import datetime
import decimal
import enum
import pathlib
import typing
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, Optional, TypedDict, TypeVar

import pydantic
import pytest

from lambent.sdk import values
from lambent.sdk.errors import Mismatch
from lambent.sdk.hints import decode, hints_of

T = TypeVar("T")
Isbn = NewType("Isbn", str)


class Colour(enum.Enum):
    RED = "red"


class Author(pydantic.BaseModel):
    name: str
    born: datetime.date


@dataclass
class Book:
    id: int
    name: str = ""
    tags: set[str] = field(default_factory=set)


@dataclass
class Shelf:
    books: list[Book]
    above: Optional["Shelf"] = None


@dataclass
class Box(Generic[T]):
    content: T


class Point(NamedTuple):
    x: int
    when: datetime.date = datetime.date(2026, 1, 1)


class Options(TypedDict, total=False):
    until: datetime.date


@dataclass
class Cat:
    lives: int


@dataclass
class Dog:
    name: str


DAY = datetime.date(2026, 1, 2)
AWARE = datetime.datetime(2026, 1, 2, 3, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (Shelf([Book(1, "a", {"x"})], Shelf([])), Shelf),
        (Author(name="Ada", born=DAY), Author),
        ([Author(name="Ada", born=DAY)], list[Author]),
        (Box(DAY), Box[datetime.date]),
        (Box([Box(1)]), Box[list[Box[int]]]),
        (Point(1, DAY), Point),
        ({"until": DAY}, Options),
        ((1, "a", DAY), tuple[int, str, datetime.date]),
        ((DAY, DAY), tuple[datetime.date, ...]),
        ({1, 2}, set[int]),
        (frozenset({"a"}), frozenset[str]),
        (collections.deque([1]), collections.deque[int]),
        ({1: DAY}, dict[int, datetime.date]),
        ({DAY: [Colour.RED]}, Mapping[datetime.date, Sequence[Colour]]),
        (collections.Counter({"a": 2}), collections.Counter[str]),
        (AWARE, datetime.datetime),
        (datetime.time(1, 2), datetime.time),
        (datetime.timedelta(seconds=1.5), datetime.timedelta),
        (decimal.Decimal("1.10"), decimal.Decimal),
        (uuid.UUID(int=7), uuid.UUID),
        (b"\x00\xff", bytes),
        (pathlib.PurePosixPath("/a"), pathlib.PurePosixPath),
        (DAY, datetime.date | None),
        (None, datetime.date | None),
        (Dog("a"), Cat | Dog),
        (Cat(9), Cat | Dog),
        ("x", Literal["x", "y"]),
        (Isbn("1"), Isbn),
        (DAY, Annotated[datetime.date, "when"]),
        ({"any": [1]}, Any),
    ],
    ids=lambda each: str(getattr(each, "__name__", each))[:40],
)
def test_a_value_comes_back_as_its_hint_says(value, hint):
    back = decode(values.to_json(value), hint)
    assert back == value
    assert type(back) is type(value)


def test_a_whole_number_becomes_a_float_where_one_is_meant():
    assert type(decode(1, float)) is float
    assert [type(each) for each in decode([1, 2.5], list[float])] == [float, float]


def test_an_iterator_is_one():
    assert list(decode(["2026-01-02"], Iterator[datetime.date])) == [DAY]


def test_what_json_has_itself_passes_as_it_is_as_python_does_not_check_hints_either():
    assert decode("text", int) == "text"
    assert decode(1.5, int | None) == 1.5


def test_members_that_are_not_known_are_left_out_and_those_with_defaults_may_be_absent():
    assert decode({"id": 1, "new": True}, Book) == Book(1)


@pytest.mark.parametrize(
    ("value", "hint", "message"),
    [
        ({"books": [{"id": 1}, {"name": "a"}]}, Shelf, r"books\[1\]: an object without id is no Book"),
        ({"books": 1}, Shelf, "books: 1 is no list"),
        (["2026-13-01"], list[datetime.date], r"\[0\]: '2026-13-01' is no date in ISO 8601"),
        (5, Book, "5 is no object, as a Book is"),
        ([1], tuple[int, int], r"\[1\] is no list of 2"),
        ("blue", Colour, "'blue' is no Colour"),
        ({"a": "x"}, dict[str, uuid.UUID], r"\['a'\]: 'x' is no UUID"),
        ({"x": 1}, dict[int, int], "'x' is no number"),
        ("x", datetime.date | uuid.UUID, "'x' is none of date, UUID"),
        ("***", bytes, "is no base64"),
        ([1, 2, 3], Point, "a list of 3 is no Point, which has 2 members"),
    ],
    ids=lambda each: str(getattr(each, "__name__", each))[:30],
)
def test_what_does_not_fit_is_told_with_its_place(value, hint, message):
    with pytest.raises(Mismatch, match=message):
        decode(value, hint)


def test_a_pydantic_model_validates():
    with pytest.raises(pydantic.ValidationError, match="born"):
        decode({"name": "Ada", "born": "never"}, Author)


def test_a_hint_that_cannot_be_resolved_says_nothing_and_the_others_do():
    def f(a: "Unknown", b: "datetime.date") -> None: ...  # type: ignore[name-defined]  # noqa: F821

    assert hints_of(f) == {"a": typing.Any, "b": datetime.date, "return": None} or hints_of(f)["b"] is datetime.date
