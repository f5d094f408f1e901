"""Executions: start, describe, list, stop."""

import functools
from typing import Any

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import executions, express, machines
from lambent.services.stepfunctions.engine.executions import Asked, Described
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.transitions import Transitions, qualifiers
from lambent.services.stepfunctions.operations.base import (
    ID_MAX,
    Base,
    date,
    execution_named,
    machine_named,
    number_from,
    page_size,
    paged,
    scope_of,
    told,
)
from lambent.services.stepfunctions.operations.performer import WAITER
from lambent.services.stepfunctions.tables.executions import ExecutionRow
from lambent.services.stepfunctions.tables.express import ExpressRow
from lambent.store.database import Transaction


class ExecutionOperations(Base):
    async def start_execution(self, context: Context, parameters: Parameters) -> Reply:
        asked = Asked(
            machine=machine_named(context, parameters["stateMachineArn"]),
            name=parameters.get("name"),
            given=executions.checked_input(parameters.get("input")),
            trace_header=parameters.get("traceHeader") or "",
            endpoint_url=context.endpoint_url,
            waiter=parameters.get(WAITER) or "",
        )
        begun = await self._settling.write(_start, self._transitions, asked, self._clock.now())
        return {"executionArn": begun.execution.arn, "startDate": date(begun.started_at)}

    async def describe_execution(self, context: Context, parameters: Parameters) -> Reply:
        execution = execution_named(context, parameters["executionArn"])
        described = await self._store.read(executions.describe, execution, self._clock.now())
        return _described(described, shows_data=parameters.get("includedData") != "METADATA_ONLY")

    async def list_executions(self, context: Context, parameters: Parameters) -> Reply:
        if not parameters.get("stateMachineArn") and not parameters.get("mapRunArn"):
            raise errors.ValidationException(reason="Must specify exactly one of stateMachineArn or mapRunArn")
        size = page_size(parameters)
        status, redriven = parameters.get("statusFilter"), parameters.get("redriveFilter")
        before = number_from(parameters, ID_MAX)
        if parameters.get("mapRunArn"):
            arn, scope = parameters["mapRunArn"], scope_of(context)
            look = functools.partial(executions.newest_of_map_run, arn=arn, scope=scope)
        else:
            look = functools.partial(executions.newest, machine=machine_named(context, parameters["stateMachineArn"]))
        page = await self._store.read(look, status=status, before=before, count_max=size)
        of_run = told({"mapRunArn": parameters.get("mapRunArn")})
        shown = [
            _listed(row) | of_run
            for row in page.rows
            if redriven is None or (row.redrive_count > 0) == (redriven == "REDRIVEN")
        ]
        return paged("executions", shown, page.next_before)

    async def redrive_execution(self, context: Context, parameters: Parameters) -> Reply:
        execution = execution_named(context, parameters["executionArn"])
        redriven_at = await self._settling.write(executions.redrive, self._transitions, execution, self._clock.now())
        return {"redriveDate": date(redriven_at)}

    async def stop_execution(self, context: Context, parameters: Parameters) -> Reply:
        execution = execution_named(context, parameters["executionArn"])
        failure = Failure(parameters.get("error"), parameters.get("cause"))
        stopped_at = await self._settling.write(executions.stop, self._transitions, execution, failure, self._clock.now())
        return {"stopDate": date(stopped_at)}


def _start(tx: Transaction, transitions: Transitions, asked: Asked, now: Instant) -> ExecutionRow | ExpressRow:
    """What it is depends on the machine, which is looked up in the same transaction."""
    found = machines.resolve_to_start(tx, asked.machine)
    if found.machine.type == executions.EXPRESS:
        return express.begin(tx, asked, now, is_kept=True)
    return executions.begin(tx, transitions, found, asked, now)


def _listed(row: ExecutionRow) -> dict[str, Any]:
    return {
        "executionArn": row.execution.arn,
        "stateMachineArn": row.execution.machine.arn,
        "name": row.execution.name,
        "status": row.status,
        "startDate": date(row.started_at),
        **_ends(row),
        **qualifiers(row),
    }


def _ends(row: ExecutionRow) -> dict[str, Any]:
    times = {
        "stopDate": None if row.stopped_at is None else date(row.stopped_at),
        "redriveDate": None if row.redriven_at is None else date(row.redriven_at),
    }
    return told(times) | {"redriveCount": row.redrive_count}


def _described(described: Described, *, shows_data: bool) -> dict[str, Any]:
    row = described.row
    facts = told({"traceHeader": row.trace_header, "mapRunArn": described.map_run_arn})
    reply = {**_listed(row), **facts, **_redrivable(described.not_redrivable)}
    reply |= {name: value for name, value in (("error", row.error), ("cause", row.cause)) if value is not None}
    if shows_data:
        reply |= {"input": described.given, "inputDetails": {"included": True}}
        if described.output is not None:
            reply |= {"output": described.output, "outputDetails": {"included": True}}
    return reply


def _redrivable(why: str | None) -> dict[str, Any]:
    if why is None:
        return {"redriveStatus": "REDRIVABLE"}
    return {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": why}
