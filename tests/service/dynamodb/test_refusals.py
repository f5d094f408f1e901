"""What a bad request is told, in which words and before what else: AWS' answers as they were recorded in 2026.

Which layer of checks an operation runs decides (operations.layers); where regions differ the words of us-east-1 are meant.
"""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.service.dynamodb.tables import index, item, keys, make

ENVELOPE = "1 validation error detected: "
INVALID = "One or more parameter values were invalid: "
NOT_A_NUMBER = "The parameter cannot be converted to a numeric value"
TOO_DEEP = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
NO_KEY = "The provided key element does not match the schema"
NO_EXPRESSION = "can only be specified when using expressions"
NOT_THERE = ("ResourceNotFoundException", "Requested resource not found")

BAD_VALUES = [  # a value, what most operations say of it, and what batches of writes, transactions and Scan do
    ({"N": "abc"}, f"{NOT_A_NUMBER}: abc", f"{NOT_A_NUMBER}: abc"),
    ({"N": ""}, f"{NOT_A_NUMBER}: ", NOT_A_NUMBER),
    (
        {"SS": ["b", "a", "b"]},
        f'{INVALID}Input collection ["a", "b", "b"] contains duplicates.',
        f"{INVALID}Input collection [b, a, b] contains duplicates.",
    ),
    (
        {"BS": [b"\xff", b"\0", b"\0"]},
        f'{INVALID}Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.',
        f"{INVALID}Input collection [/w==, AA==, AA==]of type BS contains duplicates.",
    ),
    (
        {"NS": ["2", "1", "2"]},
        f"{INVALID}Input collection contains duplicates.",
        "Input collection contains duplicates",
    ),
]


@pytest.fixture
def raw(still, account):
    """A client that sends whatever it is given."""
    dynamodb = boto3.client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=still.url,
        aws_access_key_id=account,
        aws_secret_access_key="test",
        config=Config(parameter_validation=False, retries={"max_attempts": 0}),
    )
    make(dynamodb)
    return dynamodb


@pytest.fixture
def told(refusal):
    """``told(call, **parameters)``: the message of a ValidationException."""

    def message(call, **parameters):
        code, text = refusal(call, **parameters)
        assert code == "ValidationException"
        return text

    return message


def deep(levels):
    value = {"S": "leaf"}
    for _ in range(levels):
        value = {"M": {"n": value}}
    return value


def condition(value):
    return {"ConditionExpression": "s = :v", "ExpressionAttributeValues": {":v": value}}


