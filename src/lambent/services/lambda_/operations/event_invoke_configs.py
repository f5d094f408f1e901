"""Event invoke configs: put, update, get, delete, list."""

from datetime import UTC, datetime

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.lambda_.engine import event_invoke
from lambent.services.lambda_.operations import pages
from lambent.services.lambda_.operations.base import Base
from lambent.services.lambda_.tables.event_invoke_configs import EventInvokeConfig


class EventInvokeConfigOperations(Base):
    """Operations on how events are retried, and on where records of their ends go."""

    async def put_function_event_invoke_config(self, context: Context, parameters: Parameters) -> Reply:
        return await self._configure(context, parameters, "PutFunctionEventInvokeConfig", is_update=False)

    async def update_function_event_invoke_config(self, context: Context, parameters: Parameters) -> Reply:
        return await self._configure(context, parameters, "UpdateFunctionEventInvokeConfig", is_update=True)

    async def get_function_event_invoke_config(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named(context, parameters, "GetFunctionEventInvokeConfig")
        return _told(await self._store.read(event_invoke.find, function))

    async def delete_function_event_invoke_config(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named(context, parameters, "DeleteFunctionEventInvokeConfig")
        await self._store.write(event_invoke.delete, function)
        return {}

    async def list_function_event_invoke_configs(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named_unqualified(context, parameters, "ListFunctionEventInvokeConfigs")
        size = pages.count_max(parameters)
        start = pages.start(parameters, "")
        rows = await self._store.read(event_invoke.list_configs, function, start=start, count_max=size + 1)
        page, following = pages.split(rows, size)
        marker = pages.marker(following.qualifier) if following else None
        return {"FunctionEventInvokeConfigs": [_told(row) for row in page], "NextMarker": marker}

    async def _configure(self, context: Context, parameters: Parameters, action: str, *, is_update: bool) -> Reply:
        function = await self._named(context, parameters, action)
        asked = event_invoke.asked(parameters)
        role_arn = await self._store.read(event_invoke.role_of, function, is_update=is_update)
        await self._deliveries.check_destinations(context, function, asked, role_arn=role_arn)
        change = event_invoke.update if is_update else event_invoke.put
        return _told(await self._store.write(change, function, asked, self._clock.now()))


def _told(config: EventInvokeConfig) -> Reply:
    """Numbers that were not set are not told; destinations are, even where there is none."""
    told: Reply = {
        "LastModified": datetime.fromtimestamp(config.modified_at, UTC),
        "FunctionArn": config.function.invoked_arn,
        "DestinationConfig": {"OnSuccess": _destination(config.on_success), "OnFailure": _destination(config.on_failure)},
    }
    if config.retries_max is not None:
        told["MaximumRetryAttempts"] = config.retries_max
    if config.age_s_max is not None:
        told["MaximumEventAgeInSeconds"] = config.age_s_max
    return told


def _destination(arn: str) -> dict[str, str]:
    return {"Destination": arn} if arn else {}
