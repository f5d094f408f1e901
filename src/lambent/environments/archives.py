"""Reads users' zips, which are not to be trusted: says whether one is safe, and unpacks it where it can do no harm.

Nothing outside of the target folder is ever written or linked to: names may not climb, links may not leave, and the bytes
written never exceed those declared, which are limited.
"""

import contextlib
import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

from msgspec import Struct

from lambent.core.ports import BadArchive

BadZip = BadArchive

UNZIPPED_BYTES_MAX = 262_144_000
ENTRIES_MAX = 250_000
NAME_BYTES_MAX = 255
PATH_BYTES_MAX = 1_024
LINK_BYTES_MAX = 1_024
DEPTH_MAX = 100

_CHUNK_BYTES = 1 << 20
_ENCRYPTED = 0x1
_EXTENDED_TIMESTAMP = 0x5455
_HAS_MODIFIED = 0x1
_MADE_ON_UNIX = (3, 19)  # Unix, macOS

# What stands on every environment's path already. A zygote that imported its own would shadow a copy that the user brings.
SDK_NAMES = frozenset(("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six"))

# Roots that the sandbox mounts read-only: links into them stay inside.
_INSIDE = ("/opt/", "/var/task/")


class ZipFacts(Struct, frozen=True):
    """What a safe zip holds, as it declares it."""

    unzipped_bytes: int
    entries: int
    bundles_sdk: bool  # brings boto3 or one of its parts at a place that Python imports from


class _Entry(Struct, frozen=True):
    """One file, folder or link, under its clean path."""

    info: zipfile.ZipInfo
    path: PurePosixPath
    is_folder: bool
    is_link: bool
    mode: int | None  # permission bits, None where the zip has none


def check_zip(data: bytes | Path) -> ZipFacts:
    """Reads the zip to its end, checksums included. Raises BadArchive. Blocks.

    A zip that declares more than ``UNZIPPED_BYTES_MAX`` is reported, not read: its size is the caller's answer to give.
    """
    with _opened(data) as archive:
        entries = _entries(archive)
        facts = _facts(entries)
        if facts.unzipped_bytes <= UNZIPPED_BYTES_MAX:
            for entry in entries:
                if entry.is_link:
                    _link_target(archive, entry)
                elif not entry.is_folder:
                    _read_through(archive, entry)
    return facts


def inspect_zip(path: Path) -> int:
    """``core.ports.ZipInspector``."""
    return check_zip(path).unzipped_bytes


def facts_of(data: bytes | Path) -> ZipFacts:
    """What the zip's directory says, without reading its contents. Raises BadArchive. Blocks for a moment."""
    with _opened(data) as archive:
        return _facts(_entries(archive))


def unpack(data: Path, target: Path) -> None:
    """Unpacks into the new folder ``target``, files without the right to write. Raises BadArchive. Blocks."""
    with _opened(data) as archive:
        entries = _entries(archive)
        if _facts(entries).unzipped_bytes > UNZIPPED_BYTES_MAX:
            raise BadArchive(f"it unzips to more than {UNZIPPED_BYTES_MAX} bytes")
        target.mkdir()
        folders: dict[PurePosixPath, int | None] = {PurePosixPath(): None}
        for entry in entries:
            for missing in _missing_parents(entry, folders):
                (target / missing).mkdir()
                folders[missing] = None
            if entry.is_folder:
                folders[entry.path] = entry.mode
            elif entry.is_link:
                (target / entry.path).symlink_to(_link_target(archive, entry))
            else:
                _write(archive, entry, target / entry.path)
        for path, mode in folders.items():
            # Folders stay the owner's to remove; the sandbox mounts the whole read-only.
            (target / path).chmod((0o755 if mode is None else mode) & ~0o022 | 0o700)


# ---- reading the directory -------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _opened(data: bytes | Path) -> Iterator[zipfile.ZipFile]:
    """The zip, with everything that its being damaged can raise turned into BadArchive."""
    try:
        with contextlib.ExitStack() as stack:
            file: IO[bytes] | Path = data if isinstance(data, Path) else stack.enter_context(io.BytesIO(data))
            yield stack.enter_context(zipfile.ZipFile(file))
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, ValueError, UnicodeError) as error:
        raise BadArchive(f"it is not a sound zip: {error}") from error


def _entries(archive: zipfile.ZipFile) -> list[_Entry]:
    """The archive's entries, checked one by one and together. Of several with one name the last counts, as unzip has it."""
    infos = archive.infolist()
    if not infos:
        raise BadArchive("it holds no files")
    if len(infos) > ENTRIES_MAX:
        raise BadArchive(f"it holds more than {ENTRIES_MAX} entries")
    entries = {entry.path: entry for entry in map(_entry, infos) if entry.path.parts}
    for entry in entries.values():
        for parent in entry.path.parents:
            above = entries.get(parent)
            # Something below a link would be written wherever the link points.
            if above is not None and not above.is_folder:
                raise BadArchive(f"{parent} is a file and also a folder")
    return list(entries.values())