def reasons(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    assert response["Error"]["Code"] == "TransactionCanceledException"
    assert response["Error"]["Message"].startswith("Transaction cancelled, please refer cancellation reasons")
    return [(reason["Code"], reason.get("Message")) for reason in response["CancellationReasons"]]


# ---- bad values ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "newer", "_"), BAD_VALUES)
def test_single_writes_refuse_a_bad_value_in_an_envelope_wherever_it_stands(raw, told, value, newer, _):
    table = {"TableName": "things"}
    key = table | {"Key": item(id="a")}
    for given in ({"s": value}, {"s": {"M": {"x": {"L": [value]}}}}):
        assert told(raw.put_item, **table, Item=item(id="a") | given) == ENVELOPE + newer
    assert told(raw.put_item, **table, Item=item(id="a"), **condition(value)) == ENVELOPE + newer
    assert told(raw.put_item, **table, Item=item(id="a"), Expected={"s": {"Value": value}}) == ENVELOPE + newer
    assert told(raw.update_item, **table, Key={"id": value}) == ENVELOPE + newer
    assert told(raw.update_item, **key, AttributeUpdates={"s": {"Value": value}}) == ENVELOPE + newer
    set_ = {"UpdateExpression": "SET s = :v", "ExpressionAttributeValues": {":v": value}}
    assert told(raw.update_item, **key, **set_) == ENVELOPE + newer
    assert told(raw.delete_item, **table, Key={"id": value}) == ENVELOPE + newer
    assert told(raw.delete_item, **key, **condition(value)) == ENVELOPE + newer


@pytest.mark.parametrize(("value", "newer", "_"), BAD_VALUES)
def test_reads_refuse_a_bad_value_in_the_same_words_without_the_envelope(raw, told, value, newer, _):
    assert told(raw.get_item, TableName="things", Key={"id": value}) == newer
    assert told(raw.batch_get_item, RequestItems={"things": {"Keys": [{"id": value}]}}) == newer
    query = {"TableName": "things", "KeyConditionExpression": "id = :a", "ExpressionAttributeValues": item(**{":a": "a"})}
    assert told(raw.query, **query, ExclusiveStartKey={"id": value}) == newer
    assert told(raw.query, **query | {"ExpressionAttributeValues": {":a": value}}) == newer


@pytest.mark.parametrize(("value", "_", "older"), BAD_VALUES)
def test_batches_of_writes_transactions_and_scans_refuse_a_bad_value_in_older_words(raw, told, value, _, older):
    put = {"PutRequest": {"Item": item(id="a") | {"s": value}}}
    for request in (put, {"DeleteRequest": {"Key": {"id": value}}}):
        assert told(raw.batch_write_item, RequestItems={"things": [request]}) == older
    for action in ({"Put": {"Item": item(id="a") | {"s": value}}}, {"Delete": {"Key": {"id": value}}}):
        ((kind, part),) = action.items()
        assert told(raw.transact_write_items, TransactItems=[{kind: {"TableName": "things", **part}}]) == older
    assert told(raw.transact_get_items, TransactItems=[{"Get": {"TableName": "things", "Key": {"id": value}}}]) == older
    with_key = f"ExpressionAttributeValues contains invalid value: {older} for key :v"
    check = {"TableName": "things", "Key": item(id="a"), **condition(value)}
    assert told(raw.transact_write_items, TransactItems=[{"ConditionCheck": check}]) == with_key
    filter_ = {"FilterExpression": "s = :v", "ExpressionAttributeValues": {":v": value}}
    assert told(raw.scan, TableName="things", **filter_) == with_key


# ---- bad requests ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"ExpressionAttributeValues": item(**{":v": 1})},
            f"ExpressionAttributeValues {NO_EXPRESSION}",
        ),
        ({"ExpressionAttributeNames": {"#a": "a"}}, f"ExpressionAttributeNames {NO_EXPRESSION}"),
        ({"ConditionExpression": ""}, "Invalid ConditionExpression: The expression can not be empty;"),
        (
            {"ConditionExpression": "((attribute_exists(id)))"},
            "Invalid ConditionExpression: The expression has redundant parentheses;",
        ),
        ({"ConditionExpression": "a = = b"}, 'Invalid ConditionExpression: Syntax error; token: "=", near: "= = b"'),
        ({"Expected": {"a": {"Exists": True}}}, f"{INVALID}Value must be provided when Exists is true for Attribute: a"),
        ({"ReturnValues": "ALL_NEW"}, "ReturnValues can only be ALL_OLD or NONE"),
    ],
)
def test_single_writes_refuse_a_bad_request_in_an_envelope_before_they_look_for_the_table(raw, told, asked, message):
    for table in ("things", "no-such-table"):
        assert told(raw.put_item, TableName=table, Item=item(id="a"), **asked) == ENVELOPE + message
        assert told(raw.delete_item, TableName=table, Key=item(id="a"), **asked) == ENVELOPE + message


def test_what_only_the_table_can_tell_stands_in_no_envelope(raw, told):
    update = {"UpdateExpression": "SET id = :v", "ExpressionAttributeValues": item(**{":v": "b"})}
    assert told(raw.update_item, TableName="things", Key=item(id="a"), **update) == (
        f"{INVALID}Cannot update attribute id. This attribute is part of the key"
    )
    assert told(raw.delete_item, TableName="things", Key=item(other="a")) == NO_KEY


def test_a_query_is_looked_at_before_its_table(raw, told, refusal):
    query = {"TableName": "no-such-table", "KeyConditionExpression": "id = :id AND begins_with(nr, :nr)"}
    assert told(raw.query, **query, ExpressionAttributeValues=item(**{":id": "a", ":nr": 1})) == (
        "Invalid KeyConditionExpression: Incorrect operand type for operator or function; "
        "operator or function: begins_with, operand type: N"
    )
    assert refusal(raw.query, **query, ExpressionAttributeValues=item(**{":id": "a", ":nr": "1"})) == NOT_THERE


def test_a_scan_tells_of_select_and_start_in_words_of_its_own(raw, told):
    assert told(raw.scan, TableName="things", Select="SPECIFIC_ATTRIBUTES") == (
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
    )
    assert told(raw.scan, TableName="things", ExclusiveStartKey=item(bad="a")) == (
        f"The provided starting key is invalid: {NO_KEY}"
    )


# ---- names of tables -------------------------------------------------------------------------------------------------


def test_a_name_that_no_table_has_is_told_as_a_constraint(raw, told):
    asked = {"Item": item(id="a")}
    assert told(raw.put_item, TableName="bad table", **asked) == (
        f"{ENVELOPE}Value 'bad table' at 'tableName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
    )
    assert told(raw.put_item, TableName="a" * 256, **asked) == (
        f"{ENVELOPE}Value '{'a' * 256}' at 'tableName' failed to satisfy constraint: "
        "Member must have length less than or equal to 255"
    )


