"""logs: what a function wrote, and what it writes now."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import click

from lambent.cli.client import Client
from lambent.cli.failures import NoPlatform, Refused
from lambent.cli.options import client_options, duration_s

FOLLOW_S = 0.5
OVERLAP_MS = 10_000  # an event may be stored after one that is younger
_PLATFORM_LINE = re.compile(r"^(INIT_START|START|END|REPORT|INIT_REPORT|EXTENSION|TELEMETRY)\b")


@click.command()
@click.argument("name")
@client_options
@click.option("-f", "--follow", is_flag=True, help="Go on with what is written from now on, until Ctrl-C.")
@click.option("--since", default="10m", show_default=True, metavar="AGE", help="How far back: 90s, 10m, 3h, 2d, 1w.")
@click.option("--filter", "pattern", default="", metavar="PATTERN", help="A CloudWatch Logs filter pattern.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON, one event a line.")
def logs(client: Client, *, name: str, follow: bool, since: str, pattern: str, is_json: bool) -> None:
    """Show what the function NAME wrote. NAME is a function, or a log group where it has a slash.

    \b
    lambent logs hello --since 1h
    lambent logs -f hello --filter ERROR
    """
    group = name if "/" in name else f"/aws/lambda/{name}"
    reader = Reader(client, group, int((client.now() - _seconds(since)) * 1000), pattern)
    is_empty = not _show(reader, is_json=is_json, must_exist=not follow)
    if is_empty and not follow:
        click.echo(f"Nothing{' that matches' if pattern else ''} in the last {since}; --since looks further back.", err=True)
    if follow:
        _follow(reader, is_json=is_json)


def _follow(reader: "Reader", *, is_json: bool) -> None:
    """Until Ctrl-C, or until the platform is no more: then there is nothing to follow, which is no failure of ours."""
    while True:
        time.sleep(FOLLOW_S)
        try:
            _show(reader, is_json=is_json, must_exist=False)
        except NoPlatform:
            click.echo(f"The platform at {reader.client.url} has stopped.", err=True)
            return


@dataclass(slots=True)
class Reader:
    """Reads a group from ``start_ms`` on, each event once."""

    client: Client
    group: str
    start_ms: int
    pattern: str
    _seen: dict[str, int] = field(default_factory=dict)  # event id to its time

    def new_events(self) -> Iterator[dict[str, Any]]:
        token = ""
        while True:
            parameters: dict[str, object] = {"logGroupName": self.group, "startTime": self.start_ms}
            if self.pattern:
                parameters["filterPattern"] = self.pattern
            if token:
                parameters["nextToken"] = token
            page = self.client.logs("FilterLogEvents", parameters)
            for event in page.get("events", ()):
                if event["eventId"] not in self._seen:
                    self._seen[event["eventId"]] = event["timestamp"]
                    yield event
            token = page.get("nextToken") or ""
            if not token:
                break
        newest_ms = max(self._seen.values(), default=self.start_ms)
        self.start_ms = max(self.start_ms, newest_ms - OVERLAP_MS)
        self._seen = {event_id: at_ms for event_id, at_ms in self._seen.items() if at_ms >= self.start_ms}


def _show(reader: Reader, *, is_json: bool, must_exist: bool) -> int:
    """How many events there were."""
    count = 0
    try:
        for event in reader.new_events():
            count += 1
            click.echo(json.dumps(event) if is_json else coloured(event["message"].rstrip("\n")))
    except Refused as refused:
        # A function that never ran has no log group yet: nothing to show, and when following, something to wait for.
        if refused.code != "ResourceNotFoundException":
            raise
        if must_exist:
            refused.advice = f"{reader.group} is made by the first invocation; `lambent logs -f` waits for it."
            raise
    return count


def coloured(message: str) -> str:
    if _PLATFORM_LINE.match(message):
        return click.style(message, dim=True)
    if "[ERROR]" in message or "Task timed out" in message:
        return click.style(message, fg="red")
    return message


def _seconds(age: str) -> float:
    seconds = duration_s(age)
    if seconds is None or not age[-1].isalpha():
        raise click.BadParameter(f"{age} is not an age like 90s, 10m, 3h, 2d or 1w", param_hint="--since")
    return seconds
