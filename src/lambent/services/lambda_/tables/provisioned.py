"""Provisioned concurrency: how many environments of a version or alias are to be kept ready."""

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.tables.functions import signal_changed
from lambent.store.database import Transaction

CHANGED_TOPIC = "lambda.provisioned"
"""Signalled when what is to be kept ready may have changed."""


ROWS_MAX = 2**31
"""No limit."""


class ProvisionedRow(Struct, frozen=True):
    """``qualifier`` is a version's digits or an alias' name."""

    scope: Scope
    function_name: str
    qualifier: str
    requested: int
    modified_at: Instant

    @property
    def function(self) -> FunctionName:
        return FunctionName(self.scope, self.function_name, self.qualifier)


PUT_PROVISIONED = """
INSERT INTO lambda_provisioned (account, region, function, qualifier, requested, modified_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, function, qualifier) DO UPDATE SET requested = excluded.requested,
    modified_at = excluded.modified_at
"""
FIND_PROVISIONED = """
SELECT account, region, function, qualifier, requested, modified_at FROM lambda_provisioned
WHERE account = ? AND region = ? AND function = ? AND qualifier = ?
"""
LIST_PROVISIONED = """
SELECT account, region, function, qualifier, requested, modified_at FROM lambda_provisioned
WHERE account = ? AND region = ? AND function = ? AND qualifier >= ? ORDER BY qualifier LIMIT ?
"""
LIST_ALL_PROVISIONED = "SELECT account, region, function, qualifier, requested, modified_at FROM lambda_provisioned"
SUM_PROVISIONED_UNRESERVED = """
SELECT coalesce(sum(requested), 0) FROM lambda_provisioned AS provisioned WHERE account = ? AND region = ? AND NOT EXISTS (
    SELECT 1 FROM lambda_functions AS functions WHERE functions.account = provisioned.account
    AND functions.region = provisioned.region AND functions.name = provisioned.function
    AND functions.reserved_concurrency IS NOT NULL
)
"""
DELETE_PROVISIONED = "DELETE FROM lambda_provisioned WHERE account = ? AND region = ? AND function = ? AND qualifier = ?"
DELETE_PROVISIONED_OF_FUNCTION = "DELETE FROM lambda_provisioned WHERE account = ? AND region = ? AND function = ?"


def put_provisioned(tx: Transaction, row: ProvisionedRow) -> None:
    key = (row.scope.account, row.scope.region, row.function_name, row.qualifier)
    tx.run(PUT_PROVISIONED, (*key, row.requested, row.modified_at))
    tx.signal(CHANGED_TOPIC)
    signal_changed(tx, row.function)


def find_provisioned(tx: Transaction, function: FunctionName, qualifier: str) -> ProvisionedRow | None:
    return tx.one(FIND_PROVISIONED, (*_key(function), qualifier), into=_provisioned)


def list_provisioned(
    tx: Transaction, function: FunctionName, *, start: str = "", count_max: int = ROWS_MAX
) -> list[ProvisionedRow]:
    return tx.all(LIST_PROVISIONED, (*_key(function), start, count_max), into=_provisioned)


def list_all_provisioned(tx: Transaction) -> list[ProvisionedRow]:
    return tx.all(LIST_ALL_PROVISIONED, into=_provisioned)


def sum_provisioned_unreserved(tx: Transaction, scope: Scope) -> int:
    """What functions without reserved concurrency hold of the account's concurrency."""
    return tx.one(SUM_PROVISIONED_UNRESERVED, (scope.account, scope.region), into=int) or 0


def delete_provisioned(tx: Transaction, function: FunctionName, qualifier: str) -> None:
    tx.run(DELETE_PROVISIONED, (*_key(function), qualifier))
    tx.signal(CHANGED_TOPIC)
    signal_changed(tx, function)


def delete_provisioned_of_function(tx: Transaction, function: FunctionName) -> None:
    if tx.run(DELETE_PROVISIONED_OF_FUNCTION, _key(function)):
        tx.signal(CHANGED_TOPIC)


def _key(function: FunctionName) -> tuple[str, str, str]:
    return function.scope.account, function.scope.region, function.name


def _provisioned(
    account: str, region: str, function: str, qualifier: str, requested: int, modified_at: Instant
) -> ProvisionedRow:
    return ProvisionedRow(Scope(account, region), function, qualifier, requested, modified_at)
