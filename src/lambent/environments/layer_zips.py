"""Packs a folder into the zip of a layer: the same files give the same bytes, whenever and in whatever order they came."""

import hashlib
import stat
import zipfile
from pathlib import Path

from msgspec import Struct

from lambent.core import ids

# The earliest that a zip can tell.
_WHEN = (1980, 1, 1, 0, 0, 0)
_CHUNK_BYTES = 1 << 20
_UNIX = 3


class Part(Struct, frozen=True):
    """One package, or a file that stands by itself."""

    name: str
    bytes: int


class Packed(Struct, frozen=True):
    """``sha256`` in hexadecimal digits."""

    path: Path
    sha256: str
    zipped_bytes: int
    unzipped_bytes: int


def size_of(folder: Path) -> int:
    """The bytes that its files unzip to."""
    return sum(_size(path) for path in folder.rglob("*"))


def parts(folder: Path, packages: Path) -> list[Part]:
    """What the folder of packages holds, the largest first; a Python package's notes about itself count with the rest."""
    sizes: dict[str, int] = {}
    for path in sorted(packages.iterdir()):
        for named in sorted(path.iterdir()) if path.name.startswith("@") and path.is_dir() else [path]:
            name = str(named.relative_to(packages))
            is_note = name.endswith(".dist-info") or name.startswith(".") or name in ("bin", "__pycache__")
            key = "" if is_note else name.removesuffix(".libs")
            sizes[key] = sizes.get(key, 0) + _size(named) + (size_of(named) if _is_folder(named) else 0)
    rest = size_of(folder) - sum(sizes.values()) + sizes.pop("", 0)
    listed = [Part(name, size) for name, size in sizes.items()] + ([Part("(metadata)", rest)] if rest else [])
    return sorted(listed, key=lambda part: (-part.bytes, part.name))


def pack(folder: Path, target: Path) -> Packed:
    """Writes it beside and renames it into its place. Raises OSError."""
    new = target.with_name(f".{target.name}.{ids.hex_digits(8)}.tmp")
    try:
        with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
                if not _is_folder(path):
                    _add(archive, path, path.relative_to(folder).as_posix())
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Packed(target, digest, target.stat().st_size, size_of(folder))


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    entry = zipfile.ZipInfo(name, _WHEN)
    entry.create_system = _UNIX  # else the system that packs it shows
    entry.compress_type = zipfile.ZIP_DEFLATED
    if path.is_symlink():
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, str(path.readlink()))
        return
    # Functions are another user than the one who packs: all may read what any may.
    mode = 0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644
    entry.external_attr = (stat.S_IFREG | mode) << 16
    entry.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(entry, "w") as sink:
        while chunk := source.read(_CHUNK_BYTES):
            sink.write(chunk)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _size(path: Path) -> int:
    """Of a link, as of a file, what stands in it."""
    return 0 if _is_folder(path) else path.lstat().st_size
