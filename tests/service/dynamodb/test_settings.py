"""Tags, time to live settings, policies, recovery and insights of a table."""

import json

import pytest
from tests.service.dynamodb.tables import item, make


@pytest.fixture
def table(dynamodb):
    return make(dynamodb)["TableArn"]


def test_tags_come_and_go(dynamodb, table):
    dynamodb.tag_resource(ResourceArn=table, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    dynamodb.tag_resource(ResourceArn=table, Tags=[{"Key": "a", "Value": "3"}])
    dynamodb.untag_resource(ResourceArn=table, TagKeys=["b"])
    assert dynamodb.list_tags_of_resource(ResourceArn=table)["Tags"] == [{"Key": "a", "Value": "3"}]


def test_a_table_may_be_made_with_tags(dynamodb):
    arn = make(dynamodb, "tagged", Tags=[{"Key": "a", "Value": "1"}])["TableArn"]
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "1"}]


def test_tags_of_a_table_that_is_not_there_are_refused(dynamodb, account, refusal):
    arn = f"arn:aws:dynamodb:us-east-1:{account}:table/none"
    assert refusal(dynamodb.list_tags_of_resource, ResourceArn=arn) == (
        "ResourceNotFoundException",
        f"Requested resource not found: ResourcArn: {arn} not found",
    )


def test_the_tags_of_another_accounts_table_are_nobodys_business(dynamodb, refusal):
    code, message = refusal(dynamodb.list_tags_of_resource, ResourceArn="arn:aws:dynamodb:us-east-1:999999999999:table/none")
    assert code == "AccessDeniedException"
    assert "is not authorized to perform: dynamodb:ListTagsOfResource on resource: arn:aws:dynamodb" in message


def test_time_to_live_is_enabled_and_disabled(dynamodb, table, refusal):
    def update(attribute, enabled):
        given = {"AttributeName": attribute, "Enabled": enabled}
        return {"TableName": "things", "TimeToLiveSpecification": given}

    def described():
        return dynamodb.describe_time_to_live(TableName="things")["TimeToLiveDescription"]

    assert described() == {"TimeToLiveStatus": "DISABLED"}
    dynamodb.update_time_to_live(**update("until", True))
    assert described() == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    assert refusal(dynamodb.update_time_to_live, **update("until", True))[1] == "TimeToLive is already enabled"
    assert refusal(dynamodb.update_time_to_live, **update("other", True))[1] == (
        "TimeToLive is active on a different AttributeName: current AttributeName is until"
    )
    dynamodb.update_time_to_live(**update("until", False))
    assert described() == {"TimeToLiveStatus": "DISABLED"}
    assert refusal(dynamodb.update_time_to_live, **update("until", False))[1] == "TimeToLive is already disabled"


def statement(principal, table):
    allowed = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "dynamodb:GetItem", "Resource": table}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def test_a_policy_is_kept_told_and_deleted(dynamodb, table, refusal):
    assert refusal(dynamodb.get_resource_policy, ResourceArn=table)[0] == "PolicyNotFoundException"
    policy = statement("*", table)
    revision = dynamodb.put_resource_policy(ResourceArn=table, Policy=policy)["RevisionId"]
    told = dynamodb.get_resource_policy(ResourceArn=table)
    assert (told["Policy"], told["RevisionId"]) == (policy, revision)
    assert dynamodb.delete_resource_policy(ResourceArn=table)["RevisionId"] == revision
    assert refusal(dynamodb.get_resource_policy, ResourceArn=table)[0] == "PolicyNotFoundException"
    assert refusal(dynamodb.put_resource_policy, ResourceArn=table, Policy="{")[0] == "ValidationException"


