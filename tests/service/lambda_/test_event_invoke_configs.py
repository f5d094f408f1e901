"""Event invoke configs: put, update, get, delete, list, as recorded from AWS."""

import pytest
from botocore.config import Config

NOTHING = {"OnSuccess": {}, "OnFailure": {}}


@pytest.fixture
def arn(account):
    return f"arn:aws:lambda:us-east-1:{account}:function:f"


@pytest.fixture
def put(aws):
    """Puts a config on f and returns it without what changes from time to time."""

    def call(**config):
        return told(aws.put_function_event_invoke_config(**({"FunctionName": "f"} | config)))

    return call


def told(answer):
    answer.pop("ResponseMetadata", None)
    assert answer.pop("LastModified").tzinfo is not None
    return answer


def test_what_was_not_set_is_not_told_and_destinations_always_are(create, put, arn):
    create()
    latest = {"FunctionArn": f"{arn}:$LATEST", "DestinationConfig": NOTHING}
    assert put(MaximumRetryAttempts=1) == latest | {"MaximumRetryAttempts": 1}
    assert put(Qualifier="$LATEST", MaximumEventAgeInSeconds=21_600) == latest | {"MaximumEventAgeInSeconds": 21_600}
    assert put(DestinationConfig={"OnSuccess": {}}) == latest
    assert put(DestinationConfig={"OnFailure": {"Destination": ""}}) == latest


def test_put_replaces_everything_and_update_only_what_is_given(create, aws, put):
    create()
    put(MaximumRetryAttempts=2, MaximumEventAgeInSeconds=60)
    changed = told(aws.update_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0))
    assert (changed["MaximumRetryAttempts"], changed["MaximumEventAgeInSeconds"]) == (0, 60)
    assert told(aws.get_function_event_invoke_config(FunctionName="f")) == changed
    assert "MaximumEventAgeInSeconds" not in put(MaximumRetryAttempts=0)


@pytest.mark.parametrize(
    "named",
    [
        {"FunctionName": "f", "Qualifier": "live"},
        {"FunctionName": "f:live"},
        {"FunctionName": "f:live", "Qualifier": "live"},
        {"FunctionName": "{arn}:live"},
    ],
)
def test_an_alias_is_named_as_everywhere(create, aws, put, arn, named):
    create(Publish=True)
    aws.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    named = {key: value.format(arn=arn) for key, value in named.items()}
    assert put(**named, MaximumRetryAttempts=1)["FunctionArn"] == f"{arn}:live"


def test_names_that_contradict_one_another_are_refused(create, refused):
    create(Publish=True)
    expected = (
        "InvalidParameterValueException",
        "The derived qualifier from the function name does not match the specified qualifier.",
    )
    given = {"FunctionName": "f:1", "Qualifier": "$LATEST", "MaximumRetryAttempts": 1}
    assert refused("put_function_event_invoke_config", **given) == expected


def test_configs_are_listed_page_by_page_and_deleted_one_by_one(create, aws, put, arn):
    create(Publish=True)
    aws.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    for qualifier in ("$LATEST", "1", "live"):
        put(Qualifier=qualifier, MaximumRetryAttempts=1)
    pages = aws.get_paginator("list_function_event_invoke_configs").paginate(FunctionName="f", PaginationConfig={"PageSize": 2})
    found = [[each["FunctionArn"] for each in page["FunctionEventInvokeConfigs"]] for page in pages]
    assert found == [[f"{arn}:$LATEST", f"{arn}:1"], [f"{arn}:live"]]
    for qualifier in ("$LATEST", "1", "live"):
        answer = aws.delete_function_event_invoke_config(FunctionName="f", Qualifier=qualifier)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert aws.list_function_event_invoke_configs(FunctionName="f")["FunctionEventInvokeConfigs"] == []


