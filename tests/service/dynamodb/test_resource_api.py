"""boto3's own table objects: Python's types, conditions as objects, batch writers."""

from decimal import Decimal

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary


@pytest.fixture
def table(still, account):
    dynamodb = boto3.resource(
        "dynamodb", region_name="us-east-1", endpoint_url=still.url, aws_access_key_id=account, aws_secret_access_key="test"
    )
    made = dynamodb.create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    made.wait_until_exists()
    return made


def test_values_of_python_come_back_as_they_were(table):
    given = {
        "id": "a",
        "at": Decimal("1.5"),
        "huge": Decimal("12345678901234567890123456789012345678"),
        "tiny": Decimal("1E-130"),
        "bytes": b"\0\1",
        "list": [1, None, True, {"deep": {"x"}}],
        "numbers": {Decimal("1"), Decimal("2.5")},
        "binaries": {b"a", b"b"},
    }
    table.put_item(Item=given)
    found = table.get_item(Key={"id": "a", "at": Decimal("1.5")})["Item"]
    assert found == given | {"bytes": Binary(b"\0\1"), "binaries": {Binary(b"a"), Binary(b"b")}}


def test_a_batch_writer_writes_and_deletes(table):
    with table.batch_writer(overwrite_by_pkeys=["id", "at"]) as batch:
        for at in range(60):
            batch.put_item(Item={"id": "a", "at": at, "even": at % 2 == 0})
        batch.delete_item(Key={"id": "a", "at": 59})
    found = table.query(KeyConditionExpression=Key("id").eq("a") & Key("at").gte(50), FilterExpression=Attr("even").eq(False))
    assert [one["at"] for one in found["Items"]] == [51, 53, 55, 57]
    table.reload()
    assert table.item_count == 59


def test_conditions_and_updates_as_objects(table):
    table.put_item(Item={"id": "a", "at": 1, "n": 1})
    with pytest.raises(table.meta.client.exceptions.ConditionalCheckFailedException):
        table.put_item(Item={"id": "a", "at": 1}, ConditionExpression=Attr("id").not_exists())
    updated = table.update_item(
        Key={"id": "a", "at": 1},
        UpdateExpression="SET n = n + :one, tags = list_append(if_not_exists(tags, :none), :tags)",
        ExpressionAttributeValues={":one": 1, ":none": [], ":tags": ["x"]},
        ReturnValues="ALL_NEW",
    )
    assert updated["Attributes"] == {"id": "a", "at": 1, "n": 2, "tags": ["x"]}
