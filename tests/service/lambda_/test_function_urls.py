"""Function URLs through boto3 and over HTTP: configured, visited, signed, streamed, left."""

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.service.lambda_.conftest import ROLE, RUNTIME, zipped

from lambent.core.context import Context
from lambent.testing import LocalPlatform

PUBLIC = (
    {"StatementId": "url", "Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE"},
    {"StatementId": "invoke", "Action": "lambda:InvokeFunction", "Principal": "*", "InvokedViaFunctionUrl": True},
)
STREAM = """
import time
def handler(event, context):
    yield {"statusCode": 201, "headers": {"content-type": "text/event-stream"}, "cookies": ["a=b"]}
    for n in range(3):
        yield f"data: {n}\\n\\n"
    if event["rawPath"] == "/broken":
        raise ValueError("in the middle")
    if event["rawPath"] == "/endless":
        print("streaming on")
        for n in range(64):
            yield "x" * 65536
        print("ran to its end")
"""


def ask(url: str, path: str = "/", method: str = "GET", body: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
    """A request to a URL's host, which needs no name server."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, {"Host": parts.netloc, **named})
    return connection.getresponse()


@pytest.fixture
def public(aws: Any, create: Callable[..., Any]) -> Callable[..., str]:
    """Creates a function with a public URL, and returns that."""

    def make(**options: Any) -> str:
        app = options.pop("app", None)
        create(**({"app": app} if app else {}))
        for grant in PUBLIC:
            aws.add_permission(FunctionName="f", **grant)
        url: str = aws.create_function_url_config(FunctionName="f", AuthType="NONE", **options)["FunctionUrl"]
        return url

    return make


def test_a_url_is_configured_told_changed_listed_and_deleted(aws, create, refused):
    arn = create()["FunctionArn"]
    rules = {"AllowOrigins": ["*"], "MaxAge": 60}
    made = aws.create_function_url_config(FunctionName="f", AuthType="NONE", Cors=rules)
    assert (made["FunctionArn"], made["Cors"], made["InvokeMode"]) == (arn, rules, "BUFFERED")
    changed = aws.update_function_url_config(FunctionName="f", AuthType="AWS_IAM", InvokeMode="RESPONSE_STREAM")
    told = aws.get_function_url_config(FunctionName="f")
    assert [changed.pop("ResponseMetadata")["HTTPStatusCode"], told.pop("ResponseMetadata")["HTTPStatusCode"]] == [200, 200]
    assert changed == told == aws.list_function_url_configs(FunctionName="f")["FunctionUrlConfigs"][0]
    assert (told["FunctionUrl"], told["AuthType"]) == (made["FunctionUrl"], "AWS_IAM")
    aws.delete_function_url_config(FunctionName="f")
    missing = ("ResourceNotFoundException", "The resource you requested does not exist.")
    assert refused("get_function_url_config", FunctionName="f") == missing
    assert refused("create_function_url_config", FunctionName="f", Qualifier="$LATEST", AuthType="NONE") == (
        "ValidationException",
        "1 validation error detected: Value '$LATEST' at 'qualifier' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)",
    )


def test_a_visitor_is_answered_by_host_and_by_path(public, platform):
    url = public()
    answer = ask(url, "/a/b?c=d", "POST", b"text", content_type="text/plain")
    event = json.loads(answer.read())
    assert (event["rawPath"], event["rawQueryString"], event["body"]) == ("/a/b", "c=d", "text")
    assert event["requestContext"]["requestId"] == answer.headers["x-amzn-RequestId"]
    url_id = urlsplit(url).netloc.partition(".")[0]
    by_path = ask(platform.url, f"/_aws/lambda-url/{url_id}/a/b")
    assert json.loads(by_path.read())["rawPath"] == "/a/b"
    head = ask(url, method="HEAD")
    assert (head.status, head.read()) == (200, b"")


def test_a_stream_arrives_in_pieces_and_breaks_off_where_the_function_fails(public):
    url = public(app=STREAM, InvokeMode="RESPONSE_STREAM")
    answer = ask(url)
    assert (answer.status, answer.headers["content-type"], answer.headers["set-cookie"]) == (201, "text/event-stream", "a=b")
    assert answer.read() == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"
    with pytest.raises(http.client.IncompleteRead) as broken:
        ask(url, "/broken").read()
    assert broken.value.partial == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"


def test_a_function_whose_client_goes_away_runs_to_its_end(public, client):
    url = public(app=STREAM, InvokeMode="RESPONSE_STREAM")
    parts = urlsplit(url)
    with socket.create_connection(("127.0.0.1", parts.port or 80)) as visitor:
        visitor.sendall(f"GET /endless HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        assert visitor.recv(4096).startswith(b"HTTP/1.1 201")
    logs = client("logs")
    messages: list[str] = []
    while not any(message.startswith("REPORT") for message in messages):
        if logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/f")["logGroups"]:
            messages = [event["message"] for event in logs.filter_log_events(logGroupName="/aws/lambda/f")["events"]]
    assert "ran to its end\n" in messages


def test_boto3_reads_a_stream_and_its_end(aws, create):
    create(app="def handler(event, context):\n    yield 'a'\n    yield 'b'\n    raise ValueError('late')\n")
    told = aws.invoke_with_response_stream(FunctionName="f", Payload=b"{}", LogType="Tail")
    assert (told["StatusCode"], told["ExecutedVersion"]) == (200, "$LATEST")
    *pieces, end = told["EventStream"]
    assert [piece["PayloadChunk"]["Payload"] for piece in pieces] == [b"a", b"b"]
    assert end["InvokeComplete"]["ErrorCode"] == "Unhandled"
    assert json.loads(end["InvokeComplete"]["ErrorDetails"])["errorMessage"] == "late"
    assert aws.invoke(FunctionName="f")["FunctionError"] == "Unhandled"


# ---- signed ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded() -> Iterator[LocalPlatform]:
    with LocalPlatform(auth="iam") as running:
        yield running


def signed(url: str, path: str, key: dict[str, str], body: bytes = b"") -> http.client.HTTPResponse:
    """A request as botocore signs it."""
    request = AWSRequest("POST", url.rstrip("/") + path, data=body, headers={"Content-Type": "text/plain"})
    credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    SigV4Auth(credentials, "lambda", "us-east-1").add_auth(request)
    return ask(url, path, "POST", body, **dict(request.headers.items()))


def test_with_auth_iam_a_signature_and_two_permissions_open_a_signed_url(guarded):
    account = "111122223333"
    context = Context(account, "us-east-1", "test", f"arn:aws:iam::{account}:root", guarded.url)

    def call(service: str, operation: str, **parameters: Any) -> Any:
        return guarded.run(guarded.platform.call(context, service, operation, parameters))

    def allow(*actions: str) -> None:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        condition = {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement | {"Condition": condition}]})
        call("iam", "PutUserPolicy", UserName="ada", PolicyName="p", PolicyDocument=policy)

    call("iam", "CreateUser", UserName="ada")
    key = call("iam", "CreateAccessKey", UserName="ada")["AccessKey"]
    code = {"ZipFile": zipped()}
    call("lambda", "CreateFunction", FunctionName="f", Runtime=RUNTIME, Handler="app.handler", Role=ROLE, Code=code)
    while call("lambda", "GetFunctionConfiguration", FunctionName="f")["State"] != "Active":
        pass
    url = call("lambda", "CreateFunctionUrlConfig", FunctionName="f", AuthType="AWS_IAM")["FunctionUrl"]

    assert ask(url).status == 403
    allow("lambda:InvokeFunctionUrl")
    assert signed(url, "/", key).status == 403
    allow("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
    answer = signed(url, "/a b%20c//d?q=1&a=%20".replace(" ", "%20"), key, b"hello")
    event = json.loads(answer.read())
    assert (answer.status, event["body"], event["rawPath"]) == (200, "hello", "/a%20b%20c//d")
    assert event["requestContext"]["authorizer"]["iam"]["userArn"] == f"arn:aws:iam::{account}:user/ada"
    forged = signed(url, "/", {**key, "SecretAccessKey": "another"})
    assert (forged.status, forged.headers["x-amzn-ErrorType"]) == (403, "InvalidSignatureException")
