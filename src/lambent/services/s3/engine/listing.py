"""Listing keys in order, with those below a delimiter rolled up into one common prefix.

A common prefix is skipped by seeking behind it, so a page costs what it shows and not what lies below its prefixes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from lambent.services.s3.engine import names
from lambent.services.s3.tables import objects, uploads
from lambent.services.s3.tables.buckets import Bucket
from lambent.services.s3.tables.objects import ObjectVersion
from lambent.services.s3.tables.uploads import Upload
from lambent.store.database import Transaction

SEQUENCE_MAX = 2**62


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


Item = TypeVar("Item", bound=_Keyed)


class Place(Struct, frozen=True):
    """Where to go on: at ``key`` itself (behind ``mark`` of it, for lists that have several of a key)."""

    key: str = ""
    mark: int | str | None = None


class Look(Struct, frozen=True):
    """What a client wants to see."""

    prefix: str
    delimiter: str
    count_max: int

    def common_prefix(self, key: str) -> str | None:
        """The common prefix that stands for the key, or None for a key that is shown itself."""
        if not self.delimiter:
            return None
        at = key.find(self.delimiter, len(self.prefix))
        return None if at < 0 else key[: at + len(self.delimiter)]


@dataclass(slots=True)
class Page(Generic[Item]):
    """One page. ``last`` is the last key or common prefix that it shows."""

    items: list[Item] = field(default_factory=list)
    common_prefixes: list[str] = field(default_factory=list)
    is_truncated: bool = False
    last: str = ""

    @property
    def count(self) -> int:
        return len(self.items) + len(self.common_prefixes)


def behind(marker: str, look: Look) -> Place:
    """The place behind a key, or behind all that a common prefix stands for."""
    if not marker:
        return Place()
    if marker.startswith(look.prefix) and look.common_prefix(marker) == marker:
        return Place(names.end_of_prefix(marker))
    return Place(marker + "\0")


def latest(tx: Transaction, bucket: Bucket, look: Look, place: Place) -> Page[ObjectVersion]:
    def read(at: Place, end: str, count_max: int) -> list[ObjectVersion]:
        return objects.page_latest(tx, bucket, first=at.key, end=end, count_max=count_max)

    return _walk(read, lambda found: Place(found.key + "\0"), look, place)


def versions(tx: Transaction, bucket: Bucket, look: Look, place: Place) -> Page[ObjectVersion]:
    def read(at: Place, end: str, count_max: int) -> list[ObjectVersion]:
        before = at.mark if isinstance(at.mark, int) else SEQUENCE_MAX
        return objects.page_versions(tx, bucket, first=at.key, end=end, before=before, count_max=count_max)

    return _walk(read, lambda found: Place(found.key, found.sequence), look, place)


def version_place(tx: Transaction, bucket: Bucket, key_marker: str, version_id_marker: str, look: Look) -> Place:
    """The place behind one version of a key.

    Who deletes what a page shows goes on from a version that is gone. Where that was in the order nobody knows any more, so
    the key's versions that are left are shown from the newest on: rather one twice than one never.
    """
    if not version_id_marker:
        return behind(key_marker, look)
    marked = objects.version(tx, bucket, key_marker, version_id_marker)
    return Place(key_marker, marked.sequence if marked else None)


def under_way(tx: Transaction, bucket: Bucket, look: Look, place: Place) -> Page[Upload]:
    def read(at: Place, end: str, count_max: int) -> list[Upload]:
        after_id = at.mark if isinstance(at.mark, str) else ""
        return uploads.page(tx, bucket, first=at.key, end=end, after_id=after_id, count_max=count_max)

    return _walk(read, lambda found: Place(found.key, found.upload_id), look, place)


def _walk(
    read: Callable[[Place, str, int], list[Item]], behind_item: Callable[[Item], Place], look: Look, place: Place
) -> Page[Item]:
    page: Page[Item] = Page()
    if look.count_max == 0:
        return page
    end = names.end_of_prefix(look.prefix)
    at = place if place.key >= look.prefix else Place(look.prefix)
    while True:
        wanted = look.count_max - page.count + 1
        found = read(at, end, wanted)
        skip_to = ""
        for item in found:
            if item.key < skip_to:
                continue
            if page.count == look.count_max:
                page.is_truncated = True
                return page
            common = look.common_prefix(item.key)
            if common is None:
                page.items.append(item)
                page.last = item.key
            else:
                page.common_prefixes.append(common)
                page.last = common
                skip_to = names.end_of_prefix(common)
        if len(found) < wanted:
            return page
        last = behind_item(found[-1])
        at = Place(skip_to) if skip_to > last.key else last
