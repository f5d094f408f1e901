"""TestState."""

import json
from typing import Any

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import executions, state_tests
from lambent.services.stepfunctions.engine.definition.states import Task
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.identifiers import ExecutionName, MachineName
from lambent.services.stepfunctions.engine.interpreter.loop import Returned
from lambent.services.stepfunctions.engine.interpreter.run import Call, Facts
from lambent.services.stepfunctions.engine.state_tests import StateTest, Verdict
from lambent.services.stepfunctions.operations.apart import apart
from lambent.services.stepfunctions.operations.base import Base, scope_of, told
from lambent.services.stepfunctions.tables.calls import Queued

TESTED = "TestState"


class StateTestOperations(Base):
    async def test_state(self, context: Context, parameters: Parameters) -> Reply:
        definition, name = await apart(self._clock, state_tests.prepared, parameters["definition"], parameters.get("stateName"))
        given = executions.checked_input(parameters.get("input"))
        configuration = parameters.get("stateConfiguration") or {}
        retries = configuration.get("retrierRetryCount") or 0
        variables = _variables(parameters.get("variables"))
        facts = self._facts(context, parameters)
        test = StateTest(definition, name, given, facts, variables, self._clock.now(), retries)
        mock = state_tests.mock_of(parameters.get("mock"), test.state)
        result: bytes | None = None
        if mock is not None:
            result = mock.result
            await apart(self._clock, test.finish, mock.result, mock.failure)
        elif isinstance(test.state, Task):
            result = await self._worked(context, test, parameters)
        else:
            call = await apart(self._clock, test.begin)
            if call is not None:
                raise errors.ValidationException(reason="A Map or Parallel state is tested with a mock.")
        return _told(test.verdict(), test, result, parameters.get("inspectionLevel") or "INFO")

    async def _worked(self, context: Context, test: StateTest, parameters: Parameters) -> bytes | None:
        """Does what the task does, in the name of its role."""
        call = await apart(self._clock, test.begin)
        if call is None:
            return None
        if not parameters.get("roleArn"):
            raise errors.ValidationException(reason="RoleArn must be specified when testing a state without a mock")
        outcome = await self._performed(context, call)
        if outcome.failure is not None:
            await apart(self._clock, test.finish, None, outcome.failure)
            return None
        await apart(self._clock, test.finish, outcome.output, None)
        return outcome.output

    async def _performed(self, context: Context, call: Call) -> Returned:
        if call.token:
            raise errors.ValidationException(reason="A state that waits for a token is tested with a mock.")
        happening = await self._performer.perform(Queued(0, scope_of(context), 0, call))
        assert isinstance(happening, Returned), "a call returns"
        return happening

    def _facts(self, context: Context, parameters: Parameters) -> Facts:
        scope = scope_of(context)
        machine = MachineName(scope, TESTED)
        return Facts(
            arn=ExecutionName(scope, TESTED, TESTED).arn,
            name=TESTED,
            machine_arn=machine.arn,
            machine_name=TESTED,
            role_arn=parameters.get("roleArn") or "",
            region=scope.region,
            started_at=self._clock.now(),
        )


def _variables(given: str | None) -> bytes:
    """Raises ValidationException."""
    if not given:
        return b""
    try:
        found = json.loads(given)
    except (ValueError, RecursionError) as error:
        raise errors.ValidationException(reason="Variables must be a valid JSON object") from error
    if not isinstance(found, dict):
        raise errors.ValidationException(reason="Variables must be a valid JSON object")
    return given.encode()


def _told(verdict: Verdict, test: StateTest, result: bytes | None, level: str) -> dict[str, Any]:
    failure = verdict.failure or Failure(None)
    reply = told({"status": verdict.status, "output": verdict.output, "nextState": verdict.next}) | failure.details()
    if level != "INFO":
        reply["inspectionData"] = test.inspection(result)
        if verdict.details is not None:
            reply["inspectionData"]["errorDetails"] = dict(verdict.details)
    return reply
