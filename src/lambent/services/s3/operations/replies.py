"""From rows to AWS' members."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

from lambent.core.clock import Instant
from lambent.core.ports import Reply
from lambent.services.s3.engine.conditions import Span
from lambent.services.s3.engine.objects import Found
from lambent.services.s3.tables.objects import Checksum, ObjectVersion

_TOLD_WITH_WRITES = ("ServerSideEncryption", "SSEKMSKeyId")


def time(instant: Instant) -> datetime:
    return datetime.fromtimestamp(instant, UTC)


def owner(account: str) -> dict[str, str]:
    """The canonical user of an account: 64 hexadecimal digits, always the same ones."""
    return {"ID": hashlib.sha256(f"canonical user of {account}".encode()).hexdigest()}


def quoted(etag: str) -> str:
    return f'"{etag}"'


def tag_set(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def checksum(of: Checksum) -> Reply:
    """Empty where there is none."""
    return {f"Checksum{of.algorithm}": of.value, "ChecksumType": of.type} if of.algorithm else {}


def encryption(of: ObjectVersion) -> Reply:
    return {name: of.description.headers[name] for name in _TOLD_WITH_WRITES if name in of.description.headers}


def object_headers(found: Found, span: Span, *, wants_checksum: bool, overrides: Mapping[str, Any]) -> Reply:
    """What GetObject and HeadObject tell of an object besides its bytes."""
    version = found.object
    headers: dict[str, Any] = dict(version.description.headers)
    if "Expires" in headers:
        headers["Expires"] = time(float(headers["Expires"]))
    if "BucketKeyEnabled" in headers:
        headers["BucketKeyEnabled"] = headers["BucketKeyEnabled"] == "true"
    headers.update({name: value for name, value in overrides.items() if value is not None})
    storage_class = version.description.storage_class
    return {
        **headers,
        **(checksum(version.checksum) if wants_checksum and not span.is_part else {}),
        "AcceptRanges": "bytes",
        "ContentLength": max(0, span.length),
        "ContentRange": span.content_range if span.is_part else None,
        "ETag": quoted(version.etag),
        "LastModified": time(version.modified_at),
        "Metadata": dict(version.description.metadata),
        "StorageClass": None if storage_class == "STANDARD" else storage_class,
        "TagCount": len(version.tags) or None,
        "VersionId": found.told_version_id,
    }


def url_encoded(text: str | None, encoding: str | None) -> str | None:
    """A key as a list tells it: encoded when the client asked for that, since XML cannot tell every character."""
    return quote_plus(text, safe="/*") if text and encoding == "url" else text
