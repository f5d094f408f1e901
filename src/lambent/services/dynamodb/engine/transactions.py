"""Transactions of dynamodb: all actions or none, each item at most once, and the same token the same transaction.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import items
from lambent.services.dynamodb.engine.items import Alteration, ConditionFailed, Deletion, Put, Written
from lambent.services.dynamodb.engine.places import Found, Place
from lambent.services.dynamodb.engine.table import Table
from lambent.services.dynamodb.expressions import Condition
from lambent.services.dynamodb.tables import tokens
from lambent.store.database import Transaction

TOKEN_S = 600.0
"""How long a token stands for its transaction."""

BYTES_MAX = 4 * 1024 * 1024

Asked = TypeVar("Asked")
Made = TypeVar("Made")

_NO_REASON: dict[str, Any] = {"Code": "None"}


class Check(Struct, frozen=True):
    """An item that must be as the condition says, and stays as it is."""

    place: Place
    condition: Condition


class Action(Struct, frozen=True):
    """One action of a transaction. ``tells_old``: where its condition fails the item is told."""

    table: Table
    request: Put | Deletion | Alteration | Check
    tells_old: bool = False


class Token(Struct, frozen=True):
    """ClientRequestToken, and a digest of all that was asked with it."""

    scope: Scope
    text: str
    digest: bytes


def each(make: Callable[[Asked], Made], asked: Iterable[Asked]) -> list[Made]:
    """What is made of each action. Raises TransactionCanceled where the key of one is none of its table, ValidationFailed."""
    made: list[Made] = []
    reasons: list[dict[str, Any]] = []
    for one in asked:
        try:
            made.append(make(one))
            reasons.append(_NO_REASON)
        except (errors.KeyDoesNotMatchSchema, errors.KeyTypeMismatch, errors.MissingKey) as failure:
            reasons.append(_failed(failure))
    if len(made) < len(reasons):
        raise _cancelled(reasons)
    return made


def check_apart(actions: Sequence[Action]) -> None:
    """Raises SameItemTwice."""
    if len({(action.table.id, action.request.place) for action in actions}) != len(actions):
        raise errors.SameItemTwice


def write(tx: Transaction, actions: Sequence[Action], token: Token | None, now: Instant) -> list[Written] | None:
    """What came of each action; None where the token's transaction was done before.

    Raises TransactionCanceled, IdempotentParameterMismatch, ResourceNotFound (a table is gone).
    """
    if token is not None and not _is_first(tx, token, now):
        return None
    written: list[Written] = []
    reasons: list[dict[str, Any]] = []
    for action in actions:
        try:
            written.append(_act(tx, action, now))
            reasons.append(_NO_REASON)
        except ConditionFailed as failure:
            reasons.append(_condition_failed(failure, tells_old=action.tells_old))
        except (errors.EmptyIndexKey, errors.EmptyUpdatedIndexKey):
            raise  # AWS refuses the request for it, and cancels nothing
        except errors.ValidationFailed as failure:
            reasons.append(_failed(failure))
    if len(written) < len(actions):
        raise _cancelled(reasons)
    total = sum(one.new.size for one in written if one.new is not None)
    if total > BYTES_MAX:
        raise errors.ValidationFailed(reason="Transaction request cannot exceed 4 MB in aggregate size of its items")
    return written


def _act(tx: Transaction, action: Action, now: Instant) -> Written:
    match action.request:
        case Put() as put:
            return items.put(tx, action.table, put, now)
        case Deletion() as deletion:
            return items.delete(tx, action.table, deletion, now)
        case Alteration() as alteration:
            return items.alter(tx, action.table, alteration, now)
        case Check() as check:
            old = items.find(tx, items.current(tx, action.table), check.place)
            items.check(check.condition, old)
            return Written(action.table, old)


def _cancelled(reasons: list[dict[str, Any]]) -> errors.TransactionCanceled:
    codes = ", ".join(reason["Code"] for reason in reasons)
    return errors.TransactionCanceled(codes=codes, members={"CancellationReasons": reasons})


def _failed(failure: errors.ValidationFailed) -> dict[str, Any]:
    return {"Code": "ValidationError", "Message": failure.message}


def _condition_failed(failure: ConditionFailed, *, tells_old: bool) -> dict[str, Any]:
    reason: dict[str, Any] = {"Code": "ConditionalCheckFailed", "Message": errors.ConditionalCheckFailed.wording}
    return reason | ({"Item": failure.old.item} if tells_old and failure.old is not None else {})


def _is_first(tx: Transaction, token: Token, now: Instant) -> bool:
    """Notes the token. Raises IdempotentParameterMismatch where it stands for something else."""
    tokens.delete_expired(tx, token.scope, now)
    known = tokens.find(tx, token.scope, token.text)
    if known is None:
        tokens.insert(tx, token.scope, token.text, token.digest, now + TOKEN_S)
        return True
    if known != token.digest:
        raise errors.IdempotentParameterMismatch
    return False


def read(tx: Transaction, places: Sequence[tuple[Table, Place]]) -> list[Found | None]:
    """All of them as they are at one moment. Raises ValidationFailed for more than 4 MB."""
    found = [items.find(tx, table, place) for table, place in places]
    if sum(one.size for one in found if one is not None) > BYTES_MAX:
        raise errors.ValidationFailed(reason="Transaction request cannot exceed 4 MB in aggregate size of its items")
    return found
