"""Pure decisions about one request for one object: preconditions and ranges of bytes (RFC 9110, as S3 reads it)."""

import re
from datetime import datetime
from email.utils import formatdate

from msgspec import Struct

from lambent.services.s3 import errors
from lambent.services.s3.tables.objects import ObjectVersion

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*")


class ReadConditions(Struct, frozen=True):
    """What a reader demands of an object."""

    match: str | None = None
    none_match: str | None = None
    modified_since: datetime | None = None
    unmodified_since: datetime | None = None


class WriteConditions(Struct, frozen=True):
    """What a writer demands of the object that is there."""

    match: str | None = None
    none_match: str | None = None


class Span(Struct, frozen=True):
    """Bytes ``first`` to ``last`` inclusive of ``size`` bytes; ``is_part`` when the client asked for a part of them."""

    first: int
    last: int
    size: int
    is_part: bool = False

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    @property
    def content_range(self) -> str:
        return f"bytes {self.first}-{self.last}/{self.size}"


def check_read(conditions: ReadConditions, found: ObjectVersion, *, is_copy: bool = False) -> None:
    """Raises PreconditionFailed, or NotModified for a reader whose copy is still good (never for a copy)."""
    prefix = "x-amz-copy-source-" if is_copy else ""
    if conditions.match is not None:
        if not _matches(conditions.match, found.etag):
            raise errors.PreconditionFailed(Condition=prefix + "If-Match")
    elif conditions.unmodified_since and found.modified_at > conditions.unmodified_since.timestamp():
        raise errors.PreconditionFailed(Condition=prefix + "If-Unmodified-Since")
    if conditions.none_match is not None:
        is_unchanged = _matches(conditions.none_match, found.etag)
        broken = "If-None-Match"
    else:
        since = conditions.modified_since
        is_unchanged = since is not None and found.modified_at <= since.timestamp()
        broken = "If-Modified-Since"
    if is_unchanged and is_copy:
        raise errors.PreconditionFailed(Condition=prefix + broken)
    if is_unchanged:
        told = {"ETag": f'"{found.etag}"', "Last-Modified": formatdate(found.modified_at, usegmt=True)}
        raise errors.NotModified(headers=told)


def check_write(conditions: WriteConditions, found: ObjectVersion | None, key: str) -> None:
    """Raises PreconditionFailed where the object that is there (None or a delete marker: none) is not the one demanded."""
    present = None if found is None or found.is_delete_marker else found
    if conditions.none_match is not None:
        if conditions.none_match != "*":
            raise errors.NotImplementedHere(Header="If-None-Match")
        if present is not None:
            raise errors.PreconditionFailed(Condition="If-None-Match")
    if conditions.match is not None:
        if present is None:
            raise errors.NoSuchKey(Key=key)
        if not _matches(conditions.match, present.etag):
            raise errors.PreconditionFailed(Condition="If-Match")


def span_of(asked_for: str | None, size: int) -> Span:
    """The bytes that a Range header asks for. One that cannot be read is ignored, as on AWS."""
    whole = Span(0, size - 1, size)
    if asked_for is None:
        return whole
    parsed = _RANGE.fullmatch(asked_for)
    if parsed is None or parsed.groups() == ("", ""):
        return whole
    first_text, last_text = parsed.groups()
    if not first_text:
        first, last = max(0, size - int(last_text)), size - 1
    else:
        first, last = int(first_text), min(int(last_text or size), size - 1)
        if last_text and int(last_text) < first:
            return whole
    if first > last:
        raise errors.InvalidRange(RangeRequested=asked_for, ActualObjectSize=size)
    return Span(first, last, size, is_part=True)


def copy_span_of(asked_for: str | None, size: int) -> Span:
    """The bytes that x-amz-copy-source-range asks for: both ends must be given and lie within the source."""
    if asked_for is None:
        return Span(0, size - 1, size)
    parsed = _RANGE.fullmatch(asked_for)
    if parsed is None or "" in parsed.groups() or int(parsed[1]) > int(parsed[2]):
        raise errors.InvalidArgument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last "
            "are the zero-based offsets of the first and last bytes to copy",
            name="x-amz-copy-source-range",
            value=asked_for,
        )
    first, last = int(parsed[1]), int(parsed[2])
    if last >= size:
        raise errors.InvalidArgument(
            f"Range specified is not valid for source object of size: {size}", name="x-amz-copy-source-range", value=asked_for
        )
    return Span(first, last, size, is_part=True)


def _matches(condition: str, etag: str) -> bool:
    return any(tag.strip().removeprefix("W/").strip('"') in ("*", etag) for tag in condition.split(","))
