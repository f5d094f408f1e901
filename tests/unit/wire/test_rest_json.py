"""The rest-json protocol: Lambda's requests, answers and errors as they stand on the wire."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from lambent.core.errors import Defect, ServiceError
from lambent.wire import eventstream, models, problems, rest_json
from lambent.wire.http import Request
from lambent.wire.models import Operation


class Throttled(ServiceError):
    code = "TooManyRequestsException"
    status = 429
    wording = "Rate Exceeded."


class Missing(ServiceError):
    code = "ResourceNotFoundException"
    status = 404
    wording = "Function not found: {arn}"


def operation(name: str, service: str = "lambda") -> Operation:
    found = models.service(service).operation(name)
    assert found is not None
    return found


def test_an_invocations_payload_is_its_body():
    request = Request("POST", "/", "", {}, b'{"a": 1}')
    assert rest_json.parse(operation("Invoke"), request, {"FunctionName": "f"}) == {"FunctionName": "f", "Payload": b'{"a": 1}'}


def test_members_of_the_body_have_their_types():
    body = json.dumps({"Code": {"ZipFile": "aGk="}, "Timeout": 3, "Tags": {"a": "b"}, "Layers": ["l"]}).encode()
    parsed = rest_json.parse(operation("CreateFunction"), Request("POST", "/", "", {}, body), {})
    assert parsed == {"Code": {"ZipFile": b"hi"}, "Timeout": 3, "Tags": {"a": "b"}, "Layers": ["l"]}


def test_an_empty_body_has_no_members():
    assert rest_json.parse(operation("CreateFunction"), Request("POST", "/", "", {}), {}) == {}


def test_lambda_says_in_its_own_words_that_a_body_is_no_json():
    with pytest.raises(problems.InvalidRequestContent, match="Could not parse request body into json: "):
        rest_json.parse(operation("CreateFunction"), Request("POST", "/", "", {}, b"{"), {})


def test_other_services_call_it_serialization():
    with pytest.raises(problems.Serialization):
        rest_json.parse(operation("CreateSchedule", "scheduler"), Request("POST", "/", "", {}, b"{"), {"Name": "s"})


def test_a_reply_is_status_headers_and_body():
    response = rest_json.serialize(operation("Invoke"), {"StatusCode": 202, "Payload": b"{}", "ExecutedVersion": "7"}, "id")
    assert (response.status, response.body, response.header("x-amz-executed-version")) == (202, b"{}", "7")
    assert response.header("x-amzn-requestid") == "id"


def test_the_models_status_is_the_default():
    assert rest_json.serialize(operation("CreateFunction"), {"FunctionName": "f"}, "id").status == 201


def test_a_reply_without_members_has_no_body():
    response = rest_json.serialize(operation("DeleteAlias"), {}, "id")
    assert (response.status, response.body) == (204, b"")


def test_a_misspelt_member_is_a_defect():
    with pytest.raises(Defect, match="has no member FunctionNmae"):
        rest_json.serialize(operation("CreateFunction"), {"FunctionNmae": "f"}, "id")


def test_times_are_written_in_the_models_format():
    response = rest_json.serialize(
        operation("GetEventSourceMapping"), {"LastModified": datetime(2015, 1, 25, 8, tzinfo=UTC)}, "id"
    )
    assert response.body == b'{"LastModified":1422172800}'


def test_an_error_of_lambda_tells_code_type_and_message():
    response = rest_json.serialize_error(operation("GetFunction"), Missing(arn="a"), "id")
    assert (response.status, response.header("x-amzn-errortype")) == (404, "ResourceNotFoundException")
    assert isinstance(response.body, bytes)
    assert json.loads(response.body) == {"Type": "User", "Message": "Function not found: a"}


def test_a_validation_error_has_no_type():
    response = rest_json.serialize_error(operation("GetFunction"), problems.Validation(findings="why"), "id")
    assert response.body == b'{"message":"why"}'


def test_members_of_an_error_stand_where_the_model_puts_them():
    error = Throttled(members={"Reason": "CallerRateLimitExceeded", "retryAfterSeconds": "7"})
    response = rest_json.serialize_error(operation("Invoke"), error, "id")
    assert isinstance(response.body, bytes)
    assert json.loads(response.body) == {"Type": "User", "message": "Rate Exceeded.", "Reason": "CallerRateLimitExceeded"}
    assert response.header("retry-after") == "7"


def test_an_error_without_an_operation_is_still_told():
    response = rest_json.serialize_error(None, problems.UnknownOperation(), "id")
    assert (response.status, response.header("x-amzn-errortype")) == (404, "UnknownOperationException")


async def test_events_stream_as_frames():
    async def chunks() -> AsyncIterator[dict[str, Any]]:
        yield {"PayloadChunk": {"Payload": b"one"}}
        yield {"InvokeComplete": {"LogResult": "log"}}

    response = rest_json.serialize(operation("InvokeWithResponseStream"), {"StatusCode": 200, "EventStream": chunks()}, "id")
    assert response.header("content-type") == eventstream.CONTENT_TYPE
    assert not isinstance(response.body, bytes)
    frames = [event for frame in [frame async for frame in response.body] for event in eventstream.decode_events(frame)]
    assert [(frame.headers[":event-type"], frame.payload) for frame in frames] == [
        ("PayloadChunk", b"one"),
        ("InvokeComplete", b'{"LogResult":"log"}'),
    ]
