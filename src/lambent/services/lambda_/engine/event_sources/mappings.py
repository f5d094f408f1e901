"""Event source mappings: created, found, changed, deleted; and settled, once the followers have taken a change up.

A change answers with a state under way (Creating, Updating, Enabling, Disabling, Deleting); until then a second one is refused.
https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.durable.followers.consumer import Starts
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import checks, functions, targets
from lambent.services.lambda_.engine.event_sources import filters, settings, sources
from lambent.services.lambda_.engine.event_sources.settings import Settings
from lambent.services.lambda_.engine.event_sources.sources import Source
from lambent.services.lambda_.engine.identifiers import LATEST, FunctionName
from lambent.services.lambda_.tables import event_source_mappings as tables
from lambent.services.lambda_.tables import event_source_shards as shards
from lambent.services.lambda_.tables.event_source_mappings import DELETING, MappingRow
from lambent.store.database import Transaction

CREATING, ENABLED, UPDATING, ENABLING, DISABLING, DISABLED = (
    "Creating", "Enabled", "Updating", "Enabling", "Disabling", "Disabled",
)  # fmt: skip
ROWS_MAX = 10_000


class Mapped(Struct, frozen=True):
    """What a mapping needs to know of its function to be accepted."""

    function: FunctionName
    role_arn: str
    timeout_s: int


def mapped(tx: Transaction, function: FunctionName) -> Mapped:
    """Raises MappedFunctionMissing, also for a version or an alias that is not there; DurableUnqualified, DurableTooLong."""
    version = functions.find_version(tx, function)
    if version is None:
        raise errors.MappedFunctionMissing()
    targets.check_durable(version.settings.durable, function, is_async=False)
    return Mapped(function, version.settings.role_arn, version.settings.timeout_s)


def created(source: Source, parameters: Mapping[str, Any]) -> Settings:
    """The settings that CreateEventSourceMapping asks for."""
    sources.check_request(source, parameters, is_new=True)
    first = Settings(batch_size=source.rules.batch_size_default)
    return _checked(source, settings.changed(first, parameters))


def changed(row: MappingRow, parameters: Mapping[str, Any]) -> Settings:
    """The settings that UpdateEventSourceMapping asks for."""
    source = sources.source_of(row.source_arn)
    sources.check_request(source, parameters, is_new=False)
    return _checked(source, settings.changed(row.settings, parameters))


def create(
    tx: Transaction,
    source: Source,
    function: FunctionName,
    wanted: Settings,
    *,
    is_enabled: bool,
    tags: Mapping[str, str],
    starts: Starts = (),
    now: Instant,
) -> MappingRow:
    """Raises what the source's rules say where exactly this function follows it already.

    ``starts``: where following begins in each shard, of a stream that is to be followed at once.
    """
    checks.check_tags(tags)
    _check_is_new(tx, function, str(source.arn))
    row = MappingRow(
        scope=function.scope,
        id=ids.uuid4(),
        source_arn=str(source.arn),
        function=function,
        settings=wanted,
        is_enabled=is_enabled,
        state=CREATING if is_enabled else DISABLED,
        is_settling=is_enabled,
        revision=1,
        modified_at=now,
        tags=tags,
    )
    tables.put_mapping(tx, row)
    shards.add(tx, row, starts)
    return row


def find(tx: Transaction, scope: Scope, mapping_id: str) -> MappingRow:
    """Raises NoSuchResource."""
    row = tables.find_mapping(tx, scope, mapping_id)
    if row is None:
        raise errors.NoSuchResource()
    return row


def find_settled(tx: Transaction, scope: Scope, mapping_id: str, *, deed: str) -> MappingRow:
    """A mapping that may be changed. Raises MappingInUse while an earlier change is on its way."""
    row = find(tx, scope, mapping_id)
    if row.is_settling:
        raise errors.MappingInUse(deed=deed)
    return row


def update(
    tx: Transaction,
    row: MappingRow,
    function: FunctionName,
    wanted: Settings,
    *,
    is_enabled: bool,
    starts: Starts = (),
    now: Instant,
) -> MappingRow:
    """Raises MappingInUse where the mapping is no longer as ``row``, on which the caller's checks stand."""
    before = find_settled(tx, row.scope, row.id, deed="update")
    if before.revision != row.revision:
        raise errors.MappingInUse(deed="update")
    if function != row.function:
        _check_is_new(tx, function, row.source_arn)
    state = UPDATING
    if is_enabled != before.is_enabled:
        state = ENABLING if is_enabled else DISABLING
    after = replace(before, function=function, settings=wanted, is_enabled=is_enabled)
    shards.add(tx, row, starts)
    return _put_settling(tx, after, state, now)


