"""Which function is debugged at which port, where its debugger comes from, and what an editor has to know."""

import importlib.util
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lambent.cli.dev.functions import Function, NotUnderstood
from lambent.cli.failures import CommandFailure
from lambent.core.config import environment

PORTS_FIRST = {"python": 5678, "nodejs": 9229, "java": 5005}  # as each language's debuggers take it
PORT_MIN, PORT_MAX = 1_024, 65_535  # functions may not listen below
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
        if colon and not (port.isascii() and port.isdigit() and PORT_MIN <= int(port) <= PORT_MAX):
            raise NotUnderstood(
                f"--debug {text}: {port} is no port",
                f"It is --debug NAME, or --debug NAME:PORT with a port from {PORT_MIN} to {PORT_MAX}.",
            )
        if name not in by_name:
            raise NotUnderstood(
                f"--debug {text}: there is no function {name}",
                f"There are: {', '.join(sorted(by_name))}. (Functions of images are not served from folders: have "
                "what runs in the image wait for its debugger.)",
            )
        language = language_of(by_name[name].runtime)
        if not language:
            raise NotUnderstood(
                f"--debug {text}: {by_name[name].runtime} brings its own runtime, and only Python, node and Java are debugged",
                "Serve it without --debug, and have the program itself wait for a debugger of its language.",
            )
        taken[name] = int(port) if colon else _free_port(PORTS_FIRST[language], set(taken.values()))
    if len(set(taken.values())) < len(taken):
        raise NotUnderstood("two functions cannot wait for a debugger at one port", "Give each its own: --debug NAME:PORT.")
    return taken


def language_of(runtime: str) -> str:
    """That which a debugger is there for; empty for others."""
    return next((language for language in PORTS_FIRST if runtime.startswith(language)), "")


def _free_port(first: int, taken: set[int]) -> int:
    for port in range(first, PORT_MAX + 1):
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
    """The debugger; None where the runtime or the function brings it. Raises CommandFailure with how to install it."""
    if not function.is_python:
        return None
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
    language = language_of(function.runtime)
    kind = {"python": "debugpy", "nodejs": "node", "java": "java"}[language]
    common: dict[str, object] = {"name": f"Lambent: {function.name}", "type": kind, "request": "attach"}
    if language == "nodejs":
        hidden = ["<node_internals>/**", "/var/runtime/**"]
        place = {"address": "127.0.0.1", "port": port, "localRoot": str(function.folder), "remoteRoot": remote}
        return {**common, **place, "skipFiles": hidden}
    if language == "java":
        return {**common, "hostName": "127.0.0.1", "port": port}
    return {
        **common,
        "connect": {"host": "127.0.0.1", "port": port},
        "pathMappings": [{"localRoot": str(function.folder), "remoteRoot": remote}],
    }


def waiting(function: Function, port: int, *, is_waited_for: bool) -> str:
    """What is said of a function that a debugger attaches to. ``is_waited_for``: in Java too."""
    if language_of(function.runtime) == "java" and not is_waited_for:
        return f"a debugger attaches at 127.0.0.1:{port}; for .vscode/launch.json:"
    return f"waits for a debugger at 127.0.0.1:{port}; for .vscode/launch.json:"
