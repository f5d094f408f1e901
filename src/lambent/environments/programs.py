"""Which functions run as programs of their own, and which program each is: custom runtimes, node, Java, wrappers, extensions.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html, runtimes-modify.html (wrapper scripts).
"""

import os
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from lambent.core.ports import EnvironmentSpec

WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
BOOTSTRAPS = ("/var/task/bootstrap", "/opt/bootstrap")
LANGUAGE_FOLDER = "/var/lang"

# What AWS' own bootstrap scripts do with a wrapper, its messages and codes included.
_WRAPPED = """
wrapper="$1"; shift
if [ ! -f "$wrapper" ]; then echo "$wrapper: does not exist"; exit 127; fi
if [ ! -x "$wrapper" ]; then echo "$wrapper: is not an executable"; exit 126; fi
exec "$wrapper" "$@"
"""


class Program(Struct, frozen=True):
    """What an environment starts. ``commands``: the first whose file is there; ``missing`` says what is wrong if none is."""

    commands: tuple[tuple[str, ...], ...]
    missing: str
    extensions: tuple[str, ...] = ()  # file names below /opt/extensions
    has_log_descriptor: bool = False  # its runtime frames its log records

    def relocated(self, *, task: str, opt: str) -> "Program":
        """With the folders where they are, for plain processes."""
        commands = tuple(tuple(relocated(part, task=task, opt=opt) for part in command) for command in self.commands)
        return replace(self, commands=commands)


def is_custom(runtime: str) -> bool:
    """Whether code or layers bring the runtime."""
    return runtime.startswith("provided")


def is_node(runtime: str) -> bool:
    return runtime.startswith("nodejs")


def is_java(runtime: str) -> bool:
    return runtime.startswith("java")


def program(spec: EnvironmentSpec, command: tuple[str, ...], opt: Path | None) -> Program | None:
    """``command``: what starts the runtime itself. None where a function is forked: Python without wrapper and extensions."""
    extensions = tuple(find_extensions(opt)) if opt is not None else ()
    if is_custom(spec.runtime):
        missing = f"Couldn't find valid bootstrap(s): [{' '.join(BOOTSTRAPS)}]"
        return Program(tuple((path,) for path in BOOTSTRAPS), missing, extensions)
    wrapper = spec.variables.get(WRAPPER, "")
    if wrapper:
        wrapped = ("/bin/sh", "-c", _WRAPPED, "bootstrap", wrapper, *command)
        return Program((wrapped,), "", extensions, has_log_descriptor=True)
    if extensions or is_node(spec.runtime) or is_java(spec.runtime):
        return Program((command,), f"{command[0]} is not there", extensions, has_log_descriptor=True)
    return None


def find_extensions(opt: Path) -> list[str]:
    """Files directly in /opt/extensions, by name. Links and folders are passed over, as on AWS."""
    try:
        entries = sorted(os.scandir(opt / "extensions"), key=lambda entry: entry.name)
    except OSError:
        return []
    return [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]


def extension_variables(variables: dict[str, str]) -> dict[str, str]:
    """What an extension sees of a function's variables."""
    hidden = ("AWS_XRAY_CONTEXT_MISSING",)
    return {name: value for name, value in variables.items() if not name.startswith("_") and name not in hidden}


def relocated(text: str, *, task: str, opt: str) -> str:
    """A path of the sandbox's, or a list of such, where environments are plain processes and folders stand elsewhere."""
    folders = {"/var/task": task, "/opt": opt or "/nonexistent"}
    parts = text.split(":")
    for number, part in enumerate(parts):
        for folder, place in folders.items():
            if part == folder or part.startswith(folder + "/"):
                parts[number] = place + part[len(folder) :]
    return ":".join(parts)
