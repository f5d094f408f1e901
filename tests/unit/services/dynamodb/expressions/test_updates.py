"""Updates: what becomes of an item, and what it may refuse."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine.keys import KeyAttribute, KeySchema
from lambent.services.dynamodb.expressions import Expressions

VALUES = {
    ":n": {"N": "5"}, ":s": {"S": "x"}, ":l": {"L": [{"S": "new"}]}, ":ss": {"SS": ["a", "c"]}, ":ns": {"NS": ["1"]},
    ":m": {"M": {}}, ":s2": {"S": "y"},
}  # fmt: skip
ITEM = {
    "n": {"N": "10"}, "t": {"S": "old"}, "l": {"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}]}, "ss": {"SS": ["a", "b"]},
    "m": {"M": {"x": {"N": "1"}, "deep": {"M": {"l": {"L": [{"N": "1"}]}}}}},
}  # fmt: skip


def updated(text, item=ITEM):
    before = copy.deepcopy(item)
    result = Expressions(values=VALUES).update(text).apply(item)
    assert item == before, "the item as it was is never changed"
    return result


def changes(text):
    after = updated(text).item
    return {name: after.get(name) for name in ITEM | after if after.get(name) != ITEM.get(name)}


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("SET a = :n, t = :s", {"a": {"N": "5"}, "t": {"S": "x"}}),
        ("SET n = n + :n", {"n": {"N": "15"}}),
        ("SET n = :n - n", {"n": {"N": "-5"}}),
        ("SET n = t, t = n", {"n": {"S": "old"}, "t": {"N": "10"}}),
        ("SET a = if_not_exists(a, :n) + :n, t = if_not_exists(t, :s)", {"a": {"N": "10"}}),
        ("SET l = list_append(:l, l)", {"l": {"L": [{"S": "new"}, {"S": "0"}, {"S": "1"}, {"S": "2"}]}}),
        ("SET l[1] = :n", {"l": {"L": [{"S": "0"}, {"N": "5"}, {"S": "2"}]}}),
        ("SET l[9] = :s2, l[7] = :s", {"l": {"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}, {"S": "x"}, {"S": "y"}]}}),
        ("SET m.x = m.x + :n, m.y = :s", {"m": {"M": {"x": {"N": "6"}, "deep": ITEM["m"]["M"]["deep"], "y": {"S": "x"}}}}),
        ("REMOVE t, gone", {"t": None}),
        ("REMOVE l[0], l[2], l[9]", {"l": {"L": [{"S": "1"}]}}),
        ("REMOVE l[0] SET l[1] = :n, l[5] = :s", {"l": {"L": [{"N": "5"}, {"S": "2"}, {"S": "x"}]}}),
        ("REMOVE m.deep.l[0]", {"m": {"M": {"x": {"N": "1"}, "deep": {"M": {"l": {"L": []}}}}}}),
        ("ADD n :n, a :n, ss :ss, b :ss", {
            "n": {"N": "15"}, "a": {"N": "5"}, "ss": {"SS": ["a", "b", "c"]}, "b": {"SS": ["a", "c"]}}),
        ("ADD m.x :n", {"m": {"M": {"x": {"N": "6"}, "deep": ITEM["m"]["M"]["deep"]}}}),
        ("DELETE ss :ss, gone :ss", {"ss": {"SS": ["b"]}}),
    ],
)  # fmt: skip
def test_an_update_changes_what_it_says(text, changed):
    assert changes(text) == changed


def test_a_set_that_is_empty_is_no_attribute():
    assert updated("DELETE ss :ss", {"ss": {"SS": ["c"]}}).item == {}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("SET a = b", errors.AttributeDoesNotExist),
        ("SET a = b + :n", errors.AttributeDoesNotExist),
        ("SET a = t + :n", errors.UpdateOperandType),
        ("SET a = list_append(n, :l)", errors.UpdateOperandType),
        ("SET gone.a = :n", errors.PathInvalidForUpdate),
        ("SET n.a = :n", errors.PathInvalidForUpdate),
        ("SET m[0] = :n", errors.PathInvalidForUpdate),
        ("SET l.a = :n", errors.PathInvalidForUpdate),
        ("REMOVE gone.a", errors.PathInvalidForUpdate),
        ("REMOVE m[0]", errors.PathInvalidForUpdate),
        ("ADD t :n", errors.UpdateOperandType),
        ("ADD ss :ns", errors.UpdateOperandType),
        ("DELETE ss :ns", errors.UpdateOperandType),
    ],
)
def test_an_item_may_refuse_an_update(text, error):
    with pytest.raises(error):
        updated(text)


def test_an_update_cannot_nest_deeper_than_32_levels():
    value = {"S": "x"}
    for _ in range(31):
        value = {"L": [value]}
    update = Expressions(values={":v": value}).update("SET m.x = :v")
    with pytest.raises(errors.NestedTooDeep):
        update.apply(ITEM)


def test_what_an_update_touched_is_known_as_it_was_and_as_it_is():
    result = updated("SET m.x = :n, l[3] = :s, a = :n REMOVE t ADD n :n")
    assert result.updated_old == {"m": {"M": {"x": {"N": "1"}}}, "t": {"S": "old"}, "n": {"N": "10"}}
    assert result.updated_new == {
        "m": {"M": {"x": {"N": "5"}}}, "l": {"L": [{"S": "x"}]}, "a": {"N": "5"}, "n": {"N": "15"},
    }  # fmt: skip


def test_indexes_of_what_was_touched_are_taken_by_the_letter():
    assert updated("SET l[8] = :s").updated_new == {}
    assert updated("REMOVE l[1]").updated_new == {"l": {"L": [{"S": "2"}]}}
    assert updated("REMOVE l[1]").updated_old == {"l": {"L": [{"S": "1"}]}}


def test_paths_that_meet_are_refused():
    with pytest.raises(errors.OverlappingPaths):
        updated("SET m = :m REMOVE m.x")
    with pytest.raises(errors.ConflictingPaths):
        updated("SET m.x = :n REMOVE m[0]")


def test_keys_are_not_updated():
    schema = KeySchema(KeyAttribute("id", "S"), KeyAttribute("sk", "N"))
    update = Expressions(values={":n": {"N": "1"}}).update("SET a = :n, sk = :n")
    assert update.names == {"a", "sk"}
    with pytest.raises(errors.KeyUpdate) as failure:
        update.check_keys(schema)
    assert failure.value.message == (
        "One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key"
    )


ACTIONS = [
    "SET l[0] = :n",
    "SET l[5] = m.x",
    "SET m.a = t",
    "SET q.r = :s",
    "REMOVE l[1]",
    "REMOVE m.deep",
    "ADD n :n",
    "DELETE ss :ss",
]


@given(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=4, unique_by=lambda text: text.split()[0]))
def test_nothing_but_a_validation_error_comes_of_any_update(actions):
    try:
        updated(" ".join(actions))
    except errors.ValidationFailed:
        pass


@pytest.mark.parametrize(
    ("had", "added", "result"),
    [
        ({"SS": ["a"]}, {"SS": [""]}, {"SS": ["", "a"]}),
        ({"BS": [b"\x01"]}, {"BS": [b""]}, {"BS": [b"", b"\x01"]}),
        ({"NS": ["2"]}, {"NS": ["1"]}, {"NS": ["2", "1"]}),
    ],
)
def test_a_set_of_texts_or_binaries_is_in_order_once_it_was_added_to(had, added, result):
    update = Expressions(values={":v": added}).update("ADD s :v")
    assert update.apply({"s": had}).item == {"s": result}
