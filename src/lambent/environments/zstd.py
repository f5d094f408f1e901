"""Reads what is compressed with zstd, with what there is for it: Python 3.14, the package zstandard, or the program zstd."""

import contextlib
import importlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import IO, cast

from lambent.core.ports import BadArchive

MAGIC = b"\x28\xb5\x2f\xfd"
_MODULES = ("compression.zstd", "zstandard")
_PROGRAM = "zstd"
_REST_BYTES_MAX = 1 << 24  # what may follow the end of a tar: padding
_CHUNK_BYTES = 1 << 20


def is_here() -> bool:
    return _module() is not None or shutil.which(_PROGRAM) is not None


@contextlib.contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The uncompressed bytes. Raises BadArchive, in the block too, for what is damaged, and where nothing can read it."""
    module = _module()
    if module is not None:
        try:
            with module.open(path, "rb") as file:
                yield cast(IO[bytes], file)
        except module.ZstdError as error:
            raise _damaged(str(error)) from error
    elif shutil.which(_PROGRAM) is not None:
        yield from _by_program(path)
    else:
        raise BadArchive("layers compressed with zstd take the program zstd or the package zstandard beside the platform")


def _by_program(path: Path) -> Iterator[IO[bytes]]:
    command = [_PROGRAM, "--decompress", "--stdout", "--quiet", "--", str(path)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            yield process.stdout
            # Whoever reads a tar stops at its end; whether all was sound, only the program's end tells.
            rest = 0
            while rest <= _REST_BYTES_MAX and (chunk := process.stdout.read(_CHUNK_BYTES)):
                rest += len(chunk)
            if rest <= _REST_BYTES_MAX and process.wait():
                raise _damaged(process.stderr.read().decode(errors="replace").strip())
        finally:
            process.kill()


def _damaged(reason: str) -> BadArchive:
    return BadArchive(f"a layer of the image cannot be read: {reason}")


def _module() -> ModuleType | None:
    for name in _MODULES:
        with contextlib.suppress(ImportError):
            return importlib.import_module(name)
    return None
