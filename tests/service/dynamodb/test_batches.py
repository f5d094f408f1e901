"""BatchWriteItem and BatchGetItem."""

import pytest
from tests.service.dynamodb.tables import definitions, index, item, make


@pytest.fixture
def table(dynamodb):
    make(dynamodb)
    return dynamodb


def put(**values):
    return {"PutRequest": {"Item": item(**values)}}


def delete(id_):
    return {"DeleteRequest": {"Key": item(id=id_)}}


def write(table, *requests, **options):
    return table.batch_write_item(RequestItems={"things": list(requests)}, **options)


def ids(table, name="things"):
    return sorted(found["id"]["S"] for found in table.scan(TableName=name)["Items"])


def test_a_batch_puts_and_deletes(table):
    assert write(table, *(put(id=str(number)) for number in range(7)))["UnprocessedItems"] == {}
    write(table, put(id="new", n=1), delete("0"), delete("missing"), put(id="1", n=2))
    assert ids(table) == ["1", "2", "3", "4", "5", "6", "new"]
    assert table.get_item(TableName="things", Key=item(id="1"))["Item"] == item(id="1", n=2)


def test_a_batch_writes_to_several_tables_and_their_indexes(table):
    make(table, "others", AttributeDefinitions=definitions("id:S kind:S"), GlobalSecondaryIndexes=[index("by_kind", "kind")])
    table.batch_write_item(RequestItems={"things": [put(id="a")], "others": [put(id="b", kind="x"), put(id="c")]})
    assert (ids(table), ids(table, "others")) == (["a"], ["b", "c"])
    assert table.scan(TableName="others", IndexName="by_kind")["Items"] == [item(id="b", kind="x")]


def test_a_batch_reads_items_of_several_tables(table):
    make(table, "others", key="id:S at:N")
    write(table, put(id="a", n=1, m=2), put(id="b"))
    table.put_item(TableName="others", Item=item(id="a", at=1))
    answer = table.batch_get_item(
        RequestItems={
            "things": {"Keys": [item(id="a"), item(id="missing")], "ProjectionExpression": "n"},
            "others": {"Keys": [item(id="a", at=1)], "ConsistentRead": True},
        },
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["Responses"] == {"things": [item(n=1)], "others": [item(id="a", at=1)]}
    assert answer["UnprocessedKeys"] == {}
    assert answer["ConsumedCapacity"] == [
        {"TableName": "things", "CapacityUnits": 1.0},
        {"TableName": "others", "CapacityUnits": 1.0},
    ]


def test_keys_for_which_the_answer_has_no_room_come_back(table):
    for number in range(50):
        table.put_item(TableName="things", Item=item(id=str(number), text="x" * 400_000))
    keys = [item(id=str(number)) for number in range(50)]
    answer = table.batch_get_item(RequestItems={"things": {"Keys": keys, "ConsistentRead": True}})
    left = answer["UnprocessedKeys"]["things"]
    assert (len(answer["Responses"]["things"]), left) == (41, {"Keys": keys[41:], "ConsistentRead": True})


def test_what_a_batch_consumes_is_told_by_table(table):
    answer = write(table, put(id="a"), put(id="b", text="x" * 1_500), ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == [{"TableName": "things", "CapacityUnits": 3.0, "Table": {"CapacityUnits": 3.0}}]


def test_batches_that_are_too_large_or_name_an_item_twice_are_refused(table, refusal):
    arn = make(table, "others")["TableArn"]

    def refused(**items):
        return refusal(table.batch_write_item, RequestItems=items)

    twice = ("ValidationException", "Provided list of item keys contains duplicates")
    assert refused(things=[put(id="a"), delete("a")]) == twice
    assert refused(**{"others": [put(id="a")], arn: [delete("a")]}) == twice
    keys = [item(id="a"), item(id="a")]
    assert refusal(table.batch_get_item, RequestItems={"things": {"Keys": keys}}) == twice
    assert refused(
        things=[put(id=str(number)) for number in range(20)], others=[put(id=str(number)) for number in range(6)]
    ) == (
        "ValidationException",
        "Too many items requested for the BatchWriteItem call",
    )
    assert refused(none=[put(id="a")]) == ("ResourceNotFoundException", "Requested resource not found")
    assert refused(things=[{}])[0] == "ValidationException"


def test_a_batch_of_which_one_item_cannot_be_writes_nothing(table, refusal):
    refusal(table.batch_write_item, RequestItems={"things": [put(id="a"), put(n=1)]})
    assert ids(table) == []
