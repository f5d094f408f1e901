"""Reserved and provisioned concurrency: what is kept for one function of what the account may run at once.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import limits
from lambent.services.lambda_.engine.functions import check_not_failed
from lambent.services.lambda_.engine.identifiers import LATEST, LATEST_NUMBER, FunctionName, version_number
from lambent.services.lambda_.tables import aliases, async_events, functions, provisioned
from lambent.services.lambda_.tables.functions import FunctionRow, VersionRow
from lambent.services.lambda_.tables.provisioned import ProvisionedRow
from lambent.store.database import Transaction


def check_unqualified(function: FunctionName) -> None:
    """Raises UnqualifiedOnly for a version or an alias."""
    if function.qualifier is not None:
        raise errors.UnqualifiedOnly()


def reserve(tx: Transaction, function: FunctionName, reserved: int) -> None:
    """Keeps ``reserved`` of the account's concurrency for the function, which may use no more; 0 turns it off."""
    check_unqualified(function)
    if functions.find_function(tx, function) is None:
        raise errors.FunctionNotFound(arn=f"{function.arn}:{LATEST}")  # as AWS says it here, and only here
    others = functions.sum_reserved(tx, function.scope, but=function.name)
    if limits.CONCURRENCY_MAX - others - reserved < limits.CONCURRENCY_UNRESERVED_MIN:
        raise errors.UnreservedTooLow(minimum=limits.CONCURRENCY_UNRESERVED_MIN)
    total = sum(row.requested for row in provisioned.list_provisioned(tx, function))
    if total > reserved:
        raise errors.ReservedBelowProvisioned(reserved=reserved, provisioned=total)
    _set_reserved(tx, function, reserved)


def unreserve(tx: Transaction, function: FunctionName) -> None:
    _find(tx, function)
    _set_reserved(tx, function, None)


def reserved_of(tx: Transaction, function: FunctionName) -> int | None:
    return _find(tx, function).reserved_concurrency


def unreserved(tx: Transaction, scope: Scope) -> int:
    """What is left of the account's concurrency for functions that reserve none."""
    return limits.CONCURRENCY_MAX - functions.sum_reserved(tx, scope)


def provision(tx: Transaction, function: FunctionName, requested: int, *, now: Instant) -> ProvisionedRow:
    """Asks for ``requested`` environments of the version or alias that the qualifier names to be kept ready."""
    qualifier = function.qualifier or LATEST
    if version_number(qualifier) == LATEST_NUMBER:
        raise errors.ProvisionedOnLatest()
    version = _provisionable(tx, function, qualifier)
    found = functions.find_version(tx, function, version)
    check_not_failed(found)
    if found is not None and found.is_snap_start:
        raise errors.SnapStartProvisioned()
    alias = aliases.find_alias(tx, function, qualifier)
    if alias is not None and alias.weights:
        raise errors.ProvisionedOnWeights()
    row = _find(tx, function)
    _check_not_twice(tx, function, qualifier, version)
    before = provisioned.find_provisioned(tx, function, qualifier)
    replaced = before.requested if before is not None else 0
    if row.reserved_concurrency is not None:
        total = sum(each.requested for each in provisioned.list_provisioned(tx, function))
        if total - replaced + requested > row.reserved_concurrency:
            raise errors.ProvisionedAboveReserved()
    else:
        total = provisioned.sum_provisioned_unreserved(tx, function.scope)
        left = unreserved(tx, function.scope) - limits.CONCURRENCY_UNRESERVED_MIN - (total - replaced)
        if requested > left:
            raise errors.ProvisionedAboveUnreserved(unreserved=left)
    wanted = ProvisionedRow(function.scope, function.name, qualifier, requested, now)
    provisioned.put_provisioned(tx, wanted)
    return wanted


def find_provisioned(tx: Transaction, function: FunctionName) -> tuple[ProvisionedRow, VersionRow]:
    """What was asked for, and the version it is for. Raises ProvisionedNotFound."""
    qualifier = function.qualifier or LATEST
    _provisionable(tx, function, qualifier)
    row = provisioned.find_provisioned(tx, function, qualifier)
    version = _version_of(tx, row) if row is not None else None
    if row is None or version is None:
        raise errors.ProvisionedNotFound()
    return row, version


def unprovision(tx: Transaction, function: FunctionName) -> None:
    """AWS says nothing when nothing was provisioned."""
    qualifier = function.qualifier or LATEST
    _provisionable(tx, function, qualifier)
    provisioned.delete_provisioned(tx, function, qualifier)


def list_provisioned(
    tx: Transaction, function: FunctionName, *, start: str, count_max: int
) -> list[tuple[ProvisionedRow, VersionRow]]:
    """By qualifier."""
    _find(tx, function)
    rows = provisioned.list_provisioned(tx, function, start=start, count_max=count_max)
    return _with_versions(tx, rows)


def list_all_provisioned(tx: Transaction) -> list[tuple[ProvisionedRow, VersionRow]]:
    """Of all accounts: what a starting platform has to make ready."""
    return _with_versions(tx, provisioned.list_all_provisioned(tx))


def _with_versions(tx: Transaction, rows: list[ProvisionedRow]) -> list[tuple[ProvisionedRow, VersionRow]]:
    found = [(row, _version_of(tx, row)) for row in rows]
    return [(row, version) for row, version in found if version is not None]


def _version_of(tx: Transaction, row: ProvisionedRow) -> VersionRow | None:
    number = version_number(row.qualifier)
    if number is None:
        alias = aliases.find_alias(tx, row.function, row.qualifier)
        if alias is None:
            return None
        number = alias.version
    return functions.find_version(tx, row.function, number)


def _provisionable(tx: Transaction, function: FunctionName, qualifier: str) -> int:
    """The number of the published version that the qualifier means."""
    number = version_number(qualifier)
    if number == LATEST_NUMBER:
        raise errors.ProvisionedOfLatest()
    if number is None:
        alias = aliases.find_alias(tx, function, qualifier)
        if alias is None:
            raise errors.AliasArnNotFound(arn=f"{function.arn}:{qualifier}")
        number = alias.version
    if number == LATEST_NUMBER:
        raise errors.ProvisionedOnLatest()
    if functions.find_version(tx, function, number) is None:
        raise errors.FunctionNotFound(arn=f"{function.arn}:{qualifier}")
    return number


def _check_not_twice(tx: Transaction, function: FunctionName, qualifier: str, version: int) -> None:
    is_alias = version_number(qualifier) is None
    if is_alias and provisioned.find_provisioned(tx, function, str(version)) is not None:
        raise errors.VersionAlreadyProvisioned()
    if not is_alias:
        pointing = [alias.name for alias in aliases.list_aliases(tx, function) if alias.version == version]
        if any(provisioned.find_provisioned(tx, function, name) is not None for name in pointing):
            raise errors.AliasAlreadyProvisioned()


def _find(tx: Transaction, function: FunctionName) -> FunctionRow:
    """Raises FunctionNotFound."""
    row = functions.find_function(tx, function)
    if row is None:
        raise errors.FunctionNotFound(arn=function.arn)
    return row


def _set_reserved(tx: Transaction, function: FunctionName, reserved: int | None) -> None:
    functions.set_reserved(tx, function, reserved)
    # Events that found no room may find it now, and what is left for the other functions has changed too.
    async_events.signal_changed(tx, function)
    tx.signal(functions.changed_topic(function.scope, "*"))
