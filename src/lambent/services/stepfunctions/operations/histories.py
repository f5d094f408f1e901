"""GetExecutionHistory: events as AWS spells them."""

from collections.abc import Mapping
from typing import Any

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.stepfunctions.engine import executions
from lambent.services.stepfunctions.operations.base import Base, date, execution_named, number_from, page_size, paged
from lambent.services.stepfunctions.tables.history import Recorded

DATA = ("input", "output")
SECRETS = (*DATA, "parameters", "assignedVariables")
STATE_ENTERED, STATE_EXITED = "StateEntered", "StateExited"
NO_DETAILS = frozenset(
    {
        "LambdaFunctionStarted",
        "MapRunAborted",
        "MapRunSucceeded",
        "MapStateAborted",
        "MapStateFailed",
        "MapStateSucceeded",
        "ParallelStateAborted",
        "ParallelStateFailed",
        "ParallelStateStarted",
        "ParallelStateSucceeded",
        "TaskStateAborted",
        "WaitStateAborted",
    }
)


class HistoryOperations(Base):
    async def get_execution_history(self, context: Context, parameters: Parameters) -> Reply:
        execution = execution_named(context, parameters["executionArn"])
        page, following = await self._store.read(
            executions.events,
            execution,
            start=number_from(parameters, 0),
            count_max=page_size(parameters),
            is_reversed=bool(parameters.get("reverseOrder")),
        )
        shows_data = parameters.get("includeExecutionData") is not False
        return paged("events", [told_event(one, shows_data=shows_data) for one in page], following or None)


def told_event(recorded: Recorded, *, shows_data: bool) -> dict[str, Any]:
    """As the model has it: the details stand under a name that the type tells."""
    event = recorded.event
    reply: dict[str, Any] = {
        "id": event.id,
        "previousEventId": event.previous_id,
        "timestamp": date(recorded.at),
        "type": event.type,
    }
    if event.type not in NO_DETAILS:
        reply[details_name(event.type)] = _details(event.details, shows_data=shows_data)
    return reply


def details_name(kind: str) -> str:
    for shared in (STATE_ENTERED, STATE_EXITED):
        if kind.endswith(shared):
            return f"s{shared[1:]}EventDetails"
    return f"{kind[0].lower()}{kind[1:]}EventDetails"


def _details(details: Mapping[str, Any], *, shows_data: bool) -> dict[str, Any]:
    if not shows_data:
        return {name: value for name, value in details.items() if name not in SECRETS}
    told = dict(details)
    for name in DATA:
        if name in told:
            told[f"{name}Details"] = {"truncated": False}
    if "assignedVariables" in told:
        told["assignedVariablesDetails"] = {"truncated": False}
    return told
