"""Lists through boto3."""

from collections.abc import Callable
from typing import Any

import pytest

Refusal = Callable[..., dict[str, Any]]

KEYS = ["a.txt", "docs/one", "docs/sub/two", "docs/three", "z"]


@pytest.fixture
def filled(s3: Any, bucket: str) -> str:
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=b"12345")
    return bucket


def keys(page: dict[str, Any]) -> list[str]:
    return [one["Key"] for one in page.get("Contents", [])]


def prefixes(page: dict[str, Any]) -> list[str]:
    return [one["Prefix"] for one in page.get("CommonPrefixes", [])]


def test_an_object_is_listed_with_what_it_is(s3: Any, filled: str):
    one = s3.list_objects_v2(Bucket=filled, FetchOwner=True)["Contents"][0]
    head = s3.head_object(Bucket=filled, Key="a.txt")
    assert (one["Key"], one["Size"], one["StorageClass"]) == ("a.txt", 5, "STANDARD")
    assert (one["ETag"], one["LastModified"]) == (head["ETag"], head["LastModified"])
    assert len(one["Owner"]["ID"]) == 64


def test_keys_below_a_delimiter_are_rolled_up(s3: Any, filled: str):
    page = s3.list_objects_v2(Bucket=filled, Delimiter="/")
    assert (keys(page), prefixes(page), page["KeyCount"]) == (["a.txt", "z"], ["docs/"], 3)
    page = s3.list_objects_v2(Bucket=filled, Delimiter="/", Prefix="docs/")
    assert (keys(page), prefixes(page)) == (["docs/one", "docs/three"], ["docs/sub/"])


@pytest.mark.parametrize("operation", ["list_objects_v2", "list_objects"])
def test_pages_go_on_where_they_stopped(s3: Any, filled: str, operation: str):
    pages = s3.get_paginator(operation).paginate(Bucket=filled, PaginationConfig={"PageSize": 2})
    assert [keys(page) for page in pages] == [KEYS[0:2], KEYS[2:4], KEYS[4:]]


@pytest.mark.parametrize("operation", ["list_objects_v2", "list_objects"])
def test_pages_with_a_delimiter_show_each_prefix_once(s3: Any, filled: str, operation: str):
    pages = s3.get_paginator(operation).paginate(Bucket=filled, Delimiter="/", PaginationConfig={"PageSize": 1})
    assert [(keys(page), prefixes(page)) for page in pages] == [(["a.txt"], []), ([], ["docs/"]), (["z"], [])]


def test_a_list_may_start_behind_a_key(s3: Any, filled: str):
    page = s3.list_objects_v2(Bucket=filled, StartAfter="docs/sub/two")
    assert keys(page) == ["docs/three", "z"]
    assert page["StartAfter"] == "docs/sub/two"


def test_no_keys_may_be_asked_for(s3: Any, filled: str):
    page = s3.list_objects_v2(Bucket=filled, MaxKeys=0)
    assert (page["KeyCount"], page["IsTruncated"], page["MaxKeys"]) == (0, False, 0)


def test_a_made_up_token_is_refused(s3: Any, filled: str, refusal: Refusal):
    told = refusal(s3.list_objects_v2, Bucket=filled, ContinuationToken="nonsense")
    assert (told["Code"], told["Message"]) == ("InvalidArgument", "The continuation token provided is incorrect")


def test_keys_that_xml_cannot_tell_are_listed(s3: Any, bucket: str):
    s3.put_object(Bucket=bucket, Key="a\x01b\nc", Body=b"")
    assert keys(s3.list_objects_v2(Bucket=bucket)) == ["a\x01b\nc"]


def test_versions_and_markers_are_listed_newest_first(s3: Any, bucket: str):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    made = [s3.put_object(Bucket=bucket, Key="key", Body=body)["VersionId"] for body in (b"1", b"2")]
    marker = s3.delete_object(Bucket=bucket, Key="key")
    told = s3.list_object_versions(Bucket=bucket)
    assert [(one["VersionId"], one["IsLatest"]) for one in told["Versions"]] == [(made[1], False), (made[0], False)]
    assert [(one["VersionId"], one["IsLatest"]) for one in told["DeleteMarkers"]] == [(marker["VersionId"], True)]


def test_pages_of_versions_go_on_where_they_stopped(s3: Any, bucket: str):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    made = [s3.put_object(Bucket=bucket, Key=key, Body=b"")["VersionId"] for key in ("a", "a", "b")]
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 1})
    assert [one["VersionId"] for page in pages for one in page["Versions"]] == [made[1], made[0], made[2]]
