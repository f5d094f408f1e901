"""Rows of stepfunctions_express: a queue of executions, in the order of ids."""

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.stepfunctions.engine.identifiers import ExecutionName, MachineName
from lambent.store.database import Transaction

TOPIC = "stepfunctions.express"

INSERT_EXPRESS = """
INSERT INTO stepfunctions_express (account, region, machine, name, run_id, revision, version, alias, started_at, input)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
LIST_EXPRESS = """
SELECT id, account, region, machine, name, run_id, revision, version, alias, started_at, input
FROM stepfunctions_express WHERE id > ? ORDER BY id LIMIT ?
"""
ANY_EXPRESS = "SELECT id FROM stepfunctions_express WHERE account = ? AND region = ? AND machine = ? LIMIT 1"
DELETE_EXPRESS = "DELETE FROM stepfunctions_express WHERE id = ?"


class ExpressRow(Struct, frozen=True):
    """``id`` is 0 where it is no row: a synchronous execution. ``version`` is 0 and ``alias`` empty where none was named."""

    id: int
    execution: ExecutionName
    revision: str
    version: int
    alias: str
    started_at: Instant
    given: str


def insert(tx: Transaction, row: ExpressRow) -> None:
    execution = row.execution
    key = (*execution.scope, execution.path, execution.name, execution.run_id)
    tx.run(INSERT_EXPRESS, (*key, row.revision, row.version, row.alias, row.started_at, row.given))
    tx.signal(TOPIC)


def after(tx: Transaction, seen: int, count_max: int) -> list[ExpressRow]:
    return tx.all(LIST_EXPRESS, (seen, count_max), into=_row)


def delete(tx: Transaction, row_id: int) -> None:
    tx.run(DELETE_EXPRESS, (row_id,))


def has_any(tx: Transaction, machine: MachineName) -> bool:
    return tx.one(ANY_EXPRESS, (*machine.scope, machine.name)) is not None


def _row(
    row_id: int,
    account: str,
    region: str,
    machine: str,
    name: str,
    run_id: str,
    revision: str,
    version: int,
    alias: str,
    started_at: float,
    given: str,
) -> ExpressRow:
    execution = ExecutionName(Scope(account, region), machine, name, run_id)
    return ExpressRow(row_id, execution, revision, version, alias, started_at, given)
