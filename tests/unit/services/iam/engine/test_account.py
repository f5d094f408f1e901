"""The account's alias and summary."""

import pytest

from lambent.services.iam.engine import account
from lambent.services.iam.errors import EntityAlreadyExists, NoSuchEntity
from lambent.store.database import Transaction

ACCOUNT, OTHER = "111122223333", "444455556666"


def test_an_alias_belongs_to_one_account(tx: Transaction):
    account.set_alias(tx, ACCOUNT, "mine")
    with pytest.raises(EntityAlreadyExists, match="The account alias mine already exists"):
        account.set_alias(tx, OTHER, "mine")
    account.set_alias(tx, ACCOUNT, "ours")
    assert account.alias(tx, ACCOUNT) == "ours"
    with pytest.raises(NoSuchEntity):
        account.delete_alias(tx, ACCOUNT, "mine")
    account.delete_alias(tx, ACCOUNT, "ours")
    assert account.alias(tx, ACCOUNT) is None


def test_the_summary_tells_what_there_is_and_may_be(tx: Transaction):
    told = account.summary(tx, ACCOUNT)
    assert (told["Users"], told["UsersQuota"], told["AccessKeysPerUserQuota"]) == (0, 5_000, 2)
