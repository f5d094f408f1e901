"""Whatever arrives is answered: a request that makes no sense raises a ServiceError and nothing else."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.wire import test_round_trips as trips

from lambent.core.errors import ServiceError
from lambent.wire import models, protocols
from lambent.wire.http import Request
from lambent.wire.route import Router

OPERATIONS = (
    ("lambda", "CreateFunction", "rest-json"),
    ("lambda", "Invoke", "rest-json"),
    ("scheduler", "CreateSchedule", "rest-json"),
    ("s3", "DeleteObjects", "rest-xml"),
    ("s3", "PutBucketLifecycleConfiguration", "rest-xml"),
    ("dynamodb", "TransactWriteItems", "json"),
    ("logs", "PutLogEvents", "json"),
    ("iam", "TagRole", "query"),
    ("sns", "PublishBatch", "query"),
    ("cloudwatch", "PutMetricData", "smithy-rpc-v2-cbor"),
    ("cloudwatch", "PutMetricData", "query"),
)
ROUTER = Router([name for name in trips.SERVICES if name != "sns"])
EXAMPLES = trips.EXAMPLES * 20
often = settings(max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))

PATHS = st.one_of(
    st.text("/abc%2F.~{}+ é0-?&=", max_size=40),
    st.sampled_from(["/2015-03-31/functions", "/b/k", "/v2/apis", "/service/x/operation/y", "/", "", "*"]),
)
HEADERS = st.dictionaries(
    st.sampled_from(["host", "x-amz-target", "authorization", "content-type", "smithy-protocol", "x-amz-copy-source"]),
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(
            [
                "AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
                "AWS4-HMAC-SHA256 Credential=///aws4_request",
                "AWS4-HMAC-SHA256 Credential=a/b/c/ec2/aws4_request",
                "Logs_20140328.PutLogEvents",
                "application/x-www-form-urlencoded",
                "b.s3.localhost:4566",
            ]
        ),
    ),
)


def mutilated(body: bytes, cuts: list[tuple[int, bytes]]) -> bytes:
    """The body with some of its bytes replaced."""
    for at, piece in cuts:
        place = at % (len(body) + 1)
        body = body[:place] + piece + body[place + len(piece) :]
    return body


@pytest.mark.parametrize(("service", "name", "protocol"), OPERATIONS)
def test_a_body_of_garbage_raises_nothing_but_service_errors(service: str, name: str, protocol: str) -> None:
    operation = models.service(service).operation(name)
    assert operation is not None

    @often
    @given(st.data())
    def holds(data: Any) -> None:
        whole = trips.request_of(operation, protocol, trips.parameters_of(data.draw, operation, protocol))
        cuts = data.draw(st.lists(st.tuples(st.integers(0, 10_000), st.binary(min_size=1, max_size=4)), max_size=6))
        labels = {label: data.draw(st.text(max_size=5)) for label in ("FunctionName", "Name", "Bucket", "Key")}
        query = data.draw(st.text("ab=&%0.member1", max_size=20))
        request = Request(whole.method, whole.path, query, whole.headers, mutilated(whole.body, cuts))
        with suppress(ServiceError):
            protocols.protocol(protocol).parse(operation, request, labels)

    holds()


@often
@given(
    st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "BREW"]),
    PATHS,
    st.text(max_size=30),
    HEADERS,
    st.binary(max_size=40),
)
def test_a_request_of_garbage_has_a_route_or_an_answer(
    method: str, path: str, query: str, headers: dict[str, str], body: bytes
) -> None:
    request = Request(method, path, query, headers, body)
    error = refusal(request)
    if error is not None:
        protocol = protocols.protocol(ROUTER.protocol_of(request))
        assert protocol.serialize_error(None, error, "id").status == error.status


def refusal(request: Request) -> ServiceError | None:
    try:
        ROUTER.route(request)
    except ServiceError as error:
        return error
    return None
