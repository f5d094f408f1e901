"""The zip of a function: its module and what that imports, its requirements, and a copy of this SDK."""

import base64
import functools
import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lambent.sdk import archives, requirements
from lambent.sdk.settings import Settings
from lambent.sdk.sources import NotPackable, Source, closure, files_below

UNPACKED_BYTES_MAX = 262_144_000
DIRECT_BYTES_MAX = 50_000_000  # of a zip within a request; larger ones go through S3
HANDLER = "lambent.sdk.entry.handler"
RUNTIME_MINORS = range(11, 15)  # of Python 3: from the oldest that runs this SDK to the newest that Lambda has

_SDK = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Package:
    """``code_sha256`` is base64, as Lambda's. ``foreign`` are imported modules that are neither in it nor in the runtime.

    ``provided`` are the modules of its requirements.
    """

    content: bytes
    code_sha256: str
    files: int
    unpacked_bytes: int
    foreign: tuple[str, ...]
    provided: frozenset[str]


def runtime_of(settings: Settings) -> str:
    """The one that is set, else the one like this Python. Raises NotPackable where Lambda has none like it."""
    if settings.runtime is not None:
        return settings.runtime
    minor = sys.version_info.minor
    if minor not in RUNTIME_MINORS:
        raise NotPackable(
            f"Lambda has no python3.{minor}; name a runtime, from python3.{RUNTIME_MINORS[0]} to python3.{RUNTIME_MINORS[-1]}"
        )
    return f"python3.{minor}"


Stats = tuple[tuple[str, str, int, int], ...]
_packages: dict[tuple[Stats, str], Package] = {}
_PACKAGES_MAX = 32


def package(source: Source, settings: Settings, *, architecture: str, is_fresh: bool = False) -> Package:
    """The package of a module with these settings; made again only when a file of it has changed. Raises NotPackable."""
    found = closure(source, settings.include)
    wheels = None
    if settings.requirements:
        wheels = requirements.fetched(
            settings.requirements,
            runtime=runtime_of(settings),
            architecture=architecture,
            folder=source.path.parent,
            is_fresh=is_fresh,
        )
    files = found.files | _own_files()
    stats = _stats(files)
    key = (stats, str(wheels.path) + str(wheels.path.stat().st_mtime_ns) if wheels else "")
    known = _packages.get(key)
    if known is not None:
        return known
    unpacked = sum(size for *_, size in stats) + (wheels.unpacked_bytes if wheels else 0)
    if unpacked > UNPACKED_BYTES_MAX:
        raise NotPackable(_too_large(unpacked, stats, wheels))
    content = archives.extended(wheels.path if wheels else None, files)
    provided = wheels.modules if wheels else frozenset()
    made = Package(
        content,
        base64.b64encode(hashlib.sha256(content).digest()).decode(),
        len(files),
        unpacked,
        tuple(sorted(found.foreign - provided)),
        provided,
    )
    while len(_packages) >= _PACKAGES_MAX:
        _packages.pop(next(iter(_packages)))
    _packages[key] = made
    return made


@functools.cache
def _own_files() -> dict[str, Path]:
    """What ``from lambent import function`` needs inside the function: this package, and the one around it."""
    own = {f"lambent/sdk/{path.relative_to(_SDK).as_posix()}": path for path in files_below(_SDK)}
    return own | {"lambent/__init__.py": _SDK.parent / "__init__.py"}


def _stats(files: Mapping[str, Path]) -> Stats:
    found = []
    for name, path in sorted(files.items()):
        state = path.stat()
        found.append((name, str(path), state.st_mtime_ns, state.st_size))
    return tuple(found)


def _too_large(unpacked: int, stats: Stats, wheels: requirements.Wheels | None) -> str:
    sizes: dict[str, int] = {}
    for name, _, _, size in stats:
        top = name.partition("/")[0]
        sizes[top] = sizes.get(top, 0) + size
    if wheels is not None:
        sizes["requirements"] = wheels.unpacked_bytes
    largest = ", ".join(f"{top} {size / 1e6:.0f} MB" for top, size in sorted(sizes.items(), key=lambda item: -item[1])[:3])
    return (
        f"{unpacked / 1e6:.0f} MB unpacked, and Lambda takes {UNPACKED_BYTES_MAX / 1e6:.0f} MB: {largest}."
        " Put requirements into layers, or leave files out of the module's package."
    )
