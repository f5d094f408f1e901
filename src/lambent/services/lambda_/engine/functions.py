"""Functions: created, found, changed, listed, deleted."""

from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import checks, versions
from lambent.services.lambda_.engine.identifiers import LATEST_NUMBER, FunctionName, version_number
from lambent.services.lambda_.engine.settings import Settings, runtime_version_arn
from lambent.services.lambda_.tables import (
    aliases,
    archives,
    async_events,
    event_invoke_configs,
    function_urls,
    functions,
    policies,
    provisioned,
)
from lambent.services.lambda_.tables.functions import Before, FunctionRow, VersionRow
from lambent.store.database import Transaction

PREPARE_TOPIC = "lambda.preparing"
"""Signalled when a version's environment is to be made ready."""

ACTIVE, PENDING, FAILED = "Active", "Pending", "Failed"
SUCCESSFUL, IN_PROGRESS = "Successful", "InProgress"


class Failure(Struct, frozen=True):
    """Why a version could not be made ready: one of AWS' reason codes, and in words."""

    code: str
    reason: str


class Found(Struct, frozen=True):
    """A function as GetFunction tells it: the row that the qualifier means, and what all versions share."""

    function: FunctionRow
    version: VersionRow


class Written(Struct, frozen=True):
    """What a change of code or configuration made: $LATEST, and the version published with it.

    ``replaced`` is what $LATEST was before, where that runs no further events.
    """

    latest: VersionRow
    published: VersionRow | None = None
    replaced: VersionRow | None = None


def create(
    tx: Transaction, function: FunctionName, settings: Settings, *, tags: Mapping[str, str], is_published: bool, now: Instant
) -> Written:
    """Makes the function, Pending until its environment is ready. Raises FunctionExists."""
    checks.check_tags(tags)
    if functions.find_function(tx, function) is not None:
        raise errors.FunctionExists(name=function.name)
    versions.check_storage(tx, function.scope, settings.code.zipped_bytes)
    functions.insert_function(tx, FunctionRow(function.scope, function.name, tags, None, "Terminate"))
    latest = VersionRow(
        scope=function.scope,
        name=function.name,
        version=LATEST_NUMBER,
        settings=settings,
        source_description=settings.description,
        environment_id=ids.uuid4(),
        revision_id=ids.uuid4(),
        state=PENDING,
        update_status=SUCCESSFUL,
        is_preparing=True,
        modified_at=now,
        update_runtime_on="Auto",
        runtime_version_arn=runtime_version_arn(function.scope.region, settings.runtime),
    )
    return _write(tx, latest, is_published=is_published, now=now)


def update(
    tx: Transaction,
    function: FunctionName,
    change: Callable[[Settings], Settings],
    *,
    revision_id: str | None,
    is_published: bool,
    is_dry_run: bool,
    now: Instant,
) -> Written:
    """Changes $LATEST; until its environment is ready the update is in progress, and what was before it serves the events.

    A dry run checks and changes nothing.
    """
    before = latest_of(tx, function)
    checks.check_revision(revision_id, before.revision_id, operation="GetFunction/GetAlias")
    check_settled(before)
    settings = change(before.settings)
    after = replace(
        before,
        settings=settings,
        source_description=settings.description,
        runtime_version_arn=runtime_version_arn(function.scope.region, settings.runtime),
        modified_at=now,
    )
    if is_dry_run:
        return Written(after)
    versions.check_storage(tx, function.scope, settings.code.zipped_bytes)
    # Where the update before has failed, what was before that is still what runs.
    good = before.before or Before(before.settings, before.environment_id, before.runtime_version_arn)
    after = replace(after, environment_id=ids.uuid4(), revision_id=ids.uuid4(), update_status=IN_PROGRESS, is_preparing=True)
    after = replace(after, before=good)
    written = _write(tx, after, is_published=is_published, now=now)
    return replace(written, replaced=after.before_update) if after.served is after else written


def find(tx: Transaction, function: FunctionName) -> Found:
    """The function and the version that its qualifier means. Raises FunctionNotFound."""
    row = functions.find_function(tx, function)
    version = find_version(tx, function) if row is not None else None
    if row is None or version is None:
        raise errors.FunctionNotFound(arn=function.invoked_arn)
    return Found(row, version)


def find_version(tx: Transaction, function: FunctionName) -> VersionRow | None:
    """The version that the qualifier means: itself, $LATEST where there is none, or an alias' first version."""
    if function.qualifier is None:
        return functions.find_version(tx, function, LATEST_NUMBER)
    number = version_number(function.qualifier)
    if number is None:
        alias = aliases.find_alias(tx, function, function.qualifier)
        if alias is None:
            return None
        number = alias.version
    return functions.find_version(tx, function, number)


