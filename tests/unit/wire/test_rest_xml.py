"""The rest-xml protocol: S3's requests, answers and errors as they stand on the wire."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lambent.core.errors import ServiceError
from lambent.wire import models, problems, rest_xml
from lambent.wire.http import Request
from lambent.wire.models import Operation

BUCKET = {"Bucket": "b"}
OBJECT = BUCKET | {"Key": "k"}


class NoSuchKey(ServiceError):
    code = "NoSuchKey"
    status = 404
    wording = "The specified key does not exist."


def operation(name: str) -> Operation:
    found = models.service("s3").operation(name)
    assert found is not None
    return found


def body_of(name: str, reply: dict[str, Any]) -> str:
    response = rest_xml.serialize(operation(name), reply, "id")
    assert isinstance(response.body, bytes)
    return response.body.decode().removeprefix(rest_xml.DECLARATION)


def test_a_payload_of_xml_becomes_a_structure():
    body = b"<CompleteMultipartUpload><Part><ETag>e</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>"
    parsed = rest_xml.parse(operation("CompleteMultipartUpload"), Request("POST", "/", "uploadId=u", {}, body), OBJECT)
    assert parsed == OBJECT | {"UploadId": "u", "MultipartUpload": {"Parts": [{"ETag": "e", "PartNumber": 1}]}}


def test_an_empty_body_is_no_payload():
    assert rest_xml.parse(operation("CreateBucket"), Request("PUT", "/", "", {}), BUCKET) == BUCKET


def test_a_body_that_is_no_xml_is_malformed():
    with pytest.raises(problems.MalformedXml):
        rest_xml.parse(operation("DeleteObjects"), Request("POST", "/", "", {}, b"<Delete>"), BUCKET)


def test_lists_of_objects_have_s3s_root_its_namespace_and_its_milliseconds():
    contents = [{"Key": "a", "Size": 1, "LastModified": datetime(2015, 1, 25, 8, tzinfo=UTC)}]
    assert body_of("ListObjectsV2", {"Name": "b", "IsTruncated": False, "Contents": contents}) == (
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><IsTruncated>false</IsTruncated>'
        "<Contents><Key>a</Key><Size>1</Size><LastModified>2015-01-25T08:00:00.000Z</LastModified></Contents></ListBucketResult>"
    )


def test_a_buckets_location_is_the_root_itself():
    root = '<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    assert body_of("GetBucketLocation", {"LocationConstraint": "eu-west-1"}) == f"{root}eu-west-1</LocationConstraint>"
    assert body_of("GetBucketLocation", {}) == f"{root}</LocationConstraint>"


def test_a_structure_as_payload_is_the_root():
    assert body_of("CopyObject", {"CopyObjectResult": {"ETag": '"e"'}, "VersionId": "v"}) == (
        '<CopyObjectResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ETag>&quot;e&quot;</ETag></CopyObjectResult>'
    )


def test_headers_alone_make_no_body():
    response = rest_xml.serialize(operation("PutObject"), {"ETag": '"e"'}, "id")
    assert (response.body, response.header("etag"), response.header("content-type")) == (b"", '"e"', None)


def test_an_object_is_its_own_body():
    response = rest_xml.serialize(operation("GetObject"), {"Body": b"data", "ContentLength": 4}, "id")
    assert (response.body, response.header("content-length"), response.header("content-type")) == (
        b"data",
        "4",
        "binary/octet-stream",
    )


def test_the_models_status_is_kept():
    assert rest_xml.serialize(operation("DeleteObject"), {}, "id").status == 204


def test_every_answer_has_s3s_two_ids():
    response = rest_xml.serialize(operation("PutObject"), {}, "id")
    assert response.header("x-amz-request-id") == "id"
    assert response.header("x-amz-id-2") == rest_xml.host_id("id")


def test_an_error_has_s3s_form_and_its_own_members():
    response = rest_xml.serialize_error(operation("GetObject"), NoSuchKey(members={"Key": "a&b"}), "id")
    assert (response.status, response.header("content-type")) == (404, "application/xml")
    assert (
        response.body
        == (
            f"{rest_xml.DECLARATION}<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>"
            f"<Key>a&amp;b</Key><RequestId>id</RequestId><HostId>{rest_xml.host_id('id')}</HostId></Error>"
        ).encode()
    )


def test_an_error_without_an_operation_has_s3s_form():
    response = rest_xml.serialize_error(None, problems.MethodNotAllowed(), "id")
    assert isinstance(response.body, bytes)
    assert b"<Error><Code>MethodNotAllowed</Code>" in response.body
