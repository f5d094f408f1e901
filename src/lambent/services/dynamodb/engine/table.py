"""A table as it is defined: its keys, its indexes and its settings. Values; nothing here reads or writes."""

from typing import Any

import msgspec
from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.dynamodb.engine.identifiers import TableName
from lambent.services.dynamodb.engine.keys import KeySchema

ACTIVE = "ACTIVE"
CREATING = "CREATING"
ON_DEMAND = "PAY_PER_REQUEST"
PROVISIONED = "PROVISIONED"


class Units(msgspec.Struct, frozen=True):
    """Read and write capacity a second; zero on demand."""

    read: int = 0
    write: int = 0


class Index(msgspec.Struct, frozen=True):
    """A secondary index. ``number`` is never used again in its table."""

    number: int
    name: str
    is_global: bool
    keys: KeySchema
    projection: str  # ALL, KEYS_ONLY, INCLUDE
    included: tuple[str, ...] = ()
    units: Units = Units()
    on_demand_max: dict[str, int] = {}
    warm: dict[str, int] = {}
    status: str = ACTIVE


class Stream(msgspec.Struct, frozen=True):
    """The latest stream of a table. A disabled one is still told of; ``label`` is the moment at which it was enabled."""

    label: str
    view_type: str
    is_enabled: bool = True


class Destination(msgspec.Struct, frozen=True):
    """A Kinesis stream that is, was, or should have been sent what happens to items. ``precision`` is "" where none was set."""

    stream_arn: str
    status: str
    precision: str = ""
    description: str = ""


class Definition(msgspec.Struct, frozen=True):
    """All that a table's owner has set, as it is kept."""

    attributes: dict[str, str]  # AttributeDefinitions: name and type
    keys: KeySchema
    indexes: tuple[Index, ...] = ()
    indexes_made: int = 0
    billing_mode: str = PROVISIONED
    units: Units = Units()
    on_demand_max: dict[str, int] = {}
    warm: dict[str, int] = {}
    table_class: str = ""
    is_protected: bool = False
    encryption: dict[str, Any] = {}  # SSEDescription
    stream: Stream | None = None
    destinations: tuple[Destination, ...] = ()  # the newest first
    ttl_attribute: str = ""
    recovery_period_days: int = 0  # of point-in-time recovery; 0 where it is off
    recovery_since: Instant = 0.0
    restored: dict[str, Any] = {}  # RestoreSummary
    insights: tuple[str, ...] = ()  # ContributorInsights are on for these: "" is the table, others are indexes
    policy: str = ""
    policy_revision: str = ""
    on_demand_since: Instant = 0.0
    units_increased_at: Instant = 0.0
    units_decreased_at: Instant = 0.0
    units_decreases_today: int = 0


class Table(Struct, frozen=True):
    """One table that is there. ``id`` is the store's, ``uuid`` AWS' TableId, ``version`` counts its definition's changes."""

    id: int
    named: TableName
    uuid: str
    created_at: Instant
    version: int
    definition: Definition
    keys: KeySchema
    indexes: tuple[Index, ...]

    @property
    def name(self) -> str:
        return self.named.name

    @property
    def scope(self) -> Scope:
        return self.named.scope

    @property
    def arn(self) -> str:
        return self.named.arn

    @property
    def stream_arn(self) -> str:
        """Of the latest stream; "" where there has been none."""
        stream = self.definition.stream
        return f"{self.arn}/stream/{stream.label}" if stream is not None else ""

    @property
    def is_being_restored(self) -> bool:
        """Whether items are still copied into it: until then nobody else reads or writes them."""
        return bool(self.definition.restored.get("RestoreInProgress"))

    def index(self, name: str) -> Index | None:
        return next((index for index in self.indexes if index.name == name), None)
