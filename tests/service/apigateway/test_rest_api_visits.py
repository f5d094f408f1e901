"""REST APIs, as their visitors see them: made through boto3, visited through httpx."""

import io
import json
import random
import sys
import zipfile
from typing import Any

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION = "us-east-1"
APP = """
import base64, json, time

def handler(event, context):
    if event["path"].endswith("/slow"):
        time.sleep(0.3)
    if event["path"].endswith("/broken"):
        raise ValueError("no")
    if event["path"].endswith("/malformed"):
        return "text"
    if event["path"].endswith("/png"):
        body = base64.b64encode(b"\\x89PNG").decode()
        return {"statusCode": 200, "headers": {"Content-Type": "image/png"}, "body": body, "isBase64Encoded": True}
    return {"statusCode": 200, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "body": json.dumps(event)}

def echo(event, context):
    if event.get("reason"):
        raise ValueError(event["reason"])
    return event

def authorize(event, context):
    token = event.get("authorizationToken") or event["headers"]["token"]
    statement = {"Action": "execute-api:Invoke", "Effect": token, "Resource": event["methodArn"]}
    return {"principalId": "ann", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}, "context": {"n": 1}}
"""
TEMPLATE = """
#set($in = $input.path('$'))
{"name": $input.json('$.name'), "page": "$input.params('page')", "reason": "$!in.reason",
 "tags": [#foreach($tag in $in.tags)"$tag"#if($foreach.hasNext),#end#end]}
"""


