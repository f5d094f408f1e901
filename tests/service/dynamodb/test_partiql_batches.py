"""BatchExecuteStatement and ExecuteTransaction: many statements, each for itself or all together."""

from typing import Any

import pytest


@pytest.fixture
def songs(dynamodb: Any) -> Any:
    """The client, with a table of songs."""
    dynamodb.create_table(
        TableName="songs",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for key in "ab":
        dynamodb.put_item(TableName="songs", Item={"id": {"S": key}, "n": {"N": "1"}})
    return dynamodb


def batch(client: Any, *statements: str, **how: Any) -> Any:
    return client.batch_execute_statement(Statements=[{"Statement": one} for one in statements], **how)


def transact(client: Any, *statements: str, **how: Any) -> Any:
    return client.execute_transaction(TransactStatements=[{"Statement": one} for one in statements], **how)


def n_of(client: Any, key: str) -> Any:
    return client.get_item(TableName="songs", Key={"id": {"S": key}}).get("Item", {}).get("n", {}).get("N")


def test_a_batch_answers_each_statement_in_order(songs):
    answer = batch(
        songs, "SELECT * FROM songs WHERE id = 'b'", "SELECT n FROM songs WHERE id = 'a'", "SELECT * FROM songs WHERE id = 'x'"
    )
    assert answer["Responses"] == [
        {"TableName": "songs", "Item": {"id": {"S": "b"}, "n": {"N": "1"}}},
        {"TableName": "songs", "Item": {"n": {"N": "1"}}},
        {"TableName": "songs"},
    ]


def test_a_statement_of_a_batch_fails_alone(songs):
    answer = batch(
        songs,
        "INSERT INTO songs VALUE {'id': 'a'}",
        "UPDATE songs SET n = 2 WHERE id = 'a' RETURNING ALL NEW *",
        "UPDATE songs SET n = 2 WHERE id = 'b' AND n = 7",
        "DELETE FROM gone WHERE id = 'x'",
        "SLECT",
        "SELECT * FROM songs WHERE n = 1",
        "DELETE FROM songs WHERE id = 'b' RETURNING ALL OLD *",
    )["Responses"]
    assert [one.get("Error", {}).get("Code") for one in answer] == [
        "DuplicateItem", None, "ConditionalCheckFailed", "ResourceNotFound", "ValidationError", "ValidationError", None,
    ]  # fmt: skip
    assert [one.get("TableName") for one in answer] == ["songs", "songs", "songs", None, None, None, "songs"]
    assert answer[1]["Item"] == {"id": {"S": "a"}, "n": {"N": "2"}}
    assert answer[5]["Error"]["Message"] == (
        "Select statements within BatchExecuteStatement must specify the primary key in the where clause."
    )
    assert answer[6]["Item"]["id"] == {"S": "b"}
    assert n_of(songs, "a") == "2"


def test_a_batch_tells_what_was_consumed(songs):
    statements = [
        {"Statement": "SELECT * FROM songs WHERE id = 'a'", "ConsistentRead": True},
        {"Statement": "SELECT * FROM songs WHERE id = 'b'"},
    ]
    answer = songs.batch_execute_statement(Statements=statements, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == [{"TableName": "songs", "CapacityUnits": 1.5}]


def test_a_transaction_reads_items_together(songs):
    answer = transact(songs, "SELECT n FROM songs WHERE id = 'b'", "SELECT * FROM songs WHERE id = 'x'")
    assert answer["Responses"] == [{"Item": {"n": {"N": "1"}}}, {}]


def test_a_transaction_writes_all(songs):
    answer = transact(
        songs,
        "EXISTS(SELECT * FROM songs WHERE id = 'b' AND n = 1)",
        "UPDATE songs SET n = n + 1 WHERE id = 'a'",
        "INSERT INTO songs VALUE {'id': 'c', 'n': 3}",
    )
    assert answer["Responses"] == []
    assert [n_of(songs, key) for key in "abc"] == ["2", "1", "3"]


def test_a_transaction_writes_all_or_nothing(songs):
    with pytest.raises(songs.exceptions.TransactionCanceledException) as failure:
        transact(
            songs,
            "UPDATE songs SET n = 9 WHERE id = 'a'",
            "INSERT INTO songs VALUE {'id': 'b'}",
            "EXISTS(SELECT * FROM songs WHERE id = 'x' AND n = 1)",
        )
    codes = [reason["Code"] for reason in failure.value.response["CancellationReasons"]]
    assert codes == ["None", "DuplicateItem", "ConditionalCheckFailed"]
    assert "[None, DuplicateItem, ConditionalCheckFailed]" in failure.value.response["Error"]["Message"]
    assert n_of(songs, "a") == "1"


def test_a_transaction_is_done_once_for_a_token(songs):
    for _ in range(2):
        transact(songs, "UPDATE songs SET n = n + 1 WHERE id = 'a'", ClientRequestToken="once")
    assert n_of(songs, "a") == "2"


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (
            ["SELECT * FROM songs WHERE id = 'a' AND n = 1"],
            "Validation failed in TransactStatements[0]: "
            "Select statements within ExecuteTransaction must specify the primary key in the where clause.",
        ),
        (
            ["UPDATE songs SET n = 1 WHERE id = 'a'", "EXISTS(SELECT * FROM songs WHERE id = 'b')"],
            "Validation failed in TransactStatements[1]: EXISTS() must contain a single item read with additional condition",
        ),
        (
            ["UPDATE songs SET n = 1 WHERE id = 'a'", "DELETE FROM songs WHERE id = 'a'"],
            "Transaction request cannot include multiple operations on one item",
        ),
        (
            ["UPDATE songs SET n = 1 WHERE id = 'a' RETURNING ALL NEW *"],
            "Validation failed in TransactStatements[0]: RETURNING clause is not supported in ExecuteTransaction.",
        ),
        (
            ['SELECT * FROM "songs"."by-n" WHERE id = \'a\''],
            "Validation failed in TransactStatements[0]: Reads on indices are not supported within transactions.",
        ),
        (
            ["UPDATE songs"],
            "Validation failed in TransactStatements[0]: "
            "Statement wasn't well formed, can't be processed: Expected SET or REMOVE",
        ),
    ],
)
def test_what_is_no_transaction_is_refused(songs, refusal, statements, message):
    given = [{"Statement": one} for one in statements]
    assert refusal(songs.execute_transaction, TransactStatements=given) == ("ValidationException", message)
