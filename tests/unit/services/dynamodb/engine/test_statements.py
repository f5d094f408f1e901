"""What PartiQL statements ask of a table, and the pages that a SELECT reads."""

import pytest
from tests.unit.services.dynamodb.streamed import Streamed

from lambent.services.dynamodb.engine import items, statements, values
from lambent.services.dynamodb.engine.items import Alteration, ConditionFailed, Deletion, Put
from lambent.services.dynamodb.engine.reading import View
from lambent.services.dynamodb.engine.statements import Position
from lambent.services.dynamodb.engine.transactions import Check
from lambent.services.dynamodb.partiql import errors, parse, plans


def write(songs: Streamed, text: str) -> items.Written:
    request = statements.request_of(songs.table, parse(text))
    act = {Put: items.put, Deletion: items.delete, Alteration: items.alter}[type(request)]
    return act(songs.tx, songs.table, request, songs.now)


def pages(songs: Streamed, text: str, limit: int | None) -> list[list[str]]:
    select = parse(text)
    read, start, found = plans.reading_of(select, songs.table.keys), Position(), []
    while start is not None:
        ways = statements.ways(songs.table, None, read, start)
        part = statements.page(songs.tx, songs.table, ways, View(filter=read.filter), limit, start)
        found.append([values.decoded(item)["id"]["S"] for item in part.items])
        start = part.next
    return found


def test_insert_asks_for_a_new_item(unstreamed):
    write(unstreamed, "INSERT INTO songs VALUE {'id': 'a'}")
    with pytest.raises(ConditionFailed):
        write(unstreamed, "INSERT INTO songs VALUE {'id': 'a'}")


def test_update_asks_for_an_item_that_is_there(unstreamed):
    with pytest.raises(ConditionFailed):
        write(unstreamed, "UPDATE songs SET n = 1 WHERE id = 'a'")
    unstreamed.put("a")
    assert write(unstreamed, "UPDATE songs SET n = 1 WHERE id = 'a'").new.item == {"id": {"S": "a"}, "n": {"N": "1"}}
    with pytest.raises(ConditionFailed):
        write(unstreamed, "UPDATE songs SET n = 2 WHERE id = 'a' AND n = 2")


def test_delete_asks_nothing_of_an_item_that_is_gone(unstreamed):
    write(unstreamed, "DELETE FROM songs WHERE id = 'a' AND n = 1")
    unstreamed.put("a", n={"N": "2"})
    with pytest.raises(ConditionFailed):
        write(unstreamed, "DELETE FROM songs WHERE id = 'a' AND n = 1")
    write(unstreamed, "DELETE FROM songs WHERE id = 'a' AND n = 2")
    assert unstreamed.keys() == []


def test_exists_is_a_check_of_more_than_the_key(unstreamed):
    request = statements.request_of(unstreamed.table, parse("EXISTS(SELECT * FROM songs WHERE id = 'a' AND n = 1)"))
    assert isinstance(request, Check)
    assert request.condition.holds({"id": {"S": "a"}, "n": {"N": "1"}})
    with pytest.raises(errors.ExistsWithoutCondition):
        statements.request_of(unstreamed.table, parse("EXISTS(SELECT * FROM songs WHERE id = 'a')"))


@pytest.mark.parametrize(
    ("returning", "told"),
    [
        ("ALL OLD", {"id": {"S": "a"}, "n": {"N": "1"}}),
        ("ALL NEW", {"id": {"S": "a"}, "n": {"N": "2"}}),
        ("MODIFIED OLD", {"n": {"N": "1"}}),
        ("MODIFIED NEW", {"n": {"N": "2"}}),
    ],
)
def test_what_is_returned_is_what_was_asked(unstreamed, returning, told):
    unstreamed.put("a", n={"N": "1"})
    written = write(unstreamed, "UPDATE songs SET n = 2 WHERE id = 'a'")
    stored = statements.returned(returning, written)
    assert stored is not None
    assert values.decoded(stored) == told
    assert statements.returned(None, written) is None


def test_one_item_is_named_by_its_key_alone(unstreamed):
    table = unstreamed.table
    place, _ = items.place_of(table, {"id": {"S": "a"}})
    assert statements.place_of(parse("SELECT * FROM songs WHERE id = 'a'"), table, "ExecuteTransaction") == place
    for text in ("id = 'a' AND n = 1", "n = 1", "id IN ['a']"):
        with pytest.raises(errors.ReadWithoutKey):
            statements.place_of(parse(f"SELECT * FROM songs WHERE {text}"), table, "ExecuteTransaction")


def test_pages_go_from_range_to_range(unstreamed):
    for key in "abc":
        unstreamed.put(key)
    text = "SELECT * FROM songs WHERE id IN ['c', 'a', 'x', 'b']"
    assert pages(unstreamed, text, None) == [["c", "a", "b"]]
    assert [key for page in pages(unstreamed, text, 1) for key in page] == ["c", "a", "b"]
    assert all(len(page) <= 2 for page in pages(unstreamed, text, 2))
    assert sorted(key for page in pages(unstreamed, "SELECT * FROM songs", 2) for key in page) == ["a", "b", "c"]
