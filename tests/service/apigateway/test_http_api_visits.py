"""HTTP APIs, as their visitors see them: made through boto3, visited through httpx."""

import io
import json
import random
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION = "us-east-1"
APP = """
import json, os, time

def handler(event, context):
    if event["rawPath"] == "/slow":
        time.sleep(0.3)
    return {"statusCode": 200, "cookies": ["seen=1"], "body": json.dumps(event | {"trace": os.environ["_X_AMZN_TRACE_ID"]})}

def authorize(event, context):
    return {"isAuthorized": event["identitySource"] == ["good"], "context": {"user": "ann"}}

def broken(event, context):
    raise ValueError("no")
"""


class Api:
    """An API whose default route leads to a function that returns what it is told."""

    def __init__(self, platform: Any) -> None:
        self.account = f"{random.randrange(10**11, 10**12)}"
        self.platform = platform
        self.role = f"arn:aws:iam::{self.account}:role/r"
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("app.py", APP)
        functions, self.client = self.aws("lambda"), self.aws("apigatewayv2")
        self.arns = {}
        for name in ("handler", "authorize", "broken"):
            made = functions.create_function(
                FunctionName=name,
                Runtime=f"python3.{sys.version_info.minor}",
                Handler=f"app.{name}",
                Role=self.role,
                Code={"ZipFile": content.getvalue()},
            )
            self.arns[name] = made["FunctionArn"]
        for name in self.arns:
            functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0, "MaxAttempts": 10_000})
        made = self.client.create_api(
            Name="a", ProtocolType="HTTP", CorsConfiguration={"AllowOrigins": ["http://page.example"], "AllowMethods": ["GET"]}
        )
        self.id, self.endpoint = made["ApiId"], made["ApiEndpoint"]
        self.host = self.endpoint.partition("://")[2]
        self.client.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)
        self.function = self.integration(IntegrationType="AWS_PROXY", IntegrationUri=self.arns["handler"])
        self.route("$default", self.function)

    def aws(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.platform.url,
            aws_access_key_id=self.account,
            aws_secret_access_key="test",
        )

    def integration(self, **settings: Any) -> str:
        given = {"PayloadFormatVersion": "2.0"} | settings
        return str(self.client.create_integration(ApiId=self.id, **given)["IntegrationId"])

    def route(self, key: str, integration_id: str, **settings: Any) -> None:
        self.client.create_route(ApiId=self.id, RouteKey=key, Target=f"integrations/{integration_id}", **settings)

    def visit(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> httpx.Response:
        """By its host, which needs no name server this way."""
        given = {"host": self.host} | (headers or {})
        return httpx.request(method, f"{self.platform.url}{path}", headers=given, content=body)


@pytest.fixture(scope="module")
def api(platform: Any) -> Iterator[Api]:
    return Api(platform)


def test_an_api_is_visited_by_its_host_and_by_its_path(api):
    by_host = api.visit("GET", "/a%20b/c?x=1&x=2", {"cookie": "c=1"})
    by_path = httpx.get(f"{api.platform.url}/_aws/execute-api/{api.id}/a%20b/c?x=1&x=2")

    for answer in (by_host, by_path):
        event = answer.json()
        assert answer.status_code == 200
        assert (event["rawPath"], event["queryStringParameters"]) == ("/a b/c", {"x": "1,2"})
        assert answer.headers["set-cookie"] == "seen=1"
        assert answer.headers["apigw-requestid"] == event["requestContext"]["requestId"]
    assert by_host.json()["requestContext"]["domainName"] == api.host
    assert by_host.json()["cookies"] == ["c=1"]


def test_the_function_runs_in_the_trace_of_its_visitor(api):
    own = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    event = api.visit("GET", "/x", {"x-amzn-trace-id": own}).json()
    assert (event["headers"]["x-amzn-trace-id"], event["trace"]) == (own, own)

    event = api.visit("GET", "/x", {"x-amzn-trace-id": "none"}).json()
    assert event["headers"]["x-amzn-trace-id"].startswith("Root=1-")
    assert event["trace"].startswith(event["headers"]["x-amzn-trace-id"] + ";Parent=")


def test_a_head_request_has_no_body_and_an_unknown_api_is_forbidden(api):
    assert (api.visit("HEAD", "/x").status_code, api.visit("HEAD", "/x").content) == (200, b"")
    unknown = httpx.get(api.platform.url, headers={"host": "zzzzzzzzzz.execute-api.localhost"})
    assert (unknown.status_code, unknown.json()) == (403, {"message": "Forbidden"})


def test_a_function_that_raises_is_an_internal_error(api):
    api.route("GET /broken", api.integration(IntegrationType="AWS_PROXY", IntegrationUri=api.arns["broken"]))

    answer = api.visit("GET", "/broken")

    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})


