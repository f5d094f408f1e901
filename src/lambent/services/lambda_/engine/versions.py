"""Published versions: numbered snapshots of $LATEST."""

import base64

from msgspec.structs import replace

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import limits
from lambent.services.lambda_.engine.identifiers import LATEST, LATEST_NUMBER, FunctionName, version_number
from lambent.services.lambda_.engine.settings import Settings
from lambent.services.lambda_.tables import aliases, archives, event_invoke_configs, functions, layers, policies, provisioned
from lambent.services.lambda_.tables.functions import VersionRow
from lambent.store.database import Transaction


def publish_latest(tx: Transaction, latest: VersionRow, *, description: str | None, now: Instant) -> VersionRow:
    """A new version of $LATEST, or the newest one where nothing has changed since it was published and it could be made ready."""
    newest = functions.find_newest_version(tx, latest.function)
    if newest is not None and newest.state != "Failed" and _is_unchanged(latest.settings, newest):
        return newest
    check_storage(tx, latest.scope, latest.settings.code.zipped_bytes)
    number = functions.next_number(tx, latest.scope, "function", latest.name)
    settings = latest.settings if description is None else replace(latest.settings, description=description)
    published = replace(
        latest,
        version=number,
        settings=settings,
        source_description=latest.settings.description,
        environment_id=ids.uuid4(),
        revision_id=ids.uuid4(),
        state=latest.state,
        update_status="Successful",
        before=None,
        modified_at=now,
    )
    # What could not be made ready is tried again as a version of its own, and fails as one.
    if published.is_snap_start or latest.is_preparing or latest.before is not None:
        published = replace(published, state="Pending", is_preparing=True)
    functions.put_version(tx, published)
    if not latest.is_preparing:
        # $LATEST has the same content and a new revision, as on AWS.
        functions.put_version(tx, replace(latest, revision_id=ids.uuid4()))
    archives.set_uses(tx, latest.scope, archives.function_holder(latest.name, number), settings.archives)
    return published


def check_code_sha256(given: str | None, latest: VersionRow) -> None:
    """``given`` in base64, as AWS tells it."""
    current = code_sha256(latest.settings)
    if given is not None and given != current:
        raise errors.CodeSha256Differs(given=given, current=current)


def code_sha256(settings: Settings) -> str:
    """AWS' CodeSha256: the digest of the zip in base64, that of an image in hexadecimal digits."""
    if settings.image is not None:
        return settings.code.sha256
    return base64.b64encode(bytes.fromhex(settings.code.sha256)).decode()


def delete(tx: Transaction, function: FunctionName, qualifier: str) -> list[VersionRow]:
    """Deletes one published version. AWS says nothing when it is not there."""
    if qualifier == LATEST:
        raise errors.LatestNotDeleted()
    number = version_number(qualifier)
    if number is None:
        raise errors.AliasNotDeleted()
    pointing = [
        alias.name for alias in aliases.list_aliases(tx, function) if number == alias.version or number in alias.weights
    ]
    if pointing:
        raise errors.VersionInUse(aliases=", ".join(pointing))
    version = functions.find_version(tx, function, number)
    if version is None or number == LATEST_NUMBER:
        return []
    archives.set_uses(tx, function.scope, archives.function_holder(function.name, number), ())
    policies.delete_policy(tx, function.scope, f"function:{function.name}:{qualifier}")
    provisioned.delete_provisioned(tx, function, qualifier)
    event_invoke_configs.delete_config(tx, function, qualifier)
    functions.delete_versions(tx, function, [number])
    functions.signal_changed(tx, function)
    return [version]


def list_versions(tx: Transaction, function: FunctionName, *, start: int, count_max: int) -> list[VersionRow]:
    """$LATEST first, then by number. Raises FunctionNotFound."""
    if functions.find_function(tx, function) is None:
        raise errors.FunctionNotFound(arn=function.arn)
    return functions.list_versions(tx, function, start=start, count_max=count_max)


def check_storage(tx: Transaction, scope: Scope, added_bytes: int) -> None:
    """Raises CodeStorageExceeded where ``added_bytes`` more of zipped code would be too much for the account in the region."""
    if functions.sum_code_bytes(tx, scope) + layers.sum_code_bytes(tx, scope) + added_bytes > limits.CODE_STORAGE_BYTES_MAX:
        raise errors.CodeStorageExceeded()


def _is_unchanged(settings: Settings, newest: VersionRow) -> bool:
    return settings == replace(newest.settings, description=newest.source_description)
