"""Which folders of this machine functions may be served from: none, unless who runs the platform has said so.

A function that is served from a folder can read all of it, and on an open platform every caller may make functions. So it is a
permission of its own: given when the platform starts, or by who can read its data directory, and never on a platform that
others than this machine can reach.
"""

import hmac
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from lambent.core.clock import wall_s
from lambent.core.errors import LambentError

PERMISSION_S_MAX = 600
"""How long a signed request for permission may be on its way."""


class FolderRefused(LambentError):
    """Functions are not served from a folder; the text says why, and what to do."""


class Secrets(Protocol):
    """Derives secrets from the data directory's seal (``core.sessions.SessionSeal``)."""

    def secret_of(self, key_id: str) -> str: ...


class SourceFolders:
    """``is_loopback``: whether only this machine reaches the platform. ``hidden`` is what no function may see in any folder."""

    def __init__(self, *, is_loopback: bool, allowed: Iterable[Path] = (), hidden: Path | None = None) -> None:
        self._is_loopback = is_loopback
        self._allowed: set[Path] = set()
        self.hidden = hidden.resolve() if hidden is not None else None
        for folder in allowed:
            self.allow(folder)

    def allow(self, folder: Path) -> Path:
        """From now on functions may be served from here and below. The folder as it really is. Raises FolderRefused."""
        if not self._is_loopback:
            raise FolderRefused("Functions are served from folders only by a platform that listens on a loopback address.")
        real = _real(folder)
        self._check_hidden(real)
        self._allowed.add(real)
        return real

    def checked(self, folder: Path) -> Path:
        """The folder as it really is. Raises FolderRefused where no function may be served from it, or it is not there."""
        # Where it leads comes first: who may not be served from there is not told what is there either.
        real = Path(os.path.realpath(folder))
        if not folder.is_absolute() or not any(real.is_relative_to(allowed) for allowed in self._allowed):
            raise FolderRefused(
                f"This platform may not serve functions from {folder}. `lambent dev {folder}` gives permission, "
                f"as does `lambent start --allow-folder {folder}`."
            )
        self._check_hidden(real)
        return _real(folder)

    def _check_hidden(self, real: Path) -> None:
        if self.hidden is not None and real.is_relative_to(self.hidden):
            raise FolderRefused(f"{real} is in the platform's own data directory.")


def _real(folder: Path) -> Path:
    if not folder.is_absolute():
        raise FolderRefused(f"{folder} is not an absolute path.")
    try:
        real = folder.resolve(strict=True)
        if not real.is_dir():
            raise FolderRefused(f"{folder} is not a folder.")
        if not os.access(real, os.R_OK | os.X_OK):
            raise FolderRefused(f"{folder} cannot be read by the platform.")
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FolderRefused(f"The folder {folder} cannot be served from: {reason}.") from error
    return real


def permission(secrets: Secrets, folder: Path) -> dict[str, str]:
    """The query by which who has the seal asks the platform to allow a folder."""
    expires = str(int(wall_s()) + PERMISSION_S_MAX)
    return {"folder": str(folder), "expires": expires, "signature": _signature(secrets, str(folder), expires)}


def is_permitted(secrets: Secrets, query: dict[str, str]) -> bool:
    """Whether such a query was made with this seal, and lately."""
    folder, expires, signature = (query.get(name, "") for name in ("folder", "expires", "signature"))
    if not hmac.compare_digest(signature.encode(), _signature(secrets, folder, expires).encode()):
        return False
    return 0 <= int(expires) - wall_s() <= PERMISSION_S_MAX


def _signature(secrets: Secrets, folder: str, expires: str) -> str:
    return secrets.secret_of(f"folder/{expires}/{folder}")
