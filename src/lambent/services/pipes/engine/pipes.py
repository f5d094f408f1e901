"""Pipes: created, found, changed, started, stopped, deleted; and settled, once the followers have taken a change up.

A change answers with a state under way (CREATING, UPDATING, STARTING, STOPPING, DELETING); until that has ended a second one is
refused. https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_Pipe.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.durable.followers.consumer import Starts
from lambent.services.pipes import errors
from lambent.services.pipes.engine import sources, targets
from lambent.services.pipes.engine.identifiers import PipeName
from lambent.services.pipes.tables import pipes as tables
from lambent.services.pipes.tables.pipes import DELETED, RUNNING, STOPPED, PipeRow
from lambent.services.pipes.tables.shards import PipePlaces
from lambent.store.database import Transaction

CREATING, UPDATING, STARTING, STOPPING, DELETING = "CREATING", "UPDATING", "STARTING", "STOPPING", "DELETING"
TAGS_MAX = 50
MEMBERS = (
    *("Source", "SourceParameters", "Enrichment", "EnrichmentParameters", "Target", "TargetParameters", "RoleArn"),
    *("Description", "LogConfiguration", "KmsKeyIdentifier"),
)
"""What a pipe is set to."""
LOG_DESTINATIONS = {"S3LogDestination": "Amazon S3", "FirehoseLogDestination": "Firehose"}


def created(parameters: Mapping[str, Any], *, region: str) -> dict[str, Any]:
    """The settings that CreatePipe asks for. Raises ValidationException, KindMissing."""
    return _checked({name: parameters[name] for name in MEMBERS if parameters.get(name) is not None}, region=region)


def changed(row: PipeRow, parameters: Mapping[str, Any], *, region: str) -> dict[str, Any]:
    """The settings that UpdatePipe asks for: what is absent stays, and where reading began always does."""
    given = {name: parameters[name] for name in MEMBERS if parameters.get(name) is not None}
    source = sources.source_of(row.settings["Source"])
    wanted = given.get("SourceParameters")
    if wanted is not None:
        block, before = sources.BLOCKS[source.service], row.settings["SourceParameters"]
        given["SourceParameters"] = before | wanted | {block: before[block] | (wanted.get(block) or {})}
    if given.get("Target") not in (None, row.settings["Target"]) and "TargetParameters" not in given:
        given["TargetParameters"] = {}
    return _checked({**row.settings, **given}, region=region)


def create(
    tx: Transaction,
    name: PipeName,
    settings: Mapping[str, Any],
    *,
    desired_state: str,
    tags: Mapping[str, str],
    starts: Starts,
    now: Instant,
) -> PipeRow:
    """``starts``: where reading begins in each shard, of a stream. Raises PipeExists."""
    if tables.find(tx, name) is not None:
        raise errors.PipeExists(name=name.name)
    row = PipeRow(name, ids.uuid4(), settings, desired_state, CREATING, True, 1, now, now, tags)
    tables.put(tx, row)
    PipePlaces(row.key).add(tx, starts)
    return row


def find(tx: Transaction, name: PipeName) -> PipeRow:
    """Raises PipeNotFound."""
    row = tables.find(tx, name)
    if row is None:
        raise errors.PipeNotFound(name=name.name)
    return row


def find_settled(tx: Transaction, name: PipeName) -> PipeRow:
    """A pipe that may be changed. Raises PipeIsChanging while an earlier change is on its way."""
    row = find(tx, name)
    if row.is_settling:
        raise errors.PipeIsChanging(name=name.name, state=row.current_state)
    return row


def update(tx: Transaction, row: PipeRow, settings: Mapping[str, Any], *, desired_state: str, now: Instant) -> PipeRow:
    """Raises PipeIsChanging where the pipe is no longer as ``row``, on which the caller's checks stand."""
    before = find_settled(tx, row.name)
    if before.revision != row.revision:
        raise errors.PipeIsChanging(name=row.name.name, state=before.current_state)
    return _put_settling(tx, replace(before, settings=settings, desired_state=desired_state), UPDATING, now)


def start(tx: Transaction, name: PipeName, now: Instant) -> PipeRow:
    return _turn(tx, name, RUNNING, STARTING, now)


def stop(tx: Transaction, name: PipeName, now: Instant) -> PipeRow:
    return _turn(tx, name, STOPPED, STOPPING, now)


