"""Copies through boto3."""

from collections.abc import Callable
from typing import Any

Refusal = Callable[..., dict[str, Any]]


def test_a_copy_has_the_bytes_and_the_description_of_its_source(s3: Any, bucket: str):
    source = {"Bucket": bucket, "Key": "a key/ü+"}
    put = s3.put_object(**source, Body=b"hello", ContentType="text/plain", Metadata={"a": "b"}, Tagging="c=d")
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    assert copied["CopyObjectResult"]["ETag"] == put["ETag"]
    told = s3.get_object(Bucket=bucket, Key="copy")
    assert (told["Body"].read(), told["ContentType"], told["Metadata"]) == (b"hello", "text/plain", {"a": "b"})
    assert s3.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"] == [{"Key": "c", "Value": "d"}]


def test_a_copy_may_be_described_anew(s3: Any, bucket: str):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", ContentType="text/plain", Metadata={"a": "b"}, Tagging="c=d")
    s3.copy_object(
        Bucket=bucket,
        Key="key",
        CopySource=f"{bucket}/key",
        MetadataDirective="REPLACE",
        ContentType="text/html",
        TaggingDirective="REPLACE",
        Tagging="e=f",
    )
    told = s3.head_object(Bucket=bucket, Key="key")
    assert (told["ContentType"], told["Metadata"]) == ("text/html", {})
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == [{"Key": "e", "Value": "f"}]


def test_a_copy_outlives_its_source(s3: Any, bucket: str):
    s3.put_object(Bucket=bucket, Key="key", Body=b"shared")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/key")
    s3.delete_object(Bucket=bucket, Key="key")
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == b"shared"


def test_copying_an_object_to_itself_must_change_something(s3: Any, bucket: str, refusal: Refusal):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    told = refusal(s3.copy_object, Bucket=bucket, Key="key", CopySource=f"{bucket}/key")
    assert told["Code"] == "InvalidRequest"
    assert told["Message"].startswith("This copy request is illegal because it is trying to copy an object to itself")


def test_a_source_must_be_there(s3: Any, bucket: str, refusal: Refusal):
    assert refusal(s3.copy_object, Bucket=bucket, Key="x", CopySource=f"{bucket}/nothing")["Code"] == "NoSuchKey"
    assert refusal(s3.copy_object, Bucket=bucket, Key="x", CopySource="nowhere/key")["Code"] == "NoSuchBucket"


def test_a_source_may_be_demanded_to_be_unchanged(s3: Any, bucket: str, refusal: Refusal):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    told = refusal(s3.copy_object, Bucket=bucket, Key="x", CopySource=f"{bucket}/key", CopySourceIfMatch='"other"')
    assert told["Code"] == "PreconditionFailed"


def test_an_old_version_can_be_copied_back(s3: Any, bucket: str):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket=bucket, Key="key", Body=b"old")["VersionId"]
    s3.put_object(Bucket=bucket, Key="key", Body=b"new")
    source = {"Bucket": bucket, "Key": "key", "VersionId": old}
    assert s3.copy_object(Bucket=bucket, Key="key", CopySource=source)["CopySourceVersionId"] == old
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"old"
