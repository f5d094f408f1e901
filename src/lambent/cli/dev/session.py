"""One run of lambent dev: deploys, then looks again and again what was written, in the folders and in the logs."""

import asyncio
import contextlib
import json
import os
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from lambent.cli import background
from lambent.cli.client import Client
from lambent.cli.dev import debugging
from lambent.cli.dev.deploying import Deployer, Served
from lambent.cli.dev.functions import Function, NotUnderstood
from lambent.cli.dev.platforms import Base
from lambent.cli.dev.screen import Screen
from lambent.cli.failures import CommandFailure, NoPlatform, Refused
from lambent.cli.logs import Reader
from lambent.environments.folder_changes import FolderChanges, is_ignored

LOOK_S = 0.25
NAMES_SHOWN_MAX = 5
_FOR_OTHERS = stat.S_IROTH | stat.S_IXOTH


@dataclass(slots=True)
class Session:
    """``find`` finds the functions of ``roots`` anew."""

    client: Client
    base: Base
    deployer: Deployer
    screen: Screen
    roots: Sequence[Path]
    find: Callable[[], list[Function]]
    _served: dict[str, Served] = field(default_factory=dict)
    _known: dict[str, Function] = field(default_factory=dict)  # as it was described when it was last deployed
    _readers: dict[str, Reader] = field(default_factory=dict)
    _versions: dict[Path, object] = field(default_factory=dict)
    _shapes: dict[Path, object] = field(default_factory=dict)
    _requirements: dict[str, bytes] = field(default_factory=dict)
    _problem: str = ""

    def run(self, functions: Sequence[Function]) -> None:
        """Until it is interrupted. Raises CommandFailure where nothing can be served, or the platform has gone."""
        where = "started" if self.base.was_started else "running"
        if self.base.is_its_data:
            where += f", data {self.base.data}"
        self.screen.tell(
            "platform",
            f"{click.style('Lambent', bold=True)} {click.style(self.base.url, fg='cyan')} ({where})",
            url=self.base.url,
            data=str(self.base.data),
            was_started=self.base.was_started,
        )
        changes = FolderChanges()
        with asyncio.Runner() as runner, contextlib.closing(changes):
            self._changed(runner, changes, functions)  # from here on changes are noticed
            self._deploy(functions)
            if not self._served:
                raise CommandFailure("no function could be served", self._advice())
            self.screen.tell("ready", "Edits are live at the next invocation. Ctrl-C ends.")
            while True:
                self._look(runner, changes)
                time.sleep(LOOK_S)

    def _advice(self) -> str:
        """The permission to serve from a folder takes the data directory of the platform, which an address does not tell."""
        if self.base.is_its_data:
            return ""
        return f"The platform at {self.base.url} has its data elsewhere than {self.base.data}: name that directory with --data."

    def _look(self, runner: asyncio.Runner, changes: FolderChanges) -> None:
        try:
            self._show_logs()
            described = [*self._known.values()]
            changed = self._changed(runner, changes, described)
            for function in described:
                if function.folder in changed:
                    self._tell_changed(function.name, changed[function.folder])
            if changed:
                self._look_again()
        except NoPlatform as gone:
            self.screen.tell("gone", message=str(gone))
            log = f" Its log: {self.base.data / background.LOG_NAME}" if self.base.was_started else ""
            raise CommandFailure(
                f"the platform at {self.base.url} has stopped", f"Run `lambent dev` again, which serves the folders again.{log}"
            ) from gone

    def end(self, *, is_removed: bool) -> None:
        """Functions stay as they are, but wait for no debugger; those that were made here go, where that is asked for."""
        with contextlib.suppress(NoPlatform, Refused):
            self._show_logs()
        for name, served in self._served.items():
            try:
                if is_removed and served.was_made:
                    self.deployer.api.delete(name)
                    self.screen.note(name, "deleted")
                elif name in self.deployer.debug_ports:
                    self.deployer.stop_debugging(name)
            except NoPlatform:
                return
            except CommandFailure as failure:
                self.screen.problem(name, failure.message, failure.advice)

    def _deploy(self, functions: Sequence[Function]) -> None:
        self.screen.introduce([function.name for function in functions])
        for function in functions:
            self._known[function.name] = function
            self._requirements[function.name] = _content(function.requirements)
            try:
                self.base.allow(function.folder)
                served = self.deployer.deploy(function)
            except NoPlatform:
                raise
            except CommandFailure as failure:
                self._requirements[function.name] = b"failed"  # so that it is tried again after the next change
                self.screen.problem(function.name, failure.message, failure.advice)
                continue
            before = self._served.get(function.name)
            if before is not None and before.was_made:
                served = Served(function, served.url, True, served.has_packages)
            self._served[function.name] = served
            self._readers.setdefault(function.name, self._reader(function.name))
            self._introduce(served)
            if os.geteuid() == 0 and function.folder.stat().st_mode & _FOR_OTHERS != _FOR_OTHERS:
                self.screen.problem(
                    function.name,
                    "its folder is closed to other users, and root's functions run as others.",
                    "chmod -R o+rX it.",
                )

    def _reader(self, name: str) -> Reader:
        return Reader(self.client, f"/aws/lambda/{name}", int(self.client.now() * 1000), "")

    def _introduce(self, served: Served) -> None:
        function = served.function
        port = self.deployer.debug_ports.get(function.name)
        how = f"{function.runtime}, {function.handler}, {function.folder}"
        self.screen.note(
            function.name,
            f"{how}{f'  {served.url}' if served.url else ''}",
            event="serving",
            url=served.url,
            folder=str(function.folder),
            runtime=function.runtime,
            handler=function.handler,
            debug_port=port,
        )
        if served.has_packages and function.requirements is not None:
            self.screen.note(function.name, f"{function.requirements.name} is installed")
        if port is not None:
            self.screen.note(function.name, debugging.waiting(function, port, is_waited_for=self.deployer.waits_for_debugger))
            is_isolated = self.client.health()["isolation"] == "sandbox"
            launch = debugging.launch_configuration(function, port, is_isolated=is_isolated)
            self.screen.tell("launch", json.dumps(launch, indent=2), function=function.name, configuration=launch)

    def _show_logs(self) -> None:
        for name, reader in self._readers.items():
            try:
                for event in reader.new_events():
                    self.screen.log(name, event["message"], event["timestamp"])
            except Refused as refused:
                if refused.code != "ResourceNotFoundException":  # it has not run yet
                    raise

    def _changed(self, runner: asyncio.Runner, changes: FolderChanges, functions: Sequence[Function]) -> dict[Path, list[str]]:
        """The folders in which something was changed since the last look, and what, as far as that is known."""
        changed: dict[Path, list[str]] = {}
        for folder in {function.folder for function in functions}:
            try:
                version: object = runner.run(changes.version(folder))
            except OSError:
                version = None
            if self._versions.setdefault(folder, version) != version:
                changed[folder] = changes.take_changed(folder)
                self._versions[folder] = version
        for root in self.roots:
            shape = _shape(root)
            if self._shapes.setdefault(root, shape) != shape:
                changed.setdefault(root, [])
                self._shapes[root] = shape
        return changed

    def _tell_changed(self, name: str, names: Sequence[str]) -> None:
        # What editors made for a moment and renamed is gone: it is told only where nothing else has changed.
        folder = self._known[name].folder
        names = [each for each in names if (folder / each).exists()] or names
        if names:
            more = f" and {len(names) - NAMES_SHOWN_MAX} more" if len(names) > NAMES_SHOWN_MAX else ""
            self.screen.note(name, f"changed: {', '.join(names[:NAMES_SHOWN_MAX])}{more}", event="changed", names=list(names))

    def _look_again(self) -> None:
        """Deploys what is new, or described in another way than before. What code does is no concern of ours."""
        try:
            functions = self.find()
        except NotUnderstood as problem:
            if problem.message != self._problem:  # once, not at each save
                self.screen.problem("", problem.message, problem.advice)
            self._problem = problem.message
            return
        self._problem = ""
        gone = self._known.keys() - {function.name for function in functions}
        for name in sorted(gone):
            self.screen.note(name, "is described no more; the function stays as it is")
            del self._known[name]
        self._deploy([each for each in functions if self._known.get(each.name) != each or self._has_other_packages(each)])

    def _has_other_packages(self, function: Function) -> bool:
        return _content(function.requirements) != self._requirements.get(function.name, b"")


def _content(file: Path | None) -> bytes:
    try:
        return file.read_bytes() if file is not None else b""
    except OSError:
        return b""


def _shape(root: Path) -> tuple[tuple[str, int], ...]:
    """When what lies directly in a folder was last changed: functions come, go, and are described there."""
    try:
        with os.scandir(root) as entries:
            return tuple(
                sorted(
                    (entry.name, _changed_ns(entry))
                    for entry in entries
                    if not is_ignored(entry.name, is_folder=entry.is_dir())
                )
            )
    except OSError:
        return ()


def _changed_ns(entry: "os.DirEntry[str]") -> int:
    """0 of what has just gone, or is a link that leads nowhere."""
    try:
        return entry.stat().st_mtime_ns
    except OSError:
        return 0
