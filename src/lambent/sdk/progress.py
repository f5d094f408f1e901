"""A progress bar: one line on stderr, on terminals only."""

from __future__ import annotations

import sys
import time
from typing import TextIO

WIDTH = 24
REDRAWN_EVERY_S = 0.1
FIRST_DRAWN_AFTER_S = 0.3
"""What takes less needs no bar."""


class Progress:
    """``total`` is None where nobody knows how many there are."""

    def __init__(self, title: str, total: int | None, *, stream: TextIO | None = None) -> None:
        self.title, self.total = title, total
        self.stream = stream if stream is not None else sys.stderr
        self.done = self.failed = 0
        self.began_at = time.monotonic()
        self._due_at = self.began_at + FIRST_DRAWN_AFTER_S
        self._is_drawn = False

    def advance(self, *, failed: bool = False) -> None:
        self.done += 1
        self.failed += failed
        now = time.monotonic()
        if now >= self._due_at:
            self._due_at = now + REDRAWN_EVERY_S
            self._draw()

    def end(self) -> None:
        if self._is_drawn:
            self._draw()
            self.stream.write("\n")
            self.stream.flush()
            self._is_drawn = False

    def line(self) -> str:
        took_s = max(time.monotonic() - self.began_at, 1e-9)
        failed = f", {self.failed:,} failed" if self.failed else ""
        told = f"{self.done / took_s:,.0f}/s, {took_s:.0f} s{failed}"
        if not self.total:
            return f"{self.title} {self.done:,} ({told})"
        filled = min(WIDTH, WIDTH * self.done // self.total)
        return f"{self.title} [{'#' * filled}{'.' * (WIDTH - filled)}] {self.done:,} of {self.total:,} ({told})"

    def _draw(self) -> None:
        self._is_drawn = True
        self.stream.write(f"\r\x1b[K{self.line()}")
        self.stream.flush()


def progress(title: str, total: int | None, *, is_wanted: bool | None) -> Progress | None:
    """None where no bar is shown: unless it is said, wherever stderr is no terminal."""
    wanted = sys.stderr.isatty() if is_wanted is None else is_wanted
    return Progress(title, total) if wanted else None
