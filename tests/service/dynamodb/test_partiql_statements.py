"""ExecuteStatement: PartiQL reads and single writes."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def music(dynamodb: Any) -> Callable[..., Any]:
    """``music(statement, *parameters, **how)``: the answer of a statement, on a table with an index."""
    dynamodb.create_table(
        TableName="music",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
            {"AttributeName": "genre", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-genre",
                "KeySchema": [{"AttributeName": "genre", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )

    def run(statement: str, *parameters: Any, **how: Any) -> Any:
        given = {"Parameters": list(parameters)} if parameters else {}
        return dynamodb.execute_statement(Statement=statement, **given, **how)

    return run


def put(dynamodb: Any, pk: str, sk: int, **attributes: Any) -> None:
    dynamodb.put_item(TableName="music", Item={"pk": {"S": pk}, "sk": {"N": str(sk)}, **attributes})


def item(dynamodb: Any, pk: str, sk: int) -> Any:
    return dynamodb.get_item(TableName="music", Key={"pk": {"S": pk}, "sk": {"N": str(sk)}}).get("Item")


def sorts(answer: Any) -> list[str]:
    return [found["sk"]["N"] for found in answer["Items"]]


# ---- writing ---------------------------------------------------------------------------------------------------------


def test_insert_puts_an_item_that_was_not_there(dynamodb, music, refusal):
    assert (
        music("INSERT INTO music VALUE {'pk': ?, 'sk': 1, 'tags': <<'a', 'b'>>, 'm': {'x': [true, null]}}", {"S": "a"})["Items"]
        == []
    )
    found = item(dynamodb, "a", 1)
    assert sorted(found["tags"].pop("SS")) == ["a", "b"]
    assert found["m"] == {"M": {"x": {"L": [{"BOOL": True}, {"NULL": True}]}}}
    again = refusal(music, statement="INSERT INTO music VALUE {'pk': 'a', 'sk': 1}")
    assert again == ("DuplicateItemException", "Duplicate primary key exists in table")


def test_update_changes_an_item_that_is_there(dynamodb, music, refusal):
    put(dynamodb, "a", 1, n={"N": "1"}, l={"L": [{"S": "x"}]})
    music(
        "UPDATE music SET n = n + 5 SET l = list_append(l, ['y']) SET ss = set_add(ss, <<'s'>>) REMOVE gone "
        "WHERE pk = 'a' AND sk = 1"
    )
    found = item(dynamodb, "a", 1)
    assert (found["n"], found["l"], found["ss"]) == ({"N": "6"}, {"L": [{"S": "x"}, {"S": "y"}]}, {"SS": ["s"]})
    missing = refusal(music, statement="UPDATE music SET n = 1 WHERE pk = 'gone' AND sk = 1")
    assert missing == ("ConditionalCheckFailedException", "The conditional request failed")
    assert item(dynamodb, "gone", 1) is None


def test_what_else_a_write_asks_must_hold(dynamodb, music, refusal):
    put(dynamodb, "a", 1, n={"N": "1"})
    for statement in (
        "UPDATE music SET n = 2 WHERE pk='a' AND sk=1 AND n > 1",
        "DELETE FROM music WHERE pk='a' AND sk=1 AND n > 1",
    ):
        assert refusal(music, statement=statement)[0] == "ConditionalCheckFailedException"
    assert item(dynamodb, "a", 1)["n"] == {"N": "1"}
    music("DELETE FROM music WHERE pk='a' AND sk=1 AND n = 1")
    assert item(dynamodb, "a", 1) is None
    assert music("DELETE FROM music WHERE pk='a' AND sk=1 AND n = 1")["Items"] == []


def test_a_write_names_one_item(dynamodb, music, refusal):
    for statement in ("DELETE FROM music WHERE pk='a'", "UPDATE music SET n = 1 WHERE pk = 'a'"):
        assert refusal(music, statement=statement) == (
            "ValidationException",
            "Where clause does not contain a mandatory equality on all key attributes",
        )
    assert refusal(music, statement="UPDATE music SET sk = 2 WHERE pk = 'a' AND sk = 1")[1] == (
        "One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key"
    )


@pytest.mark.parametrize(
    ("returning", "returned"),
    [
        ("ALL OLD", [{"pk": {"S": "a"}, "sk": {"N": "1"}, "n": {"N": "1"}}]),
        ("ALL NEW", [{"pk": {"S": "a"}, "sk": {"N": "1"}, "n": {"N": "2"}, "x": {"S": "y"}}]),
        ("MODIFIED OLD", [{"n": {"N": "1"}}]),
        ("MODIFIED NEW", [{"n": {"N": "2"}, "x": {"S": "y"}}]),
    ],
)
def test_update_returns_what_is_asked(dynamodb, music, returning, returned):
    put(dynamodb, "a", 1, n={"N": "1"})
    answer = music(f"UPDATE music SET n = 2, x = 'y' WHERE pk = 'a' AND sk = 1 RETURNING {returning} *")
    assert answer["Items"] == returned


def test_nothing_is_returned_where_nothing_is_left(dynamodb, music):
    put(dynamodb, "a", 1, n={"N": "1"})
    assert music("UPDATE music REMOVE n WHERE pk='a' AND sk=1 RETURNING MODIFIED NEW *")["Items"] == []
    assert len(music("DELETE FROM music WHERE pk='a' AND sk=1 RETURNING ALL OLD *")["Items"]) == 1
    assert music("DELETE FROM music WHERE pk='a' AND sk=1 RETURNING ALL OLD *")["Items"] == []


def test_the_item_that_did_not_hold_is_told_when_asked(dynamodb, music):
    put(dynamodb, "a", 1, n={"N": "1"})
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as failure:
        music("DELETE FROM music WHERE pk='a' AND sk=1 AND n=2", ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert failure.value.response["Item"]["n"] == {"N": "1"}


# ---- reading ---------------------------------------------------------------------------------------------------------


def test_select_reads_a_range_of_keys_through_a_filter(dynamodb, music):
    for number in range(5):
        put(dynamodb, "a", number, even={"BOOL": number % 2 == 0})
    assert sorts(music("SELECT * FROM music WHERE pk = 'a' AND sk > 1")) == ["2", "3", "4"]
    assert sorts(music("SELECT * FROM music WHERE pk = 'a' AND sk BETWEEN 1 AND 3 AND even = true")) == ["2"]
    assert sorts(music('SELECT * FROM "music" WHERE pk = ? ORDER BY sk DESC', {"S": "a"})) == ["4", "3", "2", "1", "0"]


def test_select_reads_several_partitions(dynamodb, music):
    for pk in "abc":
        put(dynamodb, pk, 1)
    found = music("SELECT pk FROM music WHERE pk IN ['c', 'a', 'x'] ORDER BY pk")["Items"]
    assert found == [{"pk": {"S": "a"}}, {"pk": {"S": "c"}}]


def test_select_without_a_partition_reads_all(dynamodb, music):
    for pk in "abc":
        put(dynamodb, pk, 1, x={"S": pk})
    assert len(music("SELECT * FROM music")["Items"]) == 3
    assert [found["x"]["S"] for found in music("SELECT x FROM music WHERE x > 'b'")["Items"]] == ["c"]
    assert len(music("SELECT * FROM music WHERE x IS NOT MISSING AND NOT begins_with(x, 'a')")["Items"]) == 2


def test_columns_are_named_by_the_ends_of_their_paths(dynamodb, music):
    put(dynamodb, "a", 1, m={"M": {"n": {"S": "deep"}}}, l={"L": [{"N": "1"}]})
    answer = music("SELECT m.n, l[0], gone FROM music WHERE pk = 'a'")
    assert answer["Items"] == [{"n": {"S": "deep"}, "l[0]": {"N": "1"}}]


def test_select_reads_an_index(dynamodb, music, refusal):
    put(dynamodb, "a", 1, genre={"S": "jazz"}, x={"S": "y"})
    put(dynamodb, "b", 1, genre={"S": "rock"})
    found = music('SELECT * FROM "music"."by-genre" WHERE genre = \'jazz\'')["Items"]
    assert found == [{"pk": {"S": "a"}, "sk": {"N": "1"}, "genre": {"S": "jazz"}}]
    code, message = refusal(music, statement='SELECT x FROM "music"."by-genre" WHERE genre = \'jazz\'')
    assert (code, "does not project [x]" in message) == ("ValidationException", True)
    assert refusal(music, statement='SELECT * FROM "music"."gone"')[1] == "The table does not have the specified index"
    by_genre = 'SELECT * FROM "music"."by-genre" WHERE genre = \'jazz\''
    assert refusal(music, statement=by_genre, ConsistentRead=True)[1] == (
        "Strongly consistent read is not supported on Global Secondary Indexes"
    )
    assert refusal(music, statement=f"{by_genre} AND x = 1")[1] == (
        "One or more parameter values were invalid: "
        "Secondary index by-genre does not project one or more filter attributes: [x]"
    )


def test_pages_follow_one_another(dynamodb, music, refusal):
    for pk in "ab":
        for number in range(3):
            put(dynamodb, pk, number)
    statement, seen, how = "SELECT * FROM music WHERE pk IN ['a', 'b']", [], {}
    while True:
        answer = music(statement, Limit=2, **how)
        assert len(answer["Items"]) <= 2
        seen += [(found["pk"]["S"], found["sk"]["N"]) for found in answer["Items"]]
        if "NextToken" not in answer:
            break
        how = {"NextToken": answer["NextToken"]}
    assert seen == [(pk, str(number)) for pk in "ab" for number in range(3)]
    token = music(statement, Limit=2)["NextToken"]
    other = refusal(music, statement="SELECT * FROM music", NextToken=token)
    assert other == ("ValidationException", "NextToken does not match request")
    assert refusal(music, statement=statement, NextToken="nonsense") == ("ValidationException", "Invalid NextToken")


def test_a_filtered_scan_has_pages_too(dynamodb, music):
    for number in range(10):
        put(dynamodb, f"p{number}", 1, n={"N": str(number)})
    seen, how = [], {}
    while True:
        answer = music("SELECT n FROM music WHERE n >= 5", Limit=3, **how)
        seen += [int(found["n"]["N"]) for found in answer["Items"]]
        if "NextToken" not in answer:
            break
        how = {"NextToken": answer["NextToken"]}
    assert sorted(seen) == [5, 6, 7, 8, 9]


def test_what_was_consumed_is_told(dynamodb, music):
    put(dynamodb, "a", 1, x={"S": "y" * 5000})
    select = "SELECT * FROM music WHERE pk = 'a'"
    assert music(select, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"] == {"TableName": "music", "CapacityUnits": 1.0}
    answer = music(select, ReturnConsumedCapacity="TOTAL", ConsistentRead=True)
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 2.0
    answer = music("DELETE FROM music WHERE pk = 'a' AND sk = 1", ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 5.0


# ---- what is wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("SLECT * FROM music", "Statement wasn't well formed, can't be processed: Expected data manipulation"),
        ("SELECT * FROM music WHERE pk = ?", "Number of parameters in request and statement don't match."),
        (
            "EXISTS(SELECT * FROM music WHERE pk = 'a')",
            "EXISTS can only be used in ExecuteTransaction write requests.",
        ),
        (
            "INSERT INTO music VALUE {'pk': 'a'}",
            "One or more parameter values were invalid: Missing the key sk in the item",
        ),
    ],
)
def test_what_is_wrong_is_told_in_awss_words(music, refusal, statement, message):
    assert refusal(music, statement=statement) == ("ValidationException", message)


def test_a_table_that_is_not_there_is_not_found(music, refusal):
    assert refusal(music, statement="SELECT * FROM gone") == ("ResourceNotFoundException", "Requested resource not found")