def test_a_batch_tells_of_all_its_names(raw, told):
    assert told(raw.batch_get_item, RequestItems={"bad!name": {"Keys": [item(id="a")]}}) == (
        f"""{ENVELOPE}Value '{{"bad!name":{{"Keys":[{{"id":{{"S":"a"}}}}]}}}}' at 'requestItems' failed to satisfy """
        "constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 255, "
        "Member must have length greater than or equal to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]"
    )


# ---- batches and transactions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [item(id=1), item(id=["x"]), item(other="a")])
def test_a_batch_says_of_any_item_without_a_key_that_it_does_not_match(raw, told, wrong):
    assert told(raw.batch_write_item, RequestItems={"things": [{"PutRequest": {"Item": wrong}}]}) == NO_KEY


def test_a_batch_reads_all_its_tables_in_the_old_way_or_all_in_the_new(raw, told):
    make(raw, "others")
    asked = {"Keys": [item(id="a")]}
    requests = {"things": {**asked, "ProjectionExpression": "id"}, "others": {**asked, "AttributesToGet": ["id"]}}
    assert told(raw.batch_get_item, RequestItems=requests) == (
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"
    )


def test_a_transaction_is_cancelled_by_a_key_that_is_none_of_its_table(raw):
    fine = {"Put": {"TableName": "things", "Item": item(id="fine")}}
    put = {"Put": {"TableName": "things", "Item": item(id=1)}}
    assert reasons(raw.transact_write_items, TransactItems=[fine, put]) == [
        ("None", None),
        ("ValidationError", f"{INVALID}Type mismatch for key id expected: S actual: N"),
    ]
    delete = {"Delete": {"TableName": "things", "Key": item(id=["x"])}}
    assert reasons(raw.transact_write_items, TransactItems=[delete, fine]) == [("ValidationError", NO_KEY), ("None", None)]
    get = {"Get": {"TableName": "things", "Key": {}}}
    assert reasons(raw.transact_get_items, TransactItems=[get]) == [("ValidationError", NO_KEY)]
    assert raw.scan(TableName="things")["Count"] == 0


def test_a_transaction_is_refused_for_an_empty_key(raw, told):
    message = (
        "One or more parameter values are not valid. "
        "The AttributeValue for a key attribute cannot contain an empty string value. Key: id"
    )
    for action in (
        {"Put": {"TableName": "things", "Item": item(id="")}},
        {"Delete": {"TableName": "things", "Key": item(id="")}},
    ):
        assert told(raw.transact_write_items, TransactItems=[action]) == message


def test_a_transaction_looks_at_its_actions_in_order_and_at_no_table_before(raw, told, refusal):
    missing = {"Put": {"TableName": "no-such-table", "Item": item(id="a")}}
    malformed = {"ConditionCheck": {"TableName": "things", "Key": item(id="a"), "ConditionExpression": "attribute_exists("}}
    too_deep = {"Put": {"TableName": "things", "Item": item(id="deep") | {"data": deep(32)}}}
    syntax = 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "("'
    assert told(raw.transact_write_items, TransactItems=[missing, malformed]) == syntax
    assert told(raw.transact_write_items, TransactItems=[malformed, too_deep]) == syntax
    assert told(raw.transact_write_items, TransactItems=[too_deep, malformed]) == TOO_DEEP
    assert refusal(raw.transact_write_items, TransactItems=[missing]) == NOT_THERE


# ---- keys of indexes -------------------------------------------------------------------------------------------------


def test_an_empty_key_of_an_index_is_refused_and_cancels_nothing(raw, told):
    by_kind = {
        "GlobalSecondaryIndexes": [index("by_kind", "kind")],
        **keys("id:S kind:S"),
        "KeySchema": keys("id:S")["KeySchema"],
    }
    make(raw, "indexed", **by_kind)
    put = {"TableName": "indexed", "Item": item(id="a", kind="")}
    put_message = (
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
        "The AttributeValue for a key attribute cannot contain an empty string value. IndexName: by_kind, IndexKey: kind"
    )
    assert told(raw.put_item, **put) == put_message
    assert told(raw.transact_write_items, TransactItems=[{"Put": put}]) == put_message
    set_ = {"UpdateExpression": "SET kind = :v", "ExpressionAttributeValues": item(**{":v": ""})}
    update = {"TableName": "indexed", "Key": item(id="a"), **set_}
    update_message = (
        "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a "
        "value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value."
    )
    assert told(raw.update_item, **update) == update_message
    assert told(raw.transact_write_items, TransactItems=[{"Update": update}]) == update_message
