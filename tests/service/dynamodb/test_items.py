"""One item put, got, updated, deleted: values, conditions, what is returned and what it costs."""

import pytest
from botocore.exceptions import ClientError
from tests.service.dynamodb.tables import definitions, index, item, make

ALL_TYPES = item(
    id="a",
    text="é",
    number=1.5,
    binary=b"\0\xff",
    yes=True,
    nothing=None,
    list=[1, "x", [b"y"]],
    map={"a": {"b": "c"}},
    texts={"a", "b"},
    numbers={1, 2},
) | {"binaries": {"BS": [b"1", b"2"]}, "empty": {"S": ""}, "none": {"L": []}}


@pytest.fixture
def table(dynamodb):
    make(dynamodb)
    return dynamodb


def put(table, **options):
    return table.put_item(TableName="things", **options)


def got(table, id_="a", **options):
    return table.get_item(TableName="things", Key=item(id=id_), **options).get("Item")


def test_an_item_comes_back_as_it_was_put(table):
    put(table, Item=ALL_TYPES)
    assert got(table, ConsistentRead=True) == ALL_TYPES
    assert got(table, "b") is None


def test_numbers_are_normalised(table):
    put(table, Item={"id": {"S": "a"}, "n": {"N": "0100.50e1"}, "s": {"NS": ["1.0"]}})
    assert got(table) == {"id": {"S": "a"}, "n": {"N": "1005"}, "s": {"NS": ["1"]}}


def test_a_projection_returns_parts(table):
    put(table, Item=ALL_TYPES)
    found = got(table, ProjectionExpression="#m.a.b, #n, absent", ExpressionAttributeNames={"#m": "map", "#n": "number"})
    assert found == item(map={"a": {"b": "c"}}, number=1.5)
    assert got(table, AttributesToGet=["text"]) == {"text": {"S": "é"}}


def test_a_put_replaces_and_returns_what_was_there(table):
    assert "Attributes" not in put(table, Item=item(id="a", n=1), ReturnValues="ALL_OLD")
    assert put(table, Item=item(id="a", m=2), ReturnValues="ALL_OLD")["Attributes"] == item(id="a", n=1)
    assert got(table) == item(id="a", m=2)


def test_a_delete_returns_what_was_there(table):
    put(table, Item=item(id="a", n=1))
    deleted = table.delete_item(TableName="things", Key=item(id="a"), ReturnValues="ALL_OLD")
    assert deleted["Attributes"] == item(id="a", n=1)
    assert "Attributes" not in table.delete_item(TableName="things", Key=item(id="a"), ReturnValues="ALL_OLD")
    assert got(table) is None


def update(table, **options):
    return table.update_item(TableName="things", Key=item(id="a"), **options).get("Attributes")


@pytest.mark.parametrize(
    ("returned", "first", "second"),
    [
        ("NONE", None, None),
        ("ALL_OLD", None, item(id="a", n=1)),
        ("ALL_NEW", item(id="a", n=1), item(id="a", n=2)),
        ("UPDATED_OLD", None, item(n=1)),
        ("UPDATED_NEW", item(n=1), item(n=2)),
    ],
)
def test_an_update_returns_what_was_asked_for(table, returned, first, second):
    options = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": item(**{":one": 1}), "ReturnValues": returned}
    assert update(table, **options) == first
    assert update(table, **options) == second


def test_an_update_without_an_expression_makes_the_item(table):
    update(table)
    assert got(table) == item(id="a")


def test_a_condition_that_does_not_hold_changes_nothing_and_may_return_the_item(table):
    put(table, Item=item(id="a", n=1))
    condition = {"ConditionExpression": "n > :n", "ExpressionAttributeValues": item(**{":n": 1})}
    for call, options in (
        (table.put_item, {"Item": item(id="a")}),
        (table.delete_item, {"Key": item(id="a")}),
        (table.update_item, {"Key": item(id="a"), "UpdateExpression": "REMOVE m"}),
    ):
        with pytest.raises(ClientError) as caught:
            call(TableName="things", **options, **condition, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        response = caught.value.response
        assert response["Error"] == {"Code": "ConditionalCheckFailedException", "Message": "The conditional request failed"}
        assert response["Item"] == item(id="a", n=1)
        with pytest.raises(table.exceptions.ConditionalCheckFailedException) as caught:
            call(TableName="things", **options, **condition)
        assert "Item" not in caught.value.response
    assert got(table) == item(id="a", n=1)


INVALID = "One or more parameter values were invalid: "
ENVELOPE = "1 validation error detected: "


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (item(n=1), f"{INVALID}Missing the key id in the item"),
        (item(id=1), f"{INVALID}Type mismatch for key id expected: S actual: N"),
        (
            item(id=""),
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string "
            "value. Key: id",
        ),
        (item(id="a", big="x" * 410_000), "Item size has exceeded the maximum allowed size"),
        (item(id="a") | {"n": {"N": "x"}}, f"{ENVELOPE}The parameter cannot be converted to a numeric value: x"),
        (item(id="a") | {"s": {"SS": []}}, f"{ENVELOPE}{INVALID}An string set  may not be empty"),
    ],
)
def test_an_item_that_cannot_be_is_refused(table, refusal, given, message):
    assert refusal(table.put_item, TableName="things", Item=given) == ("ValidationException", message)


