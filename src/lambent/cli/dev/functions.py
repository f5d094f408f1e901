"""A function that is served from a folder, as the command, a file of settings or the folder itself describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lambent.cli.failures import CommandFailure

NAME_CHARS_MAX = 64


class NotUnderstood(CommandFailure):
    """What describes functions does not: exits as a command that was not understood does."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Function:
    """What is not said (None) is left as it is, or is AWS' default. ``origin``: where it was found, for people."""

    name: str
    folder: Path
    handler: str
    runtime: str
    origin: str
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_s: int | None = None
    memory_mb: int | None = None
    layers: tuple[str, ...] = ()
    has_url: bool = True
    requirements: Path | None = None  # what its layer of packages is made from

    @property
    def is_python(self) -> bool:
        return self.runtime.startswith("python")


@dataclass(frozen=True, slots=True)
class Overrides:
    """What stands on the command line goes before all else. Empty: nothing is said."""

    name: str = ""
    handler: str = ""
    runtime: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_s: int | None = None
    memory_mb: int | None = None
    layers: tuple[str, ...] = ()
    has_url: bool = True


def name_of(text: str) -> str:
    """A function's name from a folder's or a file's: what may not be in one becomes a hyphen."""
    name = "".join(each if (each.isascii() and each.isalnum()) or each in "-_" else "-" for each in text).strip("-")
    return name[:NAME_CHARS_MAX] or "function"
