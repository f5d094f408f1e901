"""What the holders of tokens tell."""

from collections.abc import Callable

import pytest
from tests.unit.services.stepfunctions.engine.conftest import NOW, SCOPE
from tests.unit.services.stepfunctions.engine.runs import machine, task

from lambent.core.context import Scope
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import outcomes
from lambent.services.stepfunctions.engine.transitions import Transitions
from lambent.services.stepfunctions.tables import calls, executions
from lambent.services.stepfunctions.tables.executions import ExecutionRow
from lambent.store.database import Transaction

WAITING = machine(S=task(Resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken"))


def test_a_token_ends_its_task_once(tx: Transaction, transitions: Transitions, started: Callable[..., ExecutionRow]):
    row = started(WAITING)
    (queued,) = calls.after(tx, "", 0, 10)
    token = outcomes.parse_token(queued.call.token)
    told = outcomes.success(token, b"5")
    with pytest.raises(errors.InvalidToken):
        outcomes.tell(tx, transitions, Scope("999999999999", "us-east-1"), token, told, NOW)
    outcomes.tell(tx, transitions, SCOPE, token, told, NOW)
    assert executions.read_output(tx, row.id) == "5"
    with pytest.raises(errors.TaskTimedOut):
        outcomes.tell(tx, transitions, SCOPE, token, told, NOW)


@pytest.mark.parametrize("text", ["", "x", "WyIxIiwwLDMsIiJd", "WyJ4IiwwLDMsInMiXQ=="])
def test_what_is_no_token_is_refused(text: str):
    with pytest.raises(errors.InvalidToken):
        outcomes.parse_token(text)


def test_an_output_is_json():
    assert outcomes.checked_output('{"a": 1}') == b'{"a": 1}'
    with pytest.raises(errors.InvalidOutput):
        outcomes.checked_output("{oops")
