"""A process to be killed: many clients write, an outbox delivers. Says on stdout what it acknowledged, when it was."""

import asyncio
import os
import sys
from pathlib import Path

from lambent.core.clock import RealClock
from lambent.core.context import Context
from lambent.durable.outbox import Outbox
from lambent.durable.signals import Signals
from lambent.store.blobs import Blobs
from lambent.store.schema import Schema, schema_of
from lambent.store.sqlite import SqliteDatabase

CLIENTS = 16
PAIRS = Schema(
    "pairs",
    """
-- version 1
CREATE TABLE lefts (account TEXT, region TEXT, id TEXT PRIMARY KEY, blob TEXT NOT NULL);
CREATE TABLE rights (account TEXT, region TEXT, id TEXT PRIMARY KEY);
""",
)
SCHEMAS = [schema_of("lambent.durable"), PAIRS]
CONTEXT = Context(account="1", region="r", request_id="q", principal_arn="p", endpoint_url="u")


async def main(folder: Path, life: str) -> None:
    clock = RealClock()
    store = SqliteDatabase.open(folder / "state.db", SCHEMAS)
    blobs = Blobs(folder / "blobs")
    signals = Signals(clock)
    signals.attach(store)

    async def deliver(context, service, operation, parameters):
        say("delivered", parameters["Id"])
        return {}

    outbox = Outbox(store=store, clock=clock, signals=signals, call=deliver)

    def write(tx, name: str, blob: str) -> None:
        tx.run("INSERT INTO lefts VALUES ('1', '', ?, ?)", (name, blob))
        tx.run("INSERT INTO rights VALUES ('1', '', ?)", (name,))
        outbox.add(tx, CONTEXT, "post", "Send", {"Id": name})

    async def client(number: int) -> None:
        for count in range(1_000_000):
            name = f"{life}-{number}-{count}"
            blob = await blobs.put(f"content of {number % 3}-{count % 5}".encode())
            await store.write(write, name, blob.sha256)
            say("acknowledged", name)

    await asyncio.gather(outbox.run(), *[client(number) for number in range(CLIENTS)])


def say(what: str, name: str) -> None:
    os.write(1, f"{what} {name}\n".encode())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
