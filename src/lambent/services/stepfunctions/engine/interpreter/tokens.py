"""Task tokens: which frame of which execution waits, for what, and a proof."""

import base64
import binascii
import json

from msgspec import Struct


class Token(Struct, frozen=True):
    execution: str
    frame: int
    attempt: int
    secret: str

    def text(self) -> str:
        told = json.dumps([self.execution, self.frame, self.attempt, self.secret], separators=(",", ":"))
        return base64.b64encode(told.encode()).decode()


def parse(text: str) -> Token | None:
    """None for what is no token of ours."""
    try:
        told = json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
    match told:
        case [str(execution), int(frame), int(attempt), str(secret)]:
            return Token(execution, frame, attempt, secret)
    return None