def test_nothing_asked_for_is_refused_before_anything_is_looked_for(refused):
    for operation in ("put_function_event_invoke_config", "update_function_event_invoke_config"):
        assert refused(operation, FunctionName="missing") == (
            "InvalidParameterValueException",
            "You must specify at least one of error handling or destination setting.",
        )


def test_a_function_that_is_not_there_is_told_in_these_operations_own_words(refused, account):
    missing = ("ResourceNotFoundException", "The function doesn't exist.")
    assert refused("put_function_event_invoke_config", FunctionName="g", MaximumRetryAttempts=1) == missing
    assert refused("update_function_event_invoke_config", FunctionName="g", MaximumRetryAttempts=1) == missing
    assert refused("list_function_event_invoke_configs", FunctionName="g") == missing
    unconfigured = f"The function arn:aws:lambda:us-east-1:{account}:function:g:$LATEST doesn't have an EventInvokeConfig"
    for operation in ("get_function_event_invoke_config", "delete_function_event_invoke_config"):
        assert refused(operation, FunctionName="g") == ("ResourceNotFoundException", unconfigured)


def test_a_version_or_alias_that_is_not_there_is_told_as_a_missing_function(create, refused):
    create()
    for qualifier in ("7", "live"):
        given = {"FunctionName": "f", "Qualifier": qualifier, "MaximumRetryAttempts": 1}
        assert refused("put_function_event_invoke_config", **given)[1] == "The function doesn't exist."


def test_what_has_no_config_is_told_with_its_qualifier(create, aws, refused, arn):
    create(Publish=True)
    message = "The function {arn} doesn't have an EventInvokeConfig"
    given = {"FunctionName": "f", "MaximumRetryAttempts": 0}
    assert refused("update_function_event_invoke_config", **given)[1] == message.format(arn=f"{arn}:$LATEST")
    for operation in ("get_function_event_invoke_config", "delete_function_event_invoke_config"):
        assert refused(operation, FunctionName="f", Qualifier="1")[1] == message.format(arn=f"{arn}:1")


@pytest.mark.parametrize(
    ("config", "member"),
    [
        ({"MaximumRetryAttempts": 3}, "maximumRetryAttempts"),
        ({"MaximumRetryAttempts": -1}, "maximumRetryAttempts"),
        ({"MaximumEventAgeInSeconds": 59}, "maximumEventAgeInSeconds"),
        ({"MaximumEventAgeInSeconds": 21_601}, "maximumEventAgeInSeconds"),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:_-/!lambda:x"}}},
            "destinationConfig.onFailure.destination",
        ),
    ],
)
def test_what_is_out_of_range_is_refused_with_its_path(create, client, config, member):
    create()
    aws = client("lambda", config=Config(parameter_validation=False))
    with pytest.raises(aws.exceptions.ClientError) as error:
        aws.put_function_event_invoke_config(FunctionName="f", **config)
    told = error.value.response["Error"]
    assert told["Code"] == "ValidationException"
    assert f"at '{member}' failed to satisfy constraint" in told["Message"]


def test_destinations_that_can_be_none_are_refused(create, aws, refused, arn, put):
    create()
    create("g")

    def answer(destination):
        given = {"FunctionName": "f", "DestinationConfig": {"OnSuccess": {"Destination": destination}}}
        return refused("put_function_event_invoke_config", **given)[1]

    wrong = arn.replace(":lambda:", ":iam:")
    assert answer(f"{arn}-missing") == f"The destination ARN {arn}-missing is invalid."
    assert answer(arn) == "You can't specify the function as a destination for itself."
    assert answer(wrong) == (
        "The provided destination config "
        f"DestinationConfig(onSuccess=OnSuccess(destination={wrong}), onFailure=null) is invalid."
    )
    other = arn.removesuffix(":f") + ":g"
    config = put(DestinationConfig={"OnSuccess": {"Destination": other}})["DestinationConfig"]
    assert config == {"OnSuccess": {"Destination": other}, "OnFailure": {}}
