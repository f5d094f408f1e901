"""Rows of s3_uploads and s3_parts."""

import json
from collections.abc import Iterable, Mapping
from typing import Self

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.services.s3.tables.buckets import REGION, Bucket
from lambent.services.s3.tables.objects import Description
from lambent.store.database import Transaction


class Upload(Struct, frozen=True):
    """A multipart upload under way."""

    key: str
    upload_id: str
    initiated_at: Instant
    checksum_algorithm: str  # "" where the client chose none
    checksum_type: str
    description: Description
    tags: Mapping[str, str]

    @classmethod
    def read(
        cls, key: str, upload_id: str, initiated_at: Instant, algorithm: str, checksum_type: str, description: str, tags: str
    ) -> Self:
        described = Description.from_json(description)
        return cls(key, upload_id, initiated_at, algorithm, checksum_type, described, json.loads(tags))


class Part(Struct, frozen=True):
    """One part: a blob and what was said of it."""

    number: int
    sha256: str
    size: int
    etag: str
    modified_at: Instant
    checksum_algorithm: str = ""
    checksum_value: str = ""


FIND_UPLOAD = """
SELECT key, upload_id, initiated_at, checksum_algorithm, checksum_type, description, tags FROM s3_uploads
WHERE account = ? AND region = ? AND bucket = ? AND key = ? AND upload_id = ?"""

INSERT_UPLOAD = """
INSERT INTO s3_uploads (account, region, bucket, key, upload_id, initiated_at,
    checksum_algorithm, checksum_type, description, tags)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

DELETE_UPLOAD = "DELETE FROM s3_uploads WHERE account = ? AND region = ? AND bucket = ? AND key = ? AND upload_id = ?"

LIST_UPLOADS = """
SELECT key, upload_id, initiated_at, checksum_algorithm, checksum_type, description, tags FROM s3_uploads
WHERE account = ? AND region = ? AND bucket = ? AND key >= ? AND key < ? AND NOT (key = ? AND upload_id <= ?)
ORDER BY key, upload_id LIMIT ?"""

LIST_UPLOADS_OF_BUCKET = """
SELECT key, upload_id, initiated_at, checksum_algorithm, checksum_type, description, tags FROM s3_uploads
WHERE account = ? AND region = ? AND bucket = ?"""

PUT_PART = """
INSERT INTO s3_parts (account, region, upload_id, number, sha256, size, etag, modified_at, checksum_algorithm, checksum_value)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

FIND_PART = """
SELECT number, sha256, size, etag, modified_at, checksum_algorithm, checksum_value FROM s3_parts
WHERE account = ? AND region = ? AND upload_id = ? AND number = ?"""

LIST_PARTS = """
SELECT number, sha256, size, etag, modified_at, checksum_algorithm, checksum_value FROM s3_parts
WHERE account = ? AND region = ? AND upload_id = ? AND number > ? ORDER BY number LIMIT ?"""

DELETE_PART = "DELETE FROM s3_parts WHERE account = ? AND region = ? AND upload_id = ? AND number = ?"

DELETE_PARTS = "DELETE FROM s3_parts WHERE account = ? AND region = ? AND upload_id = ?"

IS_BLOB_OF_PART = "SELECT 1 FROM s3_parts WHERE sha256 = ? LIMIT 1"

PARTS_MAX = 10_000


def find(tx: Transaction, bucket: Bucket, key: str, upload_id: str) -> Upload | None:
    return tx.one(FIND_UPLOAD, (*bucket.scope, key, upload_id), into=Upload.read)


def insert(tx: Transaction, bucket: Bucket, upload: Upload) -> None:
    tx.run(
        INSERT_UPLOAD,
        (
            *bucket.scope,
            upload.key,
            upload.upload_id,
            upload.initiated_at,
            upload.checksum_algorithm,
            upload.checksum_type,
            upload.description.to_json(),
            json.dumps(dict(upload.tags)),
        ),
    )


def delete(tx: Transaction, bucket: Bucket, upload: Upload) -> None:
    """Forgets the upload, not its parts: they may be an object by now."""
    tx.run(DELETE_UPLOAD, (*bucket.scope, upload.key, upload.upload_id))


def page(tx: Transaction, bucket: Bucket, *, first: str, end: str, after_id: str, count_max: int) -> list[Upload]:
    """Uploads whose keys lie in [first, end), in order; of the key ``first`` only those behind ``after_id``."""
    return tx.all(LIST_UPLOADS, (*bucket.scope, first, end, first, after_id, count_max), into=Upload.read)


def of_bucket(tx: Transaction, bucket: Bucket) -> list[Upload]:
    return tx.all(LIST_UPLOADS_OF_BUCKET, bucket.scope, into=Upload.read)


def put_part(tx: Transaction, bucket: Bucket, upload_id: str, part: Part) -> None:
    delete_part(tx, bucket, upload_id, part.number)
    tx.run(
        PUT_PART,
        (
            bucket.account,
            REGION,
            upload_id,
            part.number,
            part.sha256,
            part.size,
            part.etag,
            part.modified_at,
            part.checksum_algorithm,
            part.checksum_value,
        ),
    )


def find_part(tx: Transaction, bucket: Bucket, upload_id: str, number: int) -> Part | None:
    return tx.one(FIND_PART, (bucket.account, REGION, upload_id, number), into=Part)


def parts(tx: Transaction, bucket: Bucket, upload_id: str, *, after: int = 0, count_max: int = PARTS_MAX) -> list[Part]:
    return tx.all(LIST_PARTS, (bucket.account, REGION, upload_id, after, count_max), into=Part)


def delete_part(tx: Transaction, bucket: Bucket, upload_id: str, number: int) -> None:
    tx.run(DELETE_PART, (bucket.account, REGION, upload_id, number))


def delete_parts(tx: Transaction, bucket: Bucket, upload_id: str) -> None:
    tx.run(DELETE_PARTS, (bucket.account, REGION, upload_id))


def blobs_named(tx: Transaction, sha256s: Iterable[str]) -> set[str]:
    """Those of the blobs that a part names."""
    return {sha256 for sha256 in sha256s if tx.one(IS_BLOB_OF_PART, (sha256,))}
