"""A part of a transaction that may be undone alone."""

from lambent.store.database import Transaction

BEGIN = "SAVEPOINT stepfunctions"
UNDO = "ROLLBACK TO stepfunctions"
END = "RELEASE stepfunctions"


def begin(tx: Transaction) -> None:
    tx.run(BEGIN)


def undo(tx: Transaction) -> None:
    """What was written since ``begin``; ``end`` is still due."""
    tx.run(UNDO)


def end(tx: Transaction) -> None:
    tx.run(END)
