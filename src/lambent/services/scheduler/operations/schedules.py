"""Schedules: create, get, list, update, delete."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.scheduler.engine import schedules, targets, tokens
from lambent.services.scheduler.engine.firing import Firing
from lambent.services.scheduler.engine.identifiers import ScheduleName
from lambent.services.scheduler.operations.base import Base, date, group_of, page_size, paged, scope_of, start
from lambent.services.scheduler.tables.schedules import ENABLED, ScheduleRow
from lambent.store.database import Transaction

DATES = ("StartDate", "EndDate")
MEMBERS = ("ScheduleExpression", *DATES, "Description", "KmsKeyArn", "FlexibleTimeWindow")
"""What is kept as it is given; the rest has defaults."""


class ScheduleOperations(Base):
    """The control plane of schedules."""

    async def create_schedule(self, context: Context, parameters: Parameters) -> Reply:
        name = _name(context, parameters)
        settings = await self._checked(context, name, parameters)
        await self._store.write(_create, name, parameters, settings, self._firing, self._clock.now())
        return {"ScheduleArn": name.arn}

    async def update_schedule(self, context: Context, parameters: Parameters) -> Reply:
        name = _name(context, parameters)
        settings = await self._checked(context, name, parameters)
        await self._store.write(_update, name, parameters, settings, self._firing, self._clock.now())
        return {"ScheduleArn": name.arn}

    async def get_schedule(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.read(schedules.find, _name(context, parameters))
        dates = {member: date(row.settings.get(member)) for member in DATES}
        return {**_head(row), **row.settings, **dates}

    async def list_schedules(self, context: Context, parameters: Parameters) -> Reply:
        size = page_size(parameters)
        group, name = start(parameters, ["", ""])
        found = await self._store.read(
            schedules.page,
            scope_of(context),
            parameters.get("GroupName") or "",
            prefix=parameters.get("NamePrefix") or "",
            state=parameters.get("State") or "",
            after=(group, name),
            count_max=size,
        )
        shown = [{**_head(row), "Target": {"Arn": row.settings["Target"]["Arn"]}} for row in found]
        return paged("Schedules", shown, [[row.name.group.name, row.name.name] for row in found], size)

    async def delete_schedule(self, context: Context, parameters: Parameters) -> Reply:
        name = _name(context, parameters)
        await self._store.write(_delete, name, parameters, self._firing, self._clock.now())
        return {}

    async def _checked(self, context: Context, name: ScheduleName, parameters: Parameters) -> dict[str, Any]:
        settings = _settings(parameters)
        schedules.check(settings, region=context.region, services=self._service_names, now=self._clock.now())
        await self._roles.check(context, settings["Target"]["RoleArn"], name.group.arn)
        return settings


def _create(
    tx: Transaction, name: ScheduleName, parameters: Parameters, settings: Mapping[str, Any], firing: Firing, now: Instant
) -> None:
    if not tokens.is_used(tx, name.group.scope, "CreateSchedule", parameters, now):
        row = schedules.create(tx, name, _state(parameters), settings, now)
        firing.begin(tx, row, now)


def _update(
    tx: Transaction, name: ScheduleName, parameters: Parameters, settings: Mapping[str, Any], firing: Firing, now: Instant
) -> None:
    if not tokens.is_used(tx, name.group.scope, "UpdateSchedule", parameters, now):
        before, after = schedules.update(tx, name, _state(parameters), settings, now)
        firing.follow(tx, before, after, now)


def _delete(tx: Transaction, name: ScheduleName, parameters: Parameters, firing: Firing, now: Instant) -> None:
    if not tokens.is_used(tx, name.group.scope, "DeleteSchedule", parameters, now):
        firing.delete(tx, name)


def _name(context: Context, parameters: Parameters) -> ScheduleName:
    return ScheduleName(group_of(context, parameters.get("GroupName")), parameters["Name"])


def _state(parameters: Parameters) -> str:
    return parameters.get("State") or ENABLED


def _settings(parameters: Parameters) -> dict[str, Any]:
    given = {name: parameters[name] for name in MEMBERS if parameters.get(name) is not None}
    dates = {name: moment.timestamp() for name, moment in given.items() if isinstance(moment, datetime)}
    return {
        **given,
        **dates,
        "ScheduleExpressionTimezone": parameters.get("ScheduleExpressionTimezone") or "UTC",
        "ActionAfterCompletion": parameters.get("ActionAfterCompletion") or "NONE",
        "Target": targets.completed(parameters["Target"]),
    }


def _head(row: ScheduleRow) -> Reply:
    return {
        "Arn": row.name.arn,
        "Name": row.name.name,
        "GroupName": row.name.group.name,
        "State": row.state,
        "CreationDate": date(row.created_at),
        "LastModificationDate": date(row.modified_at),
    }
