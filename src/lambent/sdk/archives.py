"""Zips that are the same bytes whenever the same files go in."""

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can say
_LEVEL = 6


def write(target: Path | io.BytesIO, files: Mapping[str, Path]) -> None:
    """A zip of ``files``, by their names in it."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        _add(archive, files)


def extended(base: Path | None, files: Mapping[str, Path]) -> bytes:
    """The zip ``base`` with ``files`` after its own; what it has already is neither read nor packed again."""
    buffer = io.BytesIO()
    if base is None:
        write(buffer, files)
        return buffer.getvalue()
    buffer.write(base.read_bytes())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        present = set(archive.namelist())
        _add(archive, {name: path for name, path in files.items() if name not in present})
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, files: Mapping[str, Path]) -> None:
    for name, path in sorted(files.items()):
        info = zipfile.ZipInfo(name, _DATE)
        info.create_system = 3  # Unix, whose modes these are, wherever this runs
        mode = 0o755 if name.endswith(".so") or os.access(path, os.X_OK) else 0o644
        info.external_attr = (0o100000 | mode) << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, path.read_bytes(), compresslevel=_LEVEL)
