"""Map runs: describe, list, update."""

from typing import Any

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.stepfunctions.engine import executions, map_runs
from lambent.services.stepfunctions.engine.interpreter import run as runs
from lambent.services.stepfunctions.engine.map_runs import Described
from lambent.services.stepfunctions.operations.base import (
    Base,
    date,
    execution_named,
    number_from,
    page_size,
    paged,
    scope_of,
)
from lambent.services.stepfunctions.tables import map_runs as rows


class MapRunOperations(Base):
    async def describe_map_run(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(map_runs.describe, parameters["mapRunArn"], scope_of(context), self._clock.now())
        run = found.run
        reply = {
            "mapRunArn": run.arn,
            "executionArn": found.parent.execution.arn,
            "status": run.status,
            "startDate": date(run.started_at),
            "maxConcurrency": run.concurrency,
            "toleratedFailurePercentage": run.tolerated_percentage,
            "toleratedFailureCount": run.tolerated_count,
            "itemCounts": _item_counts(found),
            "executionCounts": _execution_counts(found),
            "redriveCount": run.redrive_count,
        }
        moments = {"stopDate": run.stopped_at, "redriveDate": run.redriven_at}
        return reply | {name: date(moment) for name, moment in moments.items() if moment is not None}

    async def list_map_runs(self, context: Context, parameters: Parameters) -> Reply:
        execution = execution_named(context, parameters["executionArn"])
        size = page_size(parameters)
        row = await self._store.read(executions.find, execution)
        found = await self._store.read(rows.of_execution, row.id, number_from(parameters, 0), size + 1)
        machine_arn = row.execution.machine.arn
        shown = [
            {
                "executionArn": execution.arn,
                "mapRunArn": run.arn,
                "stateMachineArn": machine_arn,
                "startDate": date(run.started_at),
                **({} if run.stopped_at is None else {"stopDate": date(run.stopped_at)}),
            }
            for run in found[:size]
        ]
        return paged("mapRuns", shown, found[size - 1].id if len(found) > size else None)

    async def update_map_run(self, context: Context, parameters: Parameters) -> Reply:
        await self._settling.write(
            map_runs.update,
            self._transitions,
            parameters["mapRunArn"],
            scope_of(context),
            self._clock.now(),
            concurrency=parameters.get("maxConcurrency"),
            tolerated_count=parameters.get("toleratedFailureCount"),
            tolerated_percentage=parameters.get("toleratedFailurePercentage"),
        )
        return {}


def _execution_counts(found: Described) -> dict[str, Any]:
    run = found.run
    return {
        "pending": run.total - run.next,
        "running": run.running if run.is_running else 0,
        "succeeded": run.succeeded,
        "failed": run.failed,
        "timedOut": run.timed_out,
        "aborted": run.aborted,
        "total": run.total,
        "resultsWritten": run.written,
        "failuresNotRedrivable": found.lost,
        "pendingRedrive": run.pending_redrive,
    }


def _item_counts(found: Described) -> dict[str, Any]:
    """As those of executions, but of what is in their batches. What has not ended runs or has not begun."""
    run, items = found.run, found.items
    open_items = items.get("", 0)
    open_children = run.total - run.done
    pending = open_items if not open_children else open_items * (run.total - run.next) // open_children
    return {
        "pending": pending if run.is_running else 0,
        "running": open_items - pending if run.is_running else 0,
        "succeeded": items.get(runs.SUCCEEDED, 0),
        "failed": items.get(runs.FAILED, 0),
        "timedOut": items.get(runs.TIMED_OUT, 0),
        "aborted": items.get(runs.ABORTED, 0) + (0 if run.is_running else open_items),
        "total": sum(items.values()),
        "resultsWritten": run.written,
        "failuresNotRedrivable": 0,
        "pendingRedrive": 0,
    }
