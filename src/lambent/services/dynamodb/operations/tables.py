"""Operations on tables: made, described, changed, listed, deleted."""

from collections.abc import Mapping

from lambent.core.clock import monotonic_s
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.dynamodb.engine import descriptions, sizes, tables, updating
from lambent.services.dynamodb.engine.descriptions import Sizes
from lambent.services.dynamodb.engine.table import ACTIVE, CREATING, Table
from lambent.services.dynamodb.operations.base import Base, scope_of

LISTED_MAX = 100
SIZES_KNOWN_MAX = 1_000
QUICK_S = 0.01  # counting takes no longer: it may be done each time
FEW_ITEMS = 1_000  # counting them is quick, whatever a busy machine made of it
RECOUNT_AFTER_TIMES = 50
"""A table is counted again after this many times as long as counting it took: nobody who waits for it keeps others waiting."""


class TableOperations(Base):
    async def create_table(self, context: Context, parameters: Parameters) -> Reply:
        named = await self._named(context, parameters["TableName"], "CreateTable")
        table = await self._store.write(tables.create, named, parameters, self._now())
        return {"TableDescription": descriptions.table(table, {}, "CREATING")}

    async def describe_table(self, context: Context, parameters: Parameters) -> Reply:
        named = await self._named(context, parameters["TableName"], "DescribeTable")
        table = await self._store.read(tables.require, named)
        return {"Table": descriptions.table(table, await self._sizes_of(table), _status(table))}

    async def update_table(self, context: Context, parameters: Parameters) -> Reply:
        named = await self._named(context, parameters["TableName"], "UpdateTable")
        table = await self._store.write(updating.update, named, parameters, self._timers, self._now())
        return {"TableDescription": descriptions.table(table, await self._sizes_of(table), "UPDATING")}

    async def delete_table(self, context: Context, parameters: Parameters) -> Reply:
        named, now = await self._named(context, parameters["TableName"], "DeleteTable"), self._now()
        table = await self._store.write(tables.delete, named, self._timers, now)
        return {"TableDescription": descriptions.table(table, {}, "DELETING")}

    async def list_tables(self, context: Context, parameters: Parameters) -> Reply:
        count_max = parameters.get("Limit") or LISTED_MAX
        after = parameters.get("ExclusiveStartTableName") or ""
        names, has_more = await self._store.read(tables.page, scope_of(context), after, count_max)
        return {"TableNames": names} | ({"LastEvaluatedTableName": names[-1]} if has_more else {})

    async def describe_limits(self, context: Context, parameters: Parameters) -> Reply:  # noqa: ARG002 (as AWS has it)
        return {
            "AccountMaxReadCapacityUnits": 80_000,
            "AccountMaxWriteCapacityUnits": 80_000,
            "TableMaxReadCapacityUnits": 40_000,
            "TableMaxWriteCapacityUnits": 40_000,
        }

    async def describe_endpoints(self, context: Context, parameters: Parameters) -> Reply:  # noqa: ARG002 (as AWS has it)
        address = context.endpoint_url.partition("://")[2]
        return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": 1440}]}

    async def _sizes_of(self, table: Table) -> Mapping[str, Sizes]:
        """Counted now where that is quick, else as it was a little while ago (AWS tells what was so in the last six hours)."""
        known = self._sizes.get(table.id)
        started_s = monotonic_s()
        if known is not None and started_s < known[0]:
            return known[1]
        counted = await self._store.read(sizes.of_table, table)
        took_s = monotonic_s() - started_s
        if len(self._sizes) > SIZES_KNOWN_MAX:
            self._sizes.clear()
        if took_s > QUICK_S and counted[""].items > FEW_ITEMS:
            self._sizes[table.id] = (started_s + took_s * RECOUNT_AFTER_TIMES, counted)
        return counted


def _status(table: Table) -> str:
    return CREATING if table.is_being_restored else ACTIVE
