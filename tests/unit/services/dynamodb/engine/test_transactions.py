"""Transactions of dynamodb inside one of the store's."""

import pytest
from tests.unit.services.dynamodb.world import NOW, SCOPE, make

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import items, transactions
from lambent.services.dynamodb.engine.transactions import Action, Check, Token
from lambent.services.dynamodb.expressions import Expressions

EXISTS = Expressions().condition("attribute_exists(id)")


def place(table, id_="a"):
    return items.place_of(table, {"id": {"S": id_}})[0]


def put(table, id_="a"):
    return Action(table, items.put_of(table, {"id": {"S": id_}}))


def test_what_was_done_with_a_token_is_not_done_again_until_it_expires(tx):
    table = make(tx)
    token = Token(SCOPE, "token", b"digest")
    assert transactions.write(tx, [put(table)], token, NOW) is not None
    assert transactions.write(tx, [put(table)], token, NOW + 1) is None
    with pytest.raises(errors.IdempotentParameterMismatch):
        transactions.write(tx, [put(table)], Token(SCOPE, "token", b"other"), NOW + 1)
    assert transactions.write(tx, [put(table)], token, NOW + transactions.TOKEN_S) is not None


def test_every_action_has_a_reason_when_one_fails(tx):
    table = make(tx)
    with pytest.raises(errors.TransactionCanceled) as caught:
        transactions.write(tx, [put(table), Action(table, Check(place(table, "b"), EXISTS))], None, NOW)
    assert [reason["Code"] for reason in caught.value.members["CancellationReasons"]] == ["None", "ConditionalCheckFailed"]


def test_an_item_stands_once_in_it(tx):
    table = make(tx)
    with pytest.raises(errors.SameItemTwice):
        transactions.check_apart([put(table), Action(table, Check(place(table), EXISTS))])


def test_reads_are_in_order(tx):
    table = make(tx)
    transactions.write(tx, [put(table)], None, NOW)
    found = transactions.read(tx, [(table, place(table, "b")), (table, place(table))])
    assert [one is not None for one in found] == [False, True]
