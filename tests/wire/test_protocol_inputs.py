"""What botocore's clients put on the wire, in 367 cases of all protocols, parses back to the parameters they were given."""

import base64
from typing import Any

import pytest
from tests.wire.protocol_cases import Case, cases, comparable, typed

from lambent.wire import paths, protocols, rest
from lambent.wire.http import Request
from lambent.wire.models import Operation

NO_BODY = "the case does not say what the compressed body is"
NOT_SENT = "the client does not send what is empty, so the server cannot know it"

CANNOT_APPLY = {
    "ec2/SDKAppliedContentEncoding_ec2Query": NO_BODY,
    "ec2/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_ec2Query": NO_BODY,
    "json/SDKAppliedContentEncoding_awsJson1_1": NO_BODY,
    "json/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_1": NO_BODY,
    "json_1_0/SDKAppliedContentEncoding_awsJson1_0": NO_BODY,
    "json_1_0/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_0": NO_BODY,
    "query/SDKAppliedContentEncoding_awsQuery": NO_BODY,
    "query/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery": NO_BODY,
    "rest-json/SDKAppliedContentEncoding_restJson1": NO_BODY,
    "rest-json/SDKAppendedGzipAfterProvidedEncoding_restJson1": NO_BODY,
    "rest-xml/SDKAppliedContentEncoding_restXml": NO_BODY,
    "rest-xml/SDKAppendedGzipAfterProvidedEncoding_restXml": NO_BODY,
    "ec2/Ec2EmptyQueryLists": NOT_SENT,
    "query/QueryEmptyQueryMaps": NOT_SENT,
    "rest-json/RestJsonHttpPrefixHeadersAreNotPresent": NOT_SENT,
    "rest-json/RestJsonOmitsEmptyListQueryValues": NOT_SENT,
    "rest-json/RestJsonHttpWithEmptyStructurePayload": "an empty structure is sent where there is none, and no server can tell",
    "rest-json/RestJsonHttpWithHeadersButNoPayload": "an empty structure is sent where there is none, and no server can tell",
    "rest-xml/HttpPrefixHeadersAreNotPresent": NOT_SENT,
    "rest-json/RestJsonHostWithPath": "the path of the client's endpoint stands before the operation's",
    "rest-json/RestJsonQueryPrecedence": "a parameter that its member overrides in the client is lost",
    "rest-xml/RestXmlQueryPrecedence": "a parameter that its member overrides in the client is lost",
    "rest-xml/BodyWithXmlName": "botocore's clients (and S3) name a member after its shape's locationName; this case does not",
}
"""The cases that are not run, and why."""

TOKEN = "00000000-0000-4000-8000-000000000000"
CASES = [case for case in cases("input") if case.id not in CANNOT_APPLY]


def request_of(case: Case) -> Request:
    serialized = case.content["serialized"]
    path, _, query = serialized["uri"].partition("?")
    body = serialized.get("body", "")
    data = base64.b64decode(body) if "cbor" in case.protocol else body.encode()
    headers = {name.lower(): value for name, value in serialized.get("headers", {}).items()}
    return Request(serialized.get("method", "POST"), path, query, headers, data)


def labels_of(case: Case, request: Request) -> dict[str, str]:
    if not case.protocol.startswith("rest-"):
        return {}
    service = case.operation.service
    found = paths.Tree(service).find(request.method, request.path, request.query, request.headers)
    assert found is not None
    assert found[0].name == case.content["given"]["name"]
    return found[1]


def expected_of(case: Case) -> dict[str, Any]:
    """The parameters, with the idempotency tokens that the client adds."""
    operation = case.operation
    if operation.input is None:
        return {}
    tokens = {name: TOKEN for name, ref in operation.input.shape.members.items() if ref.idempotency_token}
    parameters = tokens | typed(operation.input, case.content["params"])
    return parameters if not case.protocol.startswith("rest-") else without_bound(operation, parameters)


def without_bound(operation: Operation, parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters, with only the rest of the query string in the map of the query string.

    Some cases keep the parameters that have a member of their own there as well, others do not; we do not.
    """
    plan = rest.input_plan(operation)
    if plan.query_map is None or plan.query_map[0] not in parameters:
        return parameters
    name = plan.query_map[0]
    left = {key: value for key, value in parameters[name].items() if key not in plan.query}
    return {key: value for key, value in parameters.items() if key != name} | ({name: left} if left else {})


async def drained(value: Any) -> Any:
    return b"".join([chunk async for chunk in value]) if hasattr(value, "__aiter__") else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_a_serialized_request_parses_back_to_its_parameters(case: Case) -> None:
    request = request_of(case)
    operation = case.operation
    parameters = protocols.module(case.protocol).parse(operation, request, labels_of(case, request))
    parameters = {name: await drained(value) for name, value in parameters.items()}
    assert comparable(parameters) == comparable(expected_of(case))


def test_the_vectors_are_there(vectors: object) -> None:
    assert len(CASES) + len(CANNOT_APPLY) == 367
