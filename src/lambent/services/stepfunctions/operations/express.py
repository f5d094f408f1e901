"""StartSyncExecution: an express execution whose caller waits for its end."""

from msgspec.structs import replace

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.stepfunctions.engine import executions, express
from lambent.services.stepfunctions.engine.executions import Asked
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.operations.base import Base, date, machine_named, told


class ExpressOperations(Base):
    async def start_sync_execution(self, context: Context, parameters: Parameters) -> Reply:
        machine = machine_named(context, parameters["stateMachineArn"])
        given = executions.checked_input(parameters.get("input"))
        asked = Asked(machine, parameters.get("name"), given, parameters.get("traceHeader") or "", context.endpoint_url)
        row, compiled = await self._store.read(express.prepare, asked, self._clock.now(), self._revisions)
        execution = await self._express.run(row, compiled)
        end = execution.end
        assert end is not None, "it has run to its end"
        failure = end.failure or Failure(None)
        reply: Reply = {
            "executionArn": row.execution.arn,
            "stateMachineArn": replace(machine, qualifier="").arn,
            "name": row.execution.name,
            "startDate": date(row.started_at),
            "stopDate": date(execution.stopped_at),
            "status": end.status,
            **told({"traceHeader": asked.trace_header}),
            **failure.details(),
            "billingDetails": {
                "billedMemoryUsedInMB": express.MEMORY_MB,
                "billedDurationInMilliseconds": execution.billed_ms(),
            },
        }
        if parameters.get("includedData") != "METADATA_ONLY":
            reply |= {"input": given, "inputDetails": {"included": True}}
            if end.output is not None:
                reply |= {"output": end.output, "outputDetails": {"included": True}}
        return reply
