"""Layers of container images, which are not to be trusted: unpacked each into a folder of its own, and laid over one another.

Nothing outside of the target folder is written or linked to, whatever names and links a layer holds: links are never followed
by us but inside of the layer. What a layer takes away from those below (whiteouts) is noted beside its files, for no file
system of ours has to understand it. https://github.com/opencontainers/image-spec/blob/main/layer.md
"""

import contextlib
import errno
import gzip
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any, cast

from lambent.core.ports import BadArchive
from lambent.environments import folders, zstd

IMAGE_BYTES_MAX = 10_737_418_240  # of all its files
TOO_LARGE = "SizeLimitExceeded: Uncompressed container image size exceeds 10 GiB limit"  # AWS' words
ENTRIES_MAX = 2_000_000  # of a layer
HEADER_BYTES_MAX = 1_048_576  # of a long name, or of what else stands in an entry's extended header
LINKS_FOLLOWED_MAX = 40
FILES, NOTES = "files", "notes.json"

_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK_BYTES = 1 << 20
_EXTENDED = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)
# Names and links that no file system takes; any other failure is the machine's.
_ITS_OWN_FAULT = (
    *(errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST),
    *(errno.ELOOP, errno.EMLINK),
)
_MODE = 0o777  # no set-user-id, which nobody in a sandbox could use
_POINTS = ("proc", "dev", "tmp", "sys", "etc")  # folders that something is mounted on, or in
_FILE_POINTS = ("etc/resolv.conf", "etc/hosts")


def unpack(archive: Path, target: Path) -> None:
    """Unpacks a layer (a tar, or one in gzip or zstd) into ``target``. Raises BadArchive. Blocks."""
    root = target / FILES
    root.mkdir(parents=True)
    layer = _Layer(root)
    try:
        with _uncompressed(archive) as plain, tarfile.open(fileobj=plain, mode="r|", tarinfo=_Entry) as tar:
            while (entry := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined]  # which would keep them all: a layer may have millions
                layer.add(tar, entry)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, OverflowError) as error:
        raise BadArchive(f"a layer of the image cannot be read: {error}") from error
    except OSError as error:
        if error.errno not in _ITS_OWN_FAULT:
            raise
        raise BadArchive(f"a layer of the image cannot be unpacked: {error.strerror}") from error
    layer.finish()
    notes = {"bytes": layer.size, "whiteouts": layer.whiteouts, "opaque": layer.opaque, "implied": layer.implied}
    (target / NOTES).write_text(json.dumps(notes))


def merge(layers: Iterable[Path], target: Path) -> None:
    """The root of an image: unpacked layers over one another, the lowest first, by links to files. Raises BadArchive."""
    target.mkdir()
    size = 0
    for layer in layers:
        notes = json.loads((layer / NOTES).read_text())
        size += notes["bytes"]
        if size > IMAGE_BYTES_MAX:
            raise BadArchive(TOO_LARGE)
        for name in notes["opaque"]:
            folder = _inside(target, name)
            if folder is not None and folder.is_dir() and not folder.is_symlink():
                for path in list(folder.iterdir()):
                    _remove(path)
        for name in notes["whiteouts"]:
            gone = _inside(target, name)
            if gone is not None:
                _remove(gone)
        folders.lay_over(layer / FILES, target, implied=notes.get("implied", ()))
    for point in _POINTS:
        _make_folder(target / point)
    for point in _FILE_POINTS:
        _remove(target / point)
        (target / point).touch(mode=0o644)


class _Entry(tarfile.TarInfo):
    """An entry whose extended header, which is read into memory, is looked at before."""

    def _proc_member(self, tarfile_: tarfile.TarFile) -> Any:
        if self.type in _EXTENDED and self.size > HEADER_BYTES_MAX:
            raise tarfile.ReadError(f"a header has more than {HEADER_BYTES_MAX} bytes")
        return super()._proc_member(tarfile_)  # type: ignore[misc]


