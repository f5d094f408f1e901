"""Which function is debugged at which port, where its debugger comes from, and what an editor has to know."""

import importlib.util
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lambent.cli.dev.functions import Function, NotUnderstood
from lambent.cli.failures import CommandFailure
from lambent.core.config import environment

PORT_FIRST = 5678  # as debuggers of Python take it
PORT_MAX = 65_535
MODULE = "debugpy"
TASK_FOLDER = "/var/task"


@dataclass(frozen=True, slots=True)
class Debugpy:
    """Where it is installed. ``folder`` is the package's own."""

    folder: Path
    version: str


def ports(wanted: Sequence[str], functions: Sequence[Function]) -> dict[str, int]:
    """From ``NAME`` or ``NAME:PORT`` to each function's port. Raises NotUnderstood."""
    by_name = {function.name: function for function in functions}
    taken: dict[str, int] = {}
    for text in wanted:
        name, colon, port = text.partition(":")
        if colon and not (port.isascii() and port.isdigit() and 0 < int(port) <= PORT_MAX):
            raise NotUnderstood(f"--debug {text}: {port} is no port", "It is --debug NAME, or --debug NAME:PORT.")
        if name not in by_name:
            raise NotUnderstood(f"--debug {text}: there is no function {name}", f"There are: {', '.join(sorted(by_name))}.")
        if not by_name[name].is_python:
            raise NotUnderstood(f"--debug {text}: {by_name[name].runtime} is no Python, and only that is debugged")
        taken[name] = int(port) if colon else _free_port(set(taken.values()))
    if len(set(taken.values())) < len(taken):
        raise NotUnderstood("two functions cannot wait for a debugger at one port")
    return taken


def _free_port(taken: set[int]) -> int:
    for port in range(PORT_FIRST, PORT_MAX + 1):
        if port in taken:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise CommandFailure("no port is free for a debugger", "Name one: --debug NAME:PORT.")


def find(function: Function) -> Debugpy | None:
    """The debugger; None where the function brings it itself. Raises CommandFailure with how to install it."""
    brings = function.requirements is not None and any(
        line.strip().lower().startswith(MODULE) for line in function.requirements.read_text(errors="replace").splitlines()
    )
    if brings or (function.folder / MODULE).is_dir():
        return None
    for place in _places(function.folder):
        if (place / MODULE / "__init__.py").is_file():
            return Debugpy(place / MODULE, _version(place))
    raise CommandFailure(
        "--debug needs debugpy, which is not installed here",
        "Install it beside lambent, or in the virtual environment that is active: `python -m pip install debugpy`.",
    )


def _places(folder: Path) -> Iterator[Path]:
    """Where packages of the user's are: the active environment, one beside the function, our own."""
    active = environment().get("VIRTUAL_ENV")
    roots = [Path(active)] if active else []
    roots += [folder / ".venv", Path.cwd() / ".venv"]
    for root in roots:
        yield from sorted(root.glob("lib/python3*/site-packages"), reverse=True)
    found = importlib.util.find_spec(MODULE)
    if found is not None and found.origin is not None:
        yield Path(found.origin).parent.parent


def _version(place: Path) -> str:
    names = [path.name for path in place.glob(f"{MODULE}-*.dist-info")]
    return names[0].removeprefix(f"{MODULE}-").removesuffix(".dist-info") if names else "of an unknown version"


def launch_configuration(function: Function, port: int, *, is_isolated: bool) -> dict[str, object]:
    """For .vscode/launch.json. Where nothing is isolated the function finds its code where you do."""
    remote = TASK_FOLDER if is_isolated else str(function.folder)
    return {
        "name": f"Lambent: {function.name}",
        "type": "debugpy",
        "request": "attach",
        "connect": {"host": "127.0.0.1", "port": port},
        "pathMappings": [{"localRoot": str(function.folder), "remoteRoot": remote}],
    }
