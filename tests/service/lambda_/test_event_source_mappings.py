"""CreateEventSourceMapping, Get, List, Update, Delete: what is accepted, what is told, and in which state it is."""

import json
from typing import Any

import pytest

ROLE = "arn:aws:iam::{account}:role/reader"


@pytest.fixture
def sqs(client) -> Any:
    return client("sqs")


@pytest.fixture
def queue(sqs):
    """``queue("name")``: the ARN of a new queue."""

    def make(name: str = "q", **attributes: str) -> str:
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    return make


@pytest.fixture
def settled(aws):
    """``settled(uuid)``: the mapping once its change has been taken up."""

    def wait(mapping_id: str) -> Any:
        while (told := aws.get_event_source_mapping(UUID=mapping_id))["State"].endswith("ing"):
            pass
        return told

    return wait


@pytest.fixture
def follow(aws, create, settled):
    """Maps a queue to the function "f" and waits until it is followed."""

    def make(arn: str, **options: Any) -> Any:
        told = aws.create_event_source_mapping(EventSourceArn=arn, **({"FunctionName": "f"} | options))
        return settled(told["UUID"])

    return make


def told_of(reply: Any) -> Any:
    return {name: value for name, value in reply.items() if name not in ("ResponseMetadata", "LastModified", "UUID")}


def test_a_new_mapping_is_told_with_its_defaults(aws, create, queue, account, settled):
    create()
    arn = queue()
    reply = aws.create_event_source_mapping(FunctionName="f", EventSourceArn=arn)
    mapping_id = reply["UUID"]
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 202
    expected = {
        "BatchSize": 10,
        "EventSourceArn": arn,
        "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:{account}:event-source-mapping:{mapping_id}",
        "FunctionArn": f"arn:aws:lambda:us-east-1:{account}:function:f",
        "FunctionResponseTypes": [],
        "MaximumBatchingWindowInSeconds": 0,
        "State": "Creating",
        "StateTransitionReason": "USER_INITIATED",
    }
    assert told_of(reply) == expected
    assert told_of(settled(mapping_id)) == expected | {"State": "Enabled"}


def test_a_mapping_that_is_made_disabled_says_so(create, queue, follow):
    create()
    assert follow(queue(), Enabled=False)["State"] == "Disabled"


def test_all_that_was_set_is_told(create, queue, follow):
    create()
    given = {
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 5,
        "FilterCriteria": {"Filters": [{"Pattern": json.dumps({"body": {"a": [1]}})}]},
        "ScalingConfig": {"MaximumConcurrency": 7},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "MetricsConfig": {"Metrics": ["EventCount"]},
        "KMSKeyArn": "arn:aws:kms:us-east-1:111111111111:key/k",
    }
    assert told_of(follow(queue(), **given)).items() >= given.items()
    pollers = {"ProvisionedPollerConfig": {"MinimumPollers": 2, "MaximumPollers": 4}}
    assert told_of(follow(queue("p"), **pollers)).items() >= pollers.items()


