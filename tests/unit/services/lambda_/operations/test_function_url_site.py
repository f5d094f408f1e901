"""A visit to a function URL: who is let in, what the function is told, and what the visitor is answered."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.unit.services.lambda_.operations.conftest import ACCOUNT, FAILED

from lambent.core.context import Context
from lambent.core.ports import Denial, Outcome
from lambent.services.lambda_.engine import limits
from lambent.wire.http import CutShort, Request, Response, TooLarge

FORBIDDEN = {
    "Message": "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
}
PRELUDE = "application/vnd.awslambda.http-integration-response"


class Caller:
    """``wire.http.Visit`` of somebody who is who he says, and may do all but ``denied``."""

    base_path = ""
    source_ip = "10.0.0.1"
    request_id = "r1"

    def __init__(self, name: str, *, account: str | None = None, denied: str = "", body: bytes = b"", **options: Any) -> None:
        self.name = name
        self.host = f"{name}.lambda-url.us-east-1.localhost:4566"
        headers = {"host": self.host, **options.pop("headers", {})}
        self.request = Request(options.pop("method", "GET"), options.pop("path", "/"), "", headers)
        self.asked: list[tuple[str, str, Any]] = []
        self._account, self._denied, self._body = account, denied, body

    def live_by(self, account: str) -> None:
        pass

    async def read(self, bytes_max: int) -> bytes:
        if len(self._body) > bytes_max:
            raise TooLarge
        self.request.body = self._body
        return self._body

    async def caller(self, service: str) -> Context | None:
        assert service == "lambda"
        if self._account is None:
            return None
        return Context(self._account, "us-east-1", "r1", f"arn:aws:iam::{self._account}:user/ada", "http://x", "AKIA")

    async def denial(self, action: str, resource: str, resource_policy: str | None, keys: Any = None) -> Denial | None:
        self.asked.append((action, resource, keys))
        return Denial("identity-based policy", is_explicit=False) if action == self._denied else None


async def visit(house, url_id: str, **options: Any) -> Response:
    response: Response = await house.service.sites["lambda-url"].answer(Caller(url_id, **options))
    return response


async def body_of(response: Response) -> bytes:
    if isinstance(response.body, bytes):
        return response.body
    return b"".join([chunk async for chunk in response.body])


async def let_all_in(house, name: str = "f", **options: Any) -> None:
    for action, key in (
        ("InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}),
        ("InvokeFunction", {"InvokedViaFunctionUrl": True}),
    ):
        given = {"FunctionName": name, "StatementId": action, "Action": f"lambda:{action}", "Principal": "*"}
        await house("add_permission", **given, **key, **options)


@pytest.fixture
async def url(house) -> str:
    """The id of a public URL of a function that returns its event."""
    await house.create()
    await let_all_in(house)
    return await created(house, AuthType="NONE")


async def created(house, **options: Any) -> str:
    told = await house("create_function_url_config", FunctionName="f", **options)
    host: str = told["FunctionUrl"]
    assert host.endswith(".lambda-url.us-east-1.localhost:4566/")
    return host.removeprefix("http://").partition(".")[0]


async def test_a_function_is_told_of_the_visit(house, url):
    response = await visit(house, url, path="/pa2%Fth/1")
    event = json.loads(await body_of(response))
    assert event["requestContext"] | {"time": "", "timeEpoch": 0} == {
        "accountId": "anonymous",
        "apiId": url,
        "domainName": f"{url}.lambda-url.us-east-1.localhost:4566",
        "domainPrefix": url,
        "http": {"method": "GET", "path": "/pa2%Fth/1", "protocol": "HTTP/1.1", "sourceIp": "10.0.0.1", "userAgent": ""},
        "requestId": "r1",
        "routeKey": "$default",
        "stage": "$default",
        "time": "",
        "timeEpoch": 0,
    }
    assert event["headers"]["x-forwarded-port"] == "4566"
    ((_, invocation),) = house.environments.invoked
    assert invocation.request_id == response.header("x-amzn-RequestId") == "r1"
    assert response.header("X-Amzn-Trace-Id") == invocation.trace_id
    assert invocation.trace_id.startswith(event["headers"]["x-amzn-trace-id"] + ";")


async def test_a_public_url_needs_both_permissions(house):
    await house.create()
    url = await created(house, AuthType="NONE")
    grant = {"FunctionName": "f", "Principal": "*"}
    for statement in (
        {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"},
        {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True},
    ):
        response = await visit(house, url)
        assert (response.status, json.loads(await body_of(response))) == (403, FORBIDDEN)
        assert response.header("x-amzn-ErrorType") == "AccessDeniedException"
        await house("add_permission", StatementId=statement["Action"][7:], **grant, **statement)
    assert (await visit(house, url)).status == 200
    await house("remove_permission", FunctionName="f", StatementId="InvokeFunction")
    assert (await visit(house, url)).status == 403


async def test_a_url_that_is_gone_is_answered_as_one_that_never_was(house, url):
    assert (await visit(house, url)).status == 200
    await house("delete_function_url_config", FunctionName="f")
    for name in (url, "x" * 32):
        response = await visit(house, name)
        assert (response.status, await body_of(response)) == (403, b'{"Message":null}')


async def test_a_warm_visit_reads_no_row_and_a_reset_forgets(house, url):
    await visit(house, url)
    before = house.reads
    await visit(house, url)
    assert house.reads == before
    await house.store.reset(ACCOUNT)
    await house.service.forget(ACCOUNT)
    assert (await visit(house, url)).status == 403


async def test_a_signed_url_wants_a_signature_and_both_permissions(house):
    await house.create()
    house.answers["sts", "GetCallerIdentity"] = {"UserId": "AIDA", "Account": ACCOUNT, "Arn": "arn:aws:iam::1:user/ada"}
    url = await created(house, AuthType="AWS_IAM")
    assert (await visit(house, url)).status == 403
    for denied in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"):
        assert (await visit(house, url, account=ACCOUNT, denied=denied)).status == 403
    caller = Caller(url, account=ACCOUNT)
    event = json.loads(await body_of(await house.service.sites["lambda-url"].answer(caller)))
    assert event["requestContext"]["accountId"] == ACCOUNT
    assert event["requestContext"]["authorizer"]["iam"] == {
        "accessKey": "AKIA",
        "accountId": ACCOUNT,
        "callerId": "AIDA",
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": "arn:aws:iam::1:user/ada",
        "userId": "AIDA",
    }
    assert caller.asked[0][2] == {"lambda:FunctionUrlAuthType": "AWS_IAM"}
    assert (await visit(house, url, account="222222222222")).status == 403


@pytest.mark.parametrize("mode", ["BUFFERED", "RESPONSE_STREAM"])
async def test_what_a_function_returns_is_the_answer_in_either_mode(house, url, mode):
    await house("update_function_url_config", FunctionName="f", InvokeMode=mode)
    returned = {"statusCode": 418, "headers": {"x-a": "b"}, "cookies": ["c=d"], "body": "tea"}
    house.environments.outcomes = [Outcome(payload=json.dumps(returned).encode())]
    response = await visit(house, url)
    assert (response.status, await body_of(response)) == (418, b"tea")
    assert response.headers[:3] == [("x-a", "b"), ("Content-Type", "application/json"), ("Set-Cookie", "c=d")]


@pytest.mark.parametrize("mode", ["BUFFERED", "RESPONSE_STREAM"])
@pytest.mark.parametrize("outcome", [FAILED, Outcome(payload=b'{"statusCode": "x"}')])
async def test_a_function_error_and_a_malformed_answer_are_502(house, url, mode, outcome):
    await house("update_function_url_config", FunctionName="f", InvokeMode=mode)
    house.environments.outcomes = [outcome]
    response = await visit(house, url)
    assert (response.status, await body_of(response)) == (502, b"Internal Server Error")


async def test_a_throttled_function_is_429(house, url):
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=0)
    response = await visit(house, url)
    assert response.status == 429
    assert json.loads(await body_of(response)) == {
        "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
        "Type": "User",
        "message": "Rate Exceeded.",
    }


@pytest.mark.parametrize("size", [limits.PAYLOAD_BYTES_MAX + 1, 5_000_000])
async def test_a_body_that_makes_no_event_is_413(house, url, size):
    # The second fits by itself, and not when it is written in base64.
    response = await visit(house, url, method="POST", body=bytes(size))
    assert (response.status, json.loads(await body_of(response))) == (
        413,
        {"Message": "Request must be smaller than 6291456 bytes for the InvokeFunction operation"},
    )


async def test_a_stream_begins_with_its_prelude(house, url):
    await house("update_function_url_config", FunctionName="f", InvokeMode="RESPONSE_STREAM")
    house.environments.streamed = (PRELUDE, [b'{"statusCode": 201, "cookies": ["a=b"]', b"}" + b"\0" * 6, b"\0\0bo", b"dy"])
    house.environments.outcomes = [Outcome(payload=b"")]
    response = await visit(house, url)
    assert (response.status, response.headers[1]) == (201, ("Set-Cookie", "a=b"))
    assert isinstance(response.body, AsyncIterator)
    assert await body_of(response) == b"body"


async def test_a_stream_without_a_prelude_is_the_body(house, url):
    await house("update_function_url_config", FunctionName="f", InvokeMode="RESPONSE_STREAM")
    house.environments.streamed = ("text/plain", [b"bo", b"dy"])
    house.environments.outcomes = [Outcome(payload=b"")]
    response = await visit(house, url)
    assert (response.status, response.header("content-type"), await body_of(response)) == (200, "text/plain", b"body")


async def test_a_status_that_has_no_body_has_none_streamed(house, url):
    await house("update_function_url_config", FunctionName="f", InvokeMode="RESPONSE_STREAM")
    house.environments.streamed = (PRELUDE, [b'{"statusCode": 204}' + b"\0" * 8, b"body"])
    response = await visit(house, url)
    assert (response.status, response.body) == (204, b"")


async def test_a_content_type_that_is_no_header_is_502(house, url):
    for mode, streamed in (("BUFFERED", None), ("RESPONSE_STREAM", ("a\r\nb: c", [b"body"]))):
        await house("update_function_url_config", FunctionName="f", InvokeMode=mode)
        house.environments.streamed = streamed
        house.environments.outcomes = [Outcome(payload=b"no json", content_type="a\r\nb: c")]
        assert (await visit(house, url)).status == 502


async def test_a_prelude_that_never_ends_is_502(house, url):
    await house("update_function_url_config", FunctionName="f", InvokeMode="RESPONSE_STREAM")
    for pieces in ([b'{"statusCode": 201}'], [b"no json" + b"\0" * 8]):
        house.environments.streamed = (PRELUDE, pieces)
        assert (await visit(house, url)).status == 502


async def test_a_failure_in_the_middle_of_a_stream_cuts_it_short(house, url):
    await house("update_function_url_config", FunctionName="f", InvokeMode="RESPONSE_STREAM")
    house.environments.streamed = ("text/plain", [b"half"])
    house.environments.outcomes = [FAILED]
    response = await visit(house, url)
    assert response.status == 200
    with pytest.raises(CutShort):
        await body_of(response)


async def test_a_gathered_stream_is_an_answer_too(house, url):
    payload = b'{"statusCode": 201}' + b"\0" * 8 + b"body"
    house.environments.outcomes = [Outcome(payload=payload, content_type=PRELUDE)]
    response = await visit(house, url)
    assert (response.status, await body_of(response)) == (201, b"body")
    house.environments.outcomes = [Outcome(payload=b"data: 1\n\n", content_type="application/octet-stream")]
    assert await body_of(await visit(house, url)) == b"data: 1\n\n"


async def test_a_preflight_is_answered_without_the_function_or_a_signature(house):
    await house.create()
    url = await created(house, AuthType="AWS_IAM", Cors={"AllowOrigins": ["https://a.example"], "AllowMethods": ["PUT"]})
    headers = {"origin": "https://a.example", "access-control-request-method": "PUT"}
    response = await visit(house, url, method="OPTIONS", headers=headers)
    assert (response.status, response.body) == (200, b"")
    assert response.header("access-control-allow-methods") == "PUT"
    assert house.environments.invoked == []
    assert (await visit(house, url, headers=headers)).header("access-control-allow-origin") == "https://a.example"


async def test_an_alias_has_a_policy_and_a_version_of_its_own(house):
    await house.create()
    await house("publish_version", FunctionName="f")
    await house("create_alias", FunctionName="f", Name="live", FunctionVersion="1")
    await let_all_in(house)
    url = await created(house, AuthType="NONE", Qualifier="live")
    assert (await visit(house, url)).status == 403
    await let_all_in(house, Qualifier="live")
    assert (await visit(house, url)).status == 200
    assert house.environments.invoked[0][0].version == "1"
