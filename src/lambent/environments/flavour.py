"""Which zygote suits a function's code: one that has imported boto3 ahead, or a leaner one that forks in half the time.

Importing boto3 takes 160 ms, forking with it some 1 ms more than without: only code that speaks of it should pay for it, and
code that brings its own must not find ours in its way.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lambent.environments import archives
from lambent.environments.folder_changes import is_ignored

EDITED_FILES_MAX = 32
EDITED_BYTES_MAX = 1024 * 1024
SCANNED_BYTES_MAX = 16 * 1024 * 1024  # more code than this is taken to use boto3

_NAMES = (b"boto3", b"botocore")


def mentions_sdk(folders: Iterable[Path]) -> bool:
    """Whether any Python file below these folders names boto3 or botocore. Blocks; run it off the event loop."""
    scanned = 0
    for folder in folders:
        for path in walk(folder):
            if path.suffix != ".py":
                continue
            try:
                text = path.read_bytes()
            except OSError:
                return True  # what we may not read may say anything
            scanned += len(text)
            if scanned > SCANNED_BYTES_MAX or any(each in text for each in _NAMES):
                return True
    return False


@dataclass(slots=True)
class FolderFlavour:
    """What a folder that people work in says of boto3: looked through once, and then file by file, as they are edited."""

    bundles_sdk: bool
    mentions_sdk: bool

    @classmethod
    def of(cls, folder: Path) -> "FolderFlavour":
        """Blocks; run it off the event loop."""
        bundles = archives.bundles_sdk(PurePosixPath(path.relative_to(folder)) for path in walk(folder))
        return cls(bundles, mentions_sdk([folder]))

    def update(self, folder: Path, changed: Sequence[str]) -> bool:
        """After an edit of the files ``changed``. False where that is not all, or too much: then look anew."""
        if not changed or len(changed) > EDITED_FILES_MAX or self.bundles_sdk:
            return False
        if archives.bundles_sdk(map(PurePosixPath, changed)):
            return False
        for name in changed:
            path = folder / name
            if path.is_dir():
                return False
            if path.suffix == ".py" and path.is_file():  # and not deleted: what named boto3 before may do so still
                if path.stat().st_size > EDITED_BYTES_MAX:
                    return False
                self.mentions_sdk |= any(each in path.read_bytes() for each in _NAMES)
        return True


def walk(folder: Path) -> Iterator[Path]:
    """The files of code: in a folder that people work in not what their tools keep there."""
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not is_ignored(name, is_folder=True)]
        for name in files:
            yield Path(parent) / name
