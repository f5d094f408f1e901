"""JSON's scalars are read strictly and written as AWS writes them."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from lambent.wire import json_shapes, problems
from lambent.wire.json_shapes import JSON
from lambent.wire.models import Ref, Shape


def ref(kind: str) -> Ref:
    found = Ref(shape_name="S")
    found.linked = Shape(type=kind, name="S")
    return found


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("string", "é", "é"),
        ("integer", 7, 7),
        ("integer", 7.0, 7),
        ("long", 2**62, 2**62),
        ("double", 7, 7.0),
        ("float", "-Infinity", -math.inf),
        ("boolean", False, False),
        ("blob", "aGk=", b"hi"),
        ("timestamp", 1_422_172_800, datetime(2015, 1, 25, 8, tzinfo=UTC)),
        ("timestamp", "2015-01-25T08:00:00Z", datetime(2015, 1, 25, 8, tzinfo=UTC)),
    ],
)
def test_a_scalar_is_read(kind: str, raw: Any, value: Any):
    assert JSON.reader(ref(kind))(raw) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("string", 7),
        ("integer", "7"),
        ("integer", 7.5),
        ("integer", True),
        ("long", 2**63),
        ("long", -1e300),
        ("double", "much"),
        ("boolean", "true"),
        ("blob", 7),
        ("blob", "a"),
        ("timestamp", "soon"),
        ("timestamp", True),
    ],
)
def test_a_scalar_of_another_type_is_refused(kind: str, raw: Any):
    with pytest.raises(problems.Serialization):
        JSON.reader(ref(kind))(raw)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("double", math.nan, b'"NaN"'),
        ("double", -math.inf, b'"-Infinity"'),
        ("double", 1, b"1"),
        ("blob", b"hi", b'"aGk="'),
        ("timestamp", datetime(2015, 1, 25, 8, tzinfo=UTC), b"1422172800"),
        ("string", "é\n", '"é\\n"'.encode()),
    ],
)
def test_a_scalar_is_written(kind: str, value: Any, text: bytes):
    assert json_shapes.dump(ref(kind), value) == text


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_a_value_error(body: bytes):
    with pytest.raises(ValueError):
        json_shapes.decode(body)
