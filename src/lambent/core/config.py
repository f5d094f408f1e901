"""What the user chose. The one place that reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PORT_DEFAULT = 4566
HOST_DEFAULT = "127.0.0.1"
DATA_DEFAULT = Path(".lambent")
AUTH_MODES = ("open", "signed", "iam")
DURABILITIES = ("power", "os")
CLOCKS = ("real", "virtual", "auto")
THROUGHPUTS = ("off", "aws")

_REACHED_AS_LOCALHOST = ("127.0.0.1", "::1", "0.0.0.0", "::", "")  # noqa: S104  compared with, not bound to


@dataclass(frozen=True, slots=True)
class Config:
    """How one platform runs."""

    host: str = HOST_DEFAULT
    port: int = PORT_DEFAULT
    data: Path = DATA_DEFAULT  # ignored when ephemeral
    is_ephemeral: bool = False
    auth: str = "open"
    durability: str = "power"
    cache: Path = field(default_factory=lambda: default_cache())  # runtimes installed per interpreter, shared by platforms
    environments_memory_mb_max: int = 0  # 0: four fifths of the machine's memory
    allowed_hosts: tuple[str, ...] = ()  # Host headers accepted besides loopback names
    clock: str = ""  # "": as the data was left, and real where it is new
    throughput: str = "off"  # "aws": what is provisioned is all there is
    is_freezing: bool = True  # environments between their events
    source_folders: tuple[Path, ...] = ()  # that functions may be served from as they stand there

    @property
    def url(self) -> str:
        """As programs on this machine reach it."""
        if self.host in _REACHED_AS_LOCALHOST:
            return f"http://localhost:{self.port}"
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def environment() -> Mapping[str, str]:
    """The process' environment variables."""
    return os.environ


def default_cache() -> Path:
    home = os.environ.get("LAMBENT_CACHE")
    if home:
        return Path(home)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lambent"
