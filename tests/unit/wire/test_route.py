"""Every way to name an operation leads to it, and none loads a model that the request does not need."""

import subprocess
import sys

import pytest

from lambent.wire import models, problems, route
from lambent.wire.http import Request
from lambent.wire.route import Router

SERVICES = (
    *("lambda", "s3", "logs", "iam", "sts", "sqs", "sns", "dynamodb", "dynamodbstreams", "kinesis", "stepfunctions"),
    *("events", "scheduler", "apigatewayv2", "apigateway", "apigatewaymanagementapi", "cloudwatch", "ecr"),
)
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.fixture
def router() -> Router:
    return Router(SERVICES)


def signed(service: str) -> dict[str, str]:
    scope = f"000000000000/20260101/us-east-1/{service}/aws4_request"
    return {"host": "localhost:4566", "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}


def name_of(router: Router, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b"") -> str:
    path, _, query = target.partition("?")
    found = router.route(Request(method, path, query, headers or {}, body))
    return f"{found.operation.service.name}.{found.operation.name}"


def test_a_target_names_its_operation(router: Router):
    found = router.route(Request("POST", "/", "", {"x-amz-target": "Logs_20140328.PutLogEvents"}))
    assert (found.operation.name, found.protocol, dict(found.labels)) == ("PutLogEvents", "json", {})


def test_a_body_in_cbor_makes_the_same_operation_one_of_another_protocol(router: Router):
    headers = {"x-amz-target": "Logs_20140328.PutLogEvents", "content-type": "application/x-amz-cbor-1.1"}
    request = Request("POST", "/", "", headers)
    assert (router.route(request).operation.name, router.route(request).protocol) == ("PutLogEvents", "json-in-cbor")
    assert router.protocol_of(request) == "json-in-cbor"


def test_a_target_is_found_again_without_looking(router: Router):
    request = Request("POST", "/", "", {"x-amz-target": "AmazonSQS.SendMessage"})
    assert router.route(request) is router.route(request)


@pytest.mark.parametrize("target", ["AmazonSQS.Levitate", "Nimbus_2020.Fly", "nonsense", ""])
def test_an_unknown_target_is_refused(router: Router, target: str):
    with pytest.raises(problems.UnknownTarget):
        router.route(Request("POST", "/", "", {"x-amz-target": target}))


def test_an_rpc_path_names_service_and_operation(router: Router):
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
    found = router.route(Request("POST", path, "", {"smithy-protocol": "rpc-v2-cbor"}))
    assert (found.operation.service.name, found.operation.name, found.protocol) == (
        "cloudwatch",
        "PutMetricData",
        "smithy-rpc-v2-cbor",
    )


@pytest.mark.parametrize("path", ["/", "/service/Nimbus/operation/Fly", "/service/GraniteServiceVersion20100801/operation/Fly"])
def test_an_unknown_rpc_path_is_refused(router: Router, path: str):
    with pytest.raises(problems.UnknownOperation):
        router.route(Request("POST", path, "", {"smithy-protocol": "rpc-v2-cbor"}))


@pytest.mark.parametrize("headers", [FORM, FORM | signed("iam")])
def test_an_action_in_a_form_names_its_operation(router: Router, headers: dict[str, str]):
    assert name_of(router, "POST", "/", headers, b"Action=CreateRole&Version=2010-05-08&RoleName=r") == "iam.CreateRole"


def test_an_action_in_the_url_names_its_operation(router: Router):
    assert name_of(router, "GET", "/?Action=GetCallerIdentity&Version=2011-06-15") == "sts.GetCallerIdentity"


@pytest.mark.parametrize("action", ["ConfirmSubscription", "Unsubscribe"])
def test_the_links_of_sns_name_no_version(router: Router, action: str):
    assert name_of(router, "GET", f"/?Action={action}&TopicArn=t&Token=t") == f"sns.{action}"


def test_the_signature_counts_more_than_the_version(router: Router):
    assert (
        name_of(router, "POST", "/", FORM | signed("sts"), b"Action=GetCallerIdentity&Version=1999-01-01")
        == "sts.GetCallerIdentity"
    )


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/?Action=SendMessage&Version=2012-11-05", {}),
        ("/?Action=SendMessage", signed("sqs")),
        ("/?Action=SendMessage", {"host": "sqs.us-east-1.localhost:4566"}),
        ("/?Action=SendMessage", {"host": "us-east-1.queue.localhost:4566"}),
        ("/000000000000/q?Action=SendMessage", {}),
    ],
)
def test_older_clients_of_sqs_speak_query(router: Router, target: str, headers: dict[str, str]):
    assert name_of(router, "GET", target, headers) == "sqs.SendMessage"


