"""Rules: put, describe, list, enable, disable, delete, and the test of a pattern."""

import msgspec

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.events import errors
from lambent.services.events.engine import rules
from lambent.services.events.engine.identifiers import RuleName
from lambent.services.events.engine.rules import ENABLED
from lambent.services.events.engine.schedules import Schedules
from lambent.services.events.operations.base import Base, page_size, paged, start, tags_of, told
from lambent.services.events.tables.rules import DISABLED, RuleRow
from lambent.store.database import Transaction

MANDATORY = ("id", "account", "source", "time", "region", "detail-type")
"""Fields without which TestEventPattern takes nothing for an event."""


class RuleOperations(Base):
    """The control plane of rules."""

    async def put_rule(self, context: Context, parameters: Parameters) -> Reply:
        name = await self._rule(context, parameters, "PutRule")
        wish = RuleRow(
            name=name,
            pattern=parameters.get("EventPattern") or "",
            schedule=parameters.get("ScheduleExpression") or "",
            state=parameters.get("State") or ENABLED,
            description=parameters.get("Description") or "",
            role_arn=parameters.get("RoleArn") or "",
            created_by=context.account,
            tags=tags_of(parameters),
        )
        await self._store.write(_put, wish, self._clock.now(), self._schedules)
        return {"RuleArn": name.arn}

    async def describe_rule(self, context: Context, parameters: Parameters) -> Reply:
        name = await self._rule(context, parameters, "DescribeRule")
        row = await self._store.read(rules.find, name)
        return {**_told(row), "CreatedBy": row.created_by}

    async def list_rules(self, context: Context, parameters: Parameters) -> Reply:
        bus = await self._bus(context, parameters.get("EventBusName"), "ListRules")
        size, prefix = page_size(parameters), parameters.get("NamePrefix") or ""
        found = await self._store.read(rules.page, bus, prefix=prefix, after=start(parameters), count_max=size)
        return paged("Rules", [_told(row) for row in found], [row.name.name for row in found], size)

    async def list_rule_names_by_target(self, context: Context, parameters: Parameters) -> Reply:
        bus = await self._bus(context, parameters.get("EventBusName"), "ListRuleNamesByTarget")
        size, arn = page_size(parameters), parameters["TargetArn"]
        names = await self._store.read(rules.page_by_target, bus, arn, after=start(parameters), count_max=size)
        return paged("RuleNames", names, names, size)

    async def enable_rule(self, context: Context, parameters: Parameters) -> Reply:
        name = await self._rule(context, parameters, "EnableRule")
        await self._store.write(_set_state, name, ENABLED, self._clock.now(), self._schedules)
        return {}

    async def disable_rule(self, context: Context, parameters: Parameters) -> Reply:
        name = await self._rule(context, parameters, "DisableRule")
        await self._store.write(_set_state, name, DISABLED, self._clock.now(), self._schedules)
        return {}

    async def delete_rule(self, context: Context, parameters: Parameters) -> Reply:
        name = await self._rule(context, parameters, "DeleteRule")
        await self._store.write(_delete, name, self._schedules)
        return {}

    async def test_event_pattern(self, context: Context, parameters: Parameters) -> Reply:  # noqa: ARG002 - asks nobody
        pattern = rules.pattern_of(parameters["EventPattern"])
        try:
            event = msgspec.json.decode(parameters["Event"])
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            raise errors.ValidationException(reason="Parameter Event is not valid.") from error
        if not isinstance(event, dict) or not all(field in event for field in MANDATORY):
            raise errors.ValidationException(reason="Parameter Event is not valid.")
        return {"Result": pattern.matches(event)}


def _put(tx: Transaction, wish: RuleRow, now: Instant, schedules: Schedules) -> None:
    before, after = rules.put(tx, wish)
    schedules.follow(tx, before, after, now)


def _set_state(tx: Transaction, name: RuleName, state: str, now: Instant, schedules: Schedules) -> None:
    before, after = rules.set_state(tx, name, state)
    schedules.follow(tx, before, after, now)


def _delete(tx: Transaction, name: RuleName, schedules: Schedules) -> None:
    rules.delete(tx, name)
    schedules.end(tx, name)


def _told(row: RuleRow) -> Reply:
    return told(
        {
            "Name": row.name.name,
            "Arn": row.name.arn,
            "EventPattern": row.pattern,
            "State": row.state,
            "Description": row.description,
            "ScheduleExpression": row.schedule,
            "RoleArn": row.role_arn,
            "EventBusName": row.name.bus.name,
        }
    )
