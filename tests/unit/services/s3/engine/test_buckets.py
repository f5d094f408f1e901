"""The rules of buckets."""

import pytest

from lambent.services.s3 import errors
from lambent.services.s3.engine import buckets
from lambent.services.s3.tables import objects, uploads
from lambent.services.s3.tables.buckets import Bucket
from lambent.services.s3.tables.objects import Description, ObjectVersion
from lambent.services.s3.tables.uploads import Part, Upload
from lambent.store.database import Transaction


def test_a_bucket_of_ones_own_may_be_made_again_in_us_east_1_only(tx: Transaction, bucket: Bucket):
    assert buckets.create(tx, bucket.account, bucket.name, location="us-east-1", now=2.0) == bucket
    buckets.create(tx, bucket.account, "others", location="eu-west-1", now=1.0)
    with pytest.raises(errors.BucketAlreadyOwnedByYou):
        buckets.create(tx, bucket.account, "others", location="eu-west-1", now=2.0)


def test_two_accounts_may_have_buckets_of_one_name(tx: Transaction, bucket: Bucket):
    assert buckets.create(tx, "444455556666", bucket.name, location="us-east-1", now=2.0).created_at == 2.0
    assert buckets.require(tx, bucket.account, bucket.name).created_at == 1.0


@pytest.mark.parametrize(
    ("constraint", "region", "location"),
    [
        (None, "us-east-1", "us-east-1"),
        ("eu-west-1", "us-east-1", "eu-west-1"),
        ("eu-west-1", "eu-west-1", "eu-west-1"),
        ("EU", "us-east-1", "eu-west-1"),
    ],
)
def test_the_location_follows_constraint_and_region(constraint: str | None, region: str, location: str):
    assert buckets.location_of(constraint, region) == location


@pytest.mark.parametrize(("constraint", "region"), [(None, "eu-west-1"), ("eu-west-2", "eu-west-1")])
def test_a_constraint_must_agree_with_the_region(constraint: str | None, region: str):
    with pytest.raises(errors.IllegalLocationConstraint) as refused:
        buckets.location_of(constraint, region)
    assert refused.value.message == (
        f"The {constraint or 'unspecified'} location constraint is incompatible for the region specific endpoint "
        "this request was sent to."
    )


def test_us_east_1_is_no_constraint():
    with pytest.raises(errors.InvalidLocationConstraint):
        buckets.location_of("us-east-1", "us-east-1")


def test_a_bucket_with_versions_left_says_so(tx: Transaction, bucket: Bucket):
    objects.insert_latest(tx, bucket, ObjectVersion("key", 1, "v", sha256="0"))
    with pytest.raises(errors.BucketNotEmpty, match=r"is not empty$"):
        buckets.delete(tx, bucket.account, bucket.name)
    objects.insert_latest(tx, bucket, ObjectVersion("key", 2, "w", is_delete_marker=True))
    with pytest.raises(errors.VersionsNotDeleted, match=r"You must delete all versions in the bucket."):
        buckets.delete(tx, bucket.account, bucket.name)


def test_uploads_under_way_go_with_their_bucket(tx: Transaction, bucket: Bucket):
    upload = Upload("key", "upload", 1.0, "", "", Description(), {})
    uploads.insert(tx, bucket, upload)
    uploads.put_part(tx, bucket, "upload", Part(1, "blob", 5, "etag", 1.0))
    assert buckets.delete(tx, bucket.account, bucket.name) == ("blob",)
    assert uploads.parts(tx, bucket, "upload") == []
    assert uploads.of_bucket(tx, bucket) == []


def test_pages_of_buckets_go_by_name(tx: Transaction, bucket: Bucket):
    for name in ("aaa", "thing-1", "zzz"):
        buckets.create(tx, bucket.account, name, location="us-east-1", now=1.0)
    page, is_truncated = buckets.page(tx, bucket.account, prefix="", after="aaa", location="", count_max=2)
    assert ([one.name for one in page], is_truncated) == (["thing-1", "things"], True)
    page, is_truncated = buckets.page(tx, bucket.account, prefix="thing", after="", location="", count_max=9)
    assert ([one.name for one in page], is_truncated) == (["thing-1", "things"], False)
