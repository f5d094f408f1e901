"""Buckets through boto3."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config

Refusal = Callable[..., dict[str, Any]]


def test_a_new_bucket_is_there_and_listed(s3: Any):
    created = s3.create_bucket(Bucket="things")
    assert created["Location"] == "/things"
    assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["things"]
    assert s3.head_bucket(Bucket="things")["BucketRegion"] == "us-east-1"


def test_buckets_of_accounts_are_apart(s3: Any, bucket: str, client: Callable[..., Any]):
    other = client("s3", aws_access_key_id="999988887777")
    assert other.list_buckets()["Buckets"] == []
    other.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="key", Body=b"mine")
    assert "Contents" not in other.list_objects_v2(Bucket=bucket)


def test_what_is_not_there_is_told(s3: Any, refusal: Refusal):
    assert refusal(s3.head_bucket, Bucket="nothing")["Code"] == "404"
    told = refusal(s3.list_objects_v2, Bucket="nothing")
    assert (told["Code"], told["Status"]) == ("NoSuchBucket", 404)
    assert (told["Message"], told["BucketName"]) == ("The specified bucket does not exist", "nothing")


def test_a_bad_name_is_refused(s3: Any, refusal: Refusal):
    told = refusal(s3.create_bucket, Bucket="Has_Bad.Chars")
    assert (told["Code"], told["Message"]) == ("InvalidBucketName", "The specified bucket is not valid.")


def test_a_bucket_lies_where_it_was_made(client: Callable[..., Any]):
    irish = client("s3", region="eu-west-1")
    irish.create_bucket(Bucket="irish", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert irish.get_bucket_location(Bucket="irish")["LocationConstraint"] == "eu-west-1"


def test_us_east_1_is_no_location(s3: Any, bucket: str):
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None


def test_outside_us_east_1_a_bucket_needs_its_region(client: Callable[..., Any], refusal: Refusal):
    told = refusal(client("s3", region="eu-west-1").create_bucket, Bucket="irish")
    assert told["Code"] == "IllegalLocationConstraintException"


def test_outside_us_east_1_making_ones_own_bucket_again_is_refused(client: Callable[..., Any], refusal: Refusal):
    irish = client("s3", region="eu-west-1")
    where = {"LocationConstraint": "eu-west-1"}
    irish.create_bucket(Bucket="irish", CreateBucketConfiguration=where)
    told = refusal(irish.create_bucket, Bucket="irish", CreateBucketConfiguration=where)
    assert (told["Code"], told["Status"]) == ("BucketAlreadyOwnedByYou", 409)


def test_only_an_empty_bucket_can_be_deleted(s3: Any, bucket: str, refusal: Refusal):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    told = refusal(s3.delete_bucket, Bucket=bucket)
    assert (told["Code"], told["Status"]) == ("BucketNotEmpty", 409)
    s3.delete_object(Bucket=bucket, Key="key")
    s3.delete_bucket(Bucket=bucket)
    assert s3.list_buckets()["Buckets"] == []


def test_pages_of_buckets_go_on_where_they_stopped(s3: Any):
    for name in ("aaa", "bbb", "ccc"):
        s3.create_bucket(Bucket=name)
    pages = s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 2})
    assert [[one["Name"] for one in page["Buckets"]] for page in pages] == [["aaa", "bbb"], ["ccc"]]


def test_tags_of_a_bucket_can_be_set_and_deleted(s3: Any, bucket: str, refusal: Refusal):
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "team", "Value": "blue"}]})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "team", "Value": "blue"}]
    s3.delete_bucket_tagging(Bucket=bucket)
    assert refusal(s3.get_bucket_tagging, Bucket=bucket)["Code"] == "NoSuchTagSet"


def test_versioning_is_told_once_it_was_set(s3: Any, bucket: str):
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"


def test_somebody_elses_bucket_is_not_what_was_expected(s3: Any, bucket: str, account: str, refusal: Refusal):
    s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner=account)
    assert refusal(s3.list_objects_v2, Bucket=bucket, ExpectedBucketOwner="999988887777")["Code"] == "AccessDenied"


def test_what_is_not_built_says_so(s3: Any, bucket: str, refusal: Refusal):
    told = refusal(s3.put_bucket_policy, Bucket=bucket, Policy="{}")
    assert (told["Code"], told["Status"]) == ("NotImplemented", 501)


def test_settings_are_those_of_a_new_bucket(s3: Any, bucket: str):
    grants = s3.get_bucket_acl(Bucket=bucket)["Grants"]
    assert [(one["Permission"], one["Grantee"]["Type"]) for one in grants] == [("FULL_CONTROL", "CanonicalUser")]
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    controls = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
    assert controls == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


@pytest.mark.parametrize("setting", ["logging", "accelerate_configuration", "notification_configuration"])
def test_settings_without_a_value_are_empty(s3: Any, bucket: str, setting: str):
    told = getattr(s3, f"get_bucket_{setting}")(Bucket=bucket)
    assert told.keys() == {"ResponseMetadata"}


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("get_bucket_policy", "NoSuchBucketPolicy"),
        ("get_bucket_cors", "NoSuchCORSConfiguration"),
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("get_bucket_website", "NoSuchWebsiteConfiguration"),
        ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
    ],
)
def test_settings_that_a_new_bucket_lacks_are_told_as_missing(
    s3: Any, bucket: str, refusal: Refusal, operation: str, code: str
):
    told = refusal(getattr(s3, operation), Bucket=bucket)
    assert (told["Code"], told["Status"], told["BucketName"]) == (code, 404, bucket)


@pytest.mark.parametrize("acl", ["public-read", "authenticated-read"])
def test_acls_are_off_as_in_every_new_bucket(s3: Any, bucket: str, refusal: Refusal, acl: str):
    told = refusal(s3.put_object, Bucket=bucket, Key="key", Body=b"", ACL=acl)
    assert (told["Code"], told["Message"]) == ("AccessControlListNotSupported", "The bucket does not allow ACLs")


def test_no_more_buckets_are_listed_than_there_may_be(client: Callable[..., Any], bucket: str):
    asker = client("s3", config=Config(parameter_validation=False))
    assert [one["Name"] for one in asker.list_buckets(MaxBuckets=2**63 - 1)["Buckets"]] == [bucket]
