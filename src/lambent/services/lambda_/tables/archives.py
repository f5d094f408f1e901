"""Which archives of the blob store are needed, and by what."""

from collections.abc import Iterable

from lambent.core.context import Scope
from lambent.store.database import Transaction

UNUSED_TOPIC = "lambda.archives-unused"
"""Signalled when an archive may have lost its last user."""

ADD_USE = """
INSERT INTO lambda_archive_uses (account, region, holder, sha256) VALUES (?, ?, ?, ?)
ON CONFLICT (account, region, holder, sha256) DO NOTHING
"""
LIST_USES = "SELECT sha256 FROM lambda_archive_uses WHERE account = ? AND region = ? AND holder = ?"
DELETE_USE = "DELETE FROM lambda_archive_uses WHERE account = ? AND region = ? AND holder = ? AND sha256 = ?"
LIST_USED = "SELECT DISTINCT sha256 FROM lambda_archive_uses"


def function_holder(name: str, version: int) -> str:
    return f"function:{name}:{version}"


def layer_holder(name: str, version: int) -> str:
    return f"layer:{name}:{version}"


def add_uses(tx: Transaction, scope: Scope, holder: str, archives: Iterable[str]) -> None:
    tx.run_many(ADD_USE, [(scope.account, scope.region, holder, sha256) for sha256 in archives])


def set_uses(tx: Transaction, scope: Scope, holder: str, archives: Iterable[str]) -> None:
    """From now on the holder needs these archives and no others."""
    needed = set(archives)
    before = set(tx.all(LIST_USES, (scope.account, scope.region, holder), into=str))
    add_uses(tx, scope, holder, sorted(needed - before))
    tx.run_many(DELETE_USE, [(scope.account, scope.region, holder, sha256) for sha256 in sorted(before - needed)])
    if before - needed:
        tx.signal(UNUSED_TOPIC)


def list_used(tx: Transaction) -> set[str]:
    """The sha256 of every archive that anything needs."""
    return set(tx.all(LIST_USED, into=str))
