"""The rules of buckets."""

from collections.abc import Mapping

from lambent.core.clock import Instant
from lambent.services.s3 import errors
from lambent.services.s3.engine import names
from lambent.services.s3.tables import buckets, objects, uploads
from lambent.services.s3.tables.buckets import Bucket
from lambent.services.s3.tables.uploads import Upload
from lambent.store.database import Transaction

BUCKETS_MAX = 10_000
US_EAST_1 = "us-east-1"


def create(tx: Transaction, account: str, name: str, *, location: str, now: Instant) -> Bucket:
    """Makes a bucket. In us-east-1 making one's own bucket again succeeds, as it always has there."""
    names.check_bucket(name)
    existing = buckets.find(tx, account, name)
    if existing is not None:
        if location == existing.location == US_EAST_1:
            return existing
        raise errors.BucketAlreadyOwnedByYou(BucketName=name)
    if buckets.count(tx, account) >= BUCKETS_MAX:
        raise errors.TooManyBuckets()
    bucket = Bucket(account, name, location, now)
    buckets.insert(tx, bucket)
    return bucket


def location_of(constraint: str | None, region: str) -> str:
    """The region that a new bucket gets: the constraint must agree with the region that the request was sent to."""
    asked_for = "eu-west-1" if constraint == "EU" else constraint
    if asked_for is None:
        if region != US_EAST_1:
            raise errors.IllegalLocationConstraint(LocationConstraint="unspecified")
        return region
    if asked_for == US_EAST_1:
        raise errors.InvalidLocationConstraint(LocationConstraint=constraint)
    if region not in (US_EAST_1, asked_for):
        raise errors.IllegalLocationConstraint(LocationConstraint=constraint)
    return asked_for


def require(tx: Transaction, account: str, name: str) -> Bucket:
    bucket = buckets.find(tx, account, name)
    if bucket is None:
        raise errors.NoSuchBucket(BucketName=name)
    return bucket


def delete(tx: Transaction, account: str, name: str) -> tuple[str, ...]:
    """Deletes an empty bucket. Uploads under way do not keep it but go with it; returns the blobs that they leave."""
    bucket = require(tx, account, name)
    if objects.are_any_visible(tx, bucket):
        raise errors.BucketNotEmpty(BucketName=name)
    if objects.are_any(tx, bucket):
        raise errors.VersionsNotDeleted(BucketName=name)
    buckets.delete(tx, bucket)
    return tuple(sha256 for upload in uploads.of_bucket(tx, bucket) for sha256 in _drop_upload(tx, bucket, upload))


def page(tx: Transaction, account: str, *, prefix: str, after: str, location: str, count_max: int) -> tuple[list[Bucket], bool]:
    """Buckets in order of their names, and whether there are more."""
    found = buckets.page(
        tx,
        account,
        after=after,
        first=prefix,
        end=names.end_of_prefix(prefix),
        location=location,
        count_max=count_max + 1,
    )
    return found[:count_max], len(found) > count_max


def set_versioning(tx: Transaction, account: str, name: str, status: str) -> None:
    buckets.set_versioning(tx, require(tx, account, name), status)


def set_tags(tx: Transaction, account: str, name: str, tags: Mapping[str, str] | None) -> None:
    buckets.set_tags(tx, require(tx, account, name), tags)


def tags_of(tx: Transaction, account: str, name: str) -> Mapping[str, str]:
    bucket = require(tx, account, name)
    if bucket.tags is None:
        raise errors.NoSuchTagSet(BucketName=name)
    return bucket.tags


def _drop_upload(tx: Transaction, bucket: Bucket, upload: Upload) -> list[str]:
    parts = uploads.parts(tx, bucket, upload.upload_id)
    uploads.delete_parts(tx, bucket, upload.upload_id)
    uploads.delete(tx, bucket, upload)
    return [part.sha256 for part in parts]
