"""PublishVersion, ListVersionsByFunction, and deleting versions."""

import pytest
from botocore.exceptions import ClientError, WaiterError

SNAP_START = {"ApplyOn": "PublishedVersions"}
INVALID = "InvalidParameterValueException"


def test_a_version_is_a_snapshot(create, update, aws, invoke):
    create(app="def handler(e, c): return c.function_version")
    told = aws.publish_version(FunctionName="f", Description="first")
    assert told["FunctionArn"].endswith(":function:f:1")
    assert (told["Version"], told["Description"], told["State"]) == ("1", "first", "Active")
    update(app="def handler(e, c): return 'changed'")
    assert invoke("f:1") == "1"
    assert invoke("f", Qualifier="$LATEST") == "changed"


def test_publishing_an_unchanged_function_gives_the_same_version(create, aws, update):
    create()
    first = aws.publish_version(FunctionName="f")
    again = aws.publish_version(FunctionName="f", Description="other")
    assert (again["Version"], again["RevisionId"]) == ("1", first["RevisionId"])
    update(Timeout=5)
    assert aws.publish_version(FunctionName="f")["Version"] == "2"


def test_create_and_update_may_publish(create, update, aws):
    told = create(Publish=True)
    assert told["Version"] == "1"
    assert told["FunctionArn"].endswith(":function:f")
    told = update(app="x = 1", Publish=True)
    assert (told["Version"], told["State"]) == ("2", "Pending")
    aws.get_waiter("published_version_active").wait(FunctionName="f", Qualifier="2", WaiterConfig={"Delay": 0})


def test_a_version_with_snap_start_is_initialised_when_it_is_published(create, aws, invoke):
    code = "import os\nTYPE = os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\ndef handler(e, c): return TYPE"
    create(app=code, SnapStart=SNAP_START)
    told = aws.publish_version(FunctionName="f")
    assert (told["State"], told["SnapStart"]) == ("Pending", SNAP_START | {"OptimizationStatus": "Off"})
    aws.get_waiter("published_version_active").wait(FunctionName="f", Qualifier="1", WaiterConfig={"Delay": 0})
    told = aws.get_function_configuration(FunctionName="f", Qualifier="1")
    assert told["SnapStart"] == SNAP_START | {"OptimizationStatus": "On"}
    assert (invoke("f:1"), invoke("f")) == ("snap-start", "on-demand")


def test_a_version_whose_initialisation_fails_is_failed(create, aws, refused):
    create(app="raise ValueError('no')", SnapStart=SNAP_START)
    assert aws.publish_version(FunctionName="f")["State"] == "Pending"
    while (told := aws.get_function_configuration(FunctionName="f", Qualifier="1"))["State"] == "Pending":
        pass
    assert (told["State"], told["StateReasonCode"]) == ("Failed", "FunctionError")
    assert told["StateReason"] == "An error occurred during function initialization."
    assert told["SnapStart"] == SNAP_START | {"OptimizationStatus": "Off"}
    assert refused("invoke", FunctionName="f:1") == (
        "ResourceConflictException",
        "The operation cannot be performed at this time. The function is currently in the following state: Failed",
    )
    conflict = (
        "ResourceConflictException",
        f"The operation cannot be performed at this time. The resource {told['FunctionArn']} is currently in the following "
        "state: 'Failed'. StateReasonCode: 'FunctionError'",
    )
    assert refused("create_alias", FunctionName="f", Name="live", FunctionVersion="1") == conflict
    aws.create_alias(FunctionName="f", Name="live", FunctionVersion="$LATEST")
    assert refused("update_alias", FunctionName="f", Name="live", FunctionVersion="1") == conflict
    with pytest.raises(WaiterError):
        aws.get_waiter("published_version_active").wait(FunctionName="f", Qualifier="1", WaiterConfig={"Delay": 0})
    assert aws.get_function_configuration(FunctionName="f")["State"] == "Active"


def test_a_restore_that_fails_is_an_error_of_the_request(create, aws):
    app = "from snapshot_restore_py import *\nregister_after_restore(lambda: 1 / 0)\ndef handler(e, c): pass"
    create(app=app, SnapStart=SNAP_START)
    aws.publish_version(FunctionName="f")
    aws.get_waiter("published_version_active").wait(FunctionName="f", Qualifier="1", WaiterConfig={"Delay": 0})
    with pytest.raises(ClientError) as raised:
        aws.invoke(FunctionName="f:1")
    answer = raised.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("SnapStartException", 400)


def test_a_version_with_snap_start_has_no_provisioned_concurrency(create, aws, refused):
    create(SnapStart=SNAP_START, Publish=True)
    assert refused(
        "put_provisioned_concurrency_config", FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=1
    ) == (
        INVALID,
        "Provisioned Concurrency is not supported for SnapStart enabled functions.",
    )


def test_versions_are_listed_with_latest_first(create, update, aws):
    create(Publish=True)
    update(Timeout=5)
    aws.publish_version(FunctionName="f")
    pages = aws.get_paginator("list_versions_by_function").paginate(FunctionName="f", PaginationConfig={"PageSize": 1})
    arns = [told["FunctionArn"].split("function:")[1] for page in pages for told in page["Versions"]]
    assert arns == ["f:$LATEST", "f:1", "f:2"]


def test_publishing_may_demand_the_code_and_the_revision(create, aws, refused):
    told = create()
    assert refused("publish_version", FunctionName="f", CodeSha256="x") == (
        INVALID,
        f"CodeSHA256 (x) is different from current CodeSHA256 in $LATEST ({told['CodeSha256']}). "
        "Please try again with the CodeSHA256 in $LATEST.",
    )
    assert refused("publish_version", FunctionName="f", RevisionId=told["RevisionId"])[0] == "PreconditionFailedException"
    aws.publish_version(FunctionName="f", CodeSha256=told["CodeSha256"])


def test_a_version_is_deleted_alone(create, update, aws, refused):
    create(Publish=True)
    update(Timeout=5, Description="2")
    aws.publish_version(FunctionName="f")
    assert aws.delete_function(FunctionName="f", Qualifier="1")["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert [told["Version"] for told in aws.list_versions_by_function(FunctionName="f")["Versions"]] == ["$LATEST", "2"]
    assert refused("invoke", FunctionName="f:1")[0] == "ResourceNotFoundException"
    aws.delete_function(FunctionName="f", Qualifier="99")
    assert refused("delete_function", FunctionName="f:$LATEST") == (
        INVALID,
        "$LATEST version cannot be deleted without deleting the function.",
    )


def test_a_version_that_an_alias_needs_is_kept(create, aws, refused):
    create(Publish=True)
    aws.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    assert refused("delete_function", FunctionName="f", Qualifier="1") == (
        "ResourceConflictException",
        "Unable to delete version because the following aliases reference it: [live]",
    )
