"""Query and Scan: order, ranges, pages, filters, projections, indexes, segments."""

import pytest
from tests.service.dynamodb.tables import definitions, index, item, make


@pytest.fixture
def table(dynamodb):
    """Ten items of one partition, two kinds, and one of another."""
    make(
        dynamodb,
        key="id:S nr:N",
        AttributeDefinitions=definitions("id:S nr:N kind:S"),
        LocalSecondaryIndexes=[index("local", "id", "kind", projection="KEYS_ONLY")],
        GlobalSecondaryIndexes=[
            index("by_kind", "kind", "nr"),
            {**index("some", "kind"), "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["text"]}},
        ],
    )
    for at in range(-5, 5):
        kind = {"kind": "even" if at % 2 == 0 else "odd"} if at < 4 else {}
        dynamodb.put_item(TableName="things", Item=item(id="a", nr=at, text=str(at), more="x", **kind))
    dynamodb.put_item(TableName="things", Item=item(id="b", nr=0, text="other"))
    return dynamodb


def query(table, condition="id = :id", values=None, **options):
    given = item(**{":id": "a"}) if values is None else item(**values)
    return table.query(TableName="things", KeyConditionExpression=condition, ExpressionAttributeValues=given, **options)


def ats(answer):
    return [int(found["nr"]["N"]) for found in answer["Items"]]


def test_a_partition_is_read_in_the_order_of_its_sort_key(table):
    assert ats(query(table)) == list(range(-5, 5))
    assert ats(query(table, ScanIndexForward=False)) == list(range(4, -6, -1))


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ("nr = :x", {":x": 2}, [2]),
        ("nr < :x", {":x": -3}, [-5, -4]),
        ("nr >= :x", {":x": 3}, [3, 4]),
        ("nr BETWEEN :x AND :y", {":x": -1, ":y": 1}, [-1, 0, 1]),
        ("nr > :x", {":x": 100}, []),
    ],
)
def test_a_condition_on_the_sort_key_chooses_a_range(table, condition, values, expected):
    found = query(table, f"id = :id AND {condition}", {":id": "a", **values})
    assert (ats(found), found["Count"]) == (expected, len(expected))


@pytest.mark.parametrize("is_forward", [True, False])
@pytest.mark.parametrize(
    ("index_name", "condition", "value"), [(None, "id = :v", "a"), ("local", "id = :v", "a"), ("by_kind", "kind = :v", "odd")]
)
def test_pages_put_together_are_the_whole(table, is_forward, index_name, condition, value):
    options = {"ScanIndexForward": is_forward} | ({"IndexName": index_name} if index_name else {})
    whole = ats(query(table, condition, {":v": value}, **options))
    pages, start = [], {}
    while True:
        page = query(table, condition, {":v": value}, Limit=3, **options, **start)
        pages += ats(page)
        if "LastEvaluatedKey" not in page:
            break
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert pages == whole


def test_a_page_that_ends_with_its_limit_says_so_also_at_the_end(table):
    assert query(table, Limit=10)["LastEvaluatedKey"] == item(id="a", nr=4)
    assert "LastEvaluatedKey" not in query(table, Limit=11)


