"""What the way for requests in order lets through is what the other way gives, and everything else is left to that one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.core.errors import ServiceError
from lambent.wire import aws_json, constraints, models, valid_json
from lambent.wire.http import Request
from lambent.wire.models import Operation


def operation(service: str, name: str) -> Operation:
    found = models.service(service).operation(name)
    assert found is not None
    return found


PUT = operation("kinesis", "PutRecords")
OPERATIONS = [
    PUT,
    operation("kinesis", "CreateStream"),
    operation("kinesis", "GetRecords"),
    operation("sqs", "SendMessageBatch"),
    operation("sqs", "SendMessage"),
    operation("logs", "PutLogEvents"),
    operation("events", "PutRule"),
]
TEXTS = st.one_of(st.sampled_from(["YQ==", "stream", "k", "0", "12", "ON_DEMAND", "https://x/1/q"]), st.text(max_size=5))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS)


def slowly(asked: Operation, body: bytes) -> dict[str, Any] | ServiceError:
    try:
        parameters = aws_json.parse(asked, Request("POST", "/", "", {}, body), {})
        constraints.check(asked, parameters)
    except ServiceError as error:
        return error
    return parameters


def values_of(shape: models.Shape) -> st.SearchStrategy[Any]:
    """Values that fit a shape more often than not."""
    match shape.type:
        case "structure":
            members = {name: st.one_of(values_of(ref.shape), SCALARS) for name, ref in shape.members.items()}
            required = {name: values_of(shape.members[name].shape) for name in shape.required}
            optional = {name: value for name, value in members.items() if name not in required} | {"Unknown": SCALARS}
            return st.one_of(st.fixed_dictionaries(required, optional=optional), st.dictionaries(TEXTS, SCALARS, max_size=2))
        case "list" if shape.member is not None:
            return st.lists(values_of(shape.member.shape), max_size=3)
        case "map" if shape.value is not None:
            return st.dictionaries(TEXTS, values_of(shape.value.shape), max_size=3)
        case "integer" | "long":
            return st.integers(-(2**65), 2**65) | st.integers(0, 30)
        case _:
            return st.sampled_from(shape.enum) if shape.enum else TEXTS


@given(st.data(), st.sampled_from(OPERATIONS))
def test_the_two_ways_never_disagree(data: st.DataObject, asked: Operation):
    assert asked.input_shape is not None
    body = json.dumps(data.draw(values_of(asked.input_shape))).encode()
    passed = valid_json.parse(asked, body)
    if passed is not None:
        assert passed == slowly(asked, body)


def test_a_plain_request_passes():
    records = [{"Data": "AP8=", "PartitionKey": "k"}, {"Data": "", "PartitionKey": "é", "ExplicitHashKey": "7"}]
    body = json.dumps({"StreamName": "s", "Records": records}).encode()
    assert valid_json.parse(PUT, body) == {
        "StreamName": "s",
        "Records": [
            {"Data": b"\x00\xff", "PartitionKey": "k"},
            {"Data": b"", "PartitionKey": "é", "ExplicitHashKey": "7"},
        ],
    }


@pytest.mark.parametrize(
    "records",
    [
        [],
        [{}],
        [{"Data": "abc"}],
        [{"Data": "YQ==", "PartitionKey": ""}],
        [{"Data": "YQ==", "PartitionKey": "k" * 257}],
        [{"Data": "YQ==", "ExplicitHashKey": "07"}],
        [{"Data": "YQ==", "ExplicitHashKey": "7\n"}],
        [{"Data": "YQ==", "PartitionKey": None}],
        [{"Data": 7}],
        [None],
        {"Data": "YQ=="},
    ],
)
def test_what_is_wrong_is_left_to_the_way_that_says_why(records: Any):
    assert valid_json.parse(PUT, json.dumps({"StreamName": "s", "Records": records}).encode()) is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff"])
def test_what_is_no_object_is_left_to_the_other_way(body: bytes):
    assert valid_json.parse(PUT, body) is None


def test_operations_with_timestamps_or_without_members_are_left_to_the_other_way():
    assert valid_json.parse(operation("kinesis", "GetShardIterator"), b"{}") is None
    assert valid_json.parse(operation("kinesis", "DescribeLimits"), b"{}") in (None, {})
