"""Objects through boto3: put, get, head, delete, and what is told of them."""

import base64
import hashlib
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

Refusal = Callable[..., dict[str, Any]]

KEYS = ["plain", "a/b/c", "with space+plus", "ünïcödé/日本", "a//b", "./..", "100%", "semi;colon&amp=?#", "\U0001f600"]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_may_be_anything(s3: Any, bucket: str, key: str):
    s3.put_object(Bucket=bucket, Key=key, Body=b"hello")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"hello"
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    s3.delete_object(Bucket=bucket, Key=key)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_an_object_is_told_as_it_was_given(s3: Any, bucket: str):
    expires = datetime(2030, 1, 1, tzinfo=UTC)
    given = {
        "CacheControl": "max-age=60",
        "ContentDisposition": "attachment",
        "ContentEncoding": "gzip",
        "ContentLanguage": "de",
        "ContentType": "text/plain",
        "Metadata": {"author": "ada", "empty": ""},
    }
    put = s3.put_object(Bucket=bucket, Key="key", Body=b"hello", Expires=expires, **given)
    head = s3.head_object(Bucket=bucket, Key="key")
    assert {name: head[name] for name in given} == given
    assert head["Expires"] == expires
    assert (head["ETag"], head["ContentLength"]) == (put["ETag"], 5)
    assert head["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
    assert (head["AcceptRanges"], head["ServerSideEncryption"]) == ("bytes", "AES256")
    assert "VersionId" not in head


def test_without_a_type_an_object_is_octets(s3: Any, bucket: str):
    s3.put_object(Bucket=bucket, Key="key", Body=b"")
    told = s3.get_object(Bucket=bucket, Key="key")
    assert (told["ContentType"], told["ContentLength"], told["Body"].read()) == ("binary/octet-stream", 0, b"")


def test_an_object_of_many_chunks_comes_back_whole(s3: Any, bucket: str):
    data = bytes(range(256)) * 20_000
    s3.put_object(Bucket=bucket, Key="key", Body=io.BytesIO(data))
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == data


def test_what_is_not_there_is_told(s3: Any, bucket: str, refusal: Refusal):
    told = refusal(s3.get_object, Bucket=bucket, Key="nothing")
    assert (told["Code"], told["Status"], told["Key"]) == ("NoSuchKey", 404, "nothing")
    assert told["Message"] == "The specified key does not exist."
    assert refusal(s3.head_object, Bucket=bucket, Key="nothing")["Code"] == "404"
    assert refusal(s3.get_object, Bucket="nowhere", Key="nothing")["Code"] == "NoSuchBucket"
    assert refusal(s3.put_object, Bucket="nowhere", Key="nothing", Body=b"x" * 100_000)["Code"] == "NoSuchBucket"


@pytest.mark.parametrize(
    ("asked_for", "content", "told"),
    [("bytes=1-3", b"123", "bytes 1-3/10"), ("bytes=7-", b"789", "bytes 7-9/10"), ("bytes=-2", b"89", "bytes 8-9/10")],
)
def test_a_range_is_partial_content(s3: Any, bucket: str, asked_for: str, content: bytes, told: str):
    s3.put_object(Bucket=bucket, Key="key", Body=b"0123456789")
    part = s3.get_object(Bucket=bucket, Key="key", Range=asked_for)
    assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert (part["Body"].read(), part["ContentRange"], part["ContentLength"]) == (content, told, len(content))


def test_a_range_behind_the_end_is_not_satisfiable(s3: Any, bucket: str, refusal: Refusal):
    s3.put_object(Bucket=bucket, Key="key", Body=b"0123456789")
    told = refusal(s3.get_object, Bucket=bucket, Key="key", Range="bytes=10-")
    assert (told["Code"], told["Status"], told["ActualObjectSize"]) == ("InvalidRange", 416, "10")


def test_a_good_copy_is_not_sent_again(s3: Any, bucket: str, refusal: Refusal):
    etag = s3.put_object(Bucket=bucket, Key="key", Body=b"x")["ETag"]
    where = {"Bucket": bucket, "Key": "key"}
    assert refusal(s3.get_object, **where, IfNoneMatch=etag)["Status"] == 304
    later = datetime.now(UTC) + timedelta(hours=1)
    assert refusal(s3.head_object, **where, IfModifiedSince=later)["Status"] == 304
    assert s3.get_object(**where, IfNoneMatch='"other"')["Body"].read() == b"x"


def test_a_changed_object_is_not_what_was_asked_for(s3: Any, bucket: str, refusal: Refusal):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    told = refusal(s3.get_object, Bucket=bucket, Key="key", IfMatch='"other"')
    assert (told["Code"], told["Status"], told["Condition"]) == ("PreconditionFailed", 412, "If-Match")
    assert told["Message"] == "At least one of the pre-conditions you specified did not hold"


def test_a_put_may_demand_that_nothing_is_there(s3: Any, bucket: str, refusal: Refusal):
    s3.put_object(Bucket=bucket, Key="key", Body=b"1", IfNoneMatch="*")
    assert refusal(s3.put_object, Bucket=bucket, Key="key", Body=b"2", IfNoneMatch="*")["Code"] == "PreconditionFailed"
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"1"


def test_answers_may_be_dressed_otherwise(s3: Any, bucket: str):
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", ContentType="text/plain")
    told = s3.get_object(
        Bucket=bucket, Key="key", ResponseContentType="text/html", ResponseContentDisposition='attachment; filename="x"'
    )
    assert (told["ContentType"], told["ContentDisposition"]) == ("text/html", 'attachment; filename="x"')


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_a_checksum_is_kept_and_told(s3: Any, bucket: str, algorithm: str):
    put = s3.put_object(Bucket=bucket, Key="key", Body=b"hello", ChecksumAlgorithm=algorithm)
    head = s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"]
    assert head["ChecksumType"] == "FULL_OBJECT"


def test_a_checksum_of_an_algorithm_that_python_lacks_is_verified(s3: Any, bucket: str, refusal: Refusal):
    """The client sends a value of its own, so that it need not compute one."""
    good, bad = base64.b64encode(bytes.fromhex("9a71bb4c")).decode(), "AAAAAA=="
    put = s3.put_object(Bucket=bucket, Key="key", Body=b"hello", ChecksumCRC32C=good)
    assert put["ChecksumCRC32C"] == good
    told = refusal(s3.put_object, Bucket=bucket, Key="key", Body=b"hello", ChecksumCRC32C=bad)
    assert (told["Code"], told["Status"]) == ("BadDigest", 400)
    assert told["Message"] == "The CRC32C you specified did not match the calculated checksum."


def test_a_wrong_md5_is_refused(s3: Any, bucket: str, refusal: Refusal):
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    told = refusal(s3.put_object, Bucket=bucket, Key="key", Body=b"hello", ContentMD5=wrong)
    assert told["Code"] == "BadDigest"
    assert told["Message"] == "The Content-MD5 you specified did not match what we received."
    told = refusal(s3.put_object, Bucket=bucket, Key="key", Body=b"hello", ContentMD5="nonsense")
    assert told["Code"] == "InvalidDigest"
    assert refusal(s3.get_object, Bucket=bucket, Key="key")["Code"] == "NoSuchKey"


def test_metadata_has_a_limit(s3: Any, bucket: str, refusal: Refusal):
    told = refusal(s3.put_object, Bucket=bucket, Key="key", Body=b"", Metadata={"x": "y" * 2_048})
    assert told["Code"] == "MetadataTooLarge"


def test_a_key_has_a_limit(s3: Any, bucket: str, refusal: Refusal):
    assert refusal(s3.put_object, Bucket=bucket, Key="k" * 1_025, Body=b"")["Code"] == "KeyTooLongError"


def test_tags_come_with_the_object_or_later(s3: Any, bucket: str):
    where = {"Bucket": bucket, "Key": "key"}
    s3.put_object(**where, Body=b"", Tagging="colour=blue&empty=")
    assert s3.get_object(**where)["TagCount"] == 2
    assert s3.get_object_tagging(**where)["TagSet"] == [{"Key": "colour", "Value": "blue"}, {"Key": "empty", "Value": ""}]
    s3.put_object_tagging(**where, Tagging={"TagSet": [{"Key": "colour", "Value": "red"}]})
    assert s3.get_object_tagging(**where)["TagSet"] == [{"Key": "colour", "Value": "red"}]
    s3.delete_object_tagging(**where)
    assert s3.get_object_tagging(**where)["TagSet"] == []


def test_tags_have_limits(s3: Any, bucket: str, refusal: Refusal):
    s3.put_object(Bucket=bucket, Key="key", Body=b"")
    many = [{"Key": str(number), "Value": ""} for number in range(11)]
    told = refusal(s3.put_object_tagging, Bucket=bucket, Key="key", Tagging={"TagSet": many})
    assert (told["Code"], told["Message"]) == ("BadRequest", "Object tags cannot be greater than 10")
    told = refusal(s3.put_object_tagging, Bucket=bucket, Key="key", Tagging={"TagSet": [many[0], many[0]]})
    assert told["Message"] == "Cannot provide multiple Tags with the same key"


def test_many_objects_are_deleted_at_once(s3: Any, bucket: str):
    for key in ("a", "b", "c"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    told = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}, {"Key": "not there"}]})
    assert [one["Key"] for one in told["Deleted"]] == ["a", "b", "not there"]
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "c"}], "Quiet": True})
    assert "Deleted" not in quiet
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_attributes_tell_what_is_asked_for(s3: Any, bucket: str):
    put = s3.put_object(Bucket=bucket, Key="key", Body=b"hello", ChecksumAlgorithm="SHA256")
    wanted = ["ETag", "Checksum", "ObjectSize", "StorageClass"]
    told = s3.get_object_attributes(Bucket=bucket, Key="key", ObjectAttributes=wanted)
    assert (told["ETag"], told["ObjectSize"], told["StorageClass"]) == (put["ETag"].strip('"'), 5, "STANDARD")
    assert told["Checksum"]["ChecksumSHA256"] == put["ChecksumSHA256"]
    assert "ObjectSize" not in s3.get_object_attributes(Bucket=bucket, Key="key", ObjectAttributes=["ETag"])


def test_keys_of_the_clients_own_are_not_pretended_to_be_used(s3: Any, bucket: str, refusal: Refusal):
    told = refusal(s3.put_object, Bucket=bucket, Key="key", Body=b"", ObjectLockLegalHoldStatus="ON")
    assert (told["Code"], told["Status"]) == ("NotImplemented", 501)
