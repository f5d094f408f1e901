"""The platform that lambent dev serves on: one that runs, or one that it starts and ends with itself."""

import contextlib
import os
import signal
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

from lambent.cli import background
from lambent.cli.client import Client, Identity
from lambent.cli.failures import CommandFailure
from lambent.cli.options import endpoint, is_given, region_default, running_in
from lambent.core.config import environment
from lambent.core.sessions import SessionSeal
from lambent.core.source_folders import permission
from lambent.store.folder import Folder

END_S_MAX = 30.0


@dataclass(frozen=True, slots=True)
class Base:
    """``data``: its data directory, which may be another's. ``was_started``: by us, so that it ends with us."""

    url: str
    data: Path
    was_started: bool

    @property
    def is_its_data(self) -> bool:
        """Whether the data directory is that of the platform: an address may lead to one whose data is elsewhere."""
        running = running_in(self.data)
        return running is not None and running.url.rstrip("/") == self.url.rstrip("/")

    def allow(self, folder: Path) -> None:
        """Lets functions be served from the folder, where its data directory is ours to read. Raises CommandFailure.

        Elsewhere the platform has been started with the permission, or says what is missing when a function is made.
        """
        if not self.is_its_data:
            return
        query = permission(SessionSeal(Folder(self.data).seal_key()), folder)
        with contextlib.closing(Client(self.url, Identity("", ""), region_default())) as client:
            answer = client.plain("POST", "/_lambent/folders", urlencode(query))
        if answer.status != 200:
            raise CommandFailure(f"{folder} is not allowed: {answer.json().get('message')}")


@contextlib.contextmanager
def platform(*, endpoint_url: str | None, data: Path, port: int, is_ephemeral: bool) -> Iterator[Base]:
    """The platform that is meant, started where none runs; ended at the end where it was started here. Raises CannotStart."""
    named = endpoint_url or (None if is_given("data") else environment().get("AWS_ENDPOINT_URL"))
    if not is_ephemeral and (named or running_in(data) is not None):
        yield Base(endpoint(endpoint_url, data), data, was_started=False)
        return
    with _output(data, is_ephemeral=is_ephemeral) as output:
        where = ["--ephemeral"] if is_ephemeral else ["--data", str(data)]
        process, started = background.start(["--port", str(port), *where], output)
        try:
            yield Base(started.url, Path(started.data), was_started=True)
        finally:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                process.wait(END_S_MAX)


@contextlib.contextmanager
def _output(data: Path, *, is_ephemeral: bool) -> Iterator[IO[bytes]]:
    if is_ephemeral:
        with tempfile.TemporaryFile() as output:
            yield output
    else:
        Folder(data).prepare()
        with background.open_log(data) as output:
            yield output


def end_like_an_interrupt() -> None:
    """From now on SIGTERM, and the end of its terminal, end the command as Ctrl-C does, with functions and platform put in
    order, and Ctrl-C does so even where a shell has started the command in the background, with it ignored."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup it is to outlive its terminal
        signal.signal(signal.SIGHUP, _interrupt)


def _interrupt(number: int, frame: object) -> None:  # noqa: ARG001
    # Whoever is impatient does not stop us from putting things in order.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if number == signal.SIGHUP:
        _let_go_of_the_terminal()
    raise KeyboardInterrupt


def _let_go_of_the_terminal() -> None:
    """It has gone: what is still said to it would fail, in the middle of putting things in order."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        if stat.S_ISCHR(os.fstat(descriptor).st_mode):
            os.dup2(nowhere, descriptor)
    os.close(nowhere)
