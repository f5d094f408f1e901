"""Makes the calls of a lane's rows: the parameters are made when the call is, since they tell which attempt it is."""

from collections.abc import Collection, Mapping
from typing import Any

from lambent.core.ports import Caller, Metrics, Reply
from lambent.durable.tables import Entry
from lambent.services.scheduler import errors
from lambent.services.scheduler.engine import calls, targets
from lambent.services.scheduler.engine.deliveries import FAILED_TOPIC, invocation_of
from lambent.store.database import Database
from lambent.wire import sdk_calls


class Senders:
    """What the lane of the outbox calls."""

    def __init__(self, *, store: Database, call: Caller, metrics: Metrics, services: Collection[str]) -> None:
        self._call = call
        self._metrics = metrics
        self._services = services
        store.on_signal(self._hear)

    async def deliver(self, entry: Entry) -> Reply:
        """Raises the ServiceError that the target answers."""
        invocation = invocation_of(entry.parameters)
        kind = targets.kind_of(invocation.target["Arn"])
        document = calls.document(invocation, entry.context, attempt=entry.attempts + 1)
        parameters = sdk_calls.parameters_of(targets.operation_of(kind, self._services), document)
        reply = await self._call(entry.context, entry.service, entry.operation, parameters)
        if entry.operation == "PutEvents":
            _check_entries(reply)
        self._metrics.add("lambent_scheduler_invocations_total", to=entry.service)
        return {}

    def _hear(self, signal: str) -> None:
        if signal == FAILED_TOPIC:
            self._metrics.add("lambent_scheduler_failed_total")


def _check_entries(reply: Mapping[str, Any]) -> None:
    """A bus answers well when it takes nothing."""
    refused = next((entry for entry in reply["Entries"] if entry.get("ErrorCode")), None)
    if refused is not None:
        raise errors.TargetFailed(reason=f"{refused['ErrorCode']}: {refused.get('ErrorMessage') or ''}")
