"""What PartiQL statements say, before it is known what keys their tables have."""

from typing import TypeAlias

from msgspec import Struct

from lambent.services.dynamodb.engine.values import Item
from lambent.services.dynamodb.expressions import paths
from lambent.services.dynamodb.expressions.nodes import Action, Condition, Elements


class Order(Struct, frozen=True):
    """A key of ORDER BY."""

    name: str
    is_descending: bool


class Select(Struct, frozen=True):
    """Reads items. Without ``columns`` all that they have."""

    table: str
    index: str | None
    columns: tuple[Elements, ...] | None
    where: Condition | None
    order: tuple[Order, ...] = ()

    def of(self, item: Item) -> Item:
        """The columns of an item, each under the last word of its path."""
        if self.columns is None:
            return item
        found = ((column_name(column), paths.find(item, column)) for column in self.columns)
        return {name: value for name, value in found if value is not None}


class Insert(Struct, frozen=True):
    """Puts an item that was not there."""

    table: str
    item: Item


class Update(Struct, frozen=True):
    """Changes an item that is there. ``returning`` is ALL OLD, ALL NEW, MODIFIED OLD, MODIFIED NEW or None."""

    table: str
    actions: tuple[Action, ...]
    where: Condition
    returning: str | None = None


class Delete(Struct, frozen=True):
    """Deletes an item. ``returning`` is ALL OLD or None."""

    table: str
    where: Condition
    returning: str | None = None


class Exists(Struct, frozen=True):
    """Checks an item in a transaction."""

    select: Select

    @property
    def table(self) -> str:
        return self.select.table


Statement: TypeAlias = Select | Insert | Update | Delete | Exists


def column_name(column: Elements) -> str:
    """The name under which a SELECT answers a path: its last name, with the indexes that follow it."""
    at = max(at for at, element in enumerate(column) if isinstance(element, str))
    return str(column[at]) + "".join(f"[{index}]" for index in column[at + 1 :])


def action_of(statement: Statement) -> str:
    """The permission that a statement asks for, without its prefix."""
    kind = Select if isinstance(statement, Exists) else type(statement)
    return f"PartiQL{kind.__name__}"
