"""The rules of access keys."""

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.ports import Key
from lambent.services.iam.engine import entities
from lambent.services.iam.errors import LimitExceeded, NoSuchEntity
from lambent.services.iam.tables import entities as entity_rows
from lambent.services.iam.tables import keys
from lambent.services.iam.tables.keys import ROOT, AccessKey
from lambent.store.database import Transaction

KEYS_PER_USER_MAX = 2
ROOT_NAME = "root"  # how replies call the account's own user, which has no name


class Named(Struct, frozen=True):
    """Access keys and the name of their user."""

    user_name: str
    keys: list[AccessKey]


def create(tx: Transaction, user_name: str | None, new: AccessKey) -> Named:
    """Adds a key of the user, or (None) of the account's root; ``new.user_id`` is found here."""
    user_id, name = _user(tx, new.account, user_name)
    if len(keys.of_user(tx, new.account, user_id)) >= KEYS_PER_USER_MAX:
        raise LimitExceeded(f"Cannot exceed quota for AccessKeysPerUser: {KEYS_PER_USER_MAX}")
    key = AccessKey(new.account, new.access_key_id, user_id, new.secret_access_key, new.status, new.created_at)
    keys.insert(tx, key)
    return Named(name, [key])


def of_user(tx: Transaction, account: str, user_name: str | None) -> Named:
    user_id, name = _user(tx, account, user_name)
    return Named(name, keys.of_user(tx, account, user_id))


def set_status(tx: Transaction, account: str, user_name: str | None, access_key_id: str, status: str) -> None:
    keys.set_status(tx, _require(tx, account, user_name, access_key_id), status)


def delete(tx: Transaction, account: str, user_name: str | None, access_key_id: str) -> None:
    keys.delete(tx, _require(tx, account, user_name, access_key_id))


def owner_name(tx: Transaction, account: str, access_key_id: str) -> str:
    """Whose key it is."""
    key = keys.find(tx, access_key_id)
    if key is None or key.account != account:
        raise _no_such_key(access_key_id)
    owner = entity_rows.by_id(tx, account, key.user_id)
    return owner.name if owner else ROOT_NAME


def find(tx: Transaction, access_key_id: str) -> Key | None:
    """A key of whatever account with its principal: what authentication asks."""
    key = keys.find(tx, access_key_id)
    if key is None:
        return None
    is_active = key.status == "Active"
    if key.user_id == ROOT:
        root = f"arn:aws:iam::{key.account}:root"
        return Key(key.account, key.secret_access_key, root, key.account, is_active)
    user = entity_rows.by_id(tx, key.account, key.user_id)
    assert user is not None, access_key_id  # a user with keys cannot be deleted
    return Key(key.account, key.secret_access_key, user.arn, user.id, is_active)


def new_key(account: str, access_key_id: str, secret_access_key: str, now: Instant) -> AccessKey:
    return AccessKey(account, access_key_id, ROOT, secret_access_key, "Active", now)


def _user(tx: Transaction, account: str, user_name: str | None) -> tuple[str, str]:
    if user_name is None:
        return ROOT, ROOT_NAME
    return entities.require(tx, account, entities.USER, user_name).id, user_name


def _require(tx: Transaction, account: str, user_name: str | None, access_key_id: str) -> AccessKey:
    user_id, _ = _user(tx, account, user_name)
    key = keys.find(tx, access_key_id)
    if key is None or (key.account, key.user_id) != (account, user_id):
        raise _no_such_key(access_key_id)
    return key


def _no_such_key(access_key_id: str) -> NoSuchEntity:
    return NoSuchEntity(f"The Access Key with id {access_key_id} cannot be found.")
