"""Pieces of a generator function on the wire: a line of JSON each, after a line that says so."""

import asyncio
import base64
import contextlib
import json
from collections.abc import Iterator
from typing import Any

from lambent.sdk import values

WANTS_PIECES = "lambent:stream"
HEAD = b'{"lambent:stream":1}\n'
STREAM_CONTEXT = base64.b64encode(json.dumps({"custom": {WANTS_PIECES: "1"}}).encode()).decode()
"""The client context by which a caller asks for pieces: others get them as one list."""


def lines_of(pieces: Iterator[Any]) -> Iterator[bytes]:
    yield HEAD
    for piece in pieces:
        yield values.dumps(piece) + b"\n"


def drained(pieces: Any, runner: asyncio.Runner | None = None) -> Iterator[Any]:
    """What an asynchronous generator gives, on the loop of ``runner``; unless given, on one of its own."""
    with contextlib.nullcontext(runner) if runner is not None else asyncio.Runner() as running:
        try:
            while (piece := running.run(_following(pieces))) is not _END:
                yield piece
        finally:
            running.run(_closed(pieces))


async def _following(pieces: Any) -> Any:
    return await anext(pieces, _END)


async def _closed(pieces: Any) -> None:
    await pieces.aclose()


_END = object()


class Lines:
    """Takes what comes apart into lines; ``rest`` is what is no line yet, and all of an answer that is not pieces."""

    def __init__(self) -> None:
        self.rest = b""
        self.are_pieces = False

    def feed(self, data: bytes) -> list[bytes]:
        self.rest += data
        if not self.are_pieces:
            if not self.rest.startswith(HEAD):
                return []
            self.are_pieces = True
            self.rest = self.rest[len(HEAD) :]
        *lines, self.rest = self.rest.split(b"\n")
        return lines
