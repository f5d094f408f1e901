"""Rows of s3_buckets."""

import json
from collections.abc import Mapping
from typing import Self

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.store.database import Transaction

REGION = ""  # bucket names know no region


class Bucket(Struct, frozen=True):
    """One bucket. ``location`` is its region, ``versioning`` is "" until it was first configured."""

    account: str
    name: str
    location: str
    created_at: Instant
    versioning: str = ""
    tags: Mapping[str, str] | None = None

    @property
    def scope(self) -> tuple[str, str, str]:
        """The first three columns of every table that hangs on a bucket."""
        return (self.account, REGION, self.name)

    @property
    def is_versioned(self) -> bool:
        return self.versioning == "Enabled"

    @classmethod
    def read(cls, account: str, name: str, location: str, created_at: Instant, versioning: str, tags: str) -> Self:
        assert versioning in ("", "Enabled", "Suspended"), versioning
        return cls(account, name, location, created_at, versioning, json.loads(tags))


FIND_BUCKET = """
SELECT account, name, location, created_at, versioning, tags FROM s3_buckets WHERE account = ? AND region = ? AND name = ?"""

INSERT_BUCKET = """
INSERT INTO s3_buckets (account, region, name, location, created_at, versioning, tags) VALUES (?, ?, ?, ?, ?, ?, ?)"""

DELETE_BUCKET = "DELETE FROM s3_buckets WHERE account = ? AND region = ? AND name = ?"

LIST_BUCKETS = """
SELECT account, name, location, created_at, versioning, tags FROM s3_buckets
WHERE account = ? AND region = ? AND name > ? AND name >= ? AND name < ? AND (? = '' OR location = ?)
ORDER BY name LIMIT ?"""

COUNT_BUCKETS = "SELECT COUNT(*) FROM s3_buckets WHERE account = ? AND region = ?"

SET_VERSIONING = "UPDATE s3_buckets SET versioning = ? WHERE account = ? AND region = ? AND name = ?"

SET_BUCKET_TAGS = "UPDATE s3_buckets SET tags = ? WHERE account = ? AND region = ? AND name = ?"


def find(tx: Transaction, account: str, name: str) -> Bucket | None:
    return tx.one(FIND_BUCKET, (account, REGION, name), into=Bucket.read)


def insert(tx: Transaction, bucket: Bucket) -> None:
    tx.run(INSERT_BUCKET, (*bucket.scope, bucket.location, bucket.created_at, bucket.versioning, json.dumps(bucket.tags)))


def delete(tx: Transaction, bucket: Bucket) -> None:
    tx.run(DELETE_BUCKET, bucket.scope)


def page(tx: Transaction, account: str, *, after: str, first: str, end: str, location: str, count_max: int) -> list[Bucket]:
    """Buckets whose names lie behind ``after`` and in [first, end), in order."""
    return tx.all(LIST_BUCKETS, (account, REGION, after, first, end, location, location, count_max), into=Bucket.read)


def count(tx: Transaction, account: str) -> int:
    row = tx.one(COUNT_BUCKETS, (account, REGION))
    assert row is not None
    return int(row[0] or 0)


def set_versioning(tx: Transaction, bucket: Bucket, status: str) -> None:
    tx.run(SET_VERSIONING, (status, *bucket.scope))


def set_tags(tx: Transaction, bucket: Bucket, tags: Mapping[str, str] | None) -> None:
    tx.run(SET_BUCKET_TAGS, (json.dumps(tags), *bucket.scope))