class Shop:
    """An API with a method of every kind, deployed as ``prod``."""

    def __init__(self, platform: Any) -> None:
        self.account = f"{random.randrange(10**11, 10**12)}"
        self.platform = platform
        self.role = f"arn:aws:iam::{self.account}:role/r"
        self.client = self.aws("apigateway")
        self.uris = self._functions()
        made = self.client.create_rest_api(name="shop", binaryMediaTypes=["image/png"])
        self.id, self.resources = made["id"], {"/": made["rootResourceId"]}
        self.host = f"{self.id}.execute-api.localhost:{platform.url.rpartition(':')[2]}"

    def _functions(self) -> dict[str, str]:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("app.py", APP)
        functions = self.aws("lambda")
        uris = {}
        for name in ("handler", "echo", "authorize"):
            made = functions.create_function(
                FunctionName=name,
                Runtime=f"python3.{sys.version_info.minor}",
                Handler=f"app.{name}",
                Role=self.role,
                Code={"ZipFile": content.getvalue()},
            )
            uris[name] = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{made['FunctionArn']}/invocations"
        for name in uris:
            functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0, "MaxAttempts": 10_000})
        return uris

    def aws(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.platform.url,
            aws_access_key_id=self.account,
            aws_secret_access_key="test",
        )

    def method(
        self,
        verb: str,
        path: str,
        integration: dict[str, Any],
        responses: dict[str, dict[str, Any]] | None = None,
        **settings: Any,
    ) -> None:
        place = {"restApiId": self.id, "resourceId": self._resource(path), "httpMethod": verb}
        self.client.put_method(**place, **{"authorizationType": "NONE", **settings})
        self.client.put_integration(**place, **integration)
        for status, response in (responses or {}).items():
            declared = dict.fromkeys(response.get("responseParameters", {}), False)
            self.client.put_method_response(**place, statusCode=status, responseParameters=declared)
            self.client.put_integration_response(**place, statusCode=status, **response)

    def function(self, name: str, kind: str = "AWS_PROXY") -> dict[str, Any]:
        return {"type": kind, "integrationHttpMethod": "POST", "uri": self.uris[name]}

    def service(self, place: str, template: str, content_type: str = "") -> dict[str, Any]:
        headers = {"integration.request.header.Content-Type": f"'{content_type}'"} if content_type else {}
        return {
            "type": "AWS",
            "integrationHttpMethod": "POST",
            "uri": f"arn:aws:apigateway:{REGION}:{place}",
            "credentials": self.role,
            "requestParameters": headers,
            "requestTemplates": {"application/json": template},
        }

    def deploy(self, stage: str = "prod", **settings: Any) -> None:
        self.client.create_deployment(restApiId=self.id, stageName=stage, **settings)

    def visit(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> httpx.Response:
        """By its host, which needs no name server this way."""
        given = {"host": self.host} | (headers or {})
        return httpx.request(method, f"{self.platform.url}{path}", headers=given, content=body)

    def _resource(self, path: str) -> str:
        if path not in self.resources:
            above, _, part = path.rpartition("/")
            made = self.client.create_resource(restApiId=self.id, parentId=self._resource(above or "/"), pathPart=part)
            self.resources[path] = made["id"]
        return self.resources[path]


@pytest.fixture(scope="module")
def shop(platform: Any) -> Shop:
    shop = Shop(platform)
    shop.method("ANY", "/items/{id}", shop.function("handler"))
    shop.method("ANY", "/all/{proxy+}", shop.function("handler"))
    shop.method("GET", "/slow", {**shop.function("handler"), "timeoutInMillis": 50})
    shop.method(
        "POST",
        "/echo",
        {**shop.function("echo", "AWS"), "requestTemplates": {"application/json": TEMPLATE}},
        {
            "200": {},
            "422": {
                "selectionPattern": "Bad.*",
                "responseTemplates": {"application/json": '{"why": $input.json("$.errorMessage")}'},
            },
        },
    )
    origin = {"method.response.header.Access-Control-Allow-Origin": "'*'"}
    template = {"application/json": '{"statusCode": 204}'}
    shop.method("OPTIONS", "/echo", {"type": "MOCK", "requestTemplates": template}, {"204": {"responseParameters": origin}})
    shop.deploy(variables={"colour": "red"})
    return shop


def test_an_api_is_visited_by_its_host_and_by_its_path(shop, vectors):
    by_host = shop.visit("GET", "/prod/items/a%20b?x=1&x=2", {"X-Header": "h", "accept": "*/*"})
    by_path = httpx.get(f"{shop.platform.url}/_aws/execute-api/{shop.id}/prod/items/a%20b?x=1&x=2")

    for answer in (by_host, by_path):
        event = answer.json()
        assert (answer.status_code, event["resource"], event["path"]) == (200, "/items/{id}", "/items/a b")
        assert event["pathParameters"] == {"id": "a b"}
        assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
        assert event["stageVariables"] == {"colour": "red"}
        assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
        assert answer.headers["x-amzn-requestid"] == event["requestContext"]["requestId"]
        assert answer.headers["x-amz-apigw-id"] == event["requestContext"]["extendedRequestId"]
        assert answer.headers["x-amzn-trace-id"].startswith("Root=1-")
    event = by_host.json()
    assert event["headers"]["X-Header"] == "h"
    assert (event["body"], event["isBase64Encoded"]) == (None, False)
    known = json.loads((vectors / "events" / "apiGatewayProxyEvent.json").read_text())
    assert known.keys() - event.keys() == {"version"}  # a REST API's has none
    context = event["requestContext"]
    assert known["requestContext"].keys() - context.keys() == {"authorizer"}
    assert known["requestContext"]["identity"].keys() - context["identity"].keys() == {"clientCert"}
    assert (context["path"], context["resourcePath"], context["stage"]) == ("/prod/items/a b", "/items/{id}", "prod")


@pytest.mark.parametrize(
    ("path", "status", "body", "error"),
    [
        ("/prod/nothing", 403, '{"message":"Missing Authentication Token"}', "MissingAuthenticationTokenException"),
        ("/prod/echo", 403, '{"message":"Missing Authentication Token"}', "MissingAuthenticationTokenException"),
        ("/test/echo", 403, '{"message":"Forbidden"}', "ForbiddenException"),
        ("/prod/all/broken", 502, '{"message": "Internal server error"}', "InternalServerErrorException"),
        ("/prod/all/malformed", 502, '{"message": "Internal server error"}', "InternalServerErrorException"),
        ("/prod/slow", 504, '{"message": "Endpoint request timed out"}', "InternalServerErrorException"),
    ],
)
def test_what_goes_wrong_is_told_as_aws_tells_it(shop, path, status, body, error):
    answer = shop.visit("GET", path)
    assert (answer.status_code, answer.text, answer.headers["x-amzn-errortype"]) == (status, body, error)


def test_bytes_go_both_ways_where_the_api_names_their_type(shop):
    answer = shop.visit("GET", "/prod/all/png", {"accept": "image/png"})
    assert (answer.content, answer.headers["content-type"]) == (b"\x89PNG", "image/png")
    event = shop.visit("POST", "/prod/all/x/y/", {"content-type": "image/png"}, b"\x89PNG").json()
    assert (event["body"], event["isBase64Encoded"], event["path"]) == ("iVBORw==", True, "/all/x/y/")


def test_templates_stand_between_a_function_and_its_visitors(shop):
    given = {"name": {"first": "Ann"}, "tags": ["a", "b"]}
    answer = shop.visit("POST", "/prod/echo?page=2", body=json.dumps(given).encode())
    assert answer.json() == {"name": {"first": "Ann"}, "page": "2", "reason": "", "tags": ["a", "b"]}
    failed = shop.visit("POST", "/prod/echo", body=json.dumps({**given, "reason": "Bad: x"}).encode())
    assert (failed.status_code, failed.json()) == (422, {"why": "Bad: x"})
    mocked = shop.visit("OPTIONS", "/prod/echo")
    assert (mocked.status_code, mocked.headers["access-control-allow-origin"]) == (204, "*")


def test_operations_of_services_stand_behind_methods(shop):
    queues = shop.aws("sqs")
    url = queues.create_queue(QueueName="orders")["QueueUrl"]
    shop.aws("dynamodb").create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    form = "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"
    queue = shop.service(f"sqs:path/{shop.account}/orders", form, "application/x-www-form-urlencoded")
    shop.method("POST", "/queue", queue, {"200": {}})
    put = '{"TableName": "orders", "Item": {"id": {"S": "$context.requestId"}, "n": {"N": "$input.path(\'$.n\')"}}}'
    shop.method("POST", "/table", shop.service("dynamodb:action/PutItem", put), {"200": {}, "400": {"selectionPattern": "400"}})
    shop.deploy()

    sent = shop.visit("POST", "/prod/queue", body=b'{"a": "b c"}')
    stored = shop.visit("POST", "/prod/table", body=b'{"n": 5}')
    refused = shop.visit("POST", "/prod/table", body=b'{"n": "five"}')

    assert "<SendMessageResponse" in sent.text
    assert queues.receive_message(QueueUrl=url)["Messages"][0]["Body"] == '{"a": "b c"}'
    assert (stored.status_code, stored.text) == (200, "{}")
    assert shop.aws("dynamodb").scan(TableName="orders")["Items"][0]["n"] == {"N": "5"}
    assert (refused.status_code, refused.json()["__type"].rpartition("#")[2]) == (400, "ValidationException")


def test_servers_stand_behind_methods(shop):
    behind = f"{shop.platform.url}/_aws/execute-api/{shop.id}/prod/items/{{id}}"
    way = {
        "integration.request.path.id": "method.request.path.name",
        "integration.request.header.Transfer-Encoding": "'chunked'",  # which is no mapping's to say
    }
    http = {"integrationHttpMethod": "GET", "uri": behind, "requestParameters": way}
    parameters = {"method.request.path.name": True}
    shop.method("ANY", "/proxy/{name}", {"type": "HTTP_PROXY", **http}, requestParameters=parameters)
    template = {"application/json": "$input.json('$.path')"}
    shop.method(
        "GET", "/http/{name}", {"type": "HTTP", **http}, {"200": {"responseTemplates": template}}, requestParameters=parameters
    )
    shop.deploy()

    proxied = shop.visit("GET", "/prod/proxy/7?a=1", {"x-own": "1"})
    event = proxied.json()
    assert (event["path"], event["queryStringParameters"], event["headers"]["x-own"]) == ("/items/7", {"a": "1"}, "1")
    assert proxied.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert len(proxied.headers.get_list("date")) == 1
    assert proxied.headers["x-amzn-remapped-content-length"] == proxied.headers["content-length"]
    assert shop.visit("GET", "/prod/http/8").text == '"/items/8"'


def test_functions_and_signatures_decide_who_may_call(shop):
    token = shop.client.create_authorizer(
        restApiId=shop.id,
        name="token",
        type="TOKEN",
        authorizerUri=shop.uris["authorize"],
        identitySource="method.request.header.Token",
    )
    request = shop.client.create_authorizer(
        restApiId=shop.id,
        name="request",
        type="REQUEST",
        authorizerUri=shop.uris["authorize"],
        identitySource="method.request.header.token, method.request.querystring.q",
    )
    for path, made in (("/token", token), ("/request", request)):
        shop.method("GET", path, shop.function("handler"), authorizationType="CUSTOM", authorizerId=made["id"])
    shop.method("GET", "/signed", shop.function("handler"), authorizationType="AWS_IAM")
    shop.deploy()

    answers = [shop.visit("GET", "/prod/token", {"token": token} if token else {}) for token in ("", "Deny", "Allow", "Odd")]
    assert [answer.status_code for answer in answers] == [401, 403, 200, 500]
    assert answers[1].json()["message"] == "User is not authorized to access this resource with an explicit deny"
    authorizer = answers[2].json()["requestContext"]["authorizer"]
    assert (authorizer["principalId"], authorizer["n"]) == ("ann", "1")
    assert answers[3].text == '{"message":null}'
    asked = [shop.visit("GET", f"/prod/request{query}", {"token": "Allow"}).status_code for query in ("", "?q=1")]
    assert asked == [401, 200]

    signed = AWSRequest("GET", f"http://{shop.host}/prod/signed")
    SigV4Auth(Credentials(shop.account, "test"), "execute-api", REGION).add_auth(signed)
    identity = shop.visit("GET", "/prod/signed", dict(signed.headers)).json()["requestContext"]["identity"]
    assert (identity["accountId"], identity["userArn"]) == (shop.account, f"arn:aws:iam::{shop.account}:root")
    assert shop.visit("GET", "/prod/signed").json() == {"message": "Missing Authentication Token"}


def test_a_key_is_asked_for_and_its_quota_comes_back_with_the_day(shop):
    shop.method("GET", "/keyed", shop.function("handler"), apiKeyRequired=True)
    shop.deploy()
    key = shop.client.create_api_key(name="k", enabled=True)
    plan = shop.client.create_usage_plan(
        name="p", apiStages=[{"apiId": shop.id, "stage": "prod"}], quota={"limit": 2, "period": "DAY"}
    )
    headers = {"x-api-key": key["value"]}
    assert shop.visit("GET", "/prod/keyed", headers).json() == {"message": "Forbidden"}
    shop.client.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")

    answers = [shop.visit("GET", "/prod/keyed", headers) for _ in range(3)]

    assert answers[0].json()["requestContext"]["identity"]["apiKeyId"] == key["id"]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json() == {"message": "Limit Exceeded"}
    today = shop.platform.now(account=shop.account).strftime("%Y-%m-%d")
    told = shop.client.get_usage(usagePlanId=plan["id"], startDate=today, endDate=today)
    assert told["items"] == {key["id"]: [[2, 0]]}
    shop.platform.advance(86_400, account=shop.account)
    assert shop.visit("GET", "/prod/keyed", headers).status_code == 200
    shop.client.update_usage_plan(
        usagePlanId=plan["id"],
        patchOperations=[
            {"op": "replace", "path": "/throttle/rateLimit", "value": "0.001"},
            {"op": "replace", "path": "/throttle/burstLimit", "value": "1"},
            {"op": "remove", "path": "/quota"},
        ],
    )
    throttled = [shop.visit("GET", "/prod/keyed", headers) for _ in range(2)]
    assert [answer.status_code for answer in throttled] == [200, 429]
    assert throttled[1].json() == {"message": "Too Many Requests"}


def test_requests_are_validated_and_refused_in_the_apis_own_words(shop):
    shop.client.create_model(
        restApiId=shop.id, name="Item", contentType="application/json", schema='{"type": "object", "required": ["name"]}'
    )
    validator = shop.client.create_request_validator(
        restApiId=shop.id, name="all", validateRequestBody=True, validateRequestParameters=True
    )
    shop.method(
        "POST",
        "/checked",
        shop.function("handler"),
        requestValidatorId=validator["id"],
        requestModels={"application/json": "Item"},
        requestParameters={"method.request.querystring.page": True},
    )
    shop.client.put_gateway_response(
        restApiId=shop.id,
        responseType="BAD_REQUEST_BODY",
        statusCode="422",
        responseParameters={"gatewayresponse.header.X-Why": "'body'"},
        responseTemplates={"application/json": '{"why": $context.error.messageString}'},
    )
    shop.deploy()

    unnamed = shop.visit("POST", "/prod/checked", body=b'{"name": "x"}')
    wrong = shop.visit("POST", "/prod/checked?page=1", body=b"{}")

    assert (unnamed.status_code, unnamed.json()["message"]) == (400, "Missing required request parameters: [page]")
    assert (wrong.status_code, wrong.json(), wrong.headers["x-why"]) == (422, {"why": "Invalid request body"}, "body")
    assert shop.visit("POST", "/prod/checked?page=1", body=b'{"name": "x"}').status_code == 200


def test_a_domain_name_leads_to_a_stage_below_its_base_path(shop):
    domain = f"{shop.id}.example.test"
    shop.client.create_domain_name(domainName=domain, endpointConfiguration={"types": ["REGIONAL"]})
    shop.client.create_base_path_mapping(domainName=domain, restApiId=shop.id, basePath="v1", stage="prod")
    shop.client.create_base_path_mapping(domainName=domain, restApiId=shop.id)

    for path in ("/v1/items/1", "/prod/items/1"):
        event = shop.visit("GET", path, {"host": domain}).json()
        assert (event["path"], event["requestContext"]["domainName"]) == ("/items/1", domain)
    assert shop.visit("GET", "/v2/items/1", {"host": domain}).status_code == 403


def test_lines_of_the_access_log_are_found_in_the_log_group(shop):
    authorizer = shop.client.create_authorizer(
        restApiId=shop.id,
        name="logged",
        type="TOKEN",
        authorizerUri=shop.uris["authorize"],
        identitySource="method.request.header.Token",
        authorizerResultTtlInSeconds=0,
    )
    shop.method("GET", "/logged", shop.function("handler"), authorizationType="CUSTOM", authorizerId=authorizer["id"])
    shop.deploy("logged")
    group = f"arn:aws:logs:{REGION}:{shop.account}:log-group:/rest"
    shop.client.update_stage(
        restApiId=shop.id,
        stageName="logged",
        patchOperations=[
            {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": group},
            {
                "op": "replace",
                "path": "/accessLogSettings/format",
                "value": "$context.requestId $context.resourcePath $context.status $context.integration.status"
                " $context.integrationStatus $context.authorizer.status $context.authorizer.integrationStatus"
                " $context.authorizer.error",
            },
        ],
    )
    assert shop.visit("GET", "/logged/items/1").status_code == 200
    assert shop.visit("GET", "/logged/all/malformed").status_code == 502
    statuses = [shop.visit("GET", "/logged/logged", {"token": token}).status_code for token in ("Allow", "Odd")]
    assert statuses == [200, 500]

    logs = shop.aws("logs")
    found: list[Any] = []
    for _ in range(1_000):  # the line is written after the answer
        groups = logs.describe_log_groups(logGroupNamePrefix="/rest")["logGroups"]
        found = logs.filter_log_events(logGroupName="/rest")["events"] if groups else []
        if len(found) == 4:
            break
    assert [event["message"].partition(" ")[2] for event in found] == [
        "/items/{id} 200 200 200 - - -",
        "/all/{proxy+} 502 200 200 - - -",
        "/logged 200 200 200 200 200 -",
        "/logged 500 - - 500 200 The authorizer's answer is malformed: policyDocument",
    ]


def test_a_method_is_tried_before_it_is_deployed(shop):
    tried = shop.client.test_invoke_method(
        restApiId=shop.id,
        resourceId=shop.resources["/items/{id}"],
        httpMethod="ANY",
        pathWithQueryString="/items/9?a=1",
        headers={"X-A": "h"},
    )
    event = json.loads(tried["body"])
    assert (tried["status"], event["pathParameters"], event["headers"]["X-A"]) == (200, {"id": "9"}, "h")
    assert "Method completed with status: 200" in tried["log"]
