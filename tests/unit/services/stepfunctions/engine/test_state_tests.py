"""One state alone."""

import json
from typing import Any

import pytest
from tests.unit.services.stepfunctions.engine.runs import FACTS, machine, passing, task

from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import state_tests
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.state_tests import NAME, StateTest, Verdict


def alone(state: Any, given: Any = None, *, retries: int = 0) -> StateTest:
    definition, name = state_tests.prepared(json.dumps(state), None)
    return StateTest(definition, name, json.dumps(given), FACTS, b"", 0.0, retries)


def test_a_state_without_work_is_done_at_once():
    test = alone(passing(Result=5))
    assert test.begin() is None
    assert test.verdict() == Verdict("SUCCEEDED", "5")


def test_a_task_asks_for_its_call():
    test = alone(task(ResultPath="$.r"), {"a": 1})
    call = test.begin()
    assert call is not None
    assert call.parameters == b'{"a":1}'
    test.finish(b"2", None)
    assert test.verdict() == Verdict("SUCCEEDED", '{"a":1,"r":2}')


@pytest.mark.parametrize(("retries", "status", "details"), [(0, "RETRIABLE", 2), (1, "RETRIABLE", 6), (2, "FAILED", None)])
def test_retries_are_counted_from_where_they_stand(retries: int, status: str, details: int | None):
    retry = [{"ErrorEquals": ["E"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 2}]
    test = alone(task(Retry=retry), retries=retries)
    test.finish(None, Failure("E"))
    verdict = test.verdict()
    assert verdict.status == status
    assert (verdict.details or {}).get("retryBackoffIntervalSeconds") == details


def test_a_map_may_be_mocked():
    test = alone(
        {"Type": "Map", "ItemProcessor": machine(S=passing()), "ResultSelector": {"n.$": "States.ArrayLength($)"}, "End": True}
    )
    test.finish(b"[1,2]", None)
    assert test.verdict() == Verdict("SUCCEEDED", '{"n":2}')


def test_states_that_are_named_need_not_be_there():
    definition, name = state_tests.prepared(json.dumps({"Type": "Pass", "Next": "Elsewhere"}), None)
    assert (name, set(definition.machines[0].states)) == (NAME, {NAME, "Elsewhere"})


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"Type": "Pass"}'])
def test_what_is_no_state_is_refused(text: str):
    with pytest.raises(errors.InvalidDefinition):
        state_tests.prepared(text, None)
