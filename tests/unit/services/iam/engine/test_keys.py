"""Access keys and whose they are."""

import pytest

from lambent.core.ports import Key
from lambent.services.iam.engine import entities, keys
from lambent.services.iam.engine.entities import USER
from lambent.services.iam.errors import DeleteConflict, LimitExceeded, NoSuchEntity
from lambent.services.iam.tables.entities import Entity
from lambent.store.database import Transaction

ACCOUNT = "111122223333"


@pytest.fixture
def ada(tx: Transaction) -> Entity:
    return entities.create(tx, USER, Entity(ACCOUNT, "user", "", "ada", "/", 1.0))


def make(tx: Transaction, name: str | None, key_id: str = "AKIA1") -> None:
    keys.create(tx, name, keys.new_key(ACCOUNT, key_id, "secret", 1.0))


def test_a_users_key_tells_the_user(tx: Transaction, ada: Entity):
    make(tx, "ada")
    assert keys.find(tx, "AKIA1") == Key(ACCOUNT, "secret", ada.arn, ada.id, is_active=True)
    assert keys.owner_name(tx, ACCOUNT, "AKIA1") == "ada"


def test_a_key_of_the_account_itself_is_its_roots(tx: Transaction):
    make(tx, None)
    assert keys.find(tx, "AKIA1") == Key(ACCOUNT, "secret", f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, is_active=True)
    assert keys.owner_name(tx, ACCOUNT, "AKIA1") == "root"


@pytest.mark.usefixtures("ada")
def test_an_inactive_key_says_so(tx: Transaction):
    make(tx, "ada")
    keys.set_status(tx, ACCOUNT, "ada", "AKIA1", "Inactive")
    found = keys.find(tx, "AKIA1")
    assert found is not None
    assert not found.is_active


@pytest.mark.usefixtures("ada")
def test_a_user_has_at_most_two_keys(tx: Transaction):
    make(tx, "ada", "AKIA1")
    make(tx, "ada", "AKIA2")
    with pytest.raises(LimitExceeded, match="Cannot exceed quota for AccessKeysPerUser: 2"):
        make(tx, "ada", "AKIA3")


@pytest.mark.usefixtures("ada")
def test_a_user_with_keys_cannot_be_deleted(tx: Transaction):
    make(tx, "ada")
    with pytest.raises(DeleteConflict, match="must delete access keys first"):
        entities.delete(tx, ACCOUNT, USER, "ada")
    keys.delete(tx, ACCOUNT, "ada", "AKIA1")
    entities.delete(tx, ACCOUNT, USER, "ada")


@pytest.mark.usefixtures("ada")
def test_another_users_key_cannot_be_found(tx: Transaction):
    make(tx, None)
    with pytest.raises(NoSuchEntity, match="The Access Key with id AKIA1 cannot be found"):
        keys.delete(tx, ACCOUNT, "ada", "AKIA1")
    with pytest.raises(NoSuchEntity):
        keys.owner_name(tx, "444455556666", "AKIA1")
