"""Tables in a transaction, made in a line; the store's timers as a list."""

from typing import Any

from lambent.core.clock import Clocks
from lambent.core.context import Scope
from lambent.durable.signals import Signals
from lambent.durable.timers import Timers
from lambent.services.dynamodb.engine import tables
from lambent.services.dynamodb.engine.identifiers import TableName
from lambent.services.dynamodb.engine.table import Table
from lambent.store.database import Transaction

SCOPE = Scope("111122223333", "eu-west-1")
NAMED = TableName(SCOPE, "things")
NOW = 1_767_225_600.0


class NoTimers(Timers):
    """Remembers what would have been set."""

    def __init__(self) -> None:
        clock = Clocks("virtual")
        super().__init__(store=None, clock=clock, signals=Signals(clock))  # type: ignore[arg-type]
        self.wanted: list[tuple[str, str, Any]] = []

    def set(self, tx, kind, key, due_at, payload=None, *, account="", region=""):
        self.wanted.append((kind, key, payload))


def given(key: str = "id:S", indexes: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    """CreateTable's parameters; ``key`` and what ``more`` has for AttributeDefinitions are ``"id:S at:N"``."""
    attributes = definitions(more.pop("attributes", key))
    names = [part.split(":")[0] for part in key.split()]
    return {
        "KeySchema": schema(*names),
        "AttributeDefinitions": attributes,
        "BillingMode": "PAY_PER_REQUEST",
        **({"GlobalSecondaryIndexes": list(indexes)} if indexes else {}),
        **more,
    }


def schema(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)]


def definitions(text: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in (part.split(":") for part in text.split())]


def index(name: str, *names: str, projection: str = "ALL") -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": schema(*names), "Projection": {"ProjectionType": projection}}


def make(tx: Transaction, name: str = "things", **more: Any) -> Table:
    return tables.create(tx, TableName(SCOPE, name), given(**more), NOW)
