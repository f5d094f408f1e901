"""Values to JSON, and what is said of those that have no JSON form."""

import dataclasses
import datetime
import decimal
import enum
import json
import math
import pathlib
import typing
import uuid

import pydantic
import pytest

from lambent.sdk.errors import NotDeployed, NotSendable
from lambent.sdk.functions import Function, remote
from lambent.sdk.values import dumps, loads, to_json


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Book:
    id: int
    tags: set[str] = dataclasses.field(default_factory=set)


class Author(pydantic.BaseModel):
    name: str
    born: datetime.date


class Point(typing.NamedTuple):
    x: int
    y: int


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ({"a": [1, 2.5, None, True, "ä"]}, {"a": [1, 2.5, None, True, "ä"]}),
        ((1, (2, 3)), [1, [2, 3]]),
        (Point(1, 2), [1, 2]),
        ({"b", "a"}, ["a", "b"]),
        (Book(1, {"x"}), {"id": 1, "tags": ["x"]}),
        (Author(name="Ada", born=datetime.date(1815, 12, 10)), {"name": "Ada", "born": "1815-12-10"}),
        (datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC), "2026-01-02T03:04:00+00:00"),
        (datetime.timedelta(minutes=1.5), 90.0),
        (decimal.Decimal("1.10"), "1.10"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (b"\x00\xff", "AP8="),
        (Colour.RED, "red"),
        (pathlib.PurePosixPath("/a/b"), "/a/b"),
        (range(3), [0, 1, 2]),
        ({1: "a", Colour.RED: "b", datetime.date(2026, 1, 1): "c"}, {"1": "a", "red": "b", "2026-01-01": "c"}),
        ({"deep": [{"books": [Book(1), Book(2)]}]}, {"deep": [{"books": [{"id": 1, "tags": []}, {"id": 2, "tags": []}]}]}),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_value_has_its_json_form(value, form):
    assert to_json(value) == form


def test_text_that_is_no_unicode_survives():
    assert loads(dumps("half \ud83d of a pair")) == "half \ud83d of a pair"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"books": [Book(1), Book(object())]}, r"at \['books'\]\[1\]\.id: a value of type object has no JSON form"),
        ([math.nan], r"at \[0\]: JSON has no nan"),
        (
            {"f": print},
            r"at \['f'\]: print, which is not a deployed function, has no JSON form; define it with @function, and deploy it",
        ),
        (lambda: 0, r"<lambda>, which is not a deployed function, has no JSON form"),
        ({(1, 2): 3}, "a key is a value of type tuple, and JSON's keys are text"),
        (object(), "^a value of type object has no JSON form"),
    ],
    ids=["nested", "nan", "builtin", "lambda", "key", "object"],
)
def test_what_has_no_json_form_is_told_with_its_place(value, message):
    with pytest.raises(NotSendable, match=message):
        dumps(value)


def test_a_value_that_contains_itself_is_told():
    ring: list[object] = []
    ring.append({"again": ring})
    with pytest.raises(NotSendable, match=r"at \[0\]\['again'\]: the value contains itself"):
        dumps(ring)


def test_a_value_that_is_nested_without_end_is_told():
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(NotSendable, match="lists in lists without end"):
        dumps(deep)


def test_what_can_be_gone_through_once_is_never_sent_empty():
    value = {"items": iter([1, 2]), datetime.date(2020, 1, 1): 1}
    with pytest.raises(NotSendable, match="can be gone through once"):
        dumps(value)


@pytest.mark.parametrize("text", ["", "no name", "arn:aws:s3:::bucket", "arn:aws:lambda:evil.com/#:123456789012:function:f"])
def test_what_only_looks_like_a_function_stays_an_object(text):
    assert loads(json.dumps([{"lambent:function": text}]).encode()) == [{"lambent:function": text}]


def test_a_deployed_function_is_its_arn_and_arrives_callable_at_any_depth():
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:elsewhere:live"
    handle = remote(arn)
    text = dumps({"steps": [handle, {"then": handle}]})
    assert json.loads(text)["steps"][0] == {"lambent:function": arn}
    arrived = loads(text)["steps"]
    assert arrived[0].deployment.arn == arrived[1]["then"].deployment.arn == arn
    assert arrived[0].deployment.region == "eu-west-1"


def test_a_function_that_is_known_by_its_name_is_sent_as_its_arn(aws):
    aws.answers["get_caller_identity"] = [{"Account": "123456789012"}]
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:theirs"
    assert json.loads(dumps(remote("theirs", region="eu-west-1"))) == {"lambent:function": arn}


def test_a_function_that_is_not_deployed_cannot_be_sent():
    def here(x):
        return x

    with pytest.raises(NotDeployed, match=r"is not deployed, so it cannot be handed to a deployed function: here\.deploy"):
        dumps([Function(here)])