def delete(tx: Transaction, name: PipeName, now: Instant) -> PipeRow:
    """The row goes when the followers have let go of the source."""
    return _put_settling(tx, replace(find_settled(tx, name), desired_state=DELETED), DELETING, now)


def settle(tx: Transaction, rows: Sequence[PipeRow]) -> list[PipeRow]:
    """Marks changes taken up. Returns the pipes as they stand then; what was reset meanwhile is left out."""
    settled = []
    for row in rows:
        there = tables.find(tx, row.name)
        if there is None or (there.id, there.revision) != (row.id, row.revision):
            continue
        if row.is_ending:
            tables.delete(tx, row.name)
            PipePlaces(row.key).delete_all(tx)
            continue
        after = replace(there, current_state=there.desired_state, is_settling=False)
        tables.put(tx, after)
        settled.append(after)
    return settled


def page(tx: Transaction, scope: Scope, wanted: Mapping[str, Any], *, after: str, count_max: int) -> list[PipeRow]:
    """By name, one more than ``count_max`` where there are more. ``wanted``: the request of ListPipes."""
    found: list[PipeRow] = []
    for row in tables.list_after(tx, scope, after):
        if _is_wanted(row, wanted):
            found.append(row)
        if len(found) > count_max:
            break
    return found


def tag(tx: Transaction, name: PipeName, tags: Mapping[str, str]) -> None:
    row = find(tx, name)
    after = {**row.tags, **tags}
    check_tags(after)
    tables.put(tx, replace(row, tags=after))


def untag(tx: Transaction, name: PipeName, keys: Sequence[str]) -> None:
    """Keys that are not there are passed over."""
    row = find(tx, name)
    tables.put(tx, replace(row, tags={key: value for key, value in row.tags.items() if key not in keys}))


def check_tags(tags: Mapping[str, str]) -> None:
    """Raises ValidationException."""
    if len(tags) > TAGS_MAX:
        raise errors.ValidationException(reason=f"A pipe has at most {TAGS_MAX} tags.")
    if any(key.lower().startswith("aws:") for key in tags):
        raise errors.ValidationException(reason="Tag keys cannot start with aws:.")


def _checked(settings: dict[str, Any], *, region: str) -> dict[str, Any]:
    source, kind = sources.source_of(settings["Source"]), targets.kind_of(settings["Target"])
    targets.check(settings["Target"], settings.get("TargetParameters") or {}, region=region)
    if settings.get("Enrichment"):
        targets.check_enrichment(settings["Enrichment"])
    if (settings.get("EnrichmentParameters") or {}).get("HttpParameters"):
        raise errors.KindMissing(way="through", what="HTTP endpoints")
    parameters = sources.completed(source, settings.get("SourceParameters") or {}, batch_max=kind.batch_max)
    sources.check(source, parameters, batch_max=kind.batch_max)
    for member, what in LOG_DESTINATIONS.items():
        if (settings.get("LogConfiguration") or {}).get(member):
            raise errors.KindMissing(way="that log to", what=what)
    empty: dict[str, Any] = {"EnrichmentParameters": {}, "TargetParameters": {}}
    return empty | settings | {"SourceParameters": parameters}


def _turn(tx: Transaction, name: PipeName, desired_state: str, state: str, now: Instant) -> PipeRow:
    row = find_settled(tx, name)
    if row.desired_state == desired_state:
        raise errors.PipeIsThere(name=name.name, state=desired_state)
    return _put_settling(tx, replace(row, desired_state=desired_state), state, now)


def _put_settling(tx: Transaction, row: PipeRow, state: str, now: Instant) -> PipeRow:
    after = replace(row, current_state=state, is_settling=True, revision=row.revision + 1, modified_at=now)
    tables.put(tx, after)
    return after


def _is_wanted(row: PipeRow, wanted: Mapping[str, Any]) -> bool:
    return (
        row.name.name.startswith(wanted.get("NamePrefix") or "")
        and row.settings["Source"].startswith(wanted.get("SourcePrefix") or "")
        and row.settings["Target"].startswith(wanted.get("TargetPrefix") or "")
        and wanted.get("DesiredState") in (None, row.desired_state)
        and wanted.get("CurrentState") in (None, row.current_state)
    )