class _Layer:
    """A layer on its way into a folder."""

    def __init__(self, root: Path) -> None:
        self.size = 0
        self.whiteouts: list[str] = []
        self.opaque: list[str] = []
        self._root = root
        self._entries = 0
        self._folder_modes: dict[Path, int] = {}
        self._implied: set[Path] = set()

    @property
    def implied(self) -> list[str]:
        """The folders that the layer has no entry for, only something in them: those below it are as they were."""
        return sorted(str(path.relative_to(self._root)) for path in self._implied)

    def add(self, tar: tarfile.TarFile, entry: tarfile.TarInfo) -> None:
        self._entries += 1
        if self._entries > ENTRIES_MAX:
            raise BadArchive(f"a layer of the image has more than {ENTRIES_MAX} entries")
        parts = _parts(entry.name)
        if not parts:
            return
        name = parts[-1]
        if name == _OPAQUE:
            self.opaque.append("/".join(parts[:-1]))
        elif name.startswith(_WHITEOUT):
            if name in (".wh..", ".wh..."):
                raise BadArchive(f"a layer of the image takes away {entry.name!r}, which is no name")
            if name != _WHITEOUT and not name.startswith(".wh..wh."):
                self.whiteouts.append("/".join([*parts[:-1], name.removeprefix(_WHITEOUT)]))
        else:
            self._place(tar, entry, self._folder(parts[:-1]) / name)

    def finish(self) -> None:
        """Modes of folders come last: one that may not be written to may still have been filled."""
        for path, mode in self._folder_modes.items():
            with contextlib.suppress(FileNotFoundError):
                path.chmod(mode | 0o700)

    def _place(self, tar: tarfile.TarFile, entry: tarfile.TarInfo, path: Path) -> None:
        if entry.isdir():
            _make_folder(path)
            self._implied.discard(path)
            self._folder_modes[path] = entry.mode & (_MODE | 0o1000)
            return
        _remove(path)
        self._folder_modes.pop(path, None)
        self._implied.discard(path)
        if entry.issym():
            path.symlink_to(entry.linkname)
        elif entry.islnk():
            self._link(entry, path)
        elif entry.isfile():
            self._write(cast(IO[bytes], tar.extractfile(entry)), path)
            path.chmod(entry.mode & _MODE | 0o400)
            os.utime(path, (entry.mtime, entry.mtime))
        # Devices and pipes are left out: nobody in a sandbox could use the ones or needs the others.

    def _link(self, entry: tarfile.TarInfo, path: Path) -> None:
        parts = _parts(entry.linkname)
        source = self._folder(parts[:-1]) / parts[-1] if parts else self._root
        try:
            os.link(source, path, follow_symlinks=False)
        except OSError as error:
            raise BadArchive(f"a layer of the image links {entry.name} to {entry.linkname}, which cannot be linked") from error

    def _write(self, source: IO[bytes], path: Path) -> None:
        with path.open("xb") as file:
            while chunk := source.read(_CHUNK_BYTES):
                self.size += len(chunk)
                if self.size > IMAGE_BYTES_MAX:
                    raise BadArchive(TOO_LARGE)
                file.write(chunk)

    def _folder(self, parts: list[str]) -> Path:
        """The folder, made where it is missing; links on the way are followed, inside of the layer."""
        wanted, made, followed = list(parts), self._root, 0
        while wanted:
            part = wanted.pop(0)
            if part == "..":
                made = made.parent if made != self._root else made
                continue
            path = made / part
            if path.is_symlink():
                followed += 1
                if followed > LINKS_FOLLOWED_MAX:
                    raise BadArchive("a layer of the image has links that lead in a circle")
                link = str(path.readlink())
                made = self._root if link.startswith("/") else made
                wanted = [each for each in link.split("/") if each not in ("", ".")] + wanted
            else:
                if _make_folder(path):
                    self._implied.add(path)
                made = path
        return made


def _uncompressed(archive: Path) -> AbstractContextManager[IO[bytes]]:
    with archive.open("rb") as file:
        magic = file.read(len(zstd.MAGIC))
    if magic.startswith(_GZIP_MAGIC):
        return cast(AbstractContextManager[IO[bytes]], gzip.open(archive))
    return zstd.opened(archive) if magic == zstd.MAGIC else archive.open("rb")


def _parts(name: str) -> list[str]:
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in name:
        raise BadArchive(f"a layer of the image has the name {name!r}, which leads out of it")
    return parts


def _inside(root: Path, name: str) -> Path | None:
    """The path of a name below ``root``, or None where a link stands on the way to it."""
    path = root
    parts = _parts(name)
    for part in parts[:-1]:
        path = path / part
        if path.is_symlink():
            return None
    return path / parts[-1] if parts else root


def _make_folder(path: Path) -> bool:
    """Whether it was not there."""
    if not path.is_symlink() and path.is_dir():
        return False
    path.unlink(missing_ok=True)
    path.mkdir(mode=0o755)
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
