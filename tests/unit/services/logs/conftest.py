"""A store for logs with a virtual clock, and the service on it without a gateway."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from lambent.core.clock import VirtualClock
from lambent.core.context import Context, Scope
from lambent.core.ports import LogEvent, LogStreamName
from lambent.durable.signals import Signals
from lambent.services.logs import Logs
from lambent.services.logs.engine import groups, streams
from lambent.store.schema import schema_of
from lambent.store.sqlite import SqliteDatabase

ACCOUNT, REGION = "111122223333", "eu-west-1"
SCOPE = Scope(ACCOUNT, REGION)
CONTEXT = Context(account=ACCOUNT, region=REGION, request_id="r", principal_arn="arn", endpoint_url="http://localhost:4566")


@dataclass
class World:
    """The service with what it stands on. The clock begins at 1,767,225,600 s."""

    clock: VirtualClock
    store: SqliteDatabase
    signals: Signals
    logs: Logs

    @property
    def now_ms(self) -> int:
        return int(self.clock.now() * 1000)

    async def group(self, name: str = "g", *stream_names: str) -> None:
        """Makes a group with streams."""
        settings = {"class_": "STANDARD", "kms_key_id": "", "is_deletion_protected": False, "tags": {}}
        await self.store.write(groups.create, SCOPE, name, now_ms=self.now_ms, **settings)
        for stream_name in stream_names:
            await self.store.write(streams.create, SCOPE, name, stream_name, now_ms=self.now_ms)

    async def append(
        self, stream: str, events: Sequence[tuple[int, str]], *, group: str = "g", is_patient: bool = False
    ) -> None:
        """Events as (ms from the clock's time, message)."""
        name = LogStreamName(ACCOUNT, REGION, group, stream)
        said = [LogEvent(self.now_ms + offset_ms, message) for offset_ms, message in events]
        await self.logs.append(name, said, is_patient=is_patient)

    async def messages(self, stream: str, *, group: str = "g") -> list[str]:
        parameters = {"logGroupName": group, "logStreamName": stream, "startFromHead": True}
        return [event["message"] for event in (await self.logs.get_log_events(CONTEXT, parameters))["events"]]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = VirtualClock()
    store = SqliteDatabase.open(tmp_path / "logs.db", [schema_of("lambent.services.logs")], durability="os", busy=clock.busy)
    signals = Signals(clock)
    signals.attach(store)
    yield World(clock, store, signals, Logs(logs_store=store, clock=clock, signals=signals))
    await store.close()
