"""Reserved and provisioned concurrency."""

import pytest

INVALID = "InvalidParameterValueException"


def test_a_reservation_is_put_told_and_deleted(create, aws):
    create()
    assert "ReservedConcurrentExecutions" not in aws.get_function_concurrency(FunctionName="f")
    told = aws.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=5)
    assert told["ReservedConcurrentExecutions"] == 5
    assert aws.get_function_concurrency(FunctionName="f")["ReservedConcurrentExecutions"] == 5
    assert aws.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 995
    aws.delete_function_concurrency(FunctionName="f")
    assert "ReservedConcurrentExecutions" not in aws.get_function_concurrency(FunctionName="f")


def test_100_must_stay_unreserved(create, refused):
    create()
    assert refused("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=901) == (
        INVALID,
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
        "below its minimum value of [100].",
    )


@pytest.fixture
def published(create, aws):
    create(app="import os\ndef handler(e, c): return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']", Publish=True)
    aws.create_alias(FunctionName="f", Name="live", FunctionVersion="1")


def test_provisioned_environments_become_ready_and_are_used(published, aws, invoke):
    given = {"FunctionName": "f", "Qualifier": "live"}
    told = aws.put_provisioned_concurrency_config(**given, ProvisionedConcurrentExecutions=2)
    assert (told["Status"], told["RequestedProvisionedConcurrentExecutions"]) == ("IN_PROGRESS", 2)
    while (told := aws.get_provisioned_concurrency_config(**given))["Status"] == "IN_PROGRESS":
        pass
    assert told["Status"] == "READY"
    assert told["AllocatedProvisionedConcurrentExecutions"] == 2
    assert invoke("f:live") == "provisioned-concurrency"
    listed = aws.list_provisioned_concurrency_configs(FunctionName="f")["ProvisionedConcurrencyConfigs"]
    assert [each["FunctionArn"].split("function:")[1] for each in listed] == ["f:live"]
    aws.delete_provisioned_concurrency_config(**given)
    assert aws.list_provisioned_concurrency_configs(FunctionName="f")["ProvisionedConcurrencyConfigs"] == []


def test_an_initialisation_that_fails_is_told(create, aws):
    create(app="raise ValueError", Publish=True)
    given = {"FunctionName": "f", "Qualifier": "1"}
    aws.put_provisioned_concurrency_config(**given, ProvisionedConcurrentExecutions=1)
    while (told := aws.get_provisioned_concurrency_config(**given))["Status"] == "IN_PROGRESS":
        pass
    assert (told["Status"], told["StatusReason"]) == ("FAILED", "FUNCTION_ERROR_INIT_FAILURE")


def test_what_aws_refuses_is_refused_in_its_words(published, aws, refused):
    def provision(qualifier, count=1):
        return refused(
            "put_provisioned_concurrency_config",
            FunctionName="f",
            Qualifier=qualifier,
            ProvisionedConcurrentExecutions=count,
        )

    assert provision("$LATEST") == (
        INVALID,
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
    )
    assert refused("get_provisioned_concurrency_config", FunctionName="f", Qualifier="1") == (
        "ProvisionedConcurrencyConfigNotFoundException",
        "No Provisioned Concurrency Config found for this function",
    )
    aws.put_provisioned_concurrency_config(FunctionName="f", Qualifier="live", ProvisionedConcurrentExecutions=1)
    assert provision("1") == ("ResourceConflictException", "Version is pointed by a Provisioned Concurrency alias")
    assert refused("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=0) == (
        INVALID,
        " ReservedConcurrentExecutions  0 should not be lower than function's total provisioned concurrency [1].",
    )
    aws.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    assert provision("live", 2) == (
        INVALID,
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
    )
