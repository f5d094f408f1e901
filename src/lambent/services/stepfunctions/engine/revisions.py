"""Revisions of state machines, compiled once and remembered: a revision never changes."""

from dataclasses import dataclass

from lambent.core.errors import Defect
from lambent.services.stepfunctions.engine.definition import Definition, compile_definition
from lambent.services.stepfunctions.engine.identifiers import Scope
from lambent.services.stepfunctions.tables import machines
from lambent.services.stepfunctions.tables.machines import RevisionRow
from lambent.store.database import Transaction

REVISIONS_KEPT_MAX = 500


@dataclass(frozen=True, slots=True)
class Compiled:
    row: RevisionRow
    definition: Definition


class Revisions:
    """A bounded cache. Used on any thread: entries are only added and dropped."""

    def __init__(self) -> None:
        self._known: dict[tuple[Scope, str], Compiled] = {}

    def find(self, tx: Transaction, scope: Scope, revision: str) -> Compiled:
        """Of a revision that is there."""
        known = self._known.get((scope, revision))
        if known is not None:
            return known
        row = machines.find_revision(tx, scope, revision)
        if row is None:
            raise Defect(f"there is no revision {revision}")
        found = Compiled(row, compile_definition(row.definition))
        if len(self._known) >= REVISIONS_KEPT_MAX:
            self._known.clear()
        self._known[scope, revision] = found
        return found

    def forget(self, account: str | None) -> None:
        for key in list(self._known):
            if account in (None, key[0].account):
                self._known.pop(key, None)
