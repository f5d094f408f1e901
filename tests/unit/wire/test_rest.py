"""Members outside the body: in the path, the query string, the headers and the status."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lambent.wire import models, problems, rest
from lambent.wire.http import Request
from lambent.wire.models import Operation

MOMENT = datetime(2015, 1, 25, 8, tzinfo=UTC)


def operation(service: str, name: str) -> Operation:
    found = models.service(service).operation(name)
    assert found is not None
    return found


def head(service: str, name: str, labels: dict[str, str], query: str = "", **headers: str) -> dict[str, Any]:
    request = Request("GET", "/", query, {key.replace("_", "-"): value for key, value in headers.items()})
    return rest.read_head(rest.input_plan(operation(service, name)), request, labels)


def test_labels_query_and_headers_become_members():
    read = head("lambda", "Invoke", {"FunctionName": "f"}, "Qualifier=%24LATEST", x_amz_log_type="Tail")
    assert read == {"FunctionName": "f", "Qualifier": "$LATEST", "LogType": "Tail"}


def test_numbers_booleans_and_times_have_their_types():
    read = head("s3", "UploadPart", {"Bucket": "b", "Key": "k"}, "partNumber=7&uploadId=u", content_length="42")
    assert (read["PartNumber"], read["ContentLength"]) == (7, 42)
    read = head(
        "s3",
        "PutObject",
        {"Bucket": "b", "Key": "k"},
        expires="Sun, 25 Jan 2015 08:00:00 GMT",
        x_amz_object_lock_retain_until_date="2015-01-25T08:00:00Z",
    )
    assert (read["Expires"], read["ObjectLockRetainUntilDate"]) == (MOMENT, MOMENT)
    assert head("s3", "DeleteObject", {"Bucket": "b", "Key": "k"}, x_amz_bypass_governance_retention="true")[
        "BypassGovernanceRetention"
    ]


def test_a_repeated_parameter_is_a_list():
    read = head("lambda", "UntagResource", {"Resource": "r"}, "tagKeys=a&tagKeys=b%20c")
    assert read["TagKeys"] == ["a", "b c"]


def test_headers_of_a_prefix_are_a_map():
    read = head("s3", "PutObject", {"Bucket": "b", "Key": "k"}, x_amz_meta_color="blue")
    assert read["Metadata"] == {"color": "blue"}


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("partNumber=seven&uploadId=u", {}),
        ("partNumber=1&uploadId=u", {"content_length": "1e3"}),
        ("partNumber=" + "9" * 30 + "&uploadId=u", {}),
    ],
)
def test_what_is_no_number_is_refused(query: str, headers: dict[str, str]):
    with pytest.raises(problems.Serialization):
        head("s3", "UploadPart", {"Bucket": "b", "Key": "k"}, query, **headers)


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("a, b,c", ["a", "b", "c"]),
        ('"b,c", "\\"def\\"", a', ["b,c", '"def"', "a"]),
        ("", []),
        ('"unclosed', ["unclosed"]),
    ],
)
def test_a_list_in_a_header_may_be_quoted(text: str, elements: list[str]):
    assert rest.split_header_list(text) == elements


def test_http_dates_in_a_list_keep_their_own_comma():
    assert rest._split_dates("Sun, 25 Jan 2015 08:00:00 GMT, Mon, 26 Jan 2015 08:00:00 GMT") == [
        "Sun, 25 Jan 2015 08:00:00 GMT",
        "Mon, 26 Jan 2015 08:00:00 GMT",
    ]
    assert rest._split_dates("1,2") == ["1", "2"]


def written(name: str, reply: dict[str, Any]) -> list[tuple[str, str]]:
    found = operation("s3", name)
    assert found.output_shape is not None
    headers = [("Content-Type", "binary/octet-stream")]
    rest.write_head(rest.shape_plan(found.output_shape), reply, headers)
    return headers


def test_members_become_headers_and_a_modelled_content_type_wins():
    assert written(
        "GetObject", {"ContentType": "text/plain", "ETag": '"e"', "LastModified": MOMENT, "DeleteMarker": False}
    ) == [
        ("x-amz-delete-marker", "false"),
        ("Last-Modified", "Sun, 25 Jan 2015 08:00:00 GMT"),
        ("ETag", '"e"'),
        ("Content-Type", "text/plain"),
    ]


def test_a_header_cannot_be_split_into_two():
    assert ("x-amz-meta-a", "x  Set-Cookie: b") in written("GetObject", {"Metadata": {"a": "x\r\nSet-Cookie: b"}})


def test_a_header_holds_utf_8():
    headers = dict(written("GetObject", {"Metadata": {"a": "é"}}))
    assert headers["x-amz-meta-a"].encode("latin-1").decode() == "é"


def test_special_floats_have_names():
    assert [rest.float_to_text(value) for value in (float("nan"), float("inf"), float("-inf"), 1.5)] == [
        "NaN",
        "Infinity",
        "-Infinity",
        "1.5",
    ]


async def test_a_streaming_payload_is_the_requests_own_stream():
    plan = rest.input_plan(operation("s3", "PutObject"))

    async def stream() -> Any:
        yield b"chunk"

    source = stream()
    parameters: dict[str, Any] = {}
    assert rest.read_raw_payload(plan, Request("PUT", "/", "", {}, stream=source), parameters)
    assert parameters["Body"] is source
    assert [chunk async for chunk in source] == [b"chunk"]


async def test_a_body_at_hand_becomes_a_stream_of_one_chunk():
    plan = rest.input_plan(operation("s3", "PutObject"))
    parameters: dict[str, Any] = {}
    rest.read_raw_payload(plan, Request("PUT", "/", "", {}, b"whole"), parameters)
    assert [chunk async for chunk in parameters["Body"]] == [b"whole"]
