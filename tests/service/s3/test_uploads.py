"""Uploads in parts through boto3."""

import base64
import hashlib
import io
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig

Refusal = Callable[..., dict[str, Any]]

MIB = 1_024 * 1_024
FIRST = b"a" * (5 * MIB)


@pytest.fixture
def where(bucket: str) -> dict[str, str]:
    return {"Bucket": bucket, "Key": "big"}


@pytest.fixture
def upload(s3: Any, where: dict[str, str]) -> dict[str, str]:
    return {**where, "UploadId": s3.create_multipart_upload(**where)["UploadId"]}


def put(s3: Any, upload: dict[str, str], *bodies: bytes) -> dict[str, Any]:
    parts = []
    for number, body in enumerate(bodies, start=1):
        told = s3.upload_part(**upload, PartNumber=number, Body=body)
        parts.append({"PartNumber": number, "ETag": told["ETag"]})
    return {"Parts": parts}


def test_parts_become_one_object(s3: Any, where: dict[str, str], upload: dict[str, str]):
    done = s3.complete_multipart_upload(**upload, MultipartUpload=put(s3, upload, FIRST, b"tail"))
    digests = hashlib.md5(FIRST).digest() + hashlib.md5(b"tail").digest()
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-2"'
    assert done["Location"].endswith("/things/big")
    assert s3.get_object(**where)["Body"].read() == FIRST + b"tail"
    assert s3.get_object(**where, Range=f"bytes={5 * MIB - 2}-{5 * MIB + 1}")["Body"].read() == b"aata"


def test_a_part_of_the_object_can_be_read_by_its_number(s3: Any, where: dict[str, str], upload: dict[str, str]):
    s3.complete_multipart_upload(**upload, MultipartUpload=put(s3, upload, FIRST, b"tail"))
    part = s3.get_object(**where, PartNumber=2)
    assert (part["Body"].read(), part["PartsCount"], part["ContentRange"]) == (
        b"tail",
        2,
        f"bytes {5 * MIB}-{5 * MIB + 3}/{5 * MIB + 4}",
    )


def test_boto3_uploads_and_downloads_a_large_file(s3: Any, where: dict[str, str]):
    data = bytes(range(256)) * (20 * MIB // 256)
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
    s3.upload_fileobj(io.BytesIO(data), where["Bucket"], where["Key"], Config=config)
    assert s3.head_object(**where)["ETag"].endswith('-3"')
    target = io.BytesIO()
    s3.download_fileobj(where["Bucket"], where["Key"], target, Config=config)
    assert target.getvalue() == data


def test_the_rules_of_completion_are_kept(s3: Any, upload: dict[str, str], refusal: Refusal):
    parts = put(s3, upload, b"small", b"tail")["Parts"]
    complete = s3.complete_multipart_upload
    assert refusal(complete, **upload, MultipartUpload={"Parts": parts})["Code"] == "EntityTooSmall"
    assert refusal(complete, **upload, MultipartUpload={"Parts": parts[::-1]})["Code"] == "InvalidPartOrder"
    wrong = [{"PartNumber": 1, "ETag": '"0"'}]
    assert refusal(complete, **upload, MultipartUpload={"Parts": wrong})["Code"] == "InvalidPart"
    assert refusal(complete, **upload)["Code"] == "MalformedXML"
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts[:1]})


def test_an_aborted_upload_is_gone(s3: Any, upload: dict[str, str], refusal: Refusal):
    put(s3, upload, b"part")
    s3.abort_multipart_upload(**upload)
    told = refusal(s3.upload_part, **upload, PartNumber=1, Body=b"")
    assert (told["Code"], told["Status"], told["UploadId"]) == ("NoSuchUpload", 404, upload["UploadId"])
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=upload["Bucket"])


def test_uploads_and_their_parts_are_listed(s3: Any, upload: dict[str, str]):
    parts = put(s3, upload, b"one", b"two")["Parts"]
    assert s3.list_multipart_uploads(Bucket=upload["Bucket"])["Uploads"][0]["UploadId"] == upload["UploadId"]
    first = s3.list_parts(**upload, MaxParts=1)
    assert (first["IsTruncated"], first["NextPartNumberMarker"], first["Parts"][0]["ETag"]) == (True, 1, parts[0]["ETag"])
    rest = s3.list_parts(**upload, PartNumberMarker=1)
    assert ([one["Size"] for one in rest["Parts"]], rest["IsTruncated"]) == ([3], False)


def test_a_part_can_be_copied_from_an_object(s3: Any, where: dict[str, str], upload: dict[str, str]):
    s3.put_object(Bucket=where["Bucket"], Key="source", Body=b"0123456789")
    copied = s3.upload_part_copy(**upload, PartNumber=1, CopySource=f"{where['Bucket']}/source", CopySourceRange="bytes=2-5")
    parts = [{"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]}]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(**where)["Body"].read() == b"2345"


def test_the_checksum_of_the_whole_is_joined_from_the_parts(s3: Any, where: dict[str, str]):
    made = s3.create_multipart_upload(**where, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    upload = {**where, "UploadId": made["UploadId"]}
    done = s3.complete_multipart_upload(**upload, MultipartUpload=put(s3, upload, FIRST, b"tail"))
    assert base64.b64decode(done["ChecksumCRC32"]) == zlib.crc32(FIRST + b"tail").to_bytes(4, "big")
    assert done["ChecksumType"] == "FULL_OBJECT"


def test_a_composite_checksum_is_that_of_the_parts_checksums(s3: Any, where: dict[str, str]):
    upload = {**where, "UploadId": s3.create_multipart_upload(**where, ChecksumAlgorithm="SHA256")["UploadId"]}
    parts = []
    for number, body in enumerate((FIRST, b"tail"), start=1):
        told = s3.upload_part(**upload, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256")
        parts.append({"PartNumber": number, "ETag": told["ETag"], "ChecksumSHA256": told["ChecksumSHA256"]})
    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    digests = hashlib.sha256(FIRST).digest() + hashlib.sha256(b"tail").digest()
    assert done["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(digests).digest()).decode() + "-2"
    told = s3.get_object_attributes(**where, ObjectAttributes=["ObjectParts"])["ObjectParts"]
    assert (told["TotalPartsCount"], [part["Size"] for part in told["Parts"]]) == (2, [5 * MIB, 4])


def test_what_was_said_at_the_start_describes_the_object(s3: Any, where: dict[str, str]):
    made = s3.create_multipart_upload(**where, ContentType="text/plain", Metadata={"a": "b"}, Tagging="c=d")
    upload = {**where, "UploadId": made["UploadId"]}
    s3.complete_multipart_upload(**upload, MultipartUpload=put(s3, upload, b"body"))
    told = s3.head_object(**where)
    assert (told["ContentType"], told["Metadata"]) == ("text/plain", {"a": "b"})
    assert s3.get_object_tagging(**where)["TagSet"] == [{"Key": "c", "Value": "d"}]
