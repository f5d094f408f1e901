"""What a caller must be allowed for an operation."""

import base64
import importlib
import json
from typing import Any

import pytest

from lambent import app
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.gateway import actions
from lambent.gateway.needs import EVERYTHING, Need, needs_of
from lambent.services.kinesis.engine import iterators as kinesis_iterators
from lambent.services.lambda_.engine.durable import names as durable_names
from lambent.wire import models

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/team/ada"
CONTEXT = Context(ACCOUNT, "eu-west-1", "request", USER, "http://localhost:4566")
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:greet"
LAYER = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:layer:tools"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
GROUP = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders"
EVENTS = f"arn:aws:events:eu-west-1:{ACCOUNT}"
SCHEDULER = f"arn:aws:scheduler:eu-west-1:{ACCOUNT}"
PIPE = f"arn:aws:pipes:eu-west-1:{ACCOUNT}:pipe/p"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:news"
ITERATOR = kinesis_iterators.Iterator(0, ACCOUNT, "eu-west-1", "s", 1, 0, 0)
STREAM = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/songs/stream/2026-01-01T00:00:00.000"


def needs(service: str, operation: str, **parameters: Any) -> list[Need]:
    return needs_of(CONTEXT, service, operation, parameters)


def pairs(service: str, operation: str, **parameters: Any) -> list[tuple[str, str]]:
    return [(need.action, need.resource) for need in needs(service, operation, **parameters)]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "action", "resource"),
    [
        ("lambda", "Invoke", {"FunctionName": "greet"}, "lambda:InvokeFunction", FUNCTION),
        ("lambda", "Invoke", {"FunctionName": "greet", "Qualifier": "live"}, "lambda:InvokeFunction", f"{FUNCTION}:live"),
        ("lambda", "Invoke", {"FunctionName": f"{ACCOUNT}:function:greet:7"}, "lambda:InvokeFunction", f"{FUNCTION}:7"),
        ("lambda", "GetFunction", {"FunctionName": FUNCTION}, "lambda:GetFunction", FUNCTION),
        ("lambda", "ListFunctions", {}, "lambda:ListFunctions", "*"),
        ("lambda", "ListTags", {"Resource": FUNCTION}, "lambda:ListTags", FUNCTION),
        ("lambda", "PublishLayerVersion", {"LayerName": "tools"}, "lambda:PublishLayerVersion", LAYER),
        ("lambda", "GetLayerVersion", {"LayerName": LAYER, "VersionNumber": 3}, "lambda:GetLayerVersion", f"{LAYER}:3"),
        ("lambda", "GetLayerVersionByArn", {"Arn": f"{LAYER}:3"}, "lambda:GetLayerVersion", f"{LAYER}:3"),
        ("lambda", "ListLayerVersions", {"LayerName": "tools"}, "lambda:ListLayerVersions", "*"),
        (
            "lambda",
            "GetEventSourceMapping",
            {"UUID": "u"},
            "lambda:GetEventSourceMapping",
            f"arn:aws:lambda:eu-west-1:{ACCOUNT}:event-source-mapping:u",
        ),
        ("dynamodbstreams", "DescribeStream", {"StreamArn": STREAM}, "dynamodb:DescribeStream", STREAM),
        ("dynamodbstreams", "GetRecords", {"ShardIterator": f"{STREAM}|1|x"}, "dynamodb:GetRecords", STREAM),
        (
            "dynamodbstreams",
            "ListStreams",
            {"TableName": "songs"},
            "dynamodb:ListStreams",
            f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/songs/stream/*",
        ),
        ("dynamodbstreams", "ListStreams", {}, "dynamodb:ListStreams", "*"),
        ("logs", "CreateLogGroup", {"logGroupName": "/a"}, "logs:CreateLogGroup", f"{GROUP}:/a:log-stream:"),
        ("logs", "PutLogEvents", {"logGroupName": "/a", "logStreamName": "s"}, "logs:PutLogEvents", f"{GROUP}:/a:log-stream:s"),
        ("logs", "GetLogEvents", {"logGroupIdentifier": f"{GROUP}:/a:*"}, "logs:GetLogEvents", f"{GROUP}:/a:log-stream:"),
        ("logs", "TagResource", {"resourceArn": f"{GROUP}:/a"}, "logs:TagResource", f"{GROUP}:/a:log-stream:"),
        ("logs", "DescribeLogGroups", {"logGroupIdentifiers": ["/a"]}, "logs:DescribeLogGroups", "*"),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k/x"}, "s3:GetObject", "arn:aws:s3:::b/k/x"),
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k", "VersionId": "v"}, "s3:GetObjectVersion", "arn:aws:s3:::b/k"),
        ("s3", "DeleteObject", {"Bucket": "b", "Key": "k", "VersionId": "v"}, "s3:DeleteObjectVersion", "arn:aws:s3:::b/k"),
        (
            "s3",
            "GetObjectTagging",
            {"Bucket": "b", "Key": "k", "VersionId": "v"},
            "s3:GetObjectVersionTagging",
            "arn:aws:s3:::b/k",
        ),
        ("s3", "UploadPart", {"Bucket": "b", "Key": "k"}, "s3:PutObject", "arn:aws:s3:::b/k"),
        ("s3", "ListObjectsV2", {"Bucket": "b", "Prefix": "p"}, "s3:ListBucket", "arn:aws:s3:::b"),
        ("s3", "ListBuckets", {}, "s3:ListAllMyBuckets", "*"),
        ("sqs", "SendMessageBatch", {"QueueUrl": f"http://localhost:4566/{ACCOUNT}/orders"}, "sqs:SendMessage", QUEUE),
        ("sqs", "ReceiveMessage", {"QueueUrl": "orders"}, "sqs:ReceiveMessage", QUEUE),
        ("sqs", "ReceiveMessage", {"QueueUrl": f"http://x/{ACCOUNT}/or%64ers"}, "sqs:ReceiveMessage", QUEUE),
        ("sqs", "ReceiveMessage", {"QueueUrl": "http://[/orders"}, "sqs:ReceiveMessage", "*"),
        ("sqs", "ReceiveMessage", {"QueueUrl": "http://x/orders"}, "sqs:ReceiveMessage", "*"),
        (
            "sqs",
            "PurgeQueue",
            {"QueueUrl": f"https://sqs.us-east-2.amazonaws.com/{ACCOUNT}/orders"},
            "sqs:PurgeQueue",
            QUEUE.replace("eu-west-1", "us-east-2"),
        ),
        ("sqs", "CreateQueue", {"QueueName": "orders"}, "sqs:CreateQueue", QUEUE),
        (
            "sqs",
            "GetQueueUrl",
            {"QueueName": "orders", "QueueOwnerAWSAccountId": "444455556666"},
            "sqs:GetQueueUrl",
            QUEUE.replace(ACCOUNT, "444455556666"),
        ),
        ("sns", "PublishBatch", {"TopicArn": TOPIC}, "sns:Publish", TOPIC),
        ("sns", "CreateTopic", {"Name": "news"}, "sns:CreateTopic", TOPIC),
        ("sns", "Unsubscribe", {"SubscriptionArn": f"{TOPIC}:5f3a"}, "sns:Unsubscribe", TOPIC),
        ("events", "PutRule", {"Name": "r", "EventBusName": "b"}, "events:PutRule", f"{EVENTS}:rule/b/r"),
        ("events", "RemoveTargets", {"Rule": "r", "Ids": ["1"]}, "events:RemoveTargets", f"{EVENTS}:rule/r"),
        ("events", "DescribeEventBus", {"Name": f"{EVENTS}:event-bus/b"}, "events:DescribeEventBus", f"{EVENTS}:event-bus/b"),
        ("events", "PutPermission", {}, "events:PutPermission", f"{EVENTS}:event-bus/default"),
        ("events", "TagResource", {"ResourceARN": f"{EVENTS}:rule/r"}, "events:TagResource", f"{EVENTS}:rule/r"),
        ("events", "ListRules", {"EventBusName": "b"}, "events:ListRules", "*"),
        ("events", "ListConnections", {"NamePrefix": "c"}, "events:ListConnections", "*"),
        ("events", "DescribeConnection", {"Name": "c"}, "events:DescribeConnection", f"{EVENTS}:connection/c"),
        ("scheduler", "GetSchedule", {"Name": "s"}, "scheduler:GetSchedule", f"{SCHEDULER}:schedule/default/s"),
        (
            *("scheduler", "DeleteSchedule", {"Name": "s", "GroupName": "g"}),
            *("scheduler:DeleteSchedule", f"{SCHEDULER}:schedule/g/s"),
        ),
        ("scheduler", "GetScheduleGroup", {"Name": "g"}, "scheduler:GetScheduleGroup", f"{SCHEDULER}:schedule-group/g"),
        (
            *("scheduler", "TagResource", {"ResourceArn": f"{SCHEDULER}:schedule-group/g"}),
            *("scheduler:TagResource", f"{SCHEDULER}:schedule-group/g"),
        ),
        ("scheduler", "ListSchedules", {"GroupName": "g"}, "scheduler:ListSchedules", "*"),
        ("pipes", "DescribePipe", {"Name": "p"}, "pipes:DescribePipe", PIPE),
        ("pipes", "TagResource", {"resourceArn": PIPE}, "pipes:TagResource", PIPE),
        ("pipes", "ListPipes", {}, "pipes:ListPipes", "*"),
        ("iam", "GetRole", {"RoleName": "worker"}, "iam:GetRole", ROLE),
        ("iam", "CreateRole", {"RoleName": "worker", "Path": "/t/"}, "iam:CreateRole", ROLE.replace("/worker", "/t/worker")),
        ("iam", "GetUser", {}, "iam:GetUser", USER),
        ("iam", "ListUsers", {}, "iam:ListUsers", "*"),
        ("iam", "CreatePolicy", {"PolicyName": "p"}, "iam:CreatePolicy", f"arn:aws:iam::{ACCOUNT}:policy/p"),
        ("sts", "AssumeRole", {"RoleArn": ROLE, "RoleSessionName": "job"}, "sts:AssumeRole", ROLE),
        ("stepfunctions", "ListStateMachines", {}, "states:ListStateMachines", "*"),
    ],
)
def test_an_operation_asks_for_an_action_on_a_resource(
    service: str, operation: str, parameters: dict[str, Any], action: str, resource: str
):
    assert pairs(service, operation, **parameters) == [(action, resource)]


@pytest.mark.parametrize("operation", ["GetCallerIdentity", "GetSessionToken"])
def test_who_one_is_everybody_may_ask(operation: str):
    assert needs("sts", operation) == []


def test_a_function_with_a_role_and_code_in_s3_asks_for_both():
    assert pairs(
        "lambda",
        "CreateFunction",
        FunctionName="greet",
        Role=ROLE,
        Code={"S3Bucket": "b", "S3Key": "k", "S3ObjectVersion": "v"},
    ) == [
        ("lambda:CreateFunction", FUNCTION),
        ("iam:PassRole", ROLE),
        ("s3:GetObjectVersion", "arn:aws:s3:::b/k"),
    ]
    assert pairs("lambda", "UpdateFunctionCode", FunctionName="greet", S3Bucket="b", S3Key="k")[1] == (
        "s3:GetObject",
        "arn:aws:s3:::b/k",
    )


def test_a_connection_is_managed_where_only_its_id_is_known_for_all_of_the_account_s_apis():
    assert pairs("apigatewaymanagementapi", "PostToConnection", ConnectionId="C1=", Data=b"") == [
        ("execute-api:ManageConnections", "arn:aws:execute-api:eu-west-1:111122223333:*/*/POST/@connections/C1=")
    ]


def test_a_copy_asks_for_the_source_too():
    told = pairs("s3", "CopyObject", Bucket="b", Key="k", CopySource="/a/x%20y?versionId=v")
    assert told == [("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:GetObjectVersion", "arn:aws:s3:::a/x y")]


def test_each_object_that_is_to_be_deleted_is_asked_for():
    told = pairs("s3", "DeleteObjects", Bucket="b", Delete={"Objects": [{"Key": "x"}, {"Key": "y", "VersionId": "v"}]})
    assert told == [("s3:DeleteObject", "arn:aws:s3:::b/x"), ("s3:DeleteObjectVersion", "arn:aws:s3:::b/y")]


def test_tags_of_an_object_and_its_attributes_are_asked_for():
    assert pairs("s3", "PutObject", Bucket="b", Key="k", Tagging="a=b")[1] == ("s3:PutObjectTagging", "arn:aws:s3:::b/k")
    told = [action for action, _ in pairs("s3", "GetObjectAttributes", Bucket="b", Key="k", VersionId="v")]
    assert told == ["s3:GetObjectVersionAttributes", "s3:GetObjectVersion"]


def test_a_new_name_is_asked_for_beside_the_old():
    told = pairs("iam", "UpdateUser", UserName="ada", NewUserName="eve", NewPath="/x/")
    assert [resource for _, resource in told] == [f"arn:aws:iam::{ACCOUNT}:user/ada", f"arn:aws:iam::{ACCOUNT}:user/x/eve"]


def test_every_group_of_a_live_tail_is_asked_for():
    told = pairs("logs", "StartLiveTail", logGroupIdentifiers=[f"{GROUP}:/a", f"{GROUP}:/b"])
    assert [resource for _, resource in told] == [f"{GROUP}:/a:log-stream:", f"{GROUP}:/b:log-stream:"]


def test_a_tagged_session_asks_for_the_tagging_too():
    told = pairs(
        "sts", "AssumeRole", RoleArn=ROLE, RoleSessionName="job", Tags=[{"Key": "a", "Value": "b"}], SourceIdentity="x"
    )
    assert told == [("sts:AssumeRole", ROLE), ("sts:TagSession", ROLE), ("sts:SetSourceIdentity", ROLE)]


def test_what_conditions_may_ask_for_is_told():
    [need] = needs("s3", "ListObjectsV2", Bucket="b", Prefix="home/", MaxKeys=5)
    assert need.keys == {"s3:prefix": "home/", "s3:max-keys": "5"}
    [need] = needs("sqs", "CreateQueue", QueueName="q", tags={"Team": "blue"})
    assert need.keys == {"aws:RequestTag/Team": "blue", "aws:TagKeys": ["Team"]}
    [need] = needs("iam", "UntagRole", RoleName="r", TagKeys=["Team"])
    assert need.keys == {"aws:TagKeys": ["Team"]}
    [need] = needs("iam", "AttachRolePolicy", RoleName="r", PolicyArn="arn:aws:iam::aws:policy/x")
    assert (need.resource, need.keys) == (ROLE.replace("worker", "r"), {"iam:PolicyARN": "arn:aws:iam::aws:policy/x"})
    [need] = needs("lambda", "CreateEventSourceMapping", FunctionName="greet", EventSourceArn=QUEUE)
    assert (need.resource, need.keys) == ("*", {"lambda:FunctionArn": FUNCTION})
    [need] = needs("lambda", "UpdateEventSourceMapping", UUID="u", FunctionName="greet")
    mapping = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:event-source-mapping:u"
    assert (need.resource, need.keys) == (mapping, {"lambda:FunctionArn": FUNCTION})
    assert needs("lambda", "CreateFunction", FunctionName="greet", Role=ROLE)[1].keys == {
        "iam:PassedToService": "lambda.amazonaws.com"
    }
    [need] = needs("lambda", "AddPermission", FunctionName="greet", Principal="*")
    assert need.keys == {"lambda:Principal": "*"}
    [need] = needs("lambda", "CreateFunctionUrlConfig", FunctionName="greet", AuthType="NONE")
    assert need.keys == {"lambda:FunctionUrlAuthType": "NONE"}
    [need] = needs("sns", "Subscribe", TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE)
    assert need.keys == {"sns:Protocol": "sqs", "sns:Endpoint": QUEUE}


def test_events_are_put_on_each_bus_that_is_named_once_and_targets_pass_their_roles():
    entries = [{"EventBusName": "b"}, {}, {"EventBusName": "b"}]
    assert pairs("events", "PutEvents", Entries=entries) == [
        ("events:PutEvents", f"{EVENTS}:event-bus/b"),
        ("events:PutEvents", f"{EVENTS}:event-bus/default"),
    ]
    targets = [{"Id": "1", "Arn": QUEUE}, {"Id": "2", "Arn": QUEUE, "RoleArn": ROLE}]
    assert needs("events", "PutTargets", Rule="r", Targets=targets)[1:] == [
        Need("iam:PassRole", ROLE, {"iam:PassedToService": "events.amazonaws.com"})
    ]


def test_iterators_name_the_stream_whatever_else_a_request_says():
    text, arn = kinesis_iterators.text_of(ITERATOR), f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/s"
    assert pairs("kinesis", "GetRecords", ShardIterator=text, StreamARN=f"{arn}other") == [("kinesis:GetRecords", arn)]
    assert pairs("kinesis", "GetRecords", ShardIterator="nonsense", StreamARN=arn) == [("kinesis:GetRecords", "*")]
    assert pairs("kinesis", "ListShards", NextToken="nonsense", StreamARN=arn) == [("kinesis:ListShards", "*")]


def test_streams_and_consumers_are_named_by_name_or_arn():
    arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"
    assert pairs("kinesis", "PutRecord", StreamName="s")[0][1].endswith(f":{ACCOUNT}:stream/s")
    assert pairs("kinesis", "PutRecord", StreamName="s", StreamARN=arn) == [("kinesis:PutRecord", arn)]
    consumer = f"{arn}/consumer/c:1"
    assert pairs("kinesis", "SubscribeToShard", ConsumerARN=consumer) == [("kinesis:SubscribeToShard", consumer)]
    made = [action for action, _ in pairs("kinesis", "CreateStream", StreamName="s", Tags={"a": "1"})]
    assert made == ["kinesis:CreateStream", "kinesis:AddTagsToStream"]


def test_operations_on_many_items_need_what_each_needs_alone():
    table = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table"
    assert pairs("dynamodb", "BatchWriteItem", RequestItems={"a-table": [], f"{table}/other": []}) == [
        ("dynamodb:BatchWriteItem", f"{table}/a-table"),
        ("dynamodb:BatchWriteItem", f"{table}/other"),
    ]
    actions = [{kind: {"TableName": "a-table"}} for kind in ("Put", "Update", "Delete", "ConditionCheck")]
    assert pairs("dynamodb", "TransactWriteItems", TransactItems=actions) == [
        (f"dynamodb:{action}", f"{table}/a-table") for action in ("PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")
    ]
    assert pairs("dynamodb", "Query", TableName="a-table", IndexName="by_kind") == [
        ("dynamodb:Query", f"{table}/a-table/index/by_kind")
    ]


def test_names_that_a_service_refuses_are_refused_in_its_words():
    with pytest.raises(ServiceError):
        needs("lambda", "GetFunction", FunctionName="no name")
    with pytest.raises(ServiceError):
        needs("s3", "CopyObject", Bucket="b", Key="k", CopySource="nothing")


def filled(service: str, operation: str) -> dict[str, Any]:
    """Parameters of an operation as its model has them, with something in each."""
    shape = models.service(service).operation(operation).input
    given: dict[str, Any] = {}
    for name, ref in (shape.shape.members if shape is not None else {}).items():
        given[name] = {"integer": 1, "long": 1, "string": "name", "list": [], "structure": {}, "map": {}}.get(ref.type)
    given |= {"RoleArn": ROLE, "Arn": f"{LAYER}:1", "Resource": FUNCTION, "resourceArn": f"{GROUP}:/a", "CopySource": "a/b"}
    handle = base64.b64encode(json.dumps({"taskId": "t", "sourceArn": QUEUE}).encode()).decode()
    given |= {"SubscriptionArn": f"{TOPIC}:5f3a", "TaskHandle": handle}
    execution = durable_names.parse_execution(f"{FUNCTION}:1/durable-execution/n/e")
    given["CallbackId"] = durable_names.CallbackName(execution, "o").id
    given["Delete"] = {"Objects": [{"Key": "k"}]}
    given |= {"RequestItems": {"table": {}}, "TransactItems": [{"Put": {"TableName": "table"}}]}
    given["logGroupIdentifiers"] = ["/a"]
    statement = {"Statement": "SELECT * FROM songs"}
    given |= statement | {"Statements": [statement], "TransactStatements": [statement]}
    given |= {"RequestItems": {"songs": {}}, "TransactItems": [{"Get": {"TableName": "songs"}}]}
    if service == "kinesis":
        token = kinesis_iterators.Token(0, ACCOUNT, "eu-west-1", "s", 0, "", 0.0)
        given |= {"ShardIterator": kinesis_iterators.text_of(ITERATOR), "NextToken": kinesis_iterators.text_of(token)}
    return {name: value for name, value in given.items() if shape is not None and name in shape.shape.members}


@pytest.mark.parametrize("service", list(app.SERVICES))
def test_every_operation_names_its_resource_or_is_known_to_have_none(service: str):
    package, class_name = app.SERVICES[service]
    implementation = getattr(importlib.import_module(package), class_name)
    for operation in models.service(service).operations():
        if hasattr(implementation, operation.method_name) and (service, operation.name) not in actions.FREE:
            parameters = filled(service, operation.name)
            is_unbound = needs_of(CONTEXT, service, operation.name, parameters)[0].resource == EVERYTHING
            assert is_unbound is ((service, operation.name) in actions.UNBOUND), f"{service}:{operation.name}"


@pytest.mark.parametrize(
    ("operation", "parameters", "action", "path"),
    [
        ("GetApis", {}, "GET", "/apis"),
        ("CreateApi", {"Name": "n", "ProtocolType": "HTTP"}, "POST", "/apis"),
        ("UpdateStage", {"ApiId": "a", "StageName": "$default"}, "PATCH", "/apis/a/stages/$default"),
        ("DeleteRoute", {"ApiId": "a", "RouteId": "r"}, "DELETE", "/apis/a/routes/r"),
        ("ImportApi", {"Body": "{}"}, "PUT", "/apis"),
        ("GetTags", {"ResourceArn": "arn:aws:x::/apis/a"}, "GET", "/tags/arn%3Aaws%3Ax%3A%3A%2Fapis%2Fa"),
    ],
)
def test_api_gateway_asks_for_methods_on_paths(operation: str, parameters: dict[str, Any], action: str, path: str):
    assert pairs("apigatewayv2", operation, **parameters) == [(f"apigateway:{action}", f"arn:aws:apigateway:eu-west-1::{path}")]


def test_an_integration_passes_its_role():
    assert needs("apigatewayv2", "CreateIntegration", ApiId="a", IntegrationType="AWS_PROXY", CredentialsArn=ROLE)[1:] == [
        Need("iam:PassRole", ROLE, {"iam:PassedToService": "apigateway.amazonaws.com"})
    ]


def test_a_schedule_passes_its_role():
    assert needs("scheduler", "CreateSchedule", Name="s", Target={"Arn": "arn", "RoleArn": ROLE})[1:] == [
        Need("iam:PassRole", ROLE, {"iam:PassedToService": "scheduler.amazonaws.com"})
    ]


def test_a_pipe_passes_its_role():
    assert needs("pipes", "UpdatePipe", Name="p", RoleArn=ROLE) == [
        Need("pipes:UpdatePipe", PIPE),
        Need("iam:PassRole", ROLE, {"iam:PassedToService": "pipes.amazonaws.com"}),
    ]


def test_partiql_asks_for_what_its_statements_do():
    table = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/songs"
    assert pairs("dynamodb", "ExecuteStatement", Statement='SELECT * FROM "songs"."by-year"') == [
        ("dynamodb:PartiQLSelect", f"{table}/index/by-year")
    ]
    assert pairs("dynamodb", "ExecuteStatement", Statement="DELETE FROM songs WHERE id = ?", Parameters=[{"S": "a"}]) == [
        ("dynamodb:PartiQLDelete", table)
    ]
    statements = [
        {"Statement": "EXISTS(SELECT * FROM songs WHERE id = 'a' AND n = 1)"},
        {"Statement": "UPDATE songs SET n = 1 WHERE id = 'b'"},
        {"Statement": "INSERT INTO songs VALUE {'id': 'c'}"},
        {"Statement": "nonsense"},
    ]
    for operation, parameter in (("ExecuteTransaction", "TransactStatements"), ("BatchExecuteStatement", "Statements")):
        assert pairs("dynamodb", operation, **{parameter: statements}) == [
            ("dynamodb:PartiQLSelect", table),
            ("dynamodb:PartiQLUpdate", table),
            ("dynamodb:PartiQLInsert", table),
        ]
