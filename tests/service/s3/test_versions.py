"""Versions of objects through boto3."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Refusal = Callable[..., dict[str, Any]]


@pytest.fixture
def versioned(s3: Any, bucket: str) -> dict[str, str]:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return {"Bucket": bucket, "Key": "key"}


def test_every_version_can_be_read(s3: Any, versioned: dict[str, str]):
    ids = [s3.put_object(**versioned, Body=body)["VersionId"] for body in (b"1", b"2")]
    bodies = [s3.get_object(**versioned, VersionId=version_id)["Body"].read() for version_id in ids]
    assert bodies == [b"1", b"2"]
    assert s3.get_object(**versioned)["VersionId"] == ids[1]


def test_a_deleted_object_hides_behind_a_marker(s3: Any, versioned: dict[str, str], refusal: Refusal):
    kept = s3.put_object(**versioned, Body=b"kept")["VersionId"]
    deleted = s3.delete_object(**versioned)
    assert deleted["DeleteMarker"] is True
    with pytest.raises(ClientError) as error:
        s3.get_object(**versioned)
    headers = error.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert (headers["x-amz-delete-marker"], headers["x-amz-version-id"]) == ("true", deleted["VersionId"])
    assert s3.get_object(**versioned, VersionId=kept)["Body"].read() == b"kept"
    told = refusal(s3.get_object, **versioned, VersionId=deleted["VersionId"])
    assert (told["Code"], told["Status"]) == ("MethodNotAllowed", 405)


def test_removing_the_marker_brings_the_object_back(s3: Any, versioned: dict[str, str]):
    s3.put_object(**versioned, Body=b"back")
    marker = s3.delete_object(**versioned)["VersionId"]
    assert s3.delete_object(**versioned, VersionId=marker)["DeleteMarker"] is True
    assert s3.get_object(**versioned)["Body"].read() == b"back"


def test_a_version_that_never_was_is_told(s3: Any, versioned: dict[str, str], refusal: Refusal):
    s3.put_object(**versioned, Body=b"")
    told = refusal(s3.get_object, **versioned, VersionId="0" * 32)
    assert (told["Code"], told["Status"], told["Message"]) == ("NoSuchVersion", 404, "The specified version does not exist.")
    told = refusal(s3.get_object, **versioned, VersionId="nonsense")
    assert (told["Code"], told["Message"]) == ("InvalidArgument", "Invalid version id specified")


def test_a_bucket_with_only_hidden_versions_cannot_be_deleted(s3: Any, versioned: dict[str, str], refusal: Refusal):
    s3.put_object(**versioned, Body=b"")
    s3.delete_object(**versioned)
    told = refusal(s3.delete_bucket, Bucket=versioned["Bucket"])
    assert told["Message"].endswith("You must delete all versions in the bucket.")


def test_each_version_has_its_own_tags(s3: Any, versioned: dict[str, str]):
    old = s3.put_object(**versioned, Body=b"", Tagging="age=old")["VersionId"]
    s3.put_object(**versioned, Body=b"", Tagging="age=new")
    assert s3.get_object_tagging(**versioned, VersionId=old)["TagSet"] == [{"Key": "age", "Value": "old"}]


def test_deleting_many_tells_the_markers(s3: Any, versioned: dict[str, str]):
    version_id = s3.put_object(**versioned, Body=b"")["VersionId"]
    objects = [{"Key": "key"}, {"Key": "key", "VersionId": version_id}]
    marked, removed = s3.delete_objects(Bucket=versioned["Bucket"], Delete={"Objects": objects})["Deleted"]
    assert (marked["DeleteMarker"], len(marked["DeleteMarkerVersionId"])) == (True, 32)
    assert removed == {"Key": "key", "VersionId": version_id}


def test_versions_that_are_deleted_page_by_page_are_all_found(s3: Any, versioned: dict[str, str]):
    """As boto3's bucket.object_versions.delete() does it: the marker of the next page is a version that is gone by then."""
    for body in (b"1", b"2", b"3"):
        s3.put_object(**versioned, Body=body)
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=versioned["Bucket"], PaginationConfig={"PageSize": 1})
    for page in pages:
        for version in page["Versions"]:
            s3.delete_object(**versioned, VersionId=version["VersionId"])
    assert "Versions" not in s3.list_object_versions(Bucket=versioned["Bucket"])
