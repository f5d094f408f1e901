"""The rules of objects and their versions.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from msgspec import Struct

from lambent.services.s3 import errors
from lambent.services.s3.engine import buckets, conditions
from lambent.services.s3.engine.conditions import WriteConditions
from lambent.services.s3.tables import objects, uploads
from lambent.services.s3.tables.buckets import Bucket
from lambent.services.s3.tables.objects import NULL_VERSION, ObjectVersion
from lambent.services.s3.tables.uploads import Part
from lambent.store.database import Transaction

_VERSION_ID = re.compile(r"[a-z0-9]{32}|null")


class Found(Struct, frozen=True):
    """An object that is there, with its bucket and, when its body is made of parts, these."""

    bucket: Bucket
    object: ObjectVersion
    parts: tuple[Part, ...] = ()

    @property
    def told_version_id(self) -> str | None:
        """A bucket that was never versioned tells no version ids."""
        return self.object.version_id if self.bucket.versioning else None

    @property
    def pieces(self) -> list[tuple[str, int]]:
        """The blobs of the body, in order, with their sizes."""
        if self.parts:
            return [(part.sha256, part.size) for part in self.parts]
        return [(self.object.sha256, self.object.size)]


class Stored(Struct, frozen=True):
    """What became of a write: the object, and the blobs that it may have left without a name."""

    bucket: Bucket
    object: ObjectVersion
    suspects: tuple[str, ...] = ()

    @property
    def told_version_id(self) -> str | None:
        return self.object.version_id if self.bucket.versioning else None


class Doomed(Struct, frozen=True):
    """What is to be deleted: a version, or the latest; ``marker`` is what may take its place."""

    key: str
    version_id: str | None
    match: str | None
    marker: ObjectVersion


class Deleted(Struct, frozen=True):
    """What became of a delete. ``version_id`` is the one made (a marker's) or removed, None where there is nothing to tell."""

    version_id: str | None = None
    is_delete_marker: bool = False
    suspects: tuple[str, ...] = ()


def find(tx: Transaction, account: str, bucket_name: str, key: str, version_id: str | None) -> Found:
    """The latest version, or the one that is named; a delete marker is no object."""
    bucket = buckets.require(tx, account, bucket_name)
    found = require_version(tx, bucket, key, version_id)
    parts = uploads.parts(tx, bucket, found.upload_id) if found.upload_id else []
    return Found(bucket, found, tuple(parts))


def require_version(tx: Transaction, bucket: Bucket, key: str, version_id: str | None) -> ObjectVersion:
    if version_id is None:
        found = objects.latest(tx, bucket, key)
        if found is None:
            raise errors.NoSuchKey(Key=key)
        if found.is_delete_marker:
            raise errors.NoSuchKey(Key=key, headers=_marker_headers(found))
        return found
    _check_version_id(version_id)
    found = objects.version(tx, bucket, key, version_id)
    if found is None:
        raise errors.NoSuchVersion(Key=key, VersionId=version_id)
    if found.is_delete_marker:
        raise errors.MethodNotAllowed(Method="GET", ResourceType="DeleteMarker", headers=_marker_headers(found))
    return found


def put(tx: Transaction, account: str, bucket_name: str, new: ObjectVersion, *, demands: WriteConditions) -> Stored:
    """Adds an object. ``new.version_id`` is what it is to be called in a versioned bucket; elsewhere it replaces "null"."""
    return store(tx, buckets.require(tx, account, bucket_name), new, demands=demands)


def store(tx: Transaction, bucket: Bucket, new: ObjectVersion, *, demands: WriteConditions) -> Stored:
    conditions.check_write(demands, objects.latest(tx, bucket, new.key), new.key)
    suspects = () if bucket.is_versioned else _drop_null_version(tx, bucket, new.key)
    stored = replace(
        new,
        sequence=objects.last_sequence(tx, bucket, new.key) + 1,
        version_id=new.version_id if bucket.is_versioned else NULL_VERSION,
    )
    objects.insert_latest(tx, bucket, stored)
    return Stored(bucket, stored, suspects)


def delete(tx: Transaction, account: str, bucket_name: str, doomed: Doomed) -> Deleted:
    """Deletes a version for good, or the object (by a delete marker where the bucket is versioned)."""
    return _delete(tx, buckets.require(tx, account, bucket_name), doomed)


def delete_many(tx: Transaction, account: str, bucket_name: str, doomed: Sequence[Doomed]) -> list[Deleted | errors.S3Error]:
    """Each for itself: one that cannot be deleted has its error in its place, and does not stop the others."""
    bucket = buckets.require(tx, account, bucket_name)
    outcomes: list[Deleted | errors.S3Error] = []
    for one in doomed:
        try:
            outcomes.append(_delete(tx, bucket, one))
        except errors.S3Error as error:  # raised before anything is written
            outcomes.append(error)
    return outcomes


def set_tags(
    tx: Transaction, account: str, bucket_name: str, key: str, version_id: str | None, tags: Mapping[str, str]
) -> Found:
    found = find(tx, account, bucket_name, key, version_id)
    objects.set_tags(tx, found.bucket, found.object, tags)
    return found


def blobs_named(tx: Transaction, sha256s: frozenset[str]) -> set[str]:
    """Those of the blobs that any object or part of any account names."""
    of_objects = objects.blobs_named(tx, sha256s)
    return of_objects | uploads.blobs_named(tx, sha256s - of_objects)


def _delete(tx: Transaction, bucket: Bucket, doomed: Doomed) -> Deleted:
    if doomed.version_id is not None:
        return _delete_version(tx, bucket, doomed.key, doomed.version_id)
    if doomed.match is not None:
        demands = WriteConditions(match=doomed.match)
        conditions.check_write(demands, objects.latest(tx, bucket, doomed.key), doomed.key)
    if not bucket.versioning:
        return Deleted(suspects=_drop_null_version(tx, bucket, doomed.key))
    stored = store(tx, bucket, doomed.marker, demands=WriteConditions())
    return Deleted(stored.object.version_id, is_delete_marker=True, suspects=stored.suspects)


def _delete_version(tx: Transaction, bucket: Bucket, key: str, version_id: str) -> Deleted:
    _check_version_id(version_id)
    told = version_id if bucket.versioning else None
    found = objects.version(tx, bucket, key, version_id)
    if found is None:  # AWS answers success: it is gone, as asked
        return Deleted(told)
    return Deleted(told, found.is_delete_marker, _drop(tx, bucket, found))


def _drop_null_version(tx: Transaction, bucket: Bucket, key: str) -> tuple[str, ...]:
    found = objects.version(tx, bucket, key, NULL_VERSION)
    return _drop(tx, bucket, found) if found else ()


def _drop(tx: Transaction, bucket: Bucket, old: ObjectVersion) -> tuple[str, ...]:
    objects.delete(tx, bucket, old)
    if not old.upload_id:
        return (old.sha256,) if old.sha256 else ()
    suspects = tuple(part.sha256 for part in uploads.parts(tx, bucket, old.upload_id))
    uploads.delete_parts(tx, bucket, old.upload_id)
    return suspects


def _check_version_id(version_id: str) -> None:
    if not _VERSION_ID.fullmatch(version_id):
        raise errors.InvalidArgument("Invalid version id specified", name="versionId", value=version_id)


def _marker_headers(marker: ObjectVersion) -> dict[str, str]:
    return {"x-amz-delete-marker": "true", "x-amz-version-id": marker.version_id}
