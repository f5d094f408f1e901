"""The way of a request through the steps, with small services of the test's own and no server."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from lambent.core.clock import RealClock, wall_s
from lambent.core.context import Context
from lambent.core.errors import Defect, ServiceError
from lambent.core.ports import Metrics, Parameters, Reply
from lambent.core.sessions import SessionSeal
from lambent.gateway.admin import Admin
from lambent.gateway.authenticate import Authenticator
from lambent.gateway.dispatch import Dispatcher
from lambent.gateway.hosts import Hosts
from lambent.gateway.metrics import Requests
from lambent.gateway.pipeline import EVENT_BYTES_MAX, Pipeline
from lambent.gateway.server import ClientGone, Incoming
from lambent.wire import sigv4
from lambent.wire.http import Request, Response
from lambent.wire.route import Router

INVOKE = "/2015-03-31/functions/hello/invocations"
INVOKE_ASYNC = "/2014-11-13/functions/hello/invoke-async"
SIGNED = "AWS4-HMAC-SHA256 Credential=111122223333/20260101/eu-west-1/{}/aws4_request, SignedHeaders=host, Signature=ab"


class NoSuchFunction(ServiceError):
    code: ClassVar[str] = "ResourceNotFoundException"
    status: ClassVar[int] = 404
    wording: ClassVar[str] = "Function not found: {name}"


class Lambda:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Context, Parameters]] = []
        self.failure: Exception | None = None

    async def invoke(self, context: Context, parameters: Parameters) -> Reply:
        self.asked.append((context, parameters))
        if self.failure is not None:
            raise self.failure
        return {"StatusCode": 200, "Payload": b'"done"', "ExecutedVersion": "$LATEST"}

    async def invoke_async(self, context: Context, parameters: Parameters) -> Reply:
        self.asked.append((context, {"InvokeArgs": b"".join([chunk async for chunk in parameters["InvokeArgs"]])}))
        return {"Status": 202}


class S3:
    def __init__(self) -> None:
        self.kept = b""

    async def put_object(self, _: Context, parameters: Parameters) -> Reply:
        self.kept = b"".join([chunk async for chunk in parameters["Body"]])
        return {"ETag": '"1"'}

    async def get_object(self, _: Context, parameters: Parameters) -> Reply:
        async def parts() -> AsyncIterator[bytes]:
            yield self.kept

        return {"Body": parts(), "ContentLength": len(self.kept)}


class Sts:
    async def get_caller_identity(self, context: Context, _: Parameters) -> Reply:
        return {"Account": context.account, "Arn": context.principal_arn, "UserId": context.account}


class Gateway:
    def __init__(self, *, is_signed: bool = False) -> None:
        self.lambda_, self.s3 = Lambda(), S3()
        services = {"lambda": self.lambda_, "s3": self.s3, "sts": Sts()}
        self.requests = Requests()
        self.pipeline = Pipeline(
            hosts=Hosts(bound_host="127.0.0.1"),
            admin=Admin(reset=self._reset, status=lambda: {"ready": True}, requests=self.requests, metrics=Metrics()),
            router=Router(services),
            authenticator=Authenticator(is_signed=is_signed, clock=RealClock(), sessions=SessionSeal(b"k" * 32), keyring=None),
            authorize=None,
            dispatcher=Dispatcher(services),
            requests=self.requests,
        )

    async def _reset(self, _: str | None) -> None: ...

    async def ask(self, method: str, path: str, body: bytes = b"", *, service: str = "lambda", **headers: str) -> Response:
        given = {"host": "localhost:4566", "authorization": SIGNED.format(service), "content-length": str(len(body))}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        path, _, query = path.partition("?")
        incoming = Incoming(Request(method, path, query, given), source_ip="127.0.0.9")
        if body:
            incoming.feed(body)
        incoming.finish()
        return await self.pipeline.answer(incoming)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def _json(response: Response) -> Any:
    assert isinstance(response.body, bytes)
    return json.loads(response.body)


async def test_an_operation_is_told_who_asks_and_what(gateway: Gateway) -> None:
    response = await gateway.ask("POST", INVOKE, b'{"a": 1}', user_agent="Boto3")
    ((context, parameters),) = gateway.lambda_.asked
    assert (response.status, response.body) == (200, b'"done"')
    assert (context.account, context.region) == ("111122223333", "eu-west-1")
    assert (context.endpoint_url, context.source_ip, context.user_agent) == ("http://localhost:4566", "127.0.0.9", "Boto3")
    assert parameters["FunctionName"] == "hello"
    assert parameters["Payload"] == b'{"a": 1}'


async def test_the_answer_carries_the_request_id_that_the_operation_saw(gateway: Gateway) -> None:
    response = await gateway.ask("POST", INVOKE, b"{}")
    assert response.header("x-amzn-requestid") == gateway.lambda_.asked[0][0].request_id


async def test_an_error_of_the_service_is_answered_in_its_protocol(gateway: Gateway) -> None:
    gateway.lambda_.failure = NoSuchFunction(name="hello")
    response = await gateway.ask("POST", INVOKE, b"{}")
    assert response.status == 404
    assert response.header("x-amzn-errortype") == "ResourceNotFoundException"
    assert _json(response)["Message"] == "Function not found: hello"


@pytest.mark.parametrize("failure", [Defect("wrong"), KeyError("secret")])
async def test_a_defect_is_an_internal_failure_and_tells_the_caller_nothing(
    gateway: Gateway, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.lambda_.failure = failure
    response = await gateway.ask("POST", INVOKE, b'{"password": 1}')
    assert response.status == 500
    assert response.header("x-amzn-errortype") == "InternalFailure"
    assert isinstance(response.body, bytes)
    assert b"secret" not in response.body
    assert "gateway.defect" in caplog.text
    assert "Traceback" in caplog.text
    assert "password" not in caplog.text


async def test_what_is_not_there_yet_says_so(gateway: Gateway) -> None:
    response = await gateway.ask("GET", "/2015-03-31/functions/")
    assert response.status == 501
    assert response.header("x-amzn-errortype") == "NotImplemented"
    assert "lambda:ListFunctions" in str(response.body)
    s3 = await gateway.ask("GET", "/bucket?acl", service="s3")
    assert s3.status == 501
    assert b"<Code>NotImplemented</Code>" in s3.body  # type: ignore[operator]


async def test_an_event_has_at_most_six_mebibytes(gateway: Gateway) -> None:
    assert (await gateway.ask("POST", INVOKE, bytes(EVENT_BYTES_MAX))).status == 200
    response = await gateway.ask("POST", INVOKE, bytes(EVENT_BYTES_MAX + 1))
    assert response.status == 413
    assert response.header("x-amzn-errortype") == "RequestEntityTooLargeException"
    assert "Request must be smaller than 6291456 bytes for the InvokeFunction operation" in str(response.body)


async def test_a_form_names_its_operation_in_the_body(gateway: Gateway) -> None:
    form = "application/x-www-form-urlencoded; charset=utf-8"
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    response = await gateway.ask("POST", "/", body, service="sts", content_type=form)
    assert response.status == 200
    assert b"<Account>111122223333</Account>" in response.body  # type: ignore[operator]


async def test_streams_go_through_in_both_directions(gateway: Gateway) -> None:
    assert (await gateway.ask("PUT", "/bucket/key", b"content", service="s3")).status == 200
    assert gateway.s3.kept == b"content"
    response = await gateway.ask("GET", "/bucket/key", service="s3")
    assert not isinstance(response.body, bytes)
    assert b"".join([chunk async for chunk in response.body]) == b"content"


async def test_a_stream_that_calls_itself_a_form_goes_through_too(gateway: Gateway) -> None:
    response = await gateway.ask("POST", INVOKE_ASYNC, b'{"a": 1}', content_type="application/x-www-form-urlencoded")
    assert response.status == 202
    assert gateway.lambda_.asked[0][1] == {"InvokeArgs": b'{"a": 1}'}


async def test_chunked_uploads_are_unwrapped(gateway: Gateway) -> None:
    body = b"7\r\ncontent\r\n0\r\nx-amz-checksum-crc32:{}\r\n\r\n"
    headers = {
        "x_amz_content_sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x_amz_trailer": "x-amz-checksum-crc32",
        "x_amz_decoded_content_length": "7",
        "content_encoding": "aws-chunked",
    }
    good = await gateway.ask("PUT", "/bucket/key", body.replace(b"{}", b"/sUwqQ=="), service="s3", **headers)
    bad = await gateway.ask("PUT", "/bucket/key", body.replace(b"{}", b"AAAAAA=="), service="s3", **headers)
    assert bad.status == 400
    assert b"<Code>BadDigest</Code>" in bad.body  # type: ignore[operator]
    assert good.status == 200
    assert gateway.s3.kept == b"content"


@pytest.mark.parametrize(
    ("headers", "code"),
    [({"host": "evil.test"}, "HostNotAllowed"), ({"origin": "https://evil.test"}, "OriginNotAllowed")],
)
async def test_other_sites_are_refused_before_anything_else(gateway: Gateway, headers: dict[str, str], code: str) -> None:
    for path in (INVOKE, "/_lambent/health"):
        response = await gateway.ask("POST", path, b"{}", **headers)
        assert response.status == 403
        assert response.header("x-amzn-errortype") == code
    assert gateway.lambda_.asked == []


async def test_a_service_that_is_not_served_says_so(gateway: Gateway) -> None:
    response = await gateway.ask("POST", "/", b"{}", service="kms", x_amz_target="TrentService.CreateKey")
    assert response.status in (400, 501)
    assert isinstance(response.body, bytes)


async def test_every_answer_is_counted(gateway: Gateway) -> None:
    await gateway.ask("POST", INVOKE, b"{}")
    await gateway.ask("GET", "/_lambent/health")
    lines = list(gateway.requests.lines())
    assert 'lambent_requests_total{service="lambda",operation="Invoke",status="200"} 1' in lines
    assert 'lambent_requests_total{service="-",operation="-",status="200"} 1' in lines


async def test_who_goes_away_gets_no_answer(gateway: Gateway) -> None:
    gateway.lambda_.failure = ClientGone()
    with pytest.raises(ClientGone):
        await gateway.ask("POST", INVOKE, b"{}")


async def test_signed_mode_asks_for_a_proof() -> None:
    gateway = Gateway(is_signed=True)
    response = await gateway.ask("POST", INVOKE, b"{}")
    assert response.status == 400
    assert gateway.lambda_.asked == []


async def test_a_stream_whose_digest_nobody_announces_is_proved_by_its_bytes() -> None:
    gateway = Gateway(is_signed=True)
    now = wall_s()
    credentials = SessionSeal(b"k" * 32).issue(account="111122223333", principal_arn="", principal_id="", expires_at=now + 60)
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = sigv4.sign(
        Request("POST", INVOKE_ASYNC, "", {"host": "localhost:4566"}, b"{}"),
        scope=sigv4.Scope(credentials.access_key_id, stamp[:8], "us-east-1", "lambda"),
        secret_access_key=credentials.secret_access_key,
        amz_date=stamp,
        session_token=credentials.session_token,
    )
    assert (await gateway.ask("POST", INVOKE_ASYNC, b"[]", **headers)).status == 403
    assert (await gateway.ask("POST", INVOKE_ASYNC, b"{}", **headers)).status == 202
    assert gateway.lambda_.asked[0][1] == {"InvokeArgs": b"{}"}
