"""The layout of a data directory: which file is where, the seal, and the note by which commands find a platform."""

import json
import os
from pathlib import Path

from msgspec import Struct

from lambent.core import ids
from lambent.core.errors import StartupError
from lambent.store.blobs import sync_folder

SEAL_BYTES = 32


class Running(Struct, frozen=True):
    """The note of a running platform, ``platform.json``."""

    pid: int
    url: str


class Folder(Struct, frozen=True):
    """A data directory. Everything that a platform keeps is below ``path``."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / "state.db"

    @property
    def logs_database(self) -> Path:
        return self.path / "logs.db"

    @property
    def blobs(self) -> Path:
        return self.path / "blobs"

    @property
    def code(self) -> Path:
        return self.path / "code"

    def prepare(self) -> None:
        """Makes the directory; git ignores it by itself. Raises StartupError where it cannot be made or written."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            ignore = self.path / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise self._unusable("Permission denied")

    def seal_key(self) -> bytes:
        """The secret under which session tokens are issued: made once, readable by its owner only."""
        path = self.path / "seal"
        try:
            key = path.read_bytes()
        except FileNotFoundError:
            key = ids.random_bytes(SEAL_BYTES)
            _write_whole(path, key, mode=0o600)
            sync_folder(self.path)  # what is issued under it outlives a power cut, so its name must
        assert len(key) == SEAL_BYTES, f"{path} does not hold a seal"
        return key

    def note(self, running: Running) -> None:
        text = json.dumps({"pid": running.pid, "url": running.url}) + "\n"
        _write_whole(self.path / "platform.json", text.encode(), mode=0o644)

    def unnote(self) -> None:
        (self.path / "platform.json").unlink(missing_ok=True)

    def running(self) -> Running | None:
        """The note of the platform that runs here, or that was killed: ``store.lock.holder`` knows."""
        try:
            note = json.loads((self.path / "platform.json").read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return Running(pid=note["pid"], url=note["url"])

    def _unusable(self, reason: str) -> StartupError:
        return StartupError(f"{self.path} cannot be written ({reason}). Choose another data directory with --data.")


def _write_whole(path: Path, data: bytes, *, mode: int) -> None:
    """Writes a file that is there whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
