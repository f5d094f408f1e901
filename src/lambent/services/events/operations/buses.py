"""Buses: create, describe, update, list, delete, permissions, and the tags of buses and rules."""

from datetime import UTC, datetime
from typing import Any

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.events import errors
from lambent.services.events.engine import buses, rules
from lambent.services.events.engine.identifiers import BusName, RuleName, parse_resource
from lambent.services.events.operations.base import Base, page_size, paged, scope_of, start, tags_of, told
from lambent.services.events.tables.buses import BusRow
from lambent.store.database import Transaction

SETTINGS = ("Description", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig")


class BusOperations(Base):
    """The control plane of buses."""

    async def create_event_bus(self, context: Context, parameters: Parameters) -> Reply:
        if parameters.get("EventSourceName"):
            raise errors.ResourceNotFound(reason=f"Event source {parameters['EventSourceName']} does not exist.")
        bus = BusName(scope_of(context), parameters["Name"])
        settings = _settings(parameters)
        await self._store.write(buses.create, bus, settings, tags_of(parameters), self._clock.now())
        return {"EventBusArn": bus.arn, **settings}

    async def describe_event_bus(self, context: Context, parameters: Parameters) -> Reply:
        bus = await self._bus(context, parameters.get("Name"), "DescribeEventBus")
        row = await self._store.read(buses.find, bus)
        return {**_told(row), **row.settings}

    async def update_event_bus(self, context: Context, parameters: Parameters) -> Reply:
        bus = await self._bus(context, parameters.get("Name"), "UpdateEventBus")
        row = await self._store.write(buses.update, bus, _settings(parameters), self._clock.now())
        return {"Arn": bus.arn, "Name": bus.name, **row.settings}

    async def list_event_buses(self, context: Context, parameters: Parameters) -> Reply:
        size = page_size(parameters)
        found = await self._store.read(
            buses.page, scope_of(context), prefix=parameters.get("NamePrefix") or "", after=start(parameters), count_max=size
        )
        return paged("EventBuses", [_told(row) for row in found], [row.bus.name for row in found], size)

    async def delete_event_bus(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(buses.delete, BusName(scope_of(context), parameters["Name"]))
        return {}

    async def put_permission(self, context: Context, parameters: Parameters) -> Reply:
        bus = await self._bus(context, parameters.get("EventBusName"), "PutPermission")
        await self._store.write(buses.put_permission, bus, parameters, self._clock.now())
        return {}

    async def remove_permission(self, context: Context, parameters: Parameters) -> Reply:
        bus = await self._bus(context, parameters.get("EventBusName"), "RemovePermission")
        statement_id = None if parameters.get("RemoveAllPermissions") else parameters.get("StatementId") or ""
        await self._store.write(buses.remove_permission, bus, statement_id, self._clock.now())
        return {}

    async def tag_resource(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(_retag, _own(context, parameters), tags_of(parameters), [], self._clock.now())
        return {}

    async def untag_resource(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(_retag, _own(context, parameters), {}, parameters["TagKeys"], self._clock.now())
        return {}

    async def list_tags_for_resource(self, context: Context, parameters: Parameters) -> Reply:
        tags = await self._store.read(_tags, _own(context, parameters))
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _settings(parameters: Parameters) -> dict[str, Any]:
    return {name: parameters[name] for name in SETTINGS if parameters.get(name) is not None}


def _told(row: BusRow) -> dict[str, Any]:
    return told(
        {
            "Name": row.bus.name,
            "Arn": row.bus.arn,
            "Description": row.settings.get("Description"),
            "Policy": row.policy,
            "CreationTime": _date(row.created_at),
            "LastModifiedTime": _date(row.modified_at),
        }
    )


def _date(moment: Instant | None) -> datetime | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC)


def _own(context: Context, parameters: Parameters) -> BusName | RuleName:
    """Tags are the owner's alone."""
    found = parse_resource(parameters["ResourceARN"])
    if found is None:
        raise errors.ValidationException(
            reason=f"Parameter {parameters['ResourceARN']} is not valid. Reason: Provided Arn is not in correct format."
        )
    bus = found.bus if isinstance(found, RuleName) else found
    if bus.scope != scope_of(context):
        raise errors.EventBusNotFound(name=bus.name)
    return found


def _retag(tx: Transaction, name: BusName | RuleName, added: dict[str, str], removed: list[str], now: Instant) -> None:
    if isinstance(name, RuleName):
        rules.tag(tx, name, added, removed)
    else:
        buses.tag(tx, name, added, removed, now)


def _tags(tx: Transaction, name: BusName | RuleName) -> dict[str, str]:
    found = rules.find(tx, name) if isinstance(name, RuleName) else buses.find(tx, name)
    return dict(found.tags)
