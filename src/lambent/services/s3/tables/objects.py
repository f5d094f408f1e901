"""Rows of s3_objects: one a version of an object."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.services.s3.tables.buckets import REGION, Bucket
from lambent.store.database import Transaction

NULL_VERSION = "null"


class Checksum(Struct, frozen=True):
    """A checksum in base64, over the whole object or over its parts' checksums ("-N" at its end)."""

    algorithm: str = ""  # "CRC32", "SHA256" …; "" where the object has none
    value: str = ""
    type: str = "FULL_OBJECT"  # or "COMPOSITE"


class Description(Struct, frozen=True):
    """What a client said about an object besides its bytes."""

    headers: Mapping[str, str] = {}  # by AWS' member names: ContentType, CacheControl …
    metadata: Mapping[str, str] = {}
    storage_class: str = "STANDARD"

    def to_json(self) -> str:
        return json.dumps([dict(self.headers), dict(self.metadata), self.storage_class])

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(*json.loads(text))


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """One version of an object, or a delete marker. ``sha256`` is empty where the body is parts, or where there is none."""

    key: str
    sequence: int
    version_id: str
    size: int = 0
    etag: str = ""  # hex, without quotes
    modified_at: Instant = 0.0
    sha256: str = ""
    upload_id: str = ""
    is_latest: bool = True
    is_delete_marker: bool = False
    checksum: Checksum = field(default_factory=Checksum)
    description: Description = field(default_factory=Description)
    tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        key: str,
        sequence: int,
        version_id: str,
        size: int,
        etag: str,
        modified_at: Instant,
        sha256: str,
        upload_id: str,
        is_latest: int,
        is_delete_marker: int,
        algorithm: str,
        value: str,
        checksum_type: str,
        description: str,
        tags: str,
    ) -> Self:
        assert is_delete_marker or bool(sha256) != bool(upload_id), (key, version_id)
        return cls(
            key,
            sequence,
            version_id,
            size,
            etag,
            modified_at,
            sha256,
            upload_id,
            bool(is_latest),
            bool(is_delete_marker),
            Checksum(algorithm, value, checksum_type),
            Description.from_json(description),
            json.loads(tags),
        )


FIND_LATEST = """
SELECT key, sequence, version_id, size, etag, modified_at, sha256, upload_id, is_latest, is_delete_marker,
       checksum_algorithm, checksum_value, checksum_type, description, tags
FROM s3_objects WHERE account = ? AND region = ? AND bucket = ? AND key = ? AND is_latest = 1"""

FIND_VERSION = """
SELECT key, sequence, version_id, size, etag, modified_at, sha256, upload_id, is_latest, is_delete_marker,
       checksum_algorithm, checksum_value, checksum_type, description, tags
FROM s3_objects WHERE account = ? AND region = ? AND bucket = ? AND key = ? AND version_id = ?"""

FIND_BY_UPLOAD = """
SELECT key, sequence, version_id, size, etag, modified_at, sha256, upload_id, is_latest, is_delete_marker,
       checksum_algorithm, checksum_value, checksum_type, description, tags
FROM s3_objects WHERE account = ? AND region = ? AND upload_id = ? AND bucket = ? AND key = ?"""

INSERT_VERSION = """
INSERT INTO s3_objects (account, region, bucket, key, sequence, version_id, is_latest, is_delete_marker, size, etag,
    modified_at, sha256, upload_id, checksum_algorithm, checksum_value, checksum_type, description, tags)
VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

LAST_SEQUENCE = "SELECT MAX(sequence) FROM s3_objects WHERE account = ? AND region = ? AND bucket = ? AND key = ?"

DEMOTE_LATEST = """
UPDATE s3_objects SET is_latest = 0 WHERE account = ? AND region = ? AND bucket = ? AND key = ? AND is_latest = 1"""

PROMOTE_LAST = """
UPDATE s3_objects SET is_latest = 1 WHERE account = ? AND region = ? AND bucket = ? AND key = ? AND sequence = ?"""

DELETE_VERSION = "DELETE FROM s3_objects WHERE account = ? AND region = ? AND bucket = ? AND key = ? AND sequence = ?"

SET_OBJECT_TAGS = """
UPDATE s3_objects SET tags = ? WHERE account = ? AND region = ? AND bucket = ? AND key = ? AND sequence = ?"""

LIST_LATEST = """
SELECT key, sequence, version_id, size, etag, modified_at, sha256, upload_id, is_latest, is_delete_marker,
       checksum_algorithm, checksum_value, checksum_type, description, tags
