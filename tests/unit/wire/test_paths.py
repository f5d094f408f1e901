"""Paths of REST services: literals before labels, labels before greedy labels, and queries tell the rest apart."""

import pytest

from lambent.wire import models, paths

LAYERS = "/2018-10-31/layers"


def find(service: str, method: str, target: str, headers: dict[str, str] | None = None) -> tuple[str, dict[str, str]] | None:
    path, _, query = target.partition("?")
    found = paths.tree(models.service(service)).find(method, path, query, headers or {})
    return (found[0].name, found[1]) if found is not None else None


@pytest.mark.parametrize(
    ("method", "target", "name"),
    [
        ("GET", "/", "ListBuckets"),
        ("GET", "/b", "ListObjects"),
        ("GET", "/b/", "ListObjects"),
        ("GET", "/b?list-type=2", "ListObjectsV2"),
        ("GET", "/b?list-type=1", "ListObjects"),
        ("GET", "/b?versions", "ListObjectVersions"),
        ("GET", "/b?uploads=", "ListMultipartUploads"),
        ("GET", "/b?location", "GetBucketLocation"),
        ("GET", "/b?analytics", "ListBucketAnalyticsConfigurations"),
        ("GET", "/b?analytics&id=x", "GetBucketAnalyticsConfiguration"),
        ("GET", "/b?lifecycle", "GetBucketLifecycleConfiguration"),
        ("PUT", "/b", "CreateBucket"),
        ("HEAD", "/b", "HeadBucket"),
        ("POST", "/b?delete", "DeleteObjects"),
        ("GET", "/b/k", "GetObject"),
        ("GET", "/b/k?response-content-type=text/plain&x-id=GetObject", "GetObject"),
        ("GET", "/b/k?uploadId=u", "ListParts"),
        ("GET", "/b/k?attributes", "GetObjectAttributes"),
        ("HEAD", "/b/k", "HeadObject"),
        ("PUT", "/b/k", "PutObject"),
        ("PUT", "/b/k?partNumber=1&uploadId=u", "UploadPart"),
        ("POST", "/b/k?uploads", "CreateMultipartUpload"),
        ("POST", "/b/k?uploadId=u", "CompleteMultipartUpload"),
        ("DELETE", "/b/k", "DeleteObject"),
        ("DELETE", "/b/k?uploadId=u", "AbortMultipartUpload"),
        ("DELETE", "/b/k?tagging", "DeleteObjectTagging"),
        ("POST", "/b/k?select&select-type=2", "SelectObjectContent"),
        ("POST", "/WriteGetObjectResponse", "WriteGetObjectResponse"),
    ],
)
def test_s3_is_told_apart_by_its_query(method: str, target: str, name: str):
    found = find("s3", method, target)
    assert found is not None
    assert found[0] == name


@pytest.mark.parametrize(("target", "name"), [("/b/k", "CopyObject"), ("/b/k?partNumber=1&uploadId=u", "UploadPartCopy")])
def test_a_copy_is_told_by_its_header(target: str, name: str):
    found = find("s3", "PUT", target, {"x-amz-copy-source": "/b/other"})
    assert found is not None
    assert found[0] == name


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/b/a/b", "a/b"),
        ("/b/dir/", "dir/"),
        ("/b//a", "/a"),
        ("/b/a//b", "a//b"),
        ("/b/a%20b%2Fc%2B+", "a b/c++"),
        ("/b/%E5%90%8D", "名"),
        ("/b/../etc", "../etc"),
    ],
)
def test_a_key_is_kept_as_it_is(path: str, key: str):
    assert find("s3", "GET", path) == ("GetObject", {"Bucket": "b", "Key": key})


def test_a_label_may_hold_an_encoded_slash_and_an_arn():
    arn = "arn:aws:lambda:us-east-1:000000000000:function:f"
    assert find("lambda", "GET", f"/2017-03-31/tags/{arn.replace(':', '%3A')}") == ("ListTags", {"Resource": arn})
    assert find("apigatewayv2", "GET", "/v2/tags/arn%3Aaws%3A%2Fapis%2Fa") == ("GetTags", {"resource-arn": "arn:aws:/apis/a"})


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (LAYERS, "ListLayers"),
        (f"{LAYERS}?find=LayerVersion&Arn=a", "GetLayerVersionByArn"),
        (f"{LAYERS}/l/versions", "ListLayerVersions"),
        ("/2019-09-30/functions/f/provisioned-concurrency?List=ALL", "ListProvisionedConcurrencyConfigs"),
        ("/2019-09-30/functions/f/provisioned-concurrency?Qualifier=1", "GetProvisionedConcurrencyConfig"),
    ],
)
def test_lambda_is_told_apart_by_literals_in_the_query(target: str, name: str):
    found = find("lambda", "GET", target)
    assert found is not None
    assert found[0] == name


def test_a_slash_at_the_end_makes_no_difference():
    assert find("lambda", "GET", "/2015-03-31/functions/") == ("ListFunctions", {})


def test_an_empty_label_matches_nothing():
    assert find("lambda", "GET", "/2015-03-31/functions//configuration") is None


def test_a_path_that_no_operation_has_is_none():
    assert find("lambda", "GET", "/2015-03-31/clouds") is None


@pytest.mark.parametrize("service", ["lambda", "scheduler", "apigateway", "apigatewayv2"])
def test_every_operation_stands_at_its_own_path(service: str):
    model = models.service(service)
    for operation in model.operations():
        target = operation.http_uri.replace("{", "").replace("+}", "").replace("}", "")
        shape = operation.input_shape
        required = [shape.members[name] for name in shape.required] if shape is not None else []
        more = "&".join(f"{ref.location_name}=x" for ref in required if ref.location == "querystring")
        target += ("&" if "?" in target else "?") + more
        found = find(service, operation.http_method, target)
        assert found is not None
        assert found[0] == operation.name
