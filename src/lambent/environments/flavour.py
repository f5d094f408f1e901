"""Which zygote suits a function's code: one that has imported boto3 ahead, or a leaner one that forks in half the time.

Importing boto3 takes 160 ms, forking with it some 1 ms more than without: only code that speaks of it should pay for it, and
code that brings its own must not find ours in its way.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from lambent.environments.folder_changes import is_ignored

SCANNED_BYTES_MAX = 16 * 1024 * 1024  # more code than this is taken to use boto3

_NAMES = (b"boto3", b"botocore")


Seen = dict[Path, tuple[int, int, bool]]
"""Of a file: when it was written, its bytes, and whether it names boto3."""


def mentions_sdk(folders: Iterable[Path], seen: Seen | None = None) -> bool:
    """Whether any Python file below these folders names boto3 or botocore. Blocks; run it off the event loop.

    ``seen`` is kept between looks at folders that change, so that each look reads only what has changed.
    """
    scanned = 0
    seen = {} if seen is None else seen
    for folder in folders:
        for path in walk(folder):
            if path.suffix != ".py":
                continue
            try:
                found = path.stat()
                known = seen.get(path)
                if known is None or known[:2] != (found.st_mtime_ns, found.st_size):
                    text = path.read_bytes()
                    known = seen[path] = (found.st_mtime_ns, found.st_size, any(each in text for each in _NAMES))
            except OSError:
                return True  # what we may not read may say anything
            scanned += found.st_size
            if known[2] or scanned > SCANNED_BYTES_MAX:
                return True
    return False


def walk(folder: Path) -> Iterator[Path]:
    """The files of code: in a folder that people work in not what their tools keep there."""
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not is_ignored(name, is_folder=True)]
        for name in files:
            yield Path(parent) / name
