"""What we answer is understood by botocore's own parser as it understands AWS' answers, in 365 cases of all protocols."""

from typing import Any

import pytest
from botocore.awsrequest import HeadersDict
from botocore.parsers import PROTOCOL_PARSERS
from tests.wire.protocol_cases import Case, cases, comparable, typed

from lambent.core.errors import ServiceError
from lambent.wire import protocols
from lambent.wire.http import Response

NAIVE_LISTS = "botocore splits a list in a header at every comma; test_rest proves ours"
LIST_NAMES = (
    "Smithy names the elements of a flattened list after its member, botocore (and SQS, and S3) after the list's element"
)
NO_UNION = "botocore refuses a union without a member, and so this case as well"

CANNOT_APPLY = {
    "ec2/Ec2XmlLists": LIST_NAMES,
    "query/QueryXmlLists": LIST_NAMES,
    "rest-xml/XmlLists": LIST_NAMES,
    "rest-json/RestJsonHttpPayloadWithUnsetUnion": NO_UNION,
    "rest-xml/RestXmlHttpPayloadWithUnsetUnion": NO_UNION,
    "rest-json/HttpPrefixHeadersResponse": "an empty prefix catches the request id that every answer has",
    "rest-json/RestJsonInputAndOutputWithQuotedStringHeaders": NAIVE_LISTS,
    "rest-json/RestJsonInputAndOutputWithTimestampHeaders": NAIVE_LISTS,
    "rest-xml/InputAndOutputWithTimestampHeaders": NAIVE_LISTS,
}
"""The cases that are not run, and why."""

ALL = [case for case in cases("output") if case.id not in CANNOT_APPLY]
RESULTS = [case for case in ALL if "result" in case.content]
ERRORS = [case for case in ALL if "result" not in case.content]


def parsed(case: Case, response: Response, shape: Any) -> Any:
    """The response as botocore's parser reads it, without its metadata."""
    headers = HeadersDict(response.headers)
    message = {"status_code": response.status, "headers": headers, "body": response.body, "context": {}}
    found = PROTOCOL_PARSERS[case.protocol]().parse(message, shape)
    found.pop("ResponseMetadata", None)
    return found


@pytest.mark.parametrize("case", RESULTS, ids=lambda case: case.id)
def test_a_serialized_result_parses_back_to_it(case: Case) -> None:
    operation = case.operation
    result = typed(operation.output, case.content["result"])
    response = protocols.module(case.protocol).serialize(operation, result, "request-id")
    shape = case.botocore_model.operation_model(operation.name).output_shape
    assert comparable(parsed(case, response, shape)) == comparable(as_payload_text(result, operation.output_shape))


def as_payload_text(result: dict[str, Any], shape: Any) -> dict[str, Any]:
    """The result with a payload of bytes as text: botocore's parser decodes a body that it has at hand."""
    name = shape.payload if shape is not None else None
    if name is not None and shape.members[name].type in ("blob", "string"):
        value = result.get(name, "")
        return result | {name: value.decode() if isinstance(value, bytes) else value}
    return result


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case.id)
def test_a_serialized_error_is_told_by_its_code_and_members(case: Case) -> None:
    operation = case.operation
    name = case.content["given"]["errors"][0]["shape"]

    class Error(ServiceError):
        code = name
        status = case.content["response"]["status_code"]
        wording = case.content.get("errorMessage", "")

    shape = operation.service.error(name)
    members = {key: value for key, value in case.content["error"].items() if key.lower() != "message"}
    response = protocols.module(case.protocol).serialize_error(operation, Error(members=members), "request-id")
    assert parsed(case, response, None)["Error"]["Code"] == case.content["errorCode"]
    assert shape is not None
    assert parsed(case, response, case.botocore_model.shape_for(name)) == case.content["error"]


def test_the_vectors_are_there(vectors: object) -> None:
    assert len(ALL) + len(CANNOT_APPLY) == 365