def test_a_queues_own_url_tells_the_queue(router: Router):
    found = router.route(Request("GET", "/000000000000/q", "Action=SendMessage", {"host": "localhost:4566"}))
    assert (found.protocol, found.labels) == ("query", {"QueueUrl": "http://localhost:4566/000000000000/q"})


def test_an_unknown_action_is_refused(router: Router):
    with pytest.raises(problems.InvalidAction, match="Could not find operation Fly for version 2010-05-08"):
        name_of(router, "POST", "/", FORM, b"Action=Fly&Version=2010-05-08")


def test_a_form_without_an_action_is_refused(router: Router):
    with pytest.raises(problems.MissingAction):
        name_of(router, "POST", "/", FORM | signed("iam"), b"RoleName=r")


def test_curls_own_content_type_does_not_make_an_invocation_a_form(router: Router):
    assert name_of(router, "POST", "/2015-03-31/functions/f/invocations", FORM, b'{"Action=": 1}') == "lambda.Invoke"


@pytest.mark.parametrize(
    ("method", "target", "operation"),
    [
        ("POST", "/2015-03-31/functions/f/invocations", "lambda.Invoke"),
        ("GET", "/2015-03-31/functions/", "lambda.ListFunctions"),
        ("GET", "/v2/apis", "apigatewayv2.GetApis"),
        ("GET", "/restapis", "apigateway.GetRestApis"),
        ("POST", "/schedules/s", "scheduler.CreateSchedule"),
        ("GET", "/", "s3.ListBuckets"),
        ("PUT", "/bucket/key", "s3.PutObject"),
    ],
)
def test_an_unsigned_request_is_routed_by_its_path(router: Router, method: str, target: str, operation: str):
    assert name_of(router, method, target) == operation


def test_a_signature_of_api_gateway_stands_for_both_of_its_services(router: Router):
    assert name_of(router, "GET", "/v2/apis", signed("apigateway")) == "apigatewayv2.GetApis"
    assert name_of(router, "GET", "/account", signed("apigateway")) == "apigateway.GetAccount"


@pytest.mark.parametrize("path", ["/@connections/C1%3D", "/prod/@connections/C1%3D"])
def test_a_connection_is_found_below_whatever_a_caller_takes_for_its_api(router: Router, path: str):
    found = router.route(Request("POST", path, "", signed("execute-api")))
    assert (found.operation.name, dict(found.labels)) == ("PostToConnection", {"connectionId": "C1="})


@pytest.mark.parametrize(
    ("host", "path", "bucket", "key"),
    [
        ("s3.localhost:4566", "/b/k", "b", "k"),
        ("b.s3.localhost:4566", "/k", "b", "k"),
        ("my.dotted.b.s3.localhost:4566", "/k", "my.dotted.b", "k"),
        ("b.s3.us-east-1.localhost", "/k/l", "b", "k/l"),
        ("b.s3.amazonaws.com", "/k", "b", "k"),
        ("b.s3-eu-west-1.amazonaws.com", "/k", "b", "k"),
        ("s3.eu-west-1.amazonaws.com", "/b/k", "b", "k"),
        ("my-lambda.s3.localhost", "/k", "my-lambda", "k"),
    ],
)
def test_a_host_may_name_the_bucket(router: Router, host: str, path: str, bucket: str, key: str):
    found = router.route(Request("GET", path, "", {"host": host}))
    assert (found.operation.name, found.labels) == ("GetObject", {"Bucket": bucket, "Key": key})


def test_a_bare_local_host_names_a_bucket_where_the_signature_says_s3(router: Router):
    found = router.route(Request("GET", "/", "list-type=2", signed("s3") | {"host": "bucket.localhost:4566"}))
    assert (found.operation.name, found.labels) == ("ListObjectsV2", {"Bucket": "bucket"})


