"""Log groups through boto3: made, described, listed, kept for a while, tagged, deleted."""

import pytest
from botocore.exceptions import ClientError


def test_a_group_is_described_as_it_was_made(logs, account, now_ms):
    logs.create_log_group(logGroupName="/a/b", kmsKeyId="arn:aws:kms:us-east-1:1:key/k", logGroupClass="INFREQUENT_ACCESS")
    [group] = logs.describe_log_groups(logGroupNamePrefix="/a")["logGroups"]
    assert abs(group.pop("creationTime") - now_ms) < 60_000
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:/a/b"
    assert group == {
        "logGroupName": "/a/b",
        "arn": f"{arn}:*",
        "logGroupArn": arn,
        "storedBytes": 0,
        "metricFilterCount": 0,
        "kmsKeyId": "arn:aws:kms:us-east-1:1:key/k",
        "logGroupClass": "INFREQUENT_ACCESS",
        "deletionProtectionEnabled": False,
    }


def test_a_group_that_is_there_is_not_made_again(logs, group):
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException) as refused:
        logs.create_log_group(logGroupName=group)
    assert refused.value.response["Error"]["Message"] == "The specified log group already exists"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_group_that_is_not_there_is_told(logs):
    with pytest.raises(logs.exceptions.ResourceNotFoundException) as refused:
        logs.delete_log_group(logGroupName="none")
    assert refused.value.response["Error"]["Message"] == "The specified log group does not exist."


def test_a_deleted_group_is_gone_with_its_events(logs, group, put):
    put("s", "a")
    logs.delete_log_group(logGroupName=group)
    assert logs.describe_log_groups()["logGroups"] == []
    logs.create_log_group(logGroupName=group)
    assert logs.describe_log_streams(logGroupName=group)["logStreams"] == []
    assert logs.filter_log_events(logGroupName=group)["events"] == []


def test_a_name_with_other_characters_is_refused(logs):
    with pytest.raises(ClientError) as refused:
        logs.create_log_group(logGroupName="a b")
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
    assert "'logGroupName' failed to satisfy constraint" in refused.value.response["Error"]["Message"]


def test_the_paginator_finds_every_group(logs):
    for number in range(7):
        logs.create_log_group(logGroupName=f"g{number}")
    pages = list(logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 3}))
    assert [len(page["logGroups"]) for page in pages] == [3, 3, 1]
    assert [group["logGroupName"] for page in pages for group in page["logGroups"]] == [f"g{number}" for number in range(7)]


def test_a_pattern_is_searched_in_names_and_told_briefly(logs):
    for name in ("DataLogs", "aws/DataLogs", "datalogs"):
        logs.create_log_group(logGroupName=name)
    found = logs.describe_log_groups(logGroupNamePattern="DataLogs")["logGroups"]
    assert [group["logGroupName"] for group in found] == ["DataLogs", "aws/DataLogs"]
    assert set(found[0]) == {"logGroupName", "creationTime", "arn"}
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.describe_log_groups(logGroupNamePattern="a", logGroupNamePrefix="a")


def test_groups_are_listed_by_pattern(logs, account):
    for name in ("orders-a", "orders-b", "users-a"):
        logs.create_log_group(logGroupName=name)
    listed = logs.list_log_groups(logGroupNamePattern="^orders|rs-a", limit=2)
    assert [group["logGroupName"] for group in listed["logGroups"]] == ["orders-a", "orders-b"]
    rest = logs.list_log_groups(logGroupNamePattern="^orders|rs-a", nextToken=listed["nextToken"])
    assert rest["logGroups"] == [
        {
            "logGroupName": "users-a",
            "logGroupArn": f"arn:aws:logs:us-east-1:{account}:log-group:users-a",
            "logGroupClass": "STANDARD",
        }
    ]
    assert "nextToken" not in rest


def test_accounts_and_regions_do_not_see_one_another(client, logs, group):
    assert client("logs", region="eu-west-1").describe_log_groups()["logGroups"] == []
    assert client("logs", aws_access_key_id="999988887777").describe_log_groups()["logGroups"] == []


def test_a_retention_is_set_changed_and_taken_away(logs, group):
    for days in (7, 3653):
        logs.put_retention_policy(logGroupName=group, retentionInDays=days)
        assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == days
    logs.delete_retention_policy(logGroupName=group)
    assert "retentionInDays" not in logs.describe_log_groups()["logGroups"][0]


@pytest.mark.parametrize("days", [0, 2, -1])
def test_a_retention_that_aws_does_not_offer_is_refused(logs, group, days):
    with pytest.raises(logs.exceptions.InvalidParameterException, match="'retentionInDays' failed to satisfy constraint"):
        logs.put_retention_policy(logGroupName=group, retentionInDays=days)


def test_tags_come_with_the_group_and_through_both_families_of_operations(logs, account):
    logs.create_log_group(logGroupName="g", tags={"made": "yes"})
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:g"
    logs.tag_log_group(logGroupName="g", tags={"old": "1"})
    logs.tag_resource(resourceArn=arn, tags={"new": "2"})
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"made": "yes", "old": "1", "new": "2"}
    logs.untag_log_group(logGroupName="g", tags=["old"])
    logs.untag_resource(resourceArn=arn, tagKeys=["new"])
    assert logs.list_tags_log_group(logGroupName="g")["tags"] == {"made": "yes"}


def test_a_protected_group_must_be_released_before_it_is_deleted(logs, group):
    logs.put_log_group_deletion_protection(logGroupIdentifier=group, deletionProtectionEnabled=True)
    assert logs.describe_log_groups()["logGroups"][0]["deletionProtectionEnabled"]
    with pytest.raises(ClientError):
        logs.delete_log_group(logGroupName=group)
    logs.put_log_group_deletion_protection(logGroupIdentifier=group, deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName=group)


def test_what_is_not_built_says_so(logs, group):
    with pytest.raises(ClientError) as refused:
        logs.describe_subscription_filters(logGroupName=group)
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