@pytest.mark.parametrize("key", [item(), item(id=1), item(id="a", more="b"), item(other="a")])
def test_a_key_that_is_none_of_the_table_is_refused(table, refusal, key):
    expected = ("ValidationException", "The provided key element does not match the schema")
    assert refusal(table.get_item, TableName="things", Key=key) == expected
    assert refusal(table.delete_item, TableName="things", Key=key) == expected


def test_an_update_may_not_change_the_key_or_grow_too_large(table, refusal):
    def refused(expression, value):
        given = {"UpdateExpression": expression, "ExpressionAttributeValues": item(**{":v": value})}
        return refusal(table.update_item, TableName="things", Key=item(id="a"), **given)

    assert refused("SET id = :v", "b") == (
        "ValidationException",
        f"{INVALID}Cannot update attribute id. This attribute is part of the key",
    )
    update(table, UpdateExpression="SET a = :v", ExpressionAttributeValues=item(**{":v": "x" * 300_000}))
    assert refused("SET b = :v", "x" * 300_000) == (
        "ValidationException",
        "Item size to update has exceeded the maximum allowed size",
    )


def test_expressions_and_their_predecessors_do_not_mix(table, refusal):
    assert refusal(table.get_item, TableName="things", Key=item(id="a"), AttributesToGet=["a"], ProjectionExpression="a") == (
        "ValidationException",
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}",
    )
    assert refusal(table.put_item, TableName="things", Item=item(id="a"), ExpressionAttributeValues=item(**{":v": 1})) == (
        "ValidationException",
        f"{ENVELOPE}ExpressionAttributeValues can only be specified when using expressions",
    )


def test_names_and_values_that_nothing_uses_are_refused(table, refusal):
    given = {"ConditionExpression": "attribute_exists(id)", "ExpressionAttributeValues": item(**{":v": 1})}
    assert refusal(table.put_item, TableName="things", Item=item(id="a"), **given) == (
        "ValidationException",
        ENVELOPE + "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}",
    )


# ---- what it costs ---------------------------------------------------------------------------------------------------


def test_reads_and_writes_tell_what_they_cost(table):
    big = item(id="a", text="x" * 5_000)
    assert put(table, Item=big, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"] == {
        "TableName": "things",
        "CapacityUnits": 5.0,
    }
    assert put(table, Item=item(id="a"), ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]["CapacityUnits"] == 5.0
    put(table, Item=big)

    def cost(**options):
        answer = table.get_item(TableName="things", Key=item(id="a"), ReturnConsumedCapacity="INDEXES", **options)
        return answer["ConsumedCapacity"]

    assert cost() == {"TableName": "things", "CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}}
    assert cost(ConsistentRead=True)["CapacityUnits"] == 2.0


def test_writes_tell_what_each_index_costs(dynamodb):
    make(
        dynamodb,
        key="id:S at:N",
        AttributeDefinitions=definitions("id:S at:N kind:S"),
        LocalSecondaryIndexes=[index("local", "id", "kind")],
        GlobalSecondaryIndexes=[index("global", "kind", projection="KEYS_ONLY")],
    )

    def cost(**values):
        answer = dynamodb.put_item(TableName="things", Item=item(id="a", at=1, **values), ReturnConsumedCapacity="INDEXES")[
            "ConsumedCapacity"
        ]
        indexes = answer.get("LocalSecondaryIndexes", {}) | answer.get("GlobalSecondaryIndexes", {})
        return answer["CapacityUnits"], {name: units["CapacityUnits"] for name, units in indexes.items()}

    assert cost() == (1.0, {})
    assert cost(kind="x") == (3.0, {"local": 1.0, "global": 1.0})
    assert cost(kind="y") == (5.0, {"local": 2.0, "global": 2.0})
    assert cost(kind="y", other=1) == (2.0, {"local": 1.0})
    assert cost() == (3.0, {"local": 1.0, "global": 1.0})


def test_tables_with_local_indexes_tell_of_their_collections(dynamodb):
    make(
        dynamodb,
        key="id:S at:N",
        AttributeDefinitions=definitions("id:S at:N kind:S"),
        LocalSecondaryIndexes=[index("local", "id", "kind")],
    )
    answer = dynamodb.put_item(TableName="things", Item=item(id="a", at=1), ReturnItemCollectionMetrics="SIZE")
    assert answer["ItemCollectionMetrics"] == {"ItemCollectionKey": item(id="a"), "SizeEstimateRangeGB": [0.0, 1.0]}
