"""What the holders of task tokens send: success, failure, heartbeats."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.stepfunctions.engine import outcomes
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.interpreter.loop import Happening
from lambent.services.stepfunctions.engine.interpreter.tokens import Token
from lambent.services.stepfunctions.operations.base import Base, scope_of


class TaskOperations(Base):
    async def send_task_success(self, context: Context, parameters: Parameters) -> Reply:
        token = outcomes.parse_token(parameters["taskToken"])
        return await self._tell(context, token, outcomes.success(token, outcomes.checked_output(parameters["output"])))

    async def send_task_failure(self, context: Context, parameters: Parameters) -> Reply:
        token = outcomes.parse_token(parameters["taskToken"])
        failed = Failure(parameters.get("error"), parameters.get("cause"))
        return await self._tell(context, token, outcomes.failure(token, failed))

    async def send_task_heartbeat(self, context: Context, parameters: Parameters) -> Reply:
        token = outcomes.parse_token(parameters["taskToken"])
        return await self._tell(context, token, outcomes.beat(token))

    async def _tell(self, context: Context, token: Token, happening: Happening) -> Reply:
        scope, now = scope_of(context), self._clock.now()
        await self._settling.write(outcomes.tell, self._transitions, scope, token, happening, now)
        return {}
