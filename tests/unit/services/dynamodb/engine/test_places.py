"""Places of items."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import keys, places, values
from lambent.services.dynamodb.engine.keys import KeyAttribute, KeySchema
from lambent.services.dynamodb.engine.places import Found
from lambent.services.dynamodb.tables.items import Stored

KEYS = KeySchema(KeyAttribute("id", "S"), KeyAttribute("at", "N"))


@given(st.text(min_size=1, max_size=30), st.integers(-(10**30), 10**30))
def test_the_quick_way_to_a_place_is_the_same_place(text, number):
    item = {"id": {"S": text}, "at": {"N": str(number)}}
    assert places.key_place(KEYS, item) == places.place(KEYS, item)


@given(st.text(max_size=10), st.text(max_size=10) | st.from_regex(r"-?[0-9]{1,40}(\.[0-9]+)?", fullmatch=True))
def test_a_plain_key_is_one_that_checking_leaves_as_it_is(text, number):
    key = {"id": {"S": text}, "at": {"N": number}}
    if places.is_plain_key(KEYS, key):
        assert values.checked_item(key) == key
        keys.check_key(KEYS, key)
    assert not places.is_plain_key(KEYS, {"id": {"S": text}})


@pytest.mark.parametrize(
    "item",
    [{"id": {"S": "a"}}, {"id": {"S": ""}, "at": {"N": "1"}}, {"id": {"N": "1"}, "at": {"N": "1"}}, {"at": {"N": "1"}}],
)
def test_an_item_without_a_key_has_no_place(item):
    with pytest.raises(errors.ValidationFailed):
        places.key_place(KEYS, item)


def test_a_found_item_is_decoded_once():
    found = Found(Stored(3, b'{"id":{"S":"a"}}'))
    assert found.item is found.item
    assert (found.size, found.item) == (3, {"id": {"S": "a"}})
