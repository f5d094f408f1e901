"""What the rows themselves must show, looked at after every commit: each message in one place, receives that only grow."""

import sqlite3
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from tests.simulation.events.town import tokens_in

from lambent.durable.followers.progress import Progress, decode

SELECT_MESSAGES = """
SELECT m.id, q.name, m.message_id, m.group_id, m.receives, m.receives_before, coalesce(m.body, b.body) FROM sqs_messages m
LEFT JOIN sqs_queues q USING (backlog_id) LEFT JOIN sqs_bodies b ON b.id = m.id ORDER BY m.id"""
SELECT_GROUPS = """
SELECT DISTINCT backlog_id, group_id FROM sqs_messages WHERE sequence <> 0
EXCEPT SELECT backlog_id, group_id FROM sqs_groups"""
SELECT_OUTBOX = "SELECT lane, service, operation, parameters FROM outbox ORDER BY id"
SELECT_EVENTS = "SELECT request_id, function, function_errors, payload FROM lambda_async_events ORDER BY request_id"
SELECT_SHARDS = "SELECT shard, progress FROM lambda_event_source_shards ORDER BY mapping, shard"
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"


class MessageRow(NamedTuple):
    id: int
    queue: str
    message_id: str
    group_id: str
    receives: int
    receives_before: int
    body: str


class EventRow(NamedTuple):
    request_id: str
    function: str
    function_errors: int
    payload: bytes


class Rows:
    """Looks into the database of one process from beside it."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._receives: dict[int, tuple[str, int]] = {}
        self.looks = 0

    def close(self) -> None:
        self._connection.close()

    def messages(self) -> list[MessageRow]:
        return [MessageRow(*row) for row in self._connection.execute(SELECT_MESSAGES)]

    def message(self, id_: int) -> MessageRow | None:
        return next((row for row in self.messages() if row.id == id_), None)

    def events(self) -> list[EventRow]:
        return [EventRow(*row) for row in self._connection.execute(SELECT_EVENTS)]

    def outbox(self) -> list[tuple[str, str, str, bytes]]:
        return self._connection.execute(SELECT_OUTBOX).fetchall()

    def shards(self) -> list[tuple[str, Progress]]:
        """How far mappings have come in the shards of streams."""
        return [(shard, decode(progress)) for shard, progress in self._connection.execute(SELECT_SHARDS)]

    def places(self) -> dict[str, Counter[str]]:
        """Where each token is: names of queues, "outbox", "events"."""
        found: dict[str, Counter[str]] = {}

        def put(content: bytes | str, place: str) -> None:
            for token in tokens_in(content):
                found.setdefault(token, Counter())[place] += 1

        for message in self.messages():
            put(message.body, message.queue)
        for *_, parameters in self.outbox():
            put(parameters, "outbox")
        for event in self.events():
            put(event.payload, "events")
        return found

    def look(self) -> None:
        """After a commit."""
        self.looks += 1
        messages = self.messages()
        ids = Counter(message.message_id for message in messages)
        assert not (twice := [id_ for id_, count in ids.items() if count > 1]), f"in two places at once: {twice}"
        for message in messages:
            assert message.queue is not None, f"message {message.message_id} is in no queue"
            assert message.body is not None, f"message {message.message_id} has lost its body"
            message_id, receives = self._receives.get(message.id, (message.message_id, 0))
            assert message_id == message.message_id, f"the row of {message_id} is now that of {message.message_id}"
            assert message.receives >= receives, f"{message_id}: {receives} receives became {message.receives}"
            assert message.receives >= message.receives_before, message
            self._receives[message.id] = message.message_id, message.receives
        lost = self._connection.execute(SELECT_GROUPS).fetchall()
        assert not lost, f"groups that nobody will look into: {lost}"

    def follow(self, before: "Rows") -> None:
        """Takes over what the process before has seen."""
        self._receives = before._receives

    def dump(self) -> list[str]:
        """Everything, to compare two runs."""
        names = [name for (name,) in self._connection.execute(TABLES)]
        return [f"{name}: {row!r}" for name in names for row in self._connection.execute(f"SELECT * FROM {name}")]
