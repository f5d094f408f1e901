"""Pieces of a generator function on the wire: a line of JSON each, after a line that says so."""

import base64
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