def delete(tx: Transaction, scope: Scope, mapping_id: str, *, now: Instant) -> MappingRow:
    """The row goes when the followers have let go of the source."""
    row = find_settled(tx, scope, mapping_id, deed="delete")
    return _put_settling(tx, replace(row, is_enabled=False), DELETING, now)


def settle(tx: Transaction, rows: Sequence[MappingRow]) -> list[MappingRow]:
    """Marks changes taken up. Returns the mappings as they stand then; what was reset meanwhile is left out."""
    settled = []
    for row in rows:
        now_there = tables.find_mapping(tx, row.scope, row.id)
        if now_there is None or now_there.revision != row.revision:
            continue
        if row.state == DELETING:
            tables.delete_mapping(tx, row)
            shards.delete_all(tx, row)
            continue
        after = replace(now_there, state=ENABLED if row.is_enabled else DISABLED, is_settling=False)
        tables.put_mapping(tx, after)
        settled.append(after)
    return settled


def has_begun(tx: Transaction, row: MappingRow) -> bool:
    """Whether it is known where the mapping goes on in its stream."""
    return bool(shards.load(tx, row))


def list_page(
    tx: Transaction, scope: Scope, *, of: FunctionName | None, source_arn: str | None, start: str, count_max: int
) -> list[MappingRow]:
    """By id, from the id ``start`` on; of one function, or of one source, or of both."""
    if of is not None and source_arn:
        row = tables.find_mapping_of(tx, of, source_arn)
        return [row] if row is not None and row.id >= start else []
    if of is not None:
        return tables.list_mappings_of_function(tx, of, start=start, count_max=count_max)
    if source_arn:
        return tables.list_mappings_of_source(tx, scope, source_arn, start=start, count_max=count_max)
    return tables.list_mappings(tx, scope, start=start, count_max=count_max)


def of_latest(tx: Transaction, function: FunctionName) -> list[MappingRow]:
    """What $LATEST of the function follows."""
    ways = [replace(function, qualifier=qualifier) for qualifier in (None, LATEST)]
    return [row for way in ways for row in tables.list_mappings_of_function(tx, way, start="", count_max=ROWS_MAX)]


def to_take_up(tx: Transaction) -> list[MappingRow]:
    """The mappings of all accounts with a change that the followers have not taken up."""
    return tables.list_to_take_up(tx)


def enabled(tx: Transaction) -> list[MappingRow]:
    """The mappings of all accounts that are to be followed."""
    return tables.list_enabled(tx)


def tags_of(tx: Transaction, scope: Scope, mapping_id: str) -> Mapping[str, str]:
    return find(tx, scope, mapping_id).tags


def add_tags(tx: Transaction, scope: Scope, mapping_id: str, tags: Mapping[str, str]) -> None:
    row = find(tx, scope, mapping_id)
    after = {**row.tags, **tags}
    checks.check_tags(after)
    tables.put_mapping(tx, replace(row, tags=after))


def remove_tags(tx: Transaction, scope: Scope, mapping_id: str, keys: Sequence[str]) -> None:
    """Keys that are not there are passed over."""
    row = find(tx, scope, mapping_id)
    tables.put_mapping(tx, replace(row, tags={key: value for key, value in row.tags.items() if key not in keys}))


def _checked(source: Source, wanted: Settings) -> Settings:
    source.rules.check_settings(source.arn, wanted)
    filters.check(wanted.filters, json_key=source.rules.json_key)
    return wanted


def _check_is_new(tx: Transaction, function: FunctionName, source_arn: str) -> None:
    other = tables.find_mapping_of(tx, function, source_arn)
    if other is not None:
        raise sources.source_of(source_arn).rules.exists(source_arn, function.name, other.id)


def _put_settling(tx: Transaction, row: MappingRow, state: str, now: Instant) -> MappingRow:
    after = replace(row, state=state, is_settling=True, revision=row.revision + 1, modified_at=now)
    tables.put_mapping(tx, after)
    return after
