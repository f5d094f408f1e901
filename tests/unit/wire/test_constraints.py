"""What the models forbid is told in AWS' own words."""

from typing import Any

import pytest

from lambent.core.errors import ServiceError
from lambent.wire import constraints, models


def refused(service: str, name: str, parameters: dict[str, Any]) -> ServiceError:
    with pytest.raises(ServiceError) as refusal:
        accepted(service, name, parameters)
    return refusal.value


def accepted(service: str, name: str, parameters: dict[str, Any]) -> None:
    operation = models.service(service).operation(name)
    assert operation is not None
    constraints.check(operation, parameters)


def test_what_fits_is_accepted():
    accepted("lambda", "GetFunction", {"FunctionName": "f", "Qualifier": "$LATEST"})


def test_a_message_to_a_client_has_the_length_that_the_service_says():
    accepted("apigatewaymanagementapi", "PostToConnection", {"ConnectionId": "c", "Data": b"x" * 131_073})
    assert refused("apigatewaymanagementapi", "PostToConnection", {"ConnectionId": "c"}).code == "ValidationException"


def test_a_missing_member_must_not_be_null():
    error = refused("lambda", "GetFunction", {})
    assert (error.code, error.status) == ("ValidationException", 400)
    assert error.message == (
        "1 validation error detected: Value null at 'functionName' failed to satisfy constraint: Member must not be null"
    )


def test_a_value_above_its_maximum_is_told():
    parameters = {"FunctionName": "f", "Role": "arn:aws:iam::000000000000:role/r", "Code": {}, "MemorySize": 1_000_000}
    assert refused("lambda", "CreateFunction", parameters).message == (
        "1 validation error detected: Value '1000000' at 'memorySize' failed to satisfy constraint: "
        "Member must have value less than or equal to 32768"
    )


