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
    """The zip ``base`` with ``files`` after its own, and instead of those of the same names.

    What stays is not packed again: requirements are most of what there is.
    """
    buffer = io.BytesIO()
    if base is None:
        write(buffer, files)
        return buffer.getvalue()
    buffer.write(base.read_bytes())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        is_apart = files.keys().isdisjoint(archive.namelist())
        if is_apart:
            _add(archive, files)
    return buffer.getvalue() if is_apart else _merged(base, files)


def _merged(base: Path, files: Mapping[str, Path]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(base) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for info in old.infolist():
            if info.filename not in files:
                archive.writestr(info, old.read(info), compresslevel=_LEVEL)
        _add(archive, files)
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, files: Mapping[str, Path]) -> None:
    for name, path in sorted(files.items()):
        info = zipfile.ZipInfo(name, _DATE)
        info.create_system = 3  # Unix, whose modes these are, wherever this runs
        mode = 0o755 if name.endswith(".so") or os.access(path, os.X_OK) else 0o644
        info.external_attr = (0o100000 | mode) << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, path.read_bytes(), compresslevel=_LEVEL)
