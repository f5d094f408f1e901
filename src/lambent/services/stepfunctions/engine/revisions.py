"""Revisions of state machines, compiled once and remembered: a revision never changes."""

from msgspec import Struct

from lambent.core.context import Scope
from lambent.core.errors import Defect, LambentError
from lambent.services.stepfunctions.engine.definition import Definition, compile_definition
from lambent.services.stepfunctions.tables import machines
from lambent.services.stepfunctions.tables.machines import RevisionRow
from lambent.store.database import Transaction

REVISIONS_KEPT_MAX = 500
COMPILED_AT_ONCE_CHARS_MAX = 10_000
"""Of a definition that is compiled within a transaction: it takes a few milliseconds."""


class Compiled(Struct, frozen=True):
    row: RevisionRow
    definition: Definition
    has_queries: bool  # whether JSONata is evaluated in it


class NotCompiled(LambentError):
    """A definition is long, and others wait for whoever asks for it: ``learn`` compiles it elsewhere."""

    def __init__(self, revisions: "Revisions", row: RevisionRow) -> None:
        super().__init__(row.id)
        self.whose: object = None
        self._revisions = revisions
        self._row = row

    def learn(self, _: object) -> None:
        self._revisions.keep(self._row)


class Revisions:
    """A bounded cache. Used on any thread: entries are only added and dropped."""

    def __init__(self) -> None:
        self._known: dict[tuple[Scope, str], Compiled] = {}

    def find(self, tx: Transaction, scope: Scope, revision: str) -> Compiled:
        """Of a revision that is there."""
        return self._known.get((scope, revision)) or self.keep(_row(tx, scope, revision))

    def find_at_once(self, tx: Transaction, scope: Scope, revision: str) -> Compiled:
        """For those who have others waiting for them. Raises NotCompiled."""
        known = self._known.get((scope, revision))
        if known is not None:
            return known
        row = _row(tx, scope, revision)
        if len(row.definition) > COMPILED_AT_ONCE_CHARS_MAX:
            raise NotCompiled(self, row)
        return self.keep(row)

    def is_short(self, scope: Scope, revision: str) -> bool:
        """Whether it is known that a transition of it evaluates no JSONata."""
        known = self._known.get((scope, revision))
        return known is not None and not known.has_queries

    def keep(self, row: RevisionRow) -> Compiled:
        definition = compile_definition(row.definition)
        has_queries = any(state.flow.is_jsonata for each in definition.machines for state in each.states.values())
        found = Compiled(row, definition, has_queries)
        if len(self._known) >= REVISIONS_KEPT_MAX:
            self._known.clear()
        self._known[row.scope, row.id] = found
        return found

    def forget(self, account: str | None) -> None:
        for key in list(self._known):
            if account in (None, key[0].account):
                self._known.pop(key, None)


def _row(tx: Transaction, scope: Scope, revision: str) -> RevisionRow:
    row = machines.find_revision(tx, scope, revision)
    if row is None:
        raise Defect(f"there is no revision {revision}")
    return row
