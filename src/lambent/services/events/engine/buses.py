"""Buses: made, changed, deleted, and whom they let in.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.events import errors
from lambent.services.events.engine import permissions
from lambent.services.events.engine.identifiers import DEFAULT_BUS, BusName
from lambent.services.events.tables import buses, rules
from lambent.services.events.tables.buses import BusRow
from lambent.store.database import Transaction

BUSES_MAX = 100
TAGS_MAX = 50


def find(tx: Transaction, bus: BusName) -> BusRow:
    """Raises EventBusNotFound."""
    row = buses.find(tx, bus)
    if row is None:
        raise errors.EventBusNotFound(name=bus.name)
    return row


def create(tx: Transaction, bus: BusName, settings: Mapping[str, Any], tags: Mapping[str, str], now: Instant) -> None:
    """Raises ValidationException, EventBusExists, LimitExceeded."""
    if "/" in bus.name:
        raise errors.ValidationException(reason="Event bus name must not contain '/'.")
    if buses.find(tx, bus) is not None:
        raise errors.EventBusExists(name=bus.name)
    if buses.count(tx, bus.scope) >= BUSES_MAX:
        raise errors.LimitExceeded()
    check_tags(tags)
    buses.put(tx, BusRow(bus, settings, tags=tags), now)


def update(tx: Transaction, bus: BusName, settings: Mapping[str, Any], now: Instant) -> BusRow:
    """Changes what is given, and leaves the rest. Raises EventBusNotFound."""
    row = find(tx, bus)
    changed = replace(row, settings={**row.settings, **settings})
    buses.put(tx, changed, now)
    return changed


def delete(tx: Transaction, bus: BusName) -> None:
    """A bus that is not there is deleted already. Raises ValidationException."""
    if bus.is_default:
        raise errors.ValidationException(reason=f"Cannot delete event bus {bus.name}.")
    if rules.count(tx, bus):
        raise errors.ValidationException(reason=f"Event bus {bus.name} can't be deleted since it has rules.")
    buses.delete(tx, bus)


def page(tx: Transaction, scope: Scope, *, prefix: str, after: str, count_max: int) -> list[BusRow]:
    """The buses of one page, and the first of the next where there is one."""
    rows = {row.bus.name: row for row in buses.listed(tx, scope)}
    rows.setdefault(DEFAULT_BUS, BusRow(BusName(scope, DEFAULT_BUS)))
    names = sorted(name for name in rows if name > after and name.startswith(prefix))
    return [rows[name] for name in names[: count_max + 1]]


def put_permission(tx: Transaction, bus: BusName, parameters: Mapping[str, Any], now: Instant) -> None:
    """Raises EventBusNotFound, ValidationException, PolicyLengthExceeded."""
    row = find(tx, bus)
    whole = parameters.get("Policy")
    policy = permissions.checked(whole) if whole else permissions.added(row.policy, bus, parameters)
    buses.put(tx, replace(row, policy=policy), now)


def remove_permission(tx: Transaction, bus: BusName, statement_id: str | None, now: Instant) -> None:
    """The statement of an id, or (None) all. Raises EventBusNotFound, ResourceNotFound."""
    row = find(tx, bus)
    policy = permissions.removed(row.policy, statement_id) if statement_id is not None else ""
    buses.put(tx, replace(row, policy=policy), now)


def tag(tx: Transaction, bus: BusName, added: Mapping[str, str], removed: Sequence[str], now: Instant) -> None:
    """Raises EventBusNotFound, LimitExceeded."""
    row = find(tx, bus)
    buses.put(tx, replace(row, tags=retagged(row.tags, added, removed)), now)


def retagged(tags: Mapping[str, str], added: Mapping[str, str], removed: Sequence[str]) -> dict[str, str]:
    """Keys that are not there are passed over. Raises LimitExceeded."""
    after = {key: value for key, value in {**tags, **added}.items() if key not in removed}
    check_tags(after)
    return after


def check_tags(tags: Mapping[str, str]) -> None:
    """Raises LimitExceeded."""
    if len(tags) > TAGS_MAX:
        raise errors.LimitExceeded()
