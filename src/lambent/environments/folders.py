"""Folders laid over one another: a later one's files replace an earlier one's, as names for the same bytes."""

import os
import shutil
from pathlib import Path


def lay_over(source: Path, target: Path) -> None:
    """Adds what is in ``source`` with hard links, so that merging costs names, not bytes. Links are taken as links."""
    for folder, folders, files in os.walk(source):
        here = target / Path(folder).relative_to(source)
        for name in folders:
            if (Path(folder) / name).is_symlink():
                files.append(name)
            else:
                _make_way(here / name, for_folder=True)
                (here / name).mkdir(exist_ok=True)
                shutil.copymode(Path(folder) / name, here / name)
        for name in files:
            _make_way(here / name, for_folder=False)
            _link(Path(folder) / name, here / name)


def _make_way(path: Path, *, for_folder: bool) -> None:
    is_folder = path.is_dir() and not path.is_symlink()
    if is_folder and not for_folder:
        shutil.rmtree(path)
    elif not is_folder:
        path.unlink(missing_ok=True)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        # A file system without hard links, or one that refuses them to who does not own the file.
        shutil.copy2(source, target, follow_symlinks=False)