def test_a_change_is_told_as_under_way_and_then_as_done(aws, create, queue, follow, settled):
    create()
    mapping_id = follow(queue(), ScalingConfig={"MaximumConcurrency": 7})["UUID"]
    changed = aws.update_event_source_mapping(UUID=mapping_id, BatchSize=3, ScalingConfig={})
    assert (changed["State"], changed["BatchSize"], "ScalingConfig" in changed) == ("Updating", 3, False)
    assert changed["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert settled(mapping_id)["State"] == "Enabled"
    assert aws.update_event_source_mapping(UUID=mapping_id, Enabled=False)["State"] == "Disabling"
    assert settled(mapping_id)["State"] == "Disabled"
    assert aws.update_event_source_mapping(UUID=mapping_id, Enabled=True)["State"] == "Enabling"
    assert settled(mapping_id)["State"] == "Enabled"


def test_a_mapping_can_be_given_another_function(aws, create, queue, follow):
    create()
    create("g")
    mapping_id = follow(queue())["UUID"]
    assert aws.update_event_source_mapping(UUID=mapping_id, FunctionName="g")["FunctionArn"].endswith(":function:g")


def test_a_deleted_mapping_is_deleting_and_then_gone(aws, create, queue, follow, refused):
    create()
    mapping_id = follow(queue())["UUID"]
    gone = aws.delete_event_source_mapping(UUID=mapping_id)
    assert (gone["State"], gone["ResponseMetadata"]["HTTPStatusCode"]) == ("Deleting", 202)
    while aws.list_event_source_mappings()["EventSourceMappings"]:
        pass
    for operation in ("get", "update", "delete"):
        assert refused(f"{operation}_event_source_mapping", UUID=mapping_id) == (
            "ResourceNotFoundException",
            "The resource you requested does not exist.",
        )


def test_mappings_are_listed_by_function_and_source_page_by_page(aws, create, queue, follow, client):
    create()
    create("g")
    arns = [queue(f"q{number}") for number in range(3)]
    made = {(arn, name): follow(arn, FunctionName=name)["UUID"] for arn in arns for name in ("f", "g")}
    pages = list(aws.get_paginator("list_event_source_mappings").paginate(PaginationConfig={"PageSize": 4}))
    assert [len(page["EventSourceMappings"]) for page in pages] == [4, 2]
    assert {each["UUID"] for page in pages for each in page["EventSourceMappings"]} == set(made.values())
    of_function = aws.list_event_source_mappings(FunctionName="f")["EventSourceMappings"]
    assert {each["UUID"] for each in of_function} == {made[arn, "f"] for arn in arns}
    of_source = aws.list_event_source_mappings(EventSourceArn=arns[0])["EventSourceMappings"]
    assert {each["UUID"] for each in of_source} == {made[arns[0], "f"], made[arns[0], "g"]}
    both = aws.list_event_source_mappings(EventSourceArn=arns[0], FunctionName="g")["EventSourceMappings"]
    assert [each["UUID"] for each in both] == [made[arns[0], "g"]]


def test_tags_are_kept_of_mappings_too(aws, create, queue, follow):
    create()
    arn = follow(queue(), Tags={"a": "1"})["EventSourceMappingArn"]
    aws.tag_resource(Resource=arn, Tags={"b": "2"})
    aws.untag_resource(Resource=arn, TagKeys=["a"])
    assert aws.list_tags(Resource=arn)["Tags"] == {"b": "2"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"BatchSize": 11}, "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"),
        ({"FunctionName": "missing"}, "Function does not exist"),
        ({"FunctionName": "f:7"}, "Function does not exist"),
        ({"StartingPosition": "LATEST"}, "StartingPosition is not valid for SQS event sources."),
        ({"ParallelizationFactor": 2}, "Unsupported ParallelizationFactor parameter for given event source mapping type."),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:111111111111:d"}}},
            "Unsupported DestinationConfig parameter for given event source mapping type.",
        ),
        ({"FilterCriteria": {"Filters": [{"Pattern": "simple string"}]}}, "Invalid filter pattern definition."),
        ({"EventSourceArn": "arn:aws:sns:us-east-1:111111111111:t"}, "Unrecognized event source."),
        (
            {"EventSourceArn": "arn:aws:sqs:us-east-1:111111111111:missing"},
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            "SQS Error Message: The specified queue does not exist.",
        ),
    ],
)
def test_what_is_wrong_is_said_as_aws_says_it(create, queue, refused, options, words):
    create()
    given = {"FunctionName": "f", "EventSourceArn": queue()} | options
    assert refused("create_event_source_mapping", **given) == ("InvalidParameterValueException", words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"MaximumBatchingWindowInSeconds": 1}, "Batching window is not supported for FIFO queues"),
        ({"BatchSize": 11}, "Maximum batch size must be between 1 and 10 inclusive"),
    ],
)
def test_a_fifo_queue_has_no_window_and_small_batches(create, queue, refused, options, words):
    create()
    arn = queue("q.fifo", FifoQueue="true")
    assert refused("create_event_source_mapping", FunctionName="f", EventSourceArn=arn, **options) == (
        "InvalidParameterValueException",
        words,
    )


def test_the_models_bounds_are_checked(create, queue, refused):
    create()
    code, words = refused(
        "create_event_source_mapping", FunctionName="f", EventSourceArn=queue(), ScalingConfig={"MaximumConcurrency": 1_001}
    )
    assert code == "ValidationException"
    assert "at 'scalingConfig.maximumConcurrency' failed to satisfy constraint: Member must have value less than" in words


def test_a_second_mapping_of_the_same_two_is_refused(create, queue, follow, refused):
    create()
    arn = queue()
    mapping_id = follow(arn)["UUID"]
    assert refused("create_event_source_mapping", FunctionName="f", EventSourceArn=arn) == (
        "ResourceConflictException",
        f'An event source mapping with SQS arn (" {arn} ") and function (" f ") already exists. '
        f"Please update or delete the existing mapping with UUID {mapping_id}",
    )


def test_a_queue_must_hide_its_messages_for_as_long_as_the_function_may_take(aws, create, queue, follow, refused):
    create(Timeout=60)
    arn = queue()
    expected = (
        "InvalidParameterValueException",
        "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
    )
    assert refused("create_event_source_mapping", FunctionName="f", EventSourceArn=arn) == expected
    follow(queue("slow", VisibilityTimeout="60"))
    assert refused("update_function_configuration", FunctionName="f", Timeout=61) == (
        "InvalidParameterValueException",
        "Queue visibility timeout: 60 seconds is less than Function timeout: 61 seconds",
    )
    aws.update_function_configuration(FunctionName="f", Timeout=59)


def test_the_role_must_be_allowed_to_read_the_queue(client, create, queue, follow, refused, account):
    iam = client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(trust))
    create(Role=ROLE.format(account=account))
    arn = queue()
    assert refused("create_event_source_mapping", FunctionName="f", EventSourceArn=arn) == (
        "InvalidParameterValueException",
        "The provided execution role does not have permissions to call ReceiveMessage on SQS",
    )
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": arn}]}
    iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=json.dumps(policy))
    assert follow(arn)["State"] == "Enabled"
