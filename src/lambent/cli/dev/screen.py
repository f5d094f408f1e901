"""What lambent dev says: to people in colour, or one JSON document a line."""

import itertools
import json
from collections.abc import Sequence
from typing import Any

import click

from lambent.cli.logs import coloured

_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan", "bright_green", "bright_magenta")


class Screen:
    """Logs go to stdout and talk to stderr; with ``is_json`` all goes to stdout."""

    def __init__(self, *, is_json: bool) -> None:
        self._is_json = is_json
        self._colours = itertools.cycle(_COLOURS)
        self._by_name: dict[str, str] = {}
        self._width = 0

    def tell(self, event: str, sentence: str = "", **facts: Any) -> None:
        """``sentence`` for people, ``facts`` for programs."""
        if self._is_json:
            click.echo(json.dumps({"event": event, **facts}))
        elif sentence:
            click.echo(sentence, err=True)

    def note(self, name: str, text: str, event: str = "note", **facts: Any) -> None:
        """Something about a function that it did not write itself."""
        self.tell(event, f"{self._prefix(name)}{click.style(text, dim=True)}", function=name, message=text, **facts)

    def problem(self, name: str, text: str, advice: str = "") -> None:
        said = f"{text} {advice}".strip()
        self.tell("problem", f"{self._prefix(name)}{click.style(said, fg='red')}", function=name, message=text, advice=advice)

    def log(self, name: str, message: str, timestamp_ms: int) -> None:
        """A log event of a function, with its lines below one another."""
        if self._is_json:
            self.tell("log", function=name, message=message, timestamp=timestamp_ms)
            return
        for line in message.rstrip("\n").split("\n"):
            click.echo(f"{self._prefix(name)}{coloured(line)}")

    def introduce(self, names: Sequence[str]) -> None:
        """The names that stand before lines: each in a colour of its own, all as wide as the widest."""
        for name in names:
            if name not in self._by_name:
                self._by_name[name] = next(self._colours)
        self._width = max(map(len, self._by_name), default=0)

    def _prefix(self, name: str) -> str:
        if not name:
            return ""
        return click.style(f"{name:<{self._width}} | ", fg=self._by_name.get(name, "white"))