def latest_of(tx: Transaction, function: FunctionName) -> VersionRow:
    """$LATEST. Raises FunctionNotFound."""
    latest = functions.find_version(tx, function, LATEST_NUMBER)
    if latest is None:
        raise errors.FunctionNotFound(arn=function.arn)
    return latest


def check_settled(latest: VersionRow) -> None:
    """Raises a conflict while the function is being created or changed."""
    if latest.state != ACTIVE:
        raise errors.ResourceNotReady(arn=latest.function.arn, state=latest.state, reason_code=state_reason_code(latest))
    if latest.update_status == IN_PROGRESS:
        raise errors.UpdateInProgress(arn=latest.function.arn)


def check_not_failed(version: VersionRow | None) -> None:
    """Raises a conflict for a version that can never run: nothing may come to point to it. One that is Pending may be named."""
    if version is not None and version.state == FAILED:
        arn = f"{version.function.arn}:{version.label}"
        raise errors.ResourceNotReady(arn=arn, state=version.state, reason_code=state_reason_code(version))


def state_reason_code(version: VersionRow) -> str:
    """Of one that is not Active. What failed before codes were kept was an image that could not be unpacked, or a template."""
    if version.state == PENDING:
        return "Creating"
    if version.failure_code:
        return version.failure_code
    if version.is_snap_start:
        return "FunctionError"
    return "InvalidImage" if version.failure and version.settings.image is not None else "InternalError"


def list_latest(tx: Transaction, scope: Scope, *, start: str, count_max: int) -> list[VersionRow]:
    return functions.list_latest(tx, scope, start=start, count_max=count_max)


def list_all(tx: Transaction, scope: Scope, *, start: tuple[str, int], count_max: int) -> list[VersionRow]:
    return functions.list_all(tx, scope, start=start, count_max=count_max)


def delete(tx: Transaction, function: FunctionName) -> list[VersionRow]:
    """Deletes the function with all that hangs on it, or the one version that the qualifier names.

    Returns the versions that are gone. Raises FunctionNotFound; deleting a version that is not there does nothing.
    """
    if functions.find_function(tx, function) is None:
        raise errors.FunctionNotFound(arn=function.invoked_arn)
    if function.qualifier is not None:
        return versions.delete(tx, function, function.qualifier)
    gone = functions.list_versions(tx, function)
    for version in gone:
        archives.set_uses(tx, function.scope, archives.function_holder(function.name, version.version), ())
    aliases.delete_aliases(tx, function)
    policies.delete_policies_of_function(tx, function.scope, function.name)
    provisioned.delete_provisioned_of_function(tx, function)
    async_events.delete_events_of_function(tx, function)
    event_invoke_configs.delete_configs_of_function(tx, function)
    function_urls.delete_urls_of_function(tx, function)
    functions.delete_function(tx, function)
    functions.signal_changed(tx, function)
    # Its reserved concurrency is everybody's again.
    tx.signal(functions.changed_topic(function.scope, "*"))
    return gone


def prepared(tx: Transaction, version: VersionRow, *, failure: Failure | None = None) -> bool:
    """Marks a version ready, or failed, unless it was changed or deleted since. True when it did.

    What an update has replaced is let go where the update is successful, and kept where it is not: it still runs.
    """
    row = functions.find_version(tx, version.function, version.version)
    if row is None or row.environment_id != version.environment_id or not row.is_preparing:
        return False
    before = row.before if failure is not None else None
    needed = row.settings.archives | (before.settings.archives if before is not None else frozenset())
    archives.set_uses(tx, row.scope, archives.function_holder(row.name, row.version), needed)
    is_new = row.state == PENDING
    state = row.state if not is_new else FAILED if failure else ACTIVE
    update_status = FAILED if failure and not is_new else SUCCESSFUL
    revision_id = ids.uuid4()
    after = replace(row, state=state, update_status=update_status, is_preparing=False, revision_id=revision_id)
    reason, code = (failure.reason, failure.code) if failure is not None else ("", "")
    functions.put_version(tx, replace(after, failure=reason, failure_code=code, before=before))
    tx.signal(provisioned.CHANGED_TOPIC)
    return True


def list_preparing(tx: Transaction) -> list[VersionRow]:
    return functions.list_preparing(tx)


def _write(tx: Transaction, latest: VersionRow, *, is_published: bool, now: Instant) -> Written:
    functions.put_version(tx, latest)
    # What the version before needed is needed until the new one is ready: `prepared` lets it go.
    holder = archives.function_holder(latest.name, latest.version)
    archives.add_uses(tx, latest.scope, holder, sorted(latest.settings.archives))
    published = versions.publish_latest(tx, latest, description=None, now=now) if is_published else None
    tx.signal(PREPARE_TOPIC)
    return Written(latest, published)
