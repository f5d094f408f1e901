"""The world around the front of WebSocket APIs."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.unit.services.apigateway.sockets import SocketWorld

from lambent.core.clock import VirtualClock
from lambent.store.schema import schema_of
from lambent.store.sqlite import SqliteDatabase


@pytest.fixture
async def world(tmp_path: Any) -> AsyncIterator[SocketWorld]:
    clock = VirtualClock()
    schema = schema_of("lambent.services.apigateway")
    async with contextlib.AsyncExitStack() as stack:
        store = SqliteDatabase.open(tmp_path / "db", [schema], durability="os", busy=clock.busy)
        stack.push_async_callback(store.close)
        made = SocketWorld(store, clock)
        stack.push_async_callback(made.front.close)
        yield made
