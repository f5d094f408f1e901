"""Which requirements an installer would build: those that name source code, which `--only-binary` does not keep it from."""

import codecs
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

_COMMENT = re.compile(r"(^|\s+)#.*$")
_NAMED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*(\[[^]]*\])?\s*@\s*")  # "name @ where", the name of what is there
_REST = re.compile(r"\s+(;|--).*$")  # conditions, and options of one requirement
_BUILDS = ("-e", "--editable", "--no-binary")
_FILES = ("-r", "--requirement")
_FILE = re.compile(r"(?:--requirement[\s=]|-r)\s*(.+)")
_SOURCES = (".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar")


def built(asked: Sequence[str]) -> Iterator[str]:
    """Those among ``asked`` (pip's arguments), and in the files that these name, of which there is no wheel yet."""
    for line in _lines(asked):
        option = re.split(r"[\s=]", line, maxsplit=1)[0]
        if option in _BUILDS or (not option.startswith("-") and _is_source(line)):
            yield line


def _is_source(line: str) -> bool:
    place = _REST.sub("", _NAMED.sub("", line)).strip()
    url = urlsplit(place)
    if "+" in url.scheme:  # git+https
        return True
    if url.scheme in ("http", "https", "file"):
        return not url.path.endswith(".whl")
    place = place.partition(";")[0].strip()
    if place.endswith(".whl"):
        return False
    # As pip knows paths from names.
    return place.endswith(_SOURCES) or ((os.sep in place or place.startswith(".")) and Path(place.partition("[")[0]).is_dir())


def _lines(asked: Sequence[str]) -> Iterator[str]:
    arguments = iter(asked)
    for argument in arguments:
        named = _FILE.fullmatch(argument)
        if argument in _FILES:
            yield from _lines_of_file(Path(next(arguments, "")), frozenset())
        elif named:
            yield from _lines_of_file(Path(named[1]), frozenset())
        else:
            yield argument


def _lines_of_file(path: Path, seen: frozenset[Path]) -> Iterator[str]:
    """Its own and those of the files that it names; what cannot be read the installer says itself."""
    if path in seen or not path.is_file():
        return
    for raw in _text(path.read_bytes()).replace("\\\n", "").splitlines():
        line = _COMMENT.sub("", raw).strip()
        named = _FILE.fullmatch(line)
        if named:
            yield from _lines_of_file(path.parent / named[1], seen | {path})
        elif line:
            yield line


def _text(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")
