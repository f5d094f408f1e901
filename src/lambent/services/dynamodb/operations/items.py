"""Operations on one item."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.dynamodb.engine import items
from lambent.services.dynamodb.operations.base import Base


class ItemOperations(Base):
    async def put_item(self, context: Context, parameters: Parameters) -> Reply:
        table = await self._table(context, parameters["TableName"], "PutItem")
        request = items.put_of(table, parameters["Item"])
        await self._store.write(items.put, table, request, self._now())
        return {}
