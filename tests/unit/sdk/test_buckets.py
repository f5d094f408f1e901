"""The bucket for zips that are too large for a request, and for large values."""

import pytest

from lambent.sdk import buckets
from lambent.sdk.clients import Target
from lambent.sdk.failures import DeployError
from lambent.sdk.packing import Package

ACCOUNT = "123456789012"
PACKAGE = Package(b"zip", "a/b+c=", 1, 3, (), frozenset())


@pytest.fixture
def s3(aws, refusal):
    aws.answers["head_bucket"] = [refusal("404")]
    aws.answers["head_object"] = [refusal("404")]
    return aws


def test_a_zip_is_uploaded_under_its_hash_into_a_bucket_of_the_account_and_region(s3):
    assert buckets.uploaded(PACKAGE, Target("eu-west-1"), ACCOUNT) == {
        "S3Bucket": "lambent-123456789012-eu-west-1",
        "S3Key": "code/a_b-c.zip",
    }
    assert s3.parameters("create_bucket")["CreateBucketConfiguration"] == {"LocationConstraint": "eu-west-1"}
    assert s3.parameters("put_object")["Body"] == b"zip"
    assert s3.parameters("put_object")["ExpectedBucketOwner"] == ACCOUNT


def test_in_the_first_region_a_bucket_has_no_place_of_its_own(s3):
    buckets.ensured_bucket(Target("us-east-1"), ACCOUNT)
    assert "CreateBucketConfiguration" not in s3.parameters("create_bucket")


def test_a_zip_that_is_there_is_not_sent_again(s3):
    s3.answers["head_bucket"] = s3.answers["head_object"] = [{}]
    buckets.uploaded(PACKAGE, Target("us-east-1"), ACCOUNT)
    assert s3.names() == ["head_bucket", "head_object"]


def test_a_bucket_is_looked_for_once_in_a_process(s3):
    for _ in range(2):
        buckets.ensured_bucket(Target("us-east-1"), ACCOUNT)
    assert s3.names().count("head_bucket") == 1


def test_a_bucket_of_somebody_else_gets_nothing(s3, refusal):
    s3.answers["head_bucket"] = [refusal("403")]
    with pytest.raises(DeployError, match="the bucket lambent-123456789012-us-east-1 is not this account's"):
        buckets.uploaded(PACKAGE, Target("us-east-1"), ACCOUNT)
    assert s3.names() == ["head_bucket"]


def test_large_values_expire_where_the_store_knows_of_expiry(s3, refusal):
    buckets.ensured_bucket(Target("us-east-1"), ACCOUNT)
    rule = s3.parameters("put_bucket_lifecycle_configuration")["LifecycleConfiguration"]["Rules"][0]
    assert (rule["Filter"], rule["Expiration"]) == ({"Prefix": "values/"}, {"Days": 7})
    s3.answers["put_bucket_lifecycle_configuration"] = [refusal("NotImplemented")]
    buckets.ensured_bucket(Target("us-west-2"), ACCOUNT)


def test_other_refusals_are_raised(s3, refusal):
    s3.answers["create_bucket"] = [refusal("TooManyBuckets")]
    with pytest.raises(Exception, match="TooManyBuckets"):
        buckets.ensured_bucket(Target("us-east-1"), ACCOUNT)
