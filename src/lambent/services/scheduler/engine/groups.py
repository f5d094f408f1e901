"""Groups of schedules: made, tagged, listed, deleted with all that is in them.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-group.html
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.scheduler import errors
from lambent.services.scheduler.engine.identifiers import DEFAULT_GROUP, GroupName
from lambent.services.scheduler.tables import groups
from lambent.services.scheduler.tables.groups import DELETING, GroupRow
from lambent.store.database import Transaction

GROUPS_MAX = 500
TAGS_MAX = 50


def find(tx: Transaction, name: GroupName) -> GroupRow:
    """Raises GroupNotFound."""
    row = groups.find(tx, name)
    if row is None:
        raise errors.GroupNotFound(name=name.name)
    return row


def find_open(tx: Transaction, name: GroupName) -> GroupRow:
    """One that takes schedules. Raises GroupNotFound, GroupIsBeingDeleted."""
    row = find(tx, name)
    if row.state == DELETING:
        raise errors.GroupIsBeingDeleted(name=name.name)
    return row


def create(tx: Transaction, name: GroupName, tags: Mapping[str, str], now: Instant) -> None:
    """Raises ValidationException, GroupExists, QuotaExceeded."""
    _check_own(name)
    if groups.find(tx, name) is not None:
        raise errors.GroupExists(name=name.name)
    if groups.count(tx, name.scope) >= GROUPS_MAX:
        raise errors.QuotaExceeded(count_max=GROUPS_MAX, what="schedule groups")
    _check_tags(tags)
    groups.put(tx, GroupRow(name, tags=tags), now)


def close(tx: Transaction, name: GroupName, now: Instant) -> None:
    """Takes no schedules any more: those that are there are deleted next. Raises ValidationException, GroupNotFound."""
    _check_own(name)
    groups.put(tx, replace(find(tx, name), state=DELETING), now)


def page(tx: Transaction, scope: Scope, *, prefix: str, after: str, count_max: int) -> list[GroupRow]:
    """The groups of one page, and the first of the next where there is one."""
    rows = {row.name.name: row for row in groups.listed(tx, scope)}
    rows.setdefault(DEFAULT_GROUP, GroupRow(GroupName(scope)))
    names = sorted(name for name in rows if name > after and name.startswith(prefix))
    return [rows[name] for name in names[: count_max + 1]]


def tag(tx: Transaction, name: GroupName, added: Mapping[str, str], removed: Sequence[str], now: Instant) -> None:
    """Keys that are not there are passed over. Raises GroupNotFound, GroupIsBeingDeleted, ValidationException."""
    row = find_open(tx, name)
    tags = {key: value for key, value in {**row.tags, **added}.items() if key not in removed}
    _check_tags(tags)
    groups.put(tx, replace(row, tags=tags), now)


def _check_own(name: GroupName) -> None:
    if name.is_default:
        reason = f"This operation cannot be performed on schedule group {name.name}."
        raise errors.ValidationException(reason=reason)


def _check_tags(tags: Mapping[str, str]) -> None:
    if len(tags) > TAGS_MAX:
        raise errors.ValidationException(reason=f"A schedule group has at most {TAGS_MAX} tags.")
