"""TransactWriteItems and TransactGetItems: all or nothing, once for a token."""

import pytest
from botocore.exceptions import ClientError
from tests.service.dynamodb.tables import item, make


@pytest.fixture
def table(dynamodb):
    make(dynamodb)
    dynamodb.put_item(TableName="things", Item=item(id="a", n=1))
    return dynamodb


def put(id_, **options):
    return {"Put": {"TableName": "things", "Item": item(id=id_), **options}}


def delete(id_, **options):
    return {"Delete": {"TableName": "things", "Key": item(id=id_), **options}}


def add(id_, **options):
    return {
        "Update": {
            "TableName": "things",
            "Key": item(id=id_),
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": item(**{":one": 1}),
            **options,
        }
    }


def check(id_, condition):
    return {"ConditionCheck": {"TableName": "things", "Key": item(id=id_), "ConditionExpression": condition}}


def write(table, *actions, **options):
    return table.transact_write_items(TransactItems=list(actions), **options)


def found(table):
    return sorted((one["id"]["S"], one.get("n", {}).get("N")) for one in table.scan(TableName="things")["Items"])


def reasons(table, *actions):
    with pytest.raises(ClientError) as caught:
        write(table, *actions)
    response = caught.value.response
    assert response["Error"]["Code"] == "TransactionCanceledException"
    return response["Error"]["Message"], response["CancellationReasons"]


def test_all_actions_happen(table):
    write(table, put("b"), add("a"), check("c", "attribute_not_exists(id)"), delete("d"))
    assert found(table) == [("a", "2"), ("b", None)]


def test_one_condition_that_fails_undoes_all_and_every_action_has_a_reason(table):
    message, told = reasons(
        table,
        put("b"),
        add("a", ConditionExpression="n > :one", ReturnValuesOnConditionCheckFailure="ALL_OLD"),
        check("c", "attribute_exists(id)"),
    )
    assert message == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, ConditionalCheckFailed, ConditionalCheckFailed]"
    )
    failed = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    assert told == [{"Code": "None"}, {**failed, "Item": item(id="a", n=1)}, failed]
    assert found(table) == [("a", "1")]


def test_an_update_that_cannot_be_is_a_reason(table):
    table.put_item(TableName="things", Item=item(id="text", n="x"))
    _, told = reasons(table, add("text"), put("b"))
    assert [reason["Code"] for reason in told] == ["ValidationError", "None"]
    assert told[0]["Message"] == "An operand in the update expression has an incorrect data type"


def test_a_token_stands_for_its_transaction_for_ten_minutes(table, advance, refusal):
    write(table, add("a"), ClientRequestToken="token")
    write(table, add("a"), ClientRequestToken="token")
    assert found(table) == [("a", "2")]
    code, _ = refusal(table.transact_write_items, TransactItems=[add("b")], ClientRequestToken="token")
    assert code == "IdempotentParameterMismatchException"
    advance(601)
    write(table, add("a"), ClientRequestToken="token")
    assert found(table) == [("a", "3")]


def test_a_transaction_that_was_cancelled_leaves_its_token_free(table):
    with pytest.raises(ClientError):
        write(table, add("a", ConditionExpression="n > :one"), ClientRequestToken="token")
    table.put_item(TableName="things", Item=item(id="a", n=5))
    write(table, add("a", ConditionExpression="n > :one"), ClientRequestToken="token")
    assert found(table) == [("a", "6")]


def test_an_item_stands_once_in_a_transaction(table, refusal):
    twice = ("ValidationException", "Transaction request cannot include multiple operations on one item")
    assert refusal(table.transact_write_items, TransactItems=[put("b"), delete("b")]) == twice
    get = {"Get": {"TableName": "things", "Key": item(id="a")}}
    assert refusal(table.transact_get_items, TransactItems=[get, get]) == twice


def test_a_transaction_costs_twice(table):
    answer = write(table, put("b"), add("a"), ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == [{"TableName": "things", "CapacityUnits": 4.0, "WriteCapacityUnits": 4.0}]
    get = {"Get": {"TableName": "things", "Key": item(id="a")}}
    answer = table.transact_get_items(TransactItems=[get], ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == [{"TableName": "things", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}]


def test_items_are_read_in_the_order_in_which_they_were_asked_for(table):
    gets = [
        {"Get": {"TableName": "things", "Key": item(id="missing")}},
        {"Get": {"TableName": "things", "Key": item(id="a"), "ProjectionExpression": "n"}},
    ]
    assert table.transact_get_items(TransactItems=gets)["Responses"] == [{}, {"Item": item(n=1)}]
