"""A pool with everything on, functions written in the test, their logs in memory. Needs no pytest: other processes use it."""

import asyncio
import hashlib
import io
import json
import os
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from lambent.core import ids
from lambent.core.clock import VirtualClock
from lambent.core.config import Config, default_cache
from lambent.core.ports import Archive, EnvironmentSpec, Invocation, LogEvent, LogStreamName, Outcome
from lambent.core.sessions import SessionSeal
from lambent.environments.pool import Pool

ACCOUNT = "111122223333"
OWN = "python3.11"


class Sink:
    """Keeps log events in memory."""

    def __init__(self) -> None:
        self.streams: dict[LogStreamName, list[LogEvent]] = {}

    async def append(self, stream: LogStreamName, events: Any, *, is_patient: bool = False) -> None:
        self.streams.setdefault(stream, []).extend(events)

    def messages(self) -> list[str]:
        return [event.message for events in self.streams.values() for event in events]


class House:
    """A running pool and what a test does with it."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.sink = Sink()
        self.clock = options.pop("clock", None) or VirtualClock()
        self.seal = SessionSeal(b"k" * 32)
        self.pool = Pool(
            config=options.pop("config", Config()),
            cache=default_cache(),
            code_folder=options.pop("code_folder", folder / "code"),
            log_sink=self.sink,
            sessions=self.seal,
            clock=self.clock,
            endpoint_url="http://localhost:4566",
            **options,
        )

    def archive(self, files: Mapping[str, str | bytes]) -> Archive:
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w") as bundle:
            for name, content in files.items():
                entry = zipfile.ZipInfo(name)
                entry.external_attr = (stat.S_IFREG | 0o755) << 16
                bundle.writestr(entry, content)
        digest = hashlib.sha256(memory.getvalue()).hexdigest()
        path = self.folder / f"{digest}.zip"
        path.write_bytes(memory.getvalue())
        return Archive(digest, path)

    def spec(self, code: str | Mapping[str, str | bytes], **changes: Any) -> EnvironmentSpec:
        files = {"app.py": code} if isinstance(code, str) else code
        layers = tuple(self.archive(layer) for layer in changes.pop("layers", ()))
        spec = EnvironmentSpec(
            key=ids.uuid4(),
            account=ACCOUNT,
            region="eu-central-1",
            function_name="hello",
            function_arn=f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:hello",
            version="$LATEST",
            runtime=OWN,
            handler="app.handler",
            code=self.archive(files),
            layers=layers,
            memory_mb=256,
            timeout_s=10,
            ephemeral_storage_mb=512,
            variables={},
            role_arn=f"arn:aws:iam::{ACCOUNT}:role/hello-role",
            log_group="/aws/lambda/hello",
        )
        return replace(spec, **changes)

    async def invoke(self, spec: EnvironmentSpec, event: Any = None, **fields: Any) -> Outcome:
        fields.setdefault("request_id", ids.uuid4())
        fields.setdefault("invoked_function_arn", spec.function_arn)
        fields.setdefault("wants_log_tail", True)
        return await self.pool.invoke(spec, Invocation(payload=json.dumps(event).encode(), **fields))

    async def streamed(self, spec: EnvironmentSpec, event: Any, stream: Any) -> Outcome:
        """An event whose answer ``stream`` takes piece by piece."""
        invocation = Invocation(
            payload=json.dumps(event).encode(), request_id=ids.uuid4(), invoked_function_arn=spec.function_arn
        )
        return await self.pool.invoke(spec, invocation, stream)

    async def call(self, spec: EnvironmentSpec, event: Any = None, **fields: Any) -> Any:
        """What the function returns; fails the test when it fails."""
        outcome = await self.invoke(spec, event, **fields)
        assert outcome.function_error is None, (outcome.payload, outcome.log_tail)
        return json.loads(outcome.payload)

    async def fail(self, spec: EnvironmentSpec, event: Any = None, **fields: Any) -> dict[str, Any]:
        """The error that the function's caller gets."""
        outcome = await self.invoke(spec, event, **fields)
        assert outcome.function_error == "Unhandled", outcome.payload
        return json.loads(outcome.payload)


def alive(needle: str) -> list[int]:
    """The processes of this machine whose command line holds ``needle``."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if needle.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


async def until(condition: Callable[[], bool], *, within_s: float = 10.0) -> None:
    """Returns when it holds; asks the loop, not the clock, to go on."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)
