"""Presigned requests of S3's first years, as botocore makes them."""

import pytest
from botocore.auth import HmacV1QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lambent.wire import sigv2
from lambent.wire.http import Request

SECRET = "secret"


def _presigned(target: str, token: str | None = None) -> Request:
    ours = AWSRequest("GET", f"http://localhost{target}", auth_path=target.partition("?")[0])
    HmacV1QueryAuth(Credentials("AKIDEXAMPLE", SECRET, token), expires=60).add_auth(ours)
    path, _, query = ours.url.removeprefix("http://localhost").partition("?")
    return Request("GET", path, query, {"host": "localhost"})


def _verifies(request: Request) -> bool:
    presigned = sigv2.read(request)
    assert presigned is not None
    return presigned.digest == sigv2.expected(request, presigned, SECRET)


@pytest.mark.parametrize("token", [None, "token/+="])
@pytest.mark.parametrize("target", ["/bucket/a%20b?versionId=1&x=2", "/bucket/key?uploads", "/bucket?acl", "/"])
def test_a_link_of_botocore_verifies(target: str, token: str | None) -> None:
    request = _presigned(target, token)
    assert _verifies(request)
    presigned = sigv2.read(request)
    assert presigned is not None
    assert (presigned.access_key_id, presigned.session_token) == ("AKIDEXAMPLE", token or "")


@pytest.mark.parametrize(("part", "value"), [("method", "PUT"), ("path", "/bucket/other")])
def test_a_changed_link_does_not(part: str, value: str) -> None:
    request = _presigned("/bucket/key")
    setattr(request, part, value)
    assert not _verifies(request)


def test_a_changed_subresource_does_not() -> None:
    request = _presigned("/bucket/key?versionId=1")
    request.query = request.query.replace("versionId=1", "versionId=2")
    assert not _verifies(request)


@pytest.mark.parametrize("query", ["", "a=b", "AWSAccessKeyId=a", "AWSAccessKeyId=a&Signature=b&Expires=soon"])
def test_a_request_without_one_has_none(query: str) -> None:
    assert sigv2.read(Request("GET", "/", query, {})) is None