def _entry(info: zipfile.ZipInfo) -> _Entry:
    name = info.filename
    if info.flag_bits & _ENCRYPTED:
        raise BadArchive(f"{name} is encrypted")
    if name.startswith("/") or "\0" in info.orig_filename:
        raise BadArchive(f"{name} is not a relative path")
    path = PurePosixPath(name)
    if ".." in path.parts:
        raise BadArchive(f"{name} leads out of the archive")
    longest = max((len(os.fsencode(part)) for part in path.parts), default=0)
    if len(os.fsencode(name)) > PATH_BYTES_MAX or longest > NAME_BYTES_MAX or len(path.parts) > DEPTH_MAX:
        raise BadArchive(f"{name[:60]}… is too long a path")
    bits = info.external_attr >> 16 if info.create_system in _MADE_ON_UNIX else 0
    kind = stat.S_IFMT(bits)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
        raise BadArchive(f"{name} is neither a file, a folder nor a link")
    return _Entry(
        info=info,
        path=path,
        is_folder=info.is_dir() or kind == stat.S_IFDIR,
        is_link=kind == stat.S_IFLNK and not info.is_dir(),
        # As on AWS, a file that only its owner could read stays unreadable. But a mode without a file's type was never a
        # file's: it is the 0600 that Python's ZipFile.writestr makes up, and which nobody means.
        mode=(bits & 0o777 if kind else bits & 0o777 | 0o444) if bits else None,
    )


def _facts(entries: Iterable[_Entry]) -> ZipFacts:
    listed = list(entries)
    return ZipFacts(
        unzipped_bytes=sum(entry.info.file_size for entry in listed),
        entries=len(listed),
        bundles_sdk=bundles_sdk(entry.path for entry in listed),
    )


def bundles_sdk(paths: Iterable[PurePosixPath]) -> bool:
    """Whether boto3 or one of its parts lies where an import finds it: in any folder that is not itself inside a package.

    ``vendor/boto3`` counts, because code adds such folders to ``sys.path``; ``pip/_vendor/urllib3`` does not.
    """
    listed = [path.parts for path in paths]
    packages = {parts[:-1] for parts in listed if parts[-1] == "__init__.py"}
    return any(
        _module_name(parts[depth], is_last=depth == len(parts) - 1) in SDK_NAMES and parts[:depth] not in packages
        for parts in listed
        for depth in range(len(parts))
    )


def _module_name(part: str, *, is_last: bool) -> str:
    return part.removesuffix(".py") if is_last else part


# ---- reading and writing the contents --------------------------------------------------------------------------------


def _read_through(archive: zipfile.ZipFile, entry: _Entry) -> None:
    """zipfile stops at the declared size and then compares the checksum: a lie about the size is a bad checksum."""
    with archive.open(entry.info) as source:
        while source.read(_CHUNK_BYTES):
            pass


def _write(archive: zipfile.ZipFile, entry: _Entry, target: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with archive.open(entry.info) as source:
            while chunk := source.read(_CHUNK_BYTES):
                file.write(chunk)
        file.flush()
        # Python takes a compiled module for stale when its source's time is not the one it was compiled at.
        modified_s = _modified_s(entry.info)
        os.utime(descriptor, (modified_s, modified_s))
        os.fchmod(descriptor, _read_only(entry.mode, default=0o644))


def _link_target(archive: zipfile.ZipFile, entry: _Entry) -> str:
    """Where a link points. Only ``..`` at the front may climb: with none further on, no chain of links leads out."""
    if entry.info.file_size > LINK_BYTES_MAX:
        raise BadArchive(f"{entry.path} is too long a link")
    target = os.fsdecode(archive.read(entry.info))
    parts = PurePosixPath(target).parts
    climbs = next((count for count, part in enumerate(parts) if part != ".."), len(parts))
    if target.startswith("/"):
        is_inside = target.startswith(_INSIDE) and ".." not in parts
    else:
        is_inside = climbs < len(entry.path.parts) and ".." not in parts[climbs:]
    if not target or "\0" in target or not is_inside:
        raise BadArchive(f"{entry.path} is a link that leads out of the archive")
    return target


def _missing_parents(entry: _Entry, folders: dict[PurePosixPath, int | None]) -> list[PurePosixPath]:
    """The folders to make for an entry, outermost first; itself, when it is one."""
    wanted = [*reversed(entry.path.parents), *([entry.path] if entry.is_folder else [])]
    return [path for path in wanted if path not in folders]


def _read_only(mode: int | None, *, default: int) -> int:
    return (default if mode is None else mode) & ~0o222


def _modified_s(info: zipfile.ZipInfo) -> int:
    """Seconds since 1970: exact where the zip says so (Info-ZIP does), else the two-second local time, taken for UTC."""
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == _EXTENDED_TIMESTAMP and size >= 5 and len(extra) >= 9 and extra[4] & _HAS_MODIFIED:
            return int(struct.unpack("<i", extra[5:9])[0])
        extra = extra[4 + size :]
    try:
        return int(datetime(*info.date_time, tzinfo=UTC).timestamp())
    except ValueError:
        return 0
