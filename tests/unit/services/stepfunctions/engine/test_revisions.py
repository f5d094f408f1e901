"""Compiled revisions are remembered."""

import pytest
from tests.unit.services.stepfunctions.engine.conftest import MACHINE, NOW, SCOPE, settings
from tests.unit.services.stepfunctions.engine.runs import machine, passing

from lambent.core.errors import Defect
from lambent.services.stepfunctions.engine import machines
from lambent.services.stepfunctions.engine.revisions import Revisions
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
