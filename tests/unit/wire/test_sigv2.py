"""S3's older signature of presigned requests: against that of botocore."""

from urllib.parse import urlsplit

import pytest
from botocore.auth import HmacV1QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lambent.wire import sigv2
from lambent.wire.http import Request

KEY_ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def presigned(method: str, url: str, *, token: str | None = None) -> Request:
    """A request as botocore presigns it."""
    made = AWSRequest(method=method, url=url)
    HmacV1QueryAuth(Credentials(KEY_ID, SECRET, token), expires=60).add_auth(made)
    parts = urlsplit(made.url)
    return Request(method, parts.path, parts.query, {"host": parts.netloc})


def test_the_signature_is_read():
    read = sigv2.read(Request("GET", "/b/k", f"AWSAccessKeyId={KEY_ID}&Signature=a%2Bb%3D&Expires=1175139620", {}))
    assert read == sigv2.Presigned(KEY_ID, "a+b=", 1_175_139_620, "")


@pytest.mark.parametrize("query", ["", "prefix=x", "AWSAccessKeyId=x&Expires=5", "AWSAccessKeyId=x&Signature=y&Expires=soon"])
def test_what_is_no_signature_is_told_apart(query: str):
    assert sigv2.read(Request("GET", "/b/k", query, {})) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:4566/bucket/key",
        "http://localhost:4566/bucket/a%20key/%C3%BC",
        "http://localhost:4566/bucket/key?versionId=abc&response-content-type=text%2Fplain",
        "http://localhost:4566/bucket?prefix=not-signed&uploads",
    ],
)
@pytest.mark.parametrize("token", [None, "session/token+="])
def test_botocores_signature_is_the_one_expected(url: str, token: str | None):
    request = presigned("GET", url, token=token)
    read = sigv2.read(request)
    assert read is not None
    assert read.session_token == (token or "")
    assert sigv2.expected(request, read, SECRET) == read.digest


def test_another_method_or_path_has_another_signature():
    request = presigned("GET", "http://localhost:4566/bucket/key")
    read = sigv2.read(request)
    assert read is not None
    for changed in (Request("PUT", request.path, request.query, {}), Request("GET", "/bucket/other", request.query, {})):
        assert sigv2.expected(changed, read, SECRET) != read.digest
