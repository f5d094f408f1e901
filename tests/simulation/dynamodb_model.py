"""DynamoDB as a dictionary: what a table of items says of any write or read, and what its stream tells of it.

Keys are ``p`` (a text) and ``s`` (a number). The index ``by-g`` has the keys ``g`` (a text) and ``n`` (a number). Sets are
sorted lists here, numbers are those of Python; ``plain`` makes what the service answers look alike.
"""

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Item = dict[str, dict[str, Any]]
Key = tuple[str, int]
NAMES = {"#n": "n", "#t": "t", "#m": "m", "#x": "x", "#g": "g"}


class Refused(Exception):
    """The code of the error, of a transaction's each action."""

    def __init__(self, code: str, reasons: Iterable[str] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.reasons = list(reasons)


def plain(item: Any) -> Any:
    """An item, or a part of one, of which equal ones look alike."""
    if isinstance(item, list):
        return [plain(member) for member in item]
    if not isinstance(item, dict):
        return item
    made = {name: plain(member) for name, member in item.items()}
    if set(made) == {"N"}:
        return {"N": int(made["N"])}
    return {"SS": sorted(made["SS"])} if set(made) == {"SS"} else made


def key_of(item: Item) -> Key:
    return item["p"]["S"], int(item["s"]["N"])


def key_item(key: Key) -> Item:
    return {"p": {"S": key[0]}, "s": {"N": str(key[1])}}


@dataclass(frozen=True)
class Condition:
    """``text`` and what it means."""

    text: str
    holds: Callable[[Item | None], bool]
    values: dict[str, Any] = field(default_factory=dict)

    def parameters(self, member: str = "ConditionExpression") -> dict[str, Any]:
        names = {name: real for name, real in NAMES.items() if name in self.text}
        given: dict[str, Any] = {member: self.text}
        return given | ({"ExpressionAttributeNames": names} if names else {}) | values_of(self.values)


@dataclass(frozen=True)
class Update:
    """The same of an update. ``change`` alters the item in place; it raises Refused."""

    text: str
    change: Callable[[Item], None]
    values: dict[str, Any] = field(default_factory=dict)

    def parameters(self, condition: Condition | None = None) -> dict[str, Any]:
        texts = self.text + (condition.text if condition else "")
        given: dict[str, Any] = {"UpdateExpression": self.text}
        given |= {"ExpressionAttributeNames": {name: real for name, real in NAMES.items() if name in texts}}
        if condition:
            given["ConditionExpression"] = condition.text
        return given | values_of(self.values | (condition.values if condition else {}))


def values_of(values: dict[str, Any]) -> dict[str, Any]:
    return {"ExpressionAttributeValues": values} if values else {}


@dataclass(frozen=True)
class Action:
    """One write, alone or in a transaction: a put (``item``), an update, a deletion, or a check of the condition."""

    kind: str
    key: Key
    item: Item | None = None
    update: Update | None = None
    condition: Condition | None = None


Record = tuple[str, Item | None, Item | None]
"""The event's name, the old image and the new one."""


class Model:
    """``items`` by key, and ``records``: what the stream tells of each key, in order."""

    def __init__(self) -> None:
        self.items: dict[Key, Item] = {}
        self.records: dict[Key, list[Record]] = {}

    def get(self, key: Key) -> Item | None:
        return self.items.get(key)

    def write(self, action: Action) -> tuple[Item | None, Item | None]:
        """The item as it was and as it is. Raises Refused, and has then done nothing."""
        old = self.items.get(action.key)
        new = self._become(action, old)
        self._put(action.key, old, new)
        return old, new

    def transact(self, actions: list[Action]) -> None:
        """All or none. Raises Refused with the reasons."""
        reasons, made = [], []
        for action in actions:
            old = self.items.get(action.key)
            try:
                made.append((action.key, old, self._become(action, old)))
                reasons.append("None")
            except Refused as refused:
                reasons.append({"ValidationException": "ValidationError"}.get(refused.code, "ConditionalCheckFailed"))
        if any(reason != "None" for reason in reasons):
            raise Refused("TransactionCanceledException", reasons)
        for key, old, new in made:
            self._put(key, old, new)

    def query(
        self, partition: str, sort: Callable[[int], bool], condition: Condition | None, *, is_forward: bool
    ) -> list[Item]:
        found = sorted(key for key in self.items if key[0] == partition and sort(key[1]))
        items = [self.items[key] for key in (found if is_forward else reversed(found))]
        return [item for item in items if condition is None or condition.holds(item)]

    def query_index(self, group: str, least: int) -> list[Item]:
        """Items of one ``g`` in order of ``n``; those that are equal in it, in whichever order."""
        found = [item for item in self.items.values() if "g" in item and "n" in item]
        return sorted(
            (item for item in found if item["g"]["S"] == group and item["n"]["N"] >= least), key=lambda item: item["n"]["N"]
        )

    def scan(self, condition: Condition | None) -> dict[Key, Item]:
        return {key: item for key, item in self.items.items() if condition is None or condition.holds(item)}

    def _become(self, action: Action, old: Item | None) -> Item | None:
        if action.condition is not None and not action.condition.holds(old):
            raise Refused("ConditionalCheckFailedException")
        if action.kind == "Put":
            return copy.deepcopy(action.item)
        if action.kind == "Delete":
            return None
        if action.kind == "ConditionCheck" or action.update is None:
            return old
        new = copy.deepcopy(old) if old is not None else plain(key_item(action.key))
        action.update.change(new)
        return new

    def _put(self, key: Key, old: Item | None, new: Item | None) -> None:
        if old == new:
            return
        event = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
        self.records.setdefault(key, []).append((event, old, new))
        if new is None:
            del self.items[key]
        else:
            self.items[key] = new
