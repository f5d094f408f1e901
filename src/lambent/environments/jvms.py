"""Finds the Java virtual machines of this machine, without starting any: each says in a file which version it is.

A function of a java runtime runs with the JVM of that version where there is one, else with the next later one.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from lambent.environments import interpreters

FEATURE_MIN = 17

_VERSION = re.compile(r'^JAVA_VERSION="([^"]+)"', re.MULTILINE)
_SYSTEM = Path("/usr")
_ETC = Path("/etc")


class Jvm(Struct, frozen=True):
    version: str  # "17.0.15"
    home: Path  # real: no link

    @property
    def feature(self) -> int:
        return int(re.split(r"\D", self.version, maxsplit=1)[0])

    @property
    def executable(self) -> Path:
        return self.home / "bin" / "java"

    @property
    def has_debugger(self) -> bool:
        """Whether debuggers can attach: a JVM that was cut down may have left that out."""
        return any((self.home / "lib").glob("libjdwp.*"))

    def settings(self) -> list[Path]:
        """Folders below /etc in which a distribution keeps parts of this JVM, without which it does not start."""
        found = set()
        for folder in (self.home / "conf", self.home / "lib"):
            for place, folders, files in os.walk(folder):
                for name in (*folders, *files):
                    path = Path(place, name)
                    target = Path(os.path.realpath(path)) if path.is_symlink() else None
                    if target is not None and target.is_relative_to(_ETC) and len(target.parts) > 3:
                        found.add(_ETC / target.parts[2])
        return sorted(found)


def discover(variables: Mapping[str, str]) -> list[Jvm]:
    """Those that were found, best first: JAVA_HOME's, PATH's, then those of version managers and of the system."""
    found: dict[Path, Jvm] = {}
    for place in _places(variables):
        home = Path(os.path.realpath(place))
        if home not in found:
            jvm = at(home)
            if jvm is not None and jvm.feature >= FEATURE_MIN:
                found[home] = jvm
    return list(found.values())


def at(home: Path) -> Jvm | None:
    """The JVM whose folder this is, if it is one."""
    try:
        version = _VERSION.search((home / "release").read_text("utf-8", "replace"))
    except OSError:
        return None
    if version is None or not version[1][:1].isdigit() or not os.access(home / "bin" / "java", os.X_OK):
        return None
    return Jvm(version[1], home)


def choose(found: Iterable[Jvm], feature: int) -> Jvm | None:
    """The one that runs functions written for ``feature``: Java runs what was compiled for an earlier version."""
    return min((jvm for jvm in found if jvm.feature >= feature), key=lambda jvm: jvm.feature, default=None)


def _places(variables: Mapping[str, str]) -> Iterator[Path]:
    if variables.get("JAVA_HOME"):
        yield Path(variables["JAVA_HOME"])
    for name in variables.get("PATH", "").split(os.pathsep):
        executable = Path(os.path.realpath(Path(name) / "java"))
        if Path(name).is_absolute() and executable.parent.name == "bin":
            yield executable.parent.parent
    home = Path(variables.get("HOME", "/nonexistent"))
    data = Path(variables.get("XDG_DATA_HOME") or home / ".local/share")
    managed = (
        Path(variables.get("SDKMAN_DIR") or home / ".sdkman") / "candidates/java",
        Path(variables.get("MISE_DATA_DIR") or data / "mise") / "installs/java",
        Path(variables.get("ASDF_DATA_DIR") or home / ".asdf") / "installs/java",
        home / ".jdks",
        _SYSTEM / "lib/jvm",
        _SYSTEM / "lib64/jvm",
        Path("/opt/java"),
    )
    for versions in managed:
        yield from interpreters.newest_folders(versions)