def test_a_page_has_at_most_a_megabyte_before_the_filter(dynamodb):
    make(dynamodb, key="id:S nr:N")
    for at in range(8):
        dynamodb.put_item(TableName="things", Item=item(id="a", nr=at, text="x" * 200_000))
    first = query(dynamodb, FilterExpression="gone = :id")
    assert (first["Count"], first["ScannedCount"], first["LastEvaluatedKey"]) == (0, 6, item(id="a", nr=5))
    rest = query(dynamodb, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert ats(rest) == [6, 7]
    assert sum(page["Count"] for page in dynamodb.get_paginator("scan").paginate(TableName="things")) == 8


def test_a_filter_keeps_back_what_was_counted(table):
    found = query(
        table, values={":id": "a", ":t": "-"}, FilterExpression="begins_with(#t, :t)", ExpressionAttributeNames={"#t": "text"}
    )
    assert (ats(found), found["Count"], found["ScannedCount"]) == ([-5, -4, -3, -2, -1], 5, 10)


def test_a_count_has_no_items(table):
    found = query(table, Select="COUNT")
    assert (found["Count"], "Items" in found) == (10, False)


def test_a_projection_returns_parts(table):
    found = query(table, ProjectionExpression="more", Limit=1)
    assert found["Items"] == [item(more="x")]


def test_an_index_holds_only_items_with_its_keys_and_shows_what_it_projects(table):
    found = query(table, "kind = :k", {":k": "odd"}, IndexName="by_kind")
    assert ats(found) == [-5, -3, -1, 1, 3]
    assert found["Items"][0] == item(id="a", nr=-5, text="-5", more="x", kind="odd")
    found = query(table, "kind = :k", {":k": "odd"}, IndexName="some", Limit=1)
    assert set(found["Items"][0]) == {"id", "nr", "kind", "text"}
    found = query(table, IndexName="local")
    assert (found["Count"], set(found["Items"][0])) == (9, {"id", "nr", "kind"})


def test_a_local_index_fetches_what_it_does_not_hold_and_a_global_one_refuses(table, refusal):
    found = query(table, IndexName="local", Select="ALL_ATTRIBUTES", Limit=1)
    assert found["Items"][0]["more"] == {"S": "x"}
    asked = {
        "TableName": "things",
        "KeyConditionExpression": "kind = :k",
        "ExpressionAttributeValues": item(**{":k": "odd"}),
        "IndexName": "some",
    }
    assert refusal(table.query, **asked, Select="ALL_ATTRIBUTES") == (
        "ValidationException",
        "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index "
        "some because its projection type is not ALL",
    )
    assert refusal(table.query, **asked, ProjectionExpression="more") == (
        "ValidationException",
        "One or more parameter values were invalid: Global secondary index some does not project [more]",
    )
    assert refusal(table.query, **asked, ConsistentRead=True) == (
        "ValidationException",
        "Consistent reads are not supported on global secondary indexes",
    )


def test_an_index_follows_every_write(table):
    def kinds(kind):
        return ats(query(table, "kind = :k", {":k": kind}, IndexName="by_kind"))

    key = item(id="a", nr=1)
    table.update_item(
        TableName="things", Key=key, UpdateExpression="SET kind = :k", ExpressionAttributeValues=item(**{":k": "even"})
    )
    assert (kinds("odd"), 1 in kinds("even")) == ([-5, -3, -1, 3], True)
    table.update_item(TableName="things", Key=key, UpdateExpression="REMOVE kind")
    assert 1 not in kinds("even")
    table.delete_item(TableName="things", Key=item(id="a", nr=3))
    assert kinds("odd") == [-5, -3, -1]


def test_an_item_that_an_index_could_not_hold_is_refused(table, refusal):
    assert refusal(table.put_item, TableName="things", Item=item(id="a", nr=1, kind=5)) == (
        "ValidationException",
        "One or more parameter values were invalid: Type mismatch for Index Key kind Expected: S Actual: N IndexName: local",
    )
    code, message = refusal(table.put_item, TableName="things", Item=item(id="a", nr=1, kind=""))
    assert (code, "cannot contain an empty string value" in message) == ("ValidationException", True)
    assert table.get_item(TableName="things", Key=item(id="a", nr=1))["Item"]["kind"] == {"S": "odd"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"IndexName": "none"}, "The table does not have the specified index: none"),
        (
            {"FilterExpression": "nr = :id"},
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: nr",
        ),
        (
            {"Select": "COUNT", "ProjectionExpression": "more"},
            "1 validation error detected: Cannot specify the ProjectionExpression when choosing to get only the Count",
        ),
        (
            {"Select": "SPECIFIC_ATTRIBUTES"},
            "1 validation error detected: "
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
        ),
        ({"ExclusiveStartKey": item(id="a")}, "The provided starting key is invalid"),
        (
            {"ExclusiveStartKey": item(id="b", nr=0)},
            "The provided starting key is outside query boundaries based on provided conditions",
        ),
    ],
)
def test_a_query_that_does_not_fit_together_is_refused(table, refusal, options, message):
    asked = {"TableName": "things", "KeyConditionExpression": "id = :id", "ExpressionAttributeValues": item(**{":id": "a"})}
    assert refusal(table.query, **asked, **options) == ("ValidationException", message)


def test_a_query_asks_for_a_condition(table, refusal):
    assert refusal(table.query, TableName="things") == (
        "ValidationException",
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
    )


def test_the_older_parameters_query_alike(table):
    conditions = {
        "id": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]},
        "nr": {"ComparisonOperator": "GE", "AttributeValueList": [{"N": "2"}]},
    }
    filter_ = {"text": {"ComparisonOperator": "NE", "AttributeValueList": [{"S": "3"}]}}
    assert ats(table.query(TableName="things", KeyConditions=conditions, QueryFilter=filter_)) == [2, 4]


def test_reading_tells_what_it_cost(table):
    def cost(**options):
        return query(table, ReturnConsumedCapacity="INDEXES", **options)["ConsumedCapacity"]

    assert cost(ConsistentRead=True) == {"TableName": "things", "CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}}
    assert cost(IndexName="local")["LocalSecondaryIndexes"] == {"local": {"CapacityUnits": 0.5}}


# ---- scans -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index_name", [None, "by_kind"])
def test_segments_put_together_are_the_whole(table, index_name):
    for number in range(40):
        table.put_item(TableName="things", Item=item(id=f"id-{number}", nr=number, kind=f"kind-{number}"))
    options = {"IndexName": index_name} if index_name else {}
    whole = {(one["id"]["S"], one["nr"]["N"]) for one in table.scan(TableName="things", **options)["Items"]}
    found = []
    for segment in range(4):
        pages = table.get_paginator("scan").paginate(
            TableName="things", Segment=segment, TotalSegments=4, PaginationConfig={"PageSize": 3}, **options
        )
        found.append({(one["id"]["S"], one["nr"]["N"]) for page in pages for one in page["Items"]})
    assert set.union(*found) == whole
    assert sum(map(len, found)) == len(whole)
    assert sum(map(bool, found)) > 1


def test_a_scan_filters(table):
    found = table.scan(
        TableName="things",
        FilterExpression="#at > :zero",
        ExpressionAttributeNames={"#at": "nr"},
        ExpressionAttributeValues=item(**{":zero": 2}),
    )
    assert (sorted(ats(found)), found["ScannedCount"]) == ([3, 4], 11)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"TotalSegments": 2},
            "The Segment parameter is required but was not present in the request when parameter TotalSegments is present",
        ),
        (
            {"Segment": 0},
            "The TotalSegments parameter is required but was not present in the request when Segment parameter is present",
        ),
        (
            {"Segment": 2, "TotalSegments": 2},
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            "Segment: 2 is not less than TotalSegments: 2",
        ),
    ],
)
def test_segments_that_do_not_fit_together_are_refused(table, refusal, options, message):
    assert refusal(table.scan, TableName="things", **options) == ("ValidationException", message)
