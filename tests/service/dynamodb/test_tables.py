"""Tables: made, described, listed, deleted, and what is refused of their definitions."""

import pytest
from tests.service.dynamodb.tables import definitions, index, item, keys, make, schema

UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


def test_a_new_table_is_creating_and_then_active(dynamodb, account):
    made = make(dynamodb)
    assert made["TableStatus"] == "CREATING"
    dynamodb.get_waiter("table_exists").wait(TableName="things")
    told = dynamodb.describe_table(TableName="things")["Table"]
    assert told["TableStatus"] == "ACTIVE"
    assert told["TableArn"] == f"arn:aws:dynamodb:us-east-1:{account}:table/things"
    assert told["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert told["WarmThroughput"] == {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}
    assert (told["TableId"], told["CreationDateTime"]) == (made["TableId"], made["CreationDateTime"])
    assert told["DeletionProtectionEnabled"] is False


def test_a_table_may_be_named_by_its_arn(dynamodb, account):
    make(dynamodb)
    arn = f"arn:aws:dynamodb:us-east-1:{account}:table/things"
    dynamodb.put_item(TableName=arn, Item=item(id="a"))
    assert dynamodb.get_item(TableName=arn, Key=item(id="a"))["Item"] == item(id="a")
    assert dynamodb.describe_table(TableName=arn)["Table"]["TableName"] == "things"


def test_a_provisioned_table_tells_its_throughput_and_no_billing_mode(dynamodb):
    told = make(dynamodb, BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    assert told["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, **UNITS}
    assert "BillingModeSummary" not in told


def test_indexes_are_described(dynamodb, account):
    make(
        dynamodb,
        key="id:S at:N",
        AttributeDefinitions=definitions("id:S at:N kind:S"),
        LocalSecondaryIndexes=[index("local", "id", "kind", projection="KEYS_ONLY")],
        GlobalSecondaryIndexes=[index("global", "kind")],
    )
    told = dynamodb.describe_table(TableName="things")["Table"]
    (local,), (global_,) = told["LocalSecondaryIndexes"], told["GlobalSecondaryIndexes"]
    assert local["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert (global_["IndexStatus"], global_["KeySchema"]) == ("ACTIVE", schema("kind"))
    assert global_["IndexArn"] == f"arn:aws:dynamodb:us-east-1:{account}:table/things/index/global"


def test_what_a_table_holds_is_counted(dynamodb):
    make(dynamodb, AttributeDefinitions=definitions("id:S kind:S"), GlobalSecondaryIndexes=[index("by_kind", "kind")])
    dynamodb.put_item(TableName="things", Item=item(id="a", kind="x"))
    dynamodb.put_item(TableName="things", Item=item(id="b"))
    told = dynamodb.describe_table(TableName="things")["Table"]
    assert (told["ItemCount"], told["TableSizeBytes"]) == (2, 11)
    assert told["GlobalSecondaryIndexes"][0]["ItemCount"] == 1


def test_tables_are_listed_page_by_page_in_the_order_of_their_names(dynamodb):
    for name in ("table-c", "table-a", "table-b"):
        make(dynamodb, name)
    first = dynamodb.list_tables(Limit=2)
    assert first["TableNames"] == ["table-a", "table-b"]
    rest = dynamodb.list_tables(Limit=2, ExclusiveStartTableName=first["LastEvaluatedTableName"])
    assert rest["TableNames"] == ["table-c"]
    assert "LastEvaluatedTableName" not in rest


def test_a_deleted_table_is_deleting_and_then_gone(dynamodb, refusal):
    make(dynamodb)
    dynamodb.put_item(TableName="things", Item=item(id="a"))
    assert dynamodb.delete_table(TableName="things")["TableDescription"]["TableStatus"] == "DELETING"
    dynamodb.get_waiter("table_not_exists").wait(TableName="things")
    gone = ("ResourceNotFoundException", "Requested resource not found: Table: things not found")
    assert refusal(dynamodb.describe_table, TableName="things") == gone
    assert refusal(dynamodb.delete_table, TableName="things") == gone
    assert refusal(dynamodb.get_item, TableName="things", Key=item(id="a")) == (
        "ResourceNotFoundException",
        "Requested resource not found",
    )
    make(dynamodb)
    assert dynamodb.scan(TableName="things")["Count"] == 0


def test_a_protected_table_is_not_deleted(dynamodb, refusal):
    make(dynamodb, DeletionProtectionEnabled=True)
    assert refusal(dynamodb.delete_table, TableName="things") == (
        "ValidationException",
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
    )
    dynamodb.update_table(TableName="things", DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName="things")


def test_a_name_that_is_taken_is_refused(dynamodb, refusal):
    make(dynamodb)
    assert refusal(dynamodb.create_table, TableName="things", BillingMode="PAY_PER_REQUEST", **keys("id:S")) == (
        "ResourceInUseException",
        "Table already exists: things",
    )


INVALID = "One or more parameter values were invalid: "


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"BillingMode": "PROVISIONED"},
            f"{INVALID}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
        ),
        (
            {"ProvisionedThroughput": UNITS},
            f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
        ),
        (
            {"AttributeDefinitions": definitions("id:S other:S")},
            f"{INVALID}Number of attributes in KeySchema does not exactly match number of attributes defined in "
            "AttributeDefinitions",
        ),
        (
            {"AttributeDefinitions": definitions("other:S")},
            f"{INVALID}Some index key attributes are not defined in AttributeDefinitions. "
            "Keys: [id], AttributeDefinitions: [other]",
        ),
        (
            {"KeySchema": schema("id", "id")},
            "Invalid KeySchema: Some index key attribute have no definition",
        ),
        (
            {"KeySchema": [*schema("id", "at"), {"AttributeName": "by", "KeyType": "RANGE"}]},
            "1 validation error detected: Value '[KeySchemaElement(attributeName=id, keyType=HASH), "
            "KeySchemaElement(attributeName=at, keyType=RANGE), KeySchemaElement(attributeName=by, keyType=RANGE)]' "
            "at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2",
        ),
        (
            {"KeySchema": [{"AttributeName": "id", "KeyType": "RANGE"}]},
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        ),
        ({"GlobalSecondaryIndexes": []}, f"{INVALID}List of GlobalSecondaryIndexes is empty"),
        (
            {"LocalSecondaryIndexes": [index("local", "id")]},
            f"{INVALID}Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
        ),
        (
            {"GlobalSecondaryIndexes": [index("one", "id"), index("one", "id")]},
            f"{INVALID}Duplicate index name: one",
        ),
        (
            {"GlobalSecondaryIndexes": [index("one", "id", projection="INCLUDE")]},
            f"{INVALID}ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
        ),
        (
            {"GlobalSecondaryIndexes": [index("one", "id", ProvisionedThroughput=UNITS)]},
            f"{INVALID}ProvisionedThroughput should not be specified for index: one when BillingMode is PAY_PER_REQUEST",
        ),
        (
            {"GlobalSecondaryIndexes": [index(f"one-{number}", "id") for number in range(21)]},
            f"{INVALID}GlobalSecondaryIndex count exceeds the per-table limit of 20",
        ),
        (
            {"TableName": "no"},
            "1 validation error detected: Value 'no' at 'tableName' failed to satisfy constraint: "
            "Member must have length greater than or equal to 3",
        ),
    ],
)
def test_a_definition_that_does_not_fit_together_is_refused(dynamodb, refusal, changes, message):
    given = {"TableName": "things", "BillingMode": "PAY_PER_REQUEST", **keys("id:S"), **changes}
    assert refusal(dynamodb.create_table, **given) == ("ValidationException", message)
    assert dynamodb.list_tables()["TableNames"] == []


def test_limits_and_endpoints_are_told(dynamodb, still):
    assert dynamodb.describe_limits()["TableMaxReadCapacityUnits"] == 40_000
    (endpoint,) = dynamodb.describe_endpoints()["Endpoints"]
    assert still.url.endswith(endpoint["Address"])


def test_answers_tell_the_checksum_of_their_body(dynamodb):
    import zlib

    seen = []
    dynamodb.meta.events.register("before-parse.dynamodb.*", lambda response_dict, **_: seen.append(response_dict))
    dynamodb.list_tables()
    (response,) = seen
    assert response["headers"]["x-amz-crc32"] == str(zlib.crc32(response["body"]))
