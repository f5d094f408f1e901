"""Mappings of streams, told and refused as AWS does it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

DEFAULTS = {
    "BatchSize": 100,
    "BisectBatchOnFunctionError": False,
    "DestinationConfig": {"OnFailure": {}},
    "FunctionResponseTypes": [],
    "LastProcessingResult": "No records processed",
    "MaximumBatchingWindowInSeconds": 0,
    "MaximumRecordAgeInSeconds": -1,
    "MaximumRetryAttempts": -1,
    "ParallelizationFactor": 1,
    "StartingPosition": "LATEST",
    "StateTransitionReason": "User action",
    "TumblingWindowInSeconds": 0,
}


@pytest.fixture
def stream(client: Callable[..., Any]) -> str:
    """The ARN of a stream that is there."""
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="s", WaiterConfig={"Delay": 0, "MaxAttempts": 10_000})
    return kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]


@pytest.fixture
def table_stream(client: Callable[..., Any]) -> str:
    return client("dynamodb").create_table(
        TableName="table",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )["TableDescription"]["LatestStreamArn"]


@pytest.fixture
def follow(aws: Any, create: Any) -> Callable[..., Any]:
    """Maps a source to the function "f", by default from its end."""
    create()

    def make(arn: str, **options: Any) -> Any:
        given = {"FunctionName": "f", "EventSourceArn": arn, "StartingPosition": "LATEST"} | options
        told = aws.create_event_source_mapping(**{key: value for key, value in given.items() if value is not None})
        while aws.get_event_source_mapping(UUID=told["UUID"])["State"] not in ("Enabled", "Disabled"):
            pass
        return told

    return make


@pytest.mark.parametrize("kind", ["stream", "table_stream"])
def test_a_new_mapping_is_told_with_its_defaults(request, follow, kind):
    arn = request.getfixturevalue(kind)
    told = follow(arn)
    assert {key: told[key] for key in DEFAULTS} == DEFAULTS
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 202
    left = {"UUID", "EventSourceArn", "EventSourceMappingArn", "FunctionArn", "LastModified", "State", "ResponseMetadata"}
    assert set(told) - set(DEFAULTS) == left
    assert (told["State"], told["EventSourceArn"]) == ("Creating", arn)


def test_all_that_was_set_is_told(aws, follow, stream, client):
    queue = client("sqs").create_queue(QueueName="failed")["QueueUrl"].rpartition("/")[2]
    account = stream.split(":")[4]
    options = {
        "BatchSize": 7,
        "BisectBatchOnFunctionError": True,
        "DestinationConfig": {"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:{account}:{queue}"}},
        "MaximumBatchingWindowInSeconds": 3,
        "MaximumRecordAgeInSeconds": 60,
        "MaximumRetryAttempts": 2,
        "ParallelizationFactor": 10,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    told = follow(stream, **options)
    assert {key: told[key] for key in options} == options
    without = aws.update_event_source_mapping(UUID=told["UUID"], DestinationConfig={"OnFailure": {}}, ParallelizationFactor=2)
    assert (without["State"], without["ParallelizationFactor"]) == ("Updating", 2)
    assert (without["DestinationConfig"], without["BatchSize"]) == ({"OnFailure": {}}, 7)


def test_a_timestamp_to_begin_at_is_told(follow, stream):
    told = follow(stream, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=1_700_000_000)
    assert told["StartingPosition"] == "AT_TIMESTAMP"
    assert told["StartingPositionTimestamp"].timestamp() == 1_700_000_000


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"StartingPosition": None},
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null.",
        ),
        ({"FunctionName": "missing"}, "Function does not exist"),
        (
            {"ScalingConfig": {"MaximumConcurrency": 2}},
            "Unsupported ScalingConfig parameter for given event source mapping type.",
        ),
        (
            {"DestinationConfig": {"OnSuccess": {"Destination": "arn:aws:sqs:us-east-1:111111111111:q"}}},
            "Unsupported DestinationConfig parameter for given event source mapping type.",
        ),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:lambda:us-east-1:111111111111:function:g"}}},
            "The provided destination config DestinationConfig(onSuccess=null, "
            "onFailure=OnFailure(destination=arn:aws:lambda:us-east-1:111111111111:function:g)) is invalid.",
        ),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:111111111111:missing"}}},
            "The function's execution role does not have permissions to call SendMessage on "
            "arn:aws:sqs:us-east-1:111111111111:missing",
        ),
        ({"FilterCriteria": {"Filters": [{"Pattern": '{"data": ["text"]}'}]}}, "Invalid filter pattern definition."),
        (
            {"StartingPosition": "AT_TIMESTAMP"},
            "StartingPositionTimestamp is required with the starting position AT_TIMESTAMP, and with no other.",
        ),
        (
            {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 10_000_000_000},
            "StartingPositionTimestamp must not be in the future.",
        ),
        (
            {"TumblingWindowInSeconds": 1, "ParallelizationFactor": 2},
            "TumblingWindowInSeconds cannot be combined with a ParallelizationFactor greater than 1.",
        ),
    ],
)
def test_what_is_wrong_is_said_as_aws_says_it(aws, follow, stream, options, words):
    with pytest.raises(aws.exceptions.InvalidParameterValueException) as error:
        follow(stream, **options)
    assert error.value.response["Error"]["Message"] == words


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"MaximumRecordAgeInSeconds": 59}, "maximumRecordAgeInSeconds"),
        ({"MaximumRecordAgeInSeconds": 604_801}, "maximumRecordAgeInSeconds"),
        ({"MaximumRetryAttempts": 10_001}, "maximumRetryAttempts"),
        ({"ParallelizationFactor": 11}, "parallelizationFactor"),
        ({"TumblingWindowInSeconds": 901}, "tumblingWindowInSeconds"),
        ({"BatchSize": 10_001}, "batchSize"),
    ],
)
def test_what_is_out_of_bounds_is_refused(aws, follow, stream, options, place):
    with pytest.raises(aws.exceptions.ClientError) as error:
        follow(stream, **options)
    assert error.value.response["Error"]["Code"] == "ValidationException"
    assert f"at '{place}' failed to satisfy constraint" in error.value.response["Error"]["Message"]


def test_a_stream_of_a_table_has_no_timestamps_to_begin_at(aws, follow, table_stream):
    with pytest.raises(aws.exceptions.InvalidParameterValueException) as error:
        follow(table_stream, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=1_700_000_000)
    assert error.value.response["Error"]["Message"] == f"Unsupported starting position for arn type: {table_stream}"


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:kinesis:us-east-1:{account}:stream/missing",
        "arn:aws:kinesis:us-east-1:{account}:stream/s/consumer/missing:1",
        "arn:aws:dynamodb:us-east-1:{account}:table/missing/stream/2026-01-01T00:00:00.000",
    ],
)
def test_a_stream_that_is_not_there_is_not_followed(aws, follow, stream, account, arn):
    source = arn.format(account=account)
    with pytest.raises(aws.exceptions.InvalidParameterValueException) as error:
        follow(source)
    assert error.value.response["Error"]["Message"] == f"Stream not found: {source}"


def test_a_second_mapping_of_the_same_two_is_refused(aws, follow, stream):
    mapping_id = follow(stream)["UUID"]
    with pytest.raises(aws.exceptions.ResourceConflictException) as error:
        follow(stream)
    assert error.value.response["Error"]["Message"] == (
        f'The event source arn (" {stream} ") and function (" f ") provided mapping already exists. '
        f"Please update or delete the existing mapping with UUID {mapping_id}"
    )


@pytest.mark.parametrize(("kind", "service"), [("stream", "kinesis"), ("table_stream", "dynamodb")])
def test_the_role_must_be_allowed_to_read_the_stream(request, aws, follow, client, account, kind, service):
    arn, iam = request.getfixturevalue(kind), client("iam")
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    iam.create_role(RoleName="lambda", AssumeRolePolicyDocument=json.dumps(trust))
    role = f"arn:aws:iam::{account}:role/lambda"
    aws.update_function_configuration(FunctionName="f", Role=role)
    with pytest.raises(aws.exceptions.InvalidParameterValueException) as error:
        follow(arn)
    actions = "GetRecords, GetShardIterator, DescribeStream, "
    actions += "ListShards, and ListStreams" if service == "kinesis" else "and ListStreams"
    assert error.value.response["Error"]["Message"] == (
        f"Cannot access stream {arn}. Please ensure the role can perform the {actions} Actions on your stream in IAM."
    )
    policy = {"Kinesis": "AWSLambdaKinesisExecutionRole", "dynamodb": "AWSLambdaDynamoDBExecutionRole"}
    name = policy.get(service, "AWSLambdaKinesisExecutionRole")
    iam.attach_role_policy(RoleName="lambda", PolicyArn=f"arn:aws:iam::aws:policy/service-role/{name}")
    follow(arn)