FROM s3_objects
WHERE account = ? AND region = ? AND bucket = ? AND key >= ? AND key < ? AND is_latest = 1 AND is_delete_marker = 0
ORDER BY key LIMIT ?"""

LIST_VERSIONS = """
SELECT key, sequence, version_id, size, etag, modified_at, sha256, upload_id, is_latest, is_delete_marker,
       checksum_algorithm, checksum_value, checksum_type, description, tags
FROM s3_objects
WHERE account = ? AND region = ? AND bucket = ? AND key >= ? AND key < ? AND NOT (key = ? AND sequence >= ?)
ORDER BY key, sequence DESC LIMIT ?"""

ANY_OBJECT = "SELECT is_delete_marker FROM s3_objects WHERE account = ? AND region = ? AND bucket = ? LIMIT 1"

ANY_LATEST = """
SELECT 1 FROM s3_objects WHERE account = ? AND region = ? AND bucket = ? AND is_latest = 1 AND is_delete_marker = 0 LIMIT 1"""

IS_BLOB_OF_OBJECT = "SELECT 1 FROM s3_objects WHERE sha256 = ? LIMIT 1"


def latest(tx: Transaction, bucket: Bucket, key: str) -> ObjectVersion | None:
    """The latest version, which may be a delete marker."""
    return tx.one(FIND_LATEST, (*bucket.scope, key), into=ObjectVersion.read)


def version(tx: Transaction, bucket: Bucket, key: str, version_id: str) -> ObjectVersion | None:
    return tx.one(FIND_VERSION, (*bucket.scope, key, version_id), into=ObjectVersion.read)


def by_upload(tx: Transaction, bucket: Bucket, key: str, upload_id: str) -> ObjectVersion | None:
    return tx.one(FIND_BY_UPLOAD, (bucket.account, REGION, upload_id, bucket.name, key), into=ObjectVersion.read)


def insert_latest(tx: Transaction, bucket: Bucket, new: ObjectVersion) -> None:
    """Adds ``new`` as the latest version of its key."""
    tx.run(DEMOTE_LATEST, (*bucket.scope, new.key))
    tx.run(
        INSERT_VERSION,
        (
            *bucket.scope,
            new.key,
            new.sequence,
            new.version_id,
            int(new.is_delete_marker),
            new.size,
            new.etag,
            new.modified_at,
            new.sha256,
            new.upload_id,
            new.checksum.algorithm,
            new.checksum.value,
            new.checksum.type,
            new.description.to_json(),
            json.dumps(dict(new.tags)),
        ),
    )


def last_sequence(tx: Transaction, bucket: Bucket, key: str) -> int:
    """The number of the newest version of the key; 0 where there is none."""
    row = tx.one(LAST_SEQUENCE, (*bucket.scope, key))
    return int(row[0] or 0) if row else 0


def delete(tx: Transaction, bucket: Bucket, old: ObjectVersion) -> None:
    """Removes one version; the newest that is left becomes the latest."""
    tx.run(DELETE_VERSION, (*bucket.scope, old.key, old.sequence))
    if old.is_latest:
        tx.run(PROMOTE_LAST, (*bucket.scope, old.key, last_sequence(tx, bucket, old.key)))


def set_tags(tx: Transaction, bucket: Bucket, of: ObjectVersion, tags: Mapping[str, str]) -> None:
    tx.run(SET_OBJECT_TAGS, (json.dumps(dict(tags)), *bucket.scope, of.key, of.sequence))


def page_latest(tx: Transaction, bucket: Bucket, *, first: str, end: str, count_max: int) -> list[ObjectVersion]:
    """Objects whose keys lie in [first, end), in order."""
    return tx.all(LIST_LATEST, (*bucket.scope, first, end, count_max), into=ObjectVersion.read)


def page_versions(tx: Transaction, bucket: Bucket, *, first: str, end: str, before: int, count_max: int) -> list[ObjectVersion]:
    """Versions whose keys lie in [first, end), newest first; of the key ``first`` only those below sequence ``before``."""
    return tx.all(LIST_VERSIONS, (*bucket.scope, first, end, first, before, count_max), into=ObjectVersion.read)


def are_any(tx: Transaction, bucket: Bucket) -> bool:
    """Whether the bucket holds a version or a delete marker."""
    return tx.one(ANY_OBJECT, bucket.scope) is not None


def are_any_visible(tx: Transaction, bucket: Bucket) -> bool:
    return tx.one(ANY_LATEST, bucket.scope) is not None


def blobs_named(tx: Transaction, sha256s: Iterable[str]) -> set[str]:
    """Those of the blobs that an object names."""
    return {sha256 for sha256 in sha256s if tx.one(IS_BLOB_OF_OBJECT, (sha256,))}
