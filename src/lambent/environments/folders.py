"""Folders laid over one another: a later one's files replace an earlier one's, as names for the same bytes."""

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from lambent.core.clock import wall_s

LINKS_FOLLOWED_MAX = 40


def lay_over(source: Path, target: Path, *, implied: Collection[str] = ()) -> None:
    """Adds what is in ``source`` with hard links, so that merging costs names, not bytes. Links are taken as links.

    Folders named in ``implied`` are only on the way to something: where ``target`` has them, or links to others inside of it,
    these stay as they are.
    """
    implied = frozenset(implied)
    places = {str(source): target}
    for folder, folders, files in os.walk(source):
        here = places.pop(folder)
        for name in folders:
            path = Path(folder) / name
            if path.is_symlink():
                files.append(name)
                continue
            place = here / name
            is_implied = str(path.relative_to(source)) in implied
            if is_implied and (found := _folder_at(target, place)) is not None:
                place = found
            else:
                _make_way(place, for_folder=True)
                place.mkdir(exist_ok=True)
                shutil.copymode(path, place)
            places[str(path)] = place
        for name in files:
            _make_way(here / name, for_folder=False)
            _link(Path(folder) / name, here / name)


def _folder_at(root: Path, path: Path) -> Path | None:
    """The folder that ``path`` is or, below ``root`` and nowhere else, leads to; None where there is none."""
    wanted = list(path.relative_to(root).parts)
    found, followed = root, 0
    while wanted:
        part = wanted.pop(0)
        if part == "..":
            found = found.parent if found != root else found
            continue
        step = found / part
        if step.is_symlink():
            followed += 1
            if followed > LINKS_FOLLOWED_MAX:
                return None
            link = str(step.readlink())
            found = root if link.startswith("/") else found
            wanted = [each for each in link.split("/") if each not in ("", ".")] + wanted
        elif step.is_dir():
            found = step
        else:
            return None
    return found


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


def remove_abandoned(folder: Path, pattern: str, *, older_than_s: float) -> None:
    """Removes what processes that were killed have left half made: files and folders that nobody has touched for so long."""
    for path in folder.glob(pattern):
        try:
            if wall_s() - path.lstat().st_mtime <= older_than_s:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
        except OSError:
            continue  # another process is at it