@pytest.mark.parametrize("host", ["lambda.us-east-1.amazonaws.com", "lambda.us-east-1.localhost:4566", "lambda.localhost"])
def test_a_host_may_name_the_service(router: Router, host: str):
    assert name_of(router, "POST", "/2015-03-31/functions/f/invocations", {"host": host}) == "lambda.Invoke"


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("sqs.us-east-1.localhost", "sqs"),
        ("us-east-1.queue.localhost", "sqs"),
        ("sync-states.us-east-1.amazonaws.com", "stepfunctions"),
        ("streaming-logs.us-east-1.localhost", "logs"),
        ("localhost", None),
        ("127.0.0.1", None),
        ("logs", None),
    ],
)
def test_hosts_tell_their_services(host: str, service: str | None):
    assert route._service_of_host(host) == service


def test_a_presigned_request_is_routed_by_its_query(router: Router):
    query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Expires=60"
    assert name_of(router, "GET", f"/bucket/2015-03-31/key?{query}") == "s3.GetObject"


def test_a_service_that_is_not_served_is_named():
    with pytest.raises(problems.ServiceNotServed, match="does not serve sqs"):
        Router(["lambda"]).route(Request("POST", "/", "", {"x-amz-target": "AmazonSQS.SendMessage"}))
    with pytest.raises(problems.ServiceNotServed, match="does not serve ec2"):
        Router(["lambda"]).route(Request("POST", "/", "", signed("ec2")))
    with pytest.raises(problems.ServiceNotServed, match="does not serve kms"):
        Router(["lambda"]).route(Request("POST", "/", "", {"x-amz-target": "TrentService.ListKeys"} | signed("kms")))


@pytest.mark.parametrize(
    ("method", "path", "headers", "problem"),
    [
        ("GET", "/2015-03-31/nothing", {}, problems.UnknownOperation),
        ("PATCH", "/2015-03-31/functions", {}, problems.UnknownOperation),
        ("PATCH", "/bucket", {}, problems.MethodNotAllowed),
        ("GET", "/", signed("logs"), problems.UnknownOperation),
        ("GET", "/_aws/execute-apis/a1b2/pets", {}, problems.UnknownSite),
    ],
)
def test_what_names_no_operation_is_refused(
    router: Router, method: str, path: str, headers: dict[str, str], problem: type[Exception]
):
    with pytest.raises(problem):
        router.route(Request(method, path, "", headers))


@pytest.mark.parametrize(
    ("target", "headers", "protocol"),
    [
        ("/", {"x-amz-target": "Nimbus.Fly"}, "json"),
        ("/", {"smithy-protocol": "rpc-v2-cbor"}, "smithy-rpc-v2-cbor"),
        ("/", signed("iam"), "query"),
        ("/?Action=Fly", {}, "query"),
        ("/?Action=Fly", signed("ec2"), "query"),
        ("/bucket", {}, "rest-xml"),
        ("/_aws/execute-apis/a1b2", {}, "rest-json"),
        ("/2015-03-31/nothing", {}, "rest-json"),
        ("/anything", signed("lambda"), "rest-json"),
        ("/v1/pipes", signed("pipes"), "rest-json"),
    ],
)
def test_a_request_without_a_route_is_answered_in_its_own_protocol(
    router: Router, target: str, headers: dict[str, str], protocol: str
):
    path, _, query = target.partition("?")
    assert router.protocol_of(Request("GET", path, query, headers)) == protocol


def test_the_tables_say_what_the_models_say():
    for name in SERVICES:
        service = models.service(name)
        assert name in route._SIGNING_NAMES[service.signing_name]
        if service.metadata.target_prefix:
            assert route._TARGETS[service.metadata.target_prefix] == name
        if "query" in service.protocols:
            assert route._QUERY_VERSIONS[service.metadata.api_version] == name
        assert (service.protocol in ("rest-json", "rest-xml")) == (name in route._REST_SERVICES)


def test_a_route_loads_the_one_model_that_it_needs():
    script = (
        "from lambent.wire import models; from lambent.wire.http import Request; from lambent.wire.route import Router;"
        "Router(['lambda', 's3', 'logs', 'iam']).route(Request('GET', '/2015-03-31/functions', '', {}));"
        "assert models.service.cache_info().currsize == 1"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