def test_a_text_below_its_length_is_told():
    parameters = {"StreamName": "s", "PartitionKey": "", "Data": b""}
    assert refused("kinesis", "PutRecord", parameters).message == (
        "1 validation error detected: Value '' at 'partitionKey' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    )


def test_findings_are_told_all_at_once():
    assert refused("kinesis", "PutRecord", {"StreamName": "s p"}).message == (
        "2 validation errors detected: Value null at 'data' failed to satisfy constraint: Member must not be null; "
        "Value 's p' at 'streamName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
    )


def test_a_pattern_is_told_as_the_model_spells_it():
    assert refused("logs", "CreateLogGroup", {"logGroupName": "a*"}).message == (
        "1 validation error detected: Value 'a*' at 'logGroupName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+"
    )


def test_an_enum_is_told_with_its_values():
    assert refused("lambda", "Invoke", {"FunctionName": "f", "LogType": "Head"}).message == (
        "1 validation error detected: Value 'Head' at 'logType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [None, Tail]"
    )


def test_dynamodbs_enums_are_told_in_an_order_of_their_own():
    parameters = {"TableName": "t", "Key": {}, "ReturnValues": "SOME"}
    assert refused("dynamodb", "DeleteItem", parameters).message == (
        "1 validation error detected: Value 'SOME' at 'returnValues' failed to satisfy constraint: "
        "Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"
    )


@pytest.mark.parametrize(
    ("name", "parameters", "told"),
    [
        (
            "PutItem",
            {"TableName": "", "Item": {}, "ReturnValues": "SOME"},
            "'TableName' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            "Query",
            {"TableName": "t", "Limit": 0},
            "'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
        ),
        (
            "BatchGetItem",
            {"RequestItems": {"t": {"Keys": [{}] * 101}}},
            "'RequestItems.t.member.Keys' failed to satisfy constraint: Member must have length less than or equal to 100",
        ),
    ],
)
def test_dynamodb_tells_of_some_lengths_alone_and_without_the_value(name: str, parameters: dict[str, Any], told: str):
    assert refused("dynamodb", name, parameters).message == f"1 validation error detected: Value at {told}"


def test_dynamodb_tells_of_all_where_a_member_is_missing():
    message = refused("dynamodb", "PutItem", {"TableName": ""}).message
    assert message.startswith("2 validation errors detected: ")
    assert "Value '' at 'tableName' failed" in message


def test_lambdas_runtimes_are_refused_by_lambda_itself():
    accepted("lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "Runtime": "cobol85"})


def test_a_structure_in_a_list_has_a_path_of_its_own():
    parameters = {"StreamName": "s", "Records": [{"Data": b"", "PartitionKey": "p"}, {"Data": b"", "PartitionKey": ""}]}
    assert "at 'records.2.member.partitionKey' failed" in refused("kinesis", "PutRecords", parameters).message


def test_scalars_in_a_list_are_told_on_the_list():
    assert refused("lambda", "UpdateFunctionCode", {"FunctionName": "f", "Architectures": ["z80"]}).message == (
        "1 validation error detected: Value '[z80]' at 'architectures' failed to satisfy constraint: Member must satisfy "
        "constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]"
    )


def test_values_of_a_map_are_told_on_the_map():
    parameters = {
        "FunctionName": "f",
        "Name": "a",
        "FunctionVersion": "1",
        "RoutingConfig": {"AdditionalVersionWeights": {"2": 1.5}},
    }
    assert refused("lambda", "CreateAlias", parameters).message == (
        "1 validation error detected: Value '{2=1.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy "
        "constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
        "Member must have value greater than or equal to 0.0, Member must not be null]"
    )


def test_lists_in_a_map_are_told_on_the_map():
    assert refused("dynamodb", "BatchWriteItem", {"RequestItems": {"table": []}}).message == (
        "1 validation error detected: Value '{table=[]}' at 'requestItems' failed to satisfy constraint: Map value must "
        "satisfy constraint: [Member must have length less than or equal to 25, "
        "Member must have length greater than or equal to 1]"
    )


def test_a_sensitive_value_is_not_shown():
    message = refused(
        "lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "Environment": {"Variables": {"9": "secret"}}}
    ).message
    assert message.startswith(
        "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must"
    )
    assert "secret" not in message


def test_a_null_in_a_list_is_refused():
    assert "Member must not be null" in refused("lambda", "UntagResource", {"Resource": "a" * 3, "TagKeys": [None]}).message


@pytest.mark.parametrize(
    ("service", "name", "parameters", "code"),
    [
        ("iam", "CreateRole", {}, "ValidationError"),
        ("sts", "AssumeRole", {}, "ValidationError"),
        ("logs", "CreateLogGroup", {}, "InvalidParameterException"),
        ("dynamodb", "DescribeTable", {}, "ValidationException"),
        ("apigatewayv2", "CreateApi", {}, "BadRequestException"),
    ],
)
def test_families_of_services_have_codes_of_their_own(service: str, name: str, parameters: dict[str, Any], code: str):
    assert refused(service, name, parameters).code == code


def test_sqs_says_which_parameter_is_missing_and_nothing_else():
    error = refused("sqs", "SendMessage", {"MessageBody": "m"})
    assert (error.code, error.message) == (
        "MissingRequiredParameterException",
        "The request must contain the parameter QueueUrl.",
    )
    accepted("sqs", "GetQueueAttributes", {"QueueUrl": "u", "AttributeNames": ["Altitude"]})


@pytest.mark.parametrize(
    ("name", "parameters", "code"),
    [
        ("DeleteObjects", {}, "MissingRequestBodyError"),
        ("DeleteObjects", {"Delete": {}}, "MalformedXML"),
        ("DeleteObjects", {"Delete": {"Objects": [{}]}}, "MalformedXML"),
        ("GetObjectAttributes", {"Key": "k"}, "InvalidRequest"),
    ],
)
def test_s3_has_words_of_its_own(name: str, parameters: dict[str, Any], code: str):
    assert refused("s3", name, {"Bucket": "b"} | parameters).code == code


def test_s3s_enums_are_its_own_affair():
    accepted("s3", "CreateBucket", {"Bucket": "b", "CreateBucketConfiguration": {"LocationConstraint": "moon-1"}})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (1.0, "1.0"),
        (b"abc", "java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]"),
        (["a", 1], "[a, 1]"),
        ({"k": ["v"]}, "{k=[v]}"),
    ],
)
def test_values_are_shown_as_java_shows_them(value: Any, shown: str):
    assert constraints.show(value) == shown


def test_every_operation_in_scope_can_be_checked():
    for name in ("lambda", "logs", "iam", "sts", "sqs", "sns", "dynamodb", "kinesis", "stepfunctions", "events", "scheduler"):
        for operation in models.service(name).operations():
            constraints._checked(operation)


def test_what_stands_in_a_list_with_a_length_of_its_own_within_a_map_is_checked_too():
    for request, path in (
        ({"PutRequest": {"Item": {"id": None}}}, "requestItems.songs.member.1.member.putRequest.item"),
        ({"PutRequest": {}}, "requestItems.songs.member.1.member.putRequest.item"),
        ({"PutRequest": {"Item": {"id": {"L": [None]}}}}, "requestItems.songs.member.1.member.putRequest.item.id.member.l"),
        (None, "requestItems.songs.member"),
    ):
        assert f"at '{path}' failed" in refused("dynamodb", "BatchWriteItem", {"RequestItems": {"songs": [request]}}).message
