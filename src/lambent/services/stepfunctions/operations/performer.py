"""Makes the calls of tasks, and tells what came of them."""

import functools
import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from lambent.core import ids
from lambent.core.arn import Arn
from lambent.core.clock import Clock
from lambent.core.config import Config
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.log import Log
from lambent.core.ports import Caller
from lambent.core.sessions import session_arn
from lambent.services.stepfunctions.engine import failures, integrations
from lambent.services.stepfunctions.engine.definition import resources
from lambent.services.stepfunctions.engine.definition.resources import Resource
from lambent.services.stepfunctions.engine.failures import PAYLOAD_BYTES_MAX, Failure
from lambent.services.stepfunctions.engine.interpreter.distributed import READ_ITEMS, WRITE_RESULTS
from lambent.services.stepfunctions.engine.interpreter.loop import Continued, Happening, Returned
from lambent.services.stepfunctions.engine.interpreter.run import Call
from lambent.services.stepfunctions.engine.revisions import Revisions
from lambent.services.stepfunctions.engine.transitions import DUE, DUE_FRAMES, due
from lambent.services.stepfunctions.operations.map_files import MapFiles, whole
from lambent.services.stepfunctions.operations.web_calls import WebCalls
from lambent.services.stepfunctions.tables import calls
from lambent.services.stepfunctions.tables.calls import Queued
from lambent.store.database import Database

WAITER = "lambent:waiter"
"""A parameter of StartExecution that no request can bring: whose task begins it, and how it waits for the end."""

NOBODY = 0
"""Stands where an execution's number does for those in memory, which are not taken up again after a crash."""

SESSION_NAME = "StepFunctions"
ROLES_KEPT_MAX = 1_000

log = Log("stepfunctions")


class Performer:
    """``perform`` is called outside of any transaction; what it does may be done again after a crash."""

    def __init__(
        self,
        *,
        store: Database,
        call: Caller,
        clock: Clock,
        config: Config,
        revisions: Revisions,
        service_names: Collection[str],
    ) -> None:
        self._maps = MapFiles(store=store, call=call, clock=clock, revisions=revisions)
        self._web = WebCalls(call=call, clock=clock)
        self._call = call
        self._clock = clock
        self._config = config
        self._service_names = service_names

    async def perform(self, queued: Queued) -> Happening:
        call = queued.call
        if call.resource == calls.CONTINUE:
            return Continued(call.frame)
        if call.resource == DUE:
            return due(DUE_FRAMES - call.frame, call.attempt, call.parameters.decode())
        if call.resource in (READ_ITEMS, WRITE_RESULTS):
            return await self._maps.perform(self._context(queued), queued)
        resource = resources.parse(call.resource)
        assert resource is not None, "definitions are checked"
        context = self._context(queued)
        try:
            outcome = await self._outcome(context, resource, queued)
        except Exception as error:  # noqa: BLE001 - a defect of one service fails one task, not the loop
            log.error("call.failed", error=error, resource=call.resource)
            outcome = Failure(failures.TASK_FAILED, "The service has failed.")
        if isinstance(outcome, Failure):
            return Returned(call.frame, call.attempt, failure=outcome)
        return Returned(call.frame, call.attempt, outcome, is_final=not resource.pattern)

    async def close(self) -> None:
        await self._web.close()

    async def _outcome(self, context: Context, resource: Resource, queued: Queued) -> bytes | Failure:
        if resource.is_web_call:
            return await self._web.invoke(context, queued.call.parameters)
        operation = integrations.operation_of(resource, self._service_names)
        if operation is None:
            return Failure(failures.RUNTIME, f"The resource '{resource.arn}' is not supported.")
        try:
            parameters: Mapping[str, Any] = integrations.parameters_of(resource, operation, queued.call.parameters)
            if operation.name == "StartExecution" and resource.service == "states":
                parameters = _of_child(resource, queued, parameters)
            reply = await self._call(context, operation.service.name, operation.name, parameters)
            # What is longer than a result may be is refused as one.
            told = {name: await whole(value, bytes_max=PAYLOAD_BYTES_MAX) for name, value in reply.items()}
        except ServiceError as error:
            return integrations.failure(resource, operation, error, context.request_id)
        return integrations.result(resource, operation, told, context.request_id, self._clock.of(context.account).now())

    def _context(self, queued: Queued) -> Context:
        call = queued.call
        account, principal_arn = _session(call.role_arn)
        return Context(
            account=account if account and call.has_own_role else queued.scope.account,
            region=queued.scope.region,
            request_id=ids.uuid4(),
            principal_arn=principal_arn,
            endpoint_url=self._config.url,
            source_arn=call.machine_arn,
        )


@functools.lru_cache(maxsize=ROLES_KEPT_MAX)
def _session(role_arn: str) -> tuple[str, str]:
    """The account of a role, and who acts with it; no account where it is no role's ARN."""
    role = Arn.parse(role_arn)
    if role is None:
        return "", role_arn
    name = role.resource.rpartition("/")[2]
    return role.account, session_arn(role.account, name, SESSION_NAME, partition=role.partition)


def _of_child(resource: Resource, queued: Queued, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Named after the task, so that starting it once more after a crash starts nothing; and told who begins it."""
    call = queued.call
    if queued.execution == NOBODY:
        return parameters
    digits = hashlib.sha256(f"{queued.execution}/{call.frame}/{call.attempt}".encode()).hexdigest()
    name = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"
    return {"name": name, **parameters, WAITER: waiter(resource.pattern, queued.execution, call)}


def waiter(pattern: str, execution: int, call: Call) -> str:
    return f"{execution}/{call.frame}/{call.attempt}/{pattern}"
