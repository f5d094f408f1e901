"""PutEvents, the data plane: what events set going is committed before it is answered."""

from collections.abc import Mapping
from typing import Any

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.lang.iam_policy import lets_in
from lambent.services.events import errors
from lambent.services.events.engine import entries
from lambent.services.events.engine.deliveries import Planned
from lambent.services.events.engine.entries import Refusal
from lambent.services.events.engine.identifiers import bus_named
from lambent.services.events.operations.base import Base, scope_of

AT_ONCE_MAX = 10
"""Deliveries that are few enough to be written before the next request is looked at."""


class EventOperations(Base):
    """The data plane."""

    async def put_events(self, context: Context, parameters: Parameters) -> Reply:
        if parameters.get("EndpointId"):
            raise errors.ResourceNotFound(reason=f"Endpoint {parameters['EndpointId']} does not exist.")
        given: list[Mapping[str, Any]] = parameters["Entries"]
        entries.check_size(given)
        now = self._clock.now()
        planned = Planned()
        told = [await self._plan(context, entry, now, planned) for entry in given]
        if planned.calls:
            write = self._store.write_at_once if planned.count <= AT_ONCE_MAX else self._store.write
            await write(self._deliveries.add, planned)
        return {"FailedEntryCount": sum("ErrorCode" in one for one in told), "Entries": told}

    async def _plan(self, context: Context, entry: Mapping[str, Any], now: Instant, planned: Planned) -> dict[str, str]:
        """Adds an entry's deliveries, and returns what is told of it."""
        scope = scope_of(context)
        event = entries.event_of(entry, scope, now, is_from_aws=context.is_service)
        if isinstance(event, Refusal):
            return event.told()
        bus = bus_named(entry.get("EventBusName"), scope)
        audience = await self._known.find(bus)
        if bus.scope.account != scope.account:
            policy = audience.policy if audience is not None else ""
            if not lets_in(policy, context, "events:PutEvents", bus.arn, now):
                denied = errors.AccessDenied(principal=context.principal_arn, action="PutEvents", arn=bus.arn)
                return Refusal(denied.code, denied.message).told()
        # AWS takes events for a bus that is not there, and delivers them nowhere.
        if audience is not None:
            planned.add(audience, event, context)
        return {"EventId": event.id}
