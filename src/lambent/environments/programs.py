"""Which functions run as programs of their own, and which program each is: custom runtimes, node, Java, wrappers, extensions.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html, runtimes-modify.html (wrapper scripts).
"""

import os
import re
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from lambent.core.ports import ContainerImage, EnvironmentSpec

WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
LIBRARY_PATH = "LD_LIBRARY_PATH"
BOOTSTRAPS = ("/var/task/bootstrap", "/opt/bootstrap")
LANGUAGE_FOLDER = "/var/lang"

# libfoo.so, libfoo.so.1.2; but no extension modules of Python (native.so, _x.abi3.so), which are imported.
_LIBRARY = re.compile(r"lib(?!.*\.(?:cpython-|abi3\.)).+\.so(?:\.[0-9.]+)?")

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


def program(spec: EnvironmentSpec, command: tuple[str, ...], task: Path, opt: Path | None) -> Program | None:
    """``command``: what starts the runtime itself. ``task`` and ``opt``: its folders on this machine.

    None where a function is forked: Python without wrapper, extensions and libraries of its own.
    """
    extensions = tuple(find_extensions(opt)) if opt is not None else ()
    if spec.image is not None:
        return _of_image(spec.image, extensions)
    if is_custom(spec.runtime):
        missing = f"Couldn't find valid bootstrap(s): [{' '.join(BOOTSTRAPS)}]"
        return Program(tuple((path,) for path in BOOTSTRAPS), missing, extensions)
    wrapper = spec.variables.get(WRAPPER, "")
    if wrapper:
        wrapped = ("/bin/sh", "-c", _WRAPPED, "bootstrap", wrapper, *command)
        return Program((wrapped,), "", extensions, has_log_descriptor=True)
    if extensions or is_node(spec.runtime) or is_java(spec.runtime) or _brings_libraries(spec, task, opt):
        return Program((command,), f"{command[0]} is not there", extensions, has_log_descriptor=True)
    return None


def _of_image(image: ContainerImage, extensions: tuple[str, ...]) -> Program:
    command = (*image.entry_point, *image.command)
    if not command:
        return Program((), "the image has neither ENTRYPOINT nor CMD", extensions)
    is_path = "/" in command[0]
    missing = "no such file or directory" if is_path else "executable file not found in $PATH"
    return Program(
        (command,), f"fork/exec {command[0]}: {missing}" if is_path else f'exec: "{command[0]}": {missing}', extensions, True
    )


def _brings_libraries(spec: EnvironmentSpec, task: Path, opt: Path | None) -> bool:
    """Whether something may be loaded by its name alone from LD_LIBRARY_PATH, which a process reads when it starts.

    A forked one has started long before. What lies inside of packages does not count: that is loaded by its path.
    """
    folders = [task, task / "lib", *([opt / "lib"] if opt is not None else [])]
    return LIBRARY_PATH in spec.variables or any(map(_holds_libraries, folders))


def _holds_libraries(folder: Path) -> bool:
    try:
        names = [entry.name for entry in os.scandir(folder)]
    except OSError:
        return False
    return any(_LIBRARY.fullmatch(name) is not None for name in names)


def find_extensions(opt: Path) -> list[str]:
    """Files directly in /opt/extensions, by name. Links and folders are passed over, as on AWS."""
    if opt.is_symlink() or (opt / "extensions").is_symlink():
        return []  # in an image it could lead anywhere on this machine
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