def test_a_function_that_takes_longer_than_its_integration_may_is_unavailable(api):
    slow = api.integration(IntegrationType="AWS_PROXY", IntegrationUri=api.arns["handler"], TimeoutInMillis=50)
    api.route("GET /slow", slow)
    answer = api.visit("GET", "/slow")
    assert (answer.status_code, answer.json()) == (503, {"message": "Service Unavailable"})


def test_a_page_of_an_allowed_origin_may_read_answers(api):
    origin = {"origin": "http://page.example"}

    preflight = api.visit("OPTIONS", "/x", origin | {"access-control-request-method": "GET"})

    assert (preflight.status_code, preflight.headers["access-control-allow-methods"]) == (204, "GET")
    assert api.visit("GET", "/x", origin).headers["access-control-allow-origin"] == "http://page.example"


def test_a_route_sends_to_a_queue_without_a_function(api):
    queues = api.aws("sqs")
    url = queues.create_queue(QueueName="q")["QueueUrl"]
    parameters = {"QueueUrl": url, "MessageBody": "$request.body.text"}
    integration = api.integration(
        IntegrationType="AWS_PROXY",
        IntegrationSubtype="SQS-SendMessage",
        CredentialsArn=api.role,
        RequestParameters=parameters,
        PayloadFormatVersion="1.0",
    )
    api.route("POST /send", integration)

    answer = api.visit("POST", "/send", body=b'{"text": "hello"}')

    assert answer.status_code == 200
    assert queues.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"


def test_a_function_decides_who_may_take_a_route(api):
    authorizer = api.client.create_authorizer(
        ApiId=api.id,
        Name="z",
        AuthorizerType="REQUEST",
        AuthorizerUri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{api.arns['authorize']}/invocations",
        AuthorizerPayloadFormatVersion="2.0",
        EnableSimpleResponses=True,
        IdentitySource=["$request.header.Authorization"],
    )
    api.route("GET /private", api.function, AuthorizationType="CUSTOM", AuthorizerId=authorizer["AuthorizerId"])

    answers = [api.visit("GET", "/private", headers) for headers in ({}, {"authorization": "bad"}, {"authorization": "good"})]

    assert [answer.status_code for answer in answers] == [401, 403, 200]
    assert answers[2].json()["requestContext"]["authorizer"] == {"lambda": {"user": "ann"}}


def test_a_signature_opens_a_route_of_iam(api):
    api.route("GET /signed", api.function, AuthorizationType="AWS_IAM")
    request = AWSRequest("GET", f"http://{api.host}/signed")
    SigV4Auth(Credentials(api.account, "test"), "execute-api", REGION).add_auth(request)

    answer = api.visit("GET", "/signed", dict(request.headers))

    assert answer.json()["requestContext"]["authorizer"]["iam"]["userArn"] == f"arn:aws:iam::{api.account}:root"
    assert api.visit("GET", "/signed").status_code == 403


def test_a_domain_name_leads_to_a_stage_below_its_mapping(api):
    domain = f"{api.id}.example.test"
    certificate = f"arn:aws:acm:{REGION}:{api.account}:certificate/c"
    api.client.create_domain_name(DomainName=domain, DomainNameConfigurations=[{"CertificateArn": certificate}])
    api.client.create_api_mapping(DomainName=domain, ApiId=api.id, Stage="$default", ApiMappingKey="v1")

    answer = api.visit("GET", "/v1/x", {"host": domain})

    assert (answer.json()["rawPath"], answer.json()["requestContext"]["domainName"]) == ("/v1/x", domain)
    assert api.visit("GET", "/v2/x", {"host": domain}).status_code == 403


def test_lines_of_the_access_log_are_found_in_the_log_group(api):
    group = f"arn:aws:logs:{REGION}:{api.account}:log-group:/api"
    settings = {
        "DestinationArn": group,
        "Format": '{"id":"$context.requestId","route":"$context.routeKey","status":$context.status}',
    }
    api.client.create_stage(ApiId=api.id, StageName="logged", AutoDeploy=True, AccessLogSettings=settings)

    assert api.visit("GET", "/logged/x").json()["requestContext"]["stage"] == "logged"

    logs = api.aws("logs")
    found: list[Any] = []
    for _ in range(1_000):  # the line is written after the answer
        groups = logs.describe_log_groups(logGroupNamePrefix="/api")["logGroups"]
        found = logs.filter_log_events(logGroupName="/api")["events"] if groups else []
        if found:
            break
    (line,) = (json.loads(event["message"]) for event in found)
    assert (len(line.pop("id")), line) == (16, {"route": "$default", "status": 200})
