"""Keys: what may be one, and bytes that sort as the values do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import keys
from lambent.services.dynamodb.engine.keys import KeyAttribute, KeySchema

SCHEMA = KeySchema(KeyAttribute("id", "S"), KeyAttribute("at", "N"))
KEY = {"id": {"S": "a"}, "at": {"N": "1"}}


def test_a_key_is_exactly_that_of_the_schema():
    keys.check_key(SCHEMA, KEY)
    for wrong in ({"id": {"S": "a"}}, KEY | {"x": {"S": ""}}, KEY | {"at": {"S": "1"}}, {"id": {"S": "a"}, "x": {"N": "1"}}):
        with pytest.raises(errors.KeyDoesNotMatchSchema):
            keys.check_key(SCHEMA, wrong)


def test_an_item_that_is_put_has_a_key():
    assert keys.key_of(SCHEMA, KEY | {"x": {"S": "y"}}) == KEY
    with pytest.raises(errors.MissingKey) as failure:
        keys.key_of(SCHEMA, {"at": {"N": "1"}})
    assert failure.value.message == "One or more parameter values were invalid: Missing the key id in the item"
    with pytest.raises(errors.KeyTypeMismatch) as failure:
        keys.key_of(SCHEMA, KEY | {"id": {"N": "1"}})
    assert failure.value.message == (
        "One or more parameter values were invalid: Type mismatch for key id expected: S actual: N"
    )


def test_a_key_is_not_empty():
    with pytest.raises(errors.EmptyKey) as failure:
        keys.check_key(SCHEMA, KEY | {"id": {"S": ""}})
    assert failure.value.message == (
        "One or more parameter values are not valid. "
        "The AttributeValue for a key attribute cannot contain an empty string value. Key: id"
    )


def test_keys_have_sizes():
    schema = KeySchema(KeyAttribute("id", "B"), KeyAttribute("at", "S"))
    keys.check_key(schema, {"id": {"B": b"x" * 2048}, "at": {"S": "é" * 512}})
    with pytest.raises(errors.PartitionKeyTooLong):
        keys.check_key(schema, {"id": {"B": b"x" * 2049}, "at": {"S": "x"}})
    with pytest.raises(errors.SortKeyTooLong):
        keys.check_key(schema, {"id": {"B": b"x"}, "at": {"S": "é" * 513}})


def test_an_item_is_in_an_index_when_it_has_its_whole_key():
    assert keys.index_key_of(SCHEMA, "by-id", KEY | {"x": {"S": "y"}}) == KEY
    assert keys.index_key_of(SCHEMA, "by-id", {"at": {"N": "1"}}) is None
    with pytest.raises(errors.IndexKeyTypeMismatch):
        keys.index_key_of(SCHEMA, "by-id", {"id": {"N": "1"}})
    with pytest.raises(errors.EmptyIndexKey) as failure:
        keys.index_key_of(SCHEMA, "by-id", {"id": {"S": ""}})
    assert failure.value.message.endswith("cannot contain an empty string value. IndexName: by-id, IndexKey: id")


@given(st.text(), st.text())
def test_bytes_of_texts_sort_as_their_utf8(left, right):
    ours, theirs = keys.key_bytes({"S": left}), keys.key_bytes({"S": right})
    assert (ours < theirs) == (left.encode() < right.encode())
    assert (ours < theirs) == (left < right)


@given(st.binary(max_size=4), st.binary(max_size=4))
def test_after_a_prefix_stands_what_does_not_begin_with_it(prefix, other):
    end = keys.after_prefix(prefix)
    assert other.startswith(prefix) == (prefix <= other and (end is None or other < end))


@given(st.binary(max_size=4), st.binary(max_size=4))
def test_nothing_stands_between_bytes_and_those_just_after(encoded, other):
    assert not encoded < other < keys.just_after(encoded)


def test_partitions_lie_in_the_order_of_a_hash():
    one = keys.partition_bytes({"S": "a"})
    assert one[keys.HASH_BYTES :] == b"a"
    assert one == keys.partition_bytes({"S": "a"}) != keys.partition_bytes({"S": "b"})
