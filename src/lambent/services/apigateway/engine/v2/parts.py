"""The parts of APIs: what is common to making, changing and deleting a route, an integration, a stage …

A kind of parts has its rules: what AWS calls it, how many there may be, what is checked. Every change of what a deployment
serves is followed by the stages that deploy by themselves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from msgspec import Struct, structs

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import Api
from lambent.services.apigateway.engine.v2 import apis, deployments
from lambent.services.apigateway.tables.v2 import parts
from lambent.services.apigateway.tables.v2.parts import Kind
from lambent.store.database import Transaction

T = TypeVar("T", bound=Struct)

LONG_ID_CHARS, SHORT_ID_CHARS = 7, 6


def _accept(tx: Transaction, api: Api, part: Any) -> None:
    """Where there is nothing to check."""


def _rename(part: Any) -> None:
    """Where nothing speaks against another name."""


def _unchanged(api: Api, part: T) -> T:  # noqa: ARG001 - as all that complete parts
    return part


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules(Generic[T]):
    """``what``: as AWS calls one. ``conflict``: told with the ``name`` of one that is already there."""

    kind: Kind[T]
    what: str
    count_max: int | None = None
    conflict: str = ""
    completed: Callable[[Api, T], T] = _unchanged  # with the defaults that depend on the API and on one another
    check: Callable[[Transaction, Api, T], None] = _accept
    on_rename: Callable[[T], None] = _rename
    on_deletion: Callable[[Transaction, Api, T], None] = _accept
    merged: tuple[str, ...] = ()  # maps of which a change names some keys only, and takes those away that it sets to ""


def long_id() -> str:
    """Of routes and integrations."""
    return ids.lower_and_digits(LONG_ID_CHARS)


def short_id() -> str:
    return ids.lower_and_digits(SHORT_ID_CHARS)


def find(tx: Transaction, api: Api, rules: Rules[T], part_id: str) -> T:
    """Raises NotFound."""
    part = parts.find(tx, api.api_id, rules.kind, part_id)
    if part is None:
        raise errors.NotFound(what=rules.what)
    return part


def get(tx: Transaction, scope: Scope, api_id: str, rules: Rules[T], part_id: str) -> T:
    """Raises ApiNotFound, NotFound."""
    return find(tx, apis.find(tx, scope, api_id), rules, part_id)


def page(tx: Transaction, scope: Scope, api_id: str, rules: Rules[T], *, after: str, count_max: int) -> list[T]:
    """The parts of one page, and the first of the next where there is one. Raises ApiNotFound."""
    api = apis.find(tx, scope, api_id)
    return parts.page(tx, api.api_id, rules.kind, after=after, count_max=count_max + 1)


def create(tx: Transaction, scope: Scope, api_id: str, rules: Rules[T], part: T, now: Instant) -> T:
    """Raises ApiNotFound, Conflict, LimitReached, and what the rules say."""
    api = apis.find(tx, scope, api_id)
    made = insert(tx, api, rules, part)
    deployments.follow(tx, api, now)
    return made


def insert(tx: Transaction, api: Api, rules: Rules[T], part: T) -> T:
    """As ``create``, for many in a row: whoever calls has the stages follow at the end."""
    part = rules.completed(api, part)
    rules.check(tx, api, part)
    _check_name(tx, api, rules, part)
    if rules.count_max is not None and parts.count(tx, api.api_id, rules.kind) >= rules.count_max:
        raise errors.LimitReached(what=f"{rules.what}s")
    parts.put(tx, api, rules.kind, part)
    return part


def update(
    tx: Transaction, scope: Scope, api_id: str, rules: Rules[T], part_id: str, changes: Mapping[str, Any], now: Instant
) -> T:
    """What is not among the changes stays. Raises ApiNotFound, NotFound, Conflict, and what the rules say."""
    api = apis.find(tx, scope, api_id)
    before = find(tx, api, rules, part_id)
    part = rules.completed(api, structs.replace(before, **_merged(before, changes, rules.merged)))
    rules.check(tx, api, part)
    if rules.kind.name_of(part) != rules.kind.name_of(before):
        rules.on_rename(before)
        _check_name(tx, api, rules, part)
    parts.put(tx, api, rules.kind, part)
    deployments.follow(tx, api, now)
    return part


def delete(tx: Transaction, scope: Scope, api_id: str, rules: Rules[T], part_id: str, now: Instant) -> None:
    """Raises ApiNotFound, NotFound, and what the rules say."""
    api = apis.find(tx, scope, api_id)
    part = find(tx, api, rules, part_id)
    rules.on_deletion(tx, api, part)
    parts.delete(tx, api.api_id, rules.kind, part_id)
    deployments.follow(tx, api, now)


def _check_name(tx: Transaction, api: Api, rules: Rules[T], part: T) -> None:
    name = rules.kind.name_of(part)
    if parts.named(tx, api.api_id, rules.kind, name) is not None:
        raise errors.Conflict(reason=rules.conflict.format(name=name))


def _merged(before: object, changes: Mapping[str, Any], merged: tuple[str, ...]) -> Mapping[str, Any]:
    together = {
        field: {key: value for key, value in {**getattr(before, field), **changes[field]}.items() if value not in ("", {})}
        for field in merged
        if field in changes
    }
    return {**changes, **together}
