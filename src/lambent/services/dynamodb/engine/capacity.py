"""Capacity units: what reading and writing costs, by table and index.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from dataclasses import dataclass, field
from typing import Any

from lambent.services.dynamodb.engine import indexing, values
from lambent.services.dynamodb.engine.places import Found, Fresh
from lambent.services.dynamodb.engine.table import Index, Table
from lambent.services.dynamodb.engine.values import Item

READ_UNIT_BYTES = 4_096
WRITE_UNIT_BYTES = 1_024
TRANSACTIONAL = 2
"""Times as much, because a transaction prepares and then commits."""


@dataclass(slots=True)
class Consumed:
    """Units of one table and of its indexes by name."""

    table: float = 0.0
    local: dict[str, float] = field(default_factory=dict)
    global_: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return self.table + sum(self.local.values()) + sum(self.global_.values())

    def add(self, index: Index | None, units: float) -> None:
        if index is None:
            self.table += units
        else:
            of_kind = self.global_ if index.is_global else self.local
            of_kind[index.name] = of_kind.get(index.name, 0.0) + units

    def merge(self, other: "Consumed") -> None:
        self.table += other.table
        for mine, theirs in ((self.local, other.local), (self.global_, other.global_)):
            for name, units in theirs.items():
                mine[name] = mine.get(name, 0.0) + units


def read_units(read_bytes: int, *, is_consistent: bool) -> float:
    """At least that of one unit, also where nothing was found."""
    units = max(1, -(-read_bytes // READ_UNIT_BYTES))
    return float(units) if is_consistent else units / 2


def write_units(written_bytes: int) -> float:
    return float(max(1, -(-written_bytes // WRITE_UNIT_BYTES)))


def of_write(table: Table, old: Found | None, new: Fresh | None, *, times: int = 1) -> Consumed:
    """Of an item written in place of another: of the larger of the two, and of what changes in each index."""
    consumed = Consumed(times * write_units(max(old.size if old is not None else 0, new.size if new is not None else 0)))
    for index in table.indexes:
        units = _index_units(table, index, old.item if old is not None else None, new.item if new is not None else None)
        if units:
            consumed.add(index, times * units)
    return consumed


def _index_units(table: Table, index: Index, old: Item | None, new: Item | None) -> float:
    was_at, is_at = indexing.kept_entry(index, old), indexing.kept_entry(index, new)
    before = indexing.projected(index, table, old) if old is not None and was_at is not None else None
    after = indexing.projected(index, table, new) if new is not None and is_at is not None else None
    if before == after:
        return 0.0
    if was_at == is_at:
        assert before is not None
        assert after is not None
        return write_units(max(values.item_size(before), values.item_size(after)))
    return sum(write_units(values.item_size(item)) for item in (before, after) if item is not None)


# ---- as AWS tells it -------------------------------------------------------------------------------------------------


def told(name: str, consumed: Consumed, level: str, kind: str = "") -> dict[str, Any]:
    """ConsumedCapacity. ``level``: TOTAL or INDEXES. ``kind``: "Read" or "Write" in transactions, which tell that as well."""
    answer = {"TableName": name, **_units(consumed.total, kind)}
    if level == "INDEXES":
        answer["Table"] = _units(consumed.table, kind)
        if consumed.local:
            answer["LocalSecondaryIndexes"] = {name: _units(units, kind) for name, units in consumed.local.items()}
        if consumed.global_:
            answer["GlobalSecondaryIndexes"] = {name: _units(units, kind) for name, units in consumed.global_.items()}
    return answer


def _units(units: float, kind: str) -> dict[str, Any]:
    return {"CapacityUnits": units, f"{kind}CapacityUnits": units}
