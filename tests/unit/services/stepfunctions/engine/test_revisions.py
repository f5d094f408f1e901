"""Compiled revisions are remembered."""

import pytest
from tests.unit.services.stepfunctions.engine.conftest import MACHINE, NOW, SCOPE, settings
from tests.unit.services.stepfunctions.engine.runs import machine, passing

from lambent.core.errors import Defect
from lambent.services.stepfunctions.engine import machines
from lambent.services.stepfunctions.engine.identifiers import MachineName
from lambent.services.stepfunctions.engine.revisions import COMPILED_AT_ONCE_CHARS_MAX, NotCompiled, Revisions
from lambent.store.database import Transaction


def test_a_revision_is_compiled_once_and_forgotten_with_its_account(tx: Transaction):
    row, _ = machines.create(tx, MACHINE, "STANDARD", settings(machine(S=passing())), {}, NOW, publish=None)
    revisions = Revisions()
    found = revisions.find(tx, SCOPE, row.revision)
    assert revisions.find(tx, SCOPE, row.revision) is found
    revisions.forget("999999999999")
    assert revisions.find(tx, SCOPE, row.revision) is found
    revisions.forget(SCOPE.account)
    assert revisions.find(tx, SCOPE, row.revision) is not found


def test_a_revision_that_is_not_there_is_a_defect(tx: Transaction):
    with pytest.raises(Defect):
        Revisions().find(tx, SCOPE, "none")


def test_a_long_definition_is_compiled_where_nobody_waits(tx: Transaction):
    long = machine(S=passing(Comment="x" * COMPILED_AT_ONCE_CHARS_MAX))
    row, _ = machines.create(tx, MACHINE, "STANDARD", settings(long), {}, NOW, publish=None)
    revisions = Revisions()
    with pytest.raises(NotCompiled) as caught:
        revisions.find_at_once(tx, SCOPE, row.revision)
    caught.value.learn(None)
    assert revisions.find_at_once(tx, SCOPE, row.revision) is revisions.find(tx, SCOPE, row.revision)


def test_a_short_definition_is_compiled_at_once(tx: Transaction):
    plain, _ = machines.create(tx, MACHINE, "STANDARD", settings(machine(S=passing())), {}, NOW, publish=None)
    queries = machine(S=passing(QueryLanguage="JSONata", Output="{% 1 %}"))
    other, _ = machines.create(tx, MachineName(SCOPE, "q"), "STANDARD", settings(queries), {}, NOW, publish=None)
    revisions = Revisions()
    assert not revisions.is_short(SCOPE, plain.revision), "it is not known yet"
    assert not revisions.find_at_once(tx, SCOPE, plain.revision).has_queries
    assert revisions.find_at_once(tx, SCOPE, other.revision).has_queries
    assert (revisions.is_short(SCOPE, plain.revision), revisions.is_short(SCOPE, other.revision)) == (True, False)