def test_another_account_reads_where_the_policy_lets_it(dynamodb, table, client, refusal):
    other = client("dynamodb", account="999988887777")
    dynamodb.put_item(TableName="things", Item=item(id="a"))
    assert refusal(other.get_item, TableName=table, Key=item(id="a"))[0] == "AccessDeniedException"
    dynamodb.put_resource_policy(ResourceArn=table, Policy=statement("999988887777", table))
    assert other.get_item(TableName=table, Key=item(id="a"))["Item"] == item(id="a")
    assert refusal(other.put_item, TableName=table, Item=item(id="b"))[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("describe_table", {}),
        ("update_table", {"DeletionProtectionEnabled": True}),
        ("update_time_to_live", {"TimeToLiveSpecification": {"AttributeName": "until", "Enabled": True}}),
        ("update_continuous_backups", {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}),
        ("update_contributor_insights", {"ContributorInsightsAction": "ENABLE"}),
        ("create_backup", {"BackupName": "backup"}),
        ("describe_kinesis_streaming_destination", {}),
        ("delete_table", {}),
    ],
)
def test_another_account_does_to_a_table_only_what_its_policy_allows(dynamodb, table, client, refusal, operation, parameters):
    call = getattr(client("dynamodb", account="999988887777"), operation)
    assert refusal(call, TableName=table, **parameters)[0] == "AccessDeniedException"
    action = "".join(map(str.capitalize, operation.split("_")))
    policy = statement("999988887777", table).replace("GetItem", action)
    dynamodb.put_resource_policy(ResourceArn=table, Policy=policy)
    assert call(TableName=table, **parameters)["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("spelling", ["{arn}/index/by_kind", "{arn}/x", "arn:aws-cn:dynamodb:{rest}", "arn::dynamodb:{rest}"])
def test_a_table_has_one_arn_so_that_no_other_spelling_evades_a_policy(dynamodb, table, refusal, spelling):
    other = spelling.format(arn=table, rest=table.removeprefix("arn:aws:dynamodb:"))
    for call, parameters in ((dynamodb.scan, {"TableName": other}), (dynamodb.list_tags_of_resource, {"ResourceArn": other})):
        assert refusal(call, **parameters)[0] == "ValidationException"
    backup = dynamodb.create_backup(TableName="things", BackupName="backup")["BackupDetails"]["BackupArn"]
    assert refusal(dynamodb.delete_backup, BackupArn=backup.replace("arn:aws:dynamodb", "arn:aws:sqs"))[0] == (
        "BackupNotFoundException"
    )


def test_an_arn_of_another_region_is_not_found_here(dynamodb, table, client, refusal):
    elsewhere = client("dynamodb", region="eu-west-1")
    assert refusal(elsewhere.describe_table, TableName=table)[0] == "ResourceNotFoundException"
    assert refusal(elsewhere.get_item, TableName=table, Key=item(id="a"))[0] == "ResourceNotFoundException"


def test_point_in_time_recovery_is_enabled_and_described(dynamodb, table, advance, refusal):
    def described():
        told = dynamodb.describe_continuous_backups(TableName="things")["ContinuousBackupsDescription"]
        assert told["ContinuousBackupsStatus"] == "ENABLED"
        return told["PointInTimeRecoveryDescription"]

    assert described() == {"PointInTimeRecoveryStatus": "DISABLED"}
    dynamodb.update_continuous_backups(
        TableName="things", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    advance(3600)
    told = described()
    assert (told["PointInTimeRecoveryStatus"], told["RecoveryPeriodInDays"]) == ("ENABLED", 35)
    assert (told["LatestRestorableDateTime"] - told["EarliestRestorableDateTime"]).total_seconds() == 3300
    assert refusal(dynamodb.describe_continuous_backups, TableName="none") == (
        "TableNotFoundException",
        "Table not found: none",
    )


def test_contributor_insights_are_enabled_and_listed(dynamodb, table):
    def status():
        return dynamodb.describe_contributor_insights(TableName="things")["ContributorInsightsStatus"]

    assert status() == "DISABLED"
    dynamodb.update_contributor_insights(TableName="things", ContributorInsightsAction="ENABLE")
    assert status() == "ENABLED"
    (listed,) = dynamodb.list_contributor_insights()["ContributorInsightsSummaries"]
    assert listed["TableName"] == "things"
