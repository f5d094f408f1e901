"""Signatures: what is signed verifies, what is changed does not, and S3 has its own rules. AWS' suite is in tests/wire."""

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lambent.wire import sigv4
from lambent.wire.http import Request

SECRET = "secret"
SCOPE = sigv4.Scope("AKIDEXAMPLE", "20260101", "eu-central-1", "lambda")
S3_SCOPE = sigv4.Scope("AKIDEXAMPLE", "20260101", "eu-central-1", "s3")
AMZ_DATE = "20260101T120000Z"
BODY_SHA256 = "6dcd4ce23d88e2ee9568ba546c007c63d9131c1b5b3b5bbf1b1b1b1b1b1b1b1b"


def _verifies(request: Request, payload_sha256: str = sigv4.EMPTY_SHA256) -> bool:
    signature = sigv4.read(request)
    assert signature is not None
    wanted = sigv4.expected(request, signature, secret_access_key=SECRET, payload_sha256=payload_sha256)
    return sigv4.matches(signature.digest, wanted)


def _signed(path: str = "/a/b", query: str = "x=1", scope: sigv4.Scope = SCOPE) -> Request:
    request = Request("GET", path, query, {"host": "localhost:4566"})
    request.headers = sigv4.sign(request, scope=scope, secret_access_key=SECRET, amz_date=AMZ_DATE)
    return request


def test_what_is_signed_verifies() -> None:
    assert _verifies(_signed())


@pytest.mark.parametrize(
    ("part", "value"),
    [("method", "POST"), ("path", "/a/c"), ("query", "x=2"), ("query", "x=1&y=1")],
)
def test_a_change_of_the_request_line_is_noticed(part: str, value: str) -> None:
    request = _signed()
    setattr(request, part, value)
    assert not _verifies(request)


def test_a_change_of_a_signed_header_is_noticed() -> None:
    request = _signed()
    request.headers = dict(request.headers) | {"host": "localhost:4567"}
    assert not _verifies(request)


def test_a_change_of_the_payload_is_noticed() -> None:
    assert not _verifies(_signed(), payload_sha256=BODY_SHA256)


def test_s3_keys_are_neither_normalized_nor_encoded_twice() -> None:
    path = "/bucket/a//b/../c%20d%2Fe"
    request = _signed(path, scope=S3_SCOPE)
    signature = sigv4.read(request)
    assert signature is not None
    canonical = sigv4.canonical_request(request, signed_headers=signature.signed_headers, payload_sha256="-", is_s3=True)
    assert canonical.split("\n")[1] == path
    assert _verifies(request)


def test_other_services_encode_once_more_what_came_encoded() -> None:
    request = _signed("/functions/arn%3Aaws/./x//y/..")
    canonical = sigv4.canonical_request(request, signed_headers=("host",), payload_sha256="-", is_s3=False)
    assert canonical.split("\n")[1] == "/functions/arn%253Aaws/x"


@pytest.mark.parametrize("path", ["/a/b", "/functions/arn%3Aaws%3Alambda/x", "/a%20b"])
def test_botocore_signs_as_we_expect(path: str) -> None:
    ours = AWSRequest("POST", f"http://localhost:4566{path}?b=2&a=%20x", data=b"body", headers={"X-Amz-Thing": "  a   b "})
    SigV4Auth(Credentials("AKIDEXAMPLE", SECRET, "token"), "lambda", "eu-central-1").add_auth(ours)
    headers = {name.lower(): value for name, value in ours.headers.items()} | {"host": "localhost:4566"}
    request = Request("POST", path, "b=2&a=%20x", headers, b"body")
    assert _verifies(request, "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5")


@pytest.mark.parametrize(("auth", "service"), [(SigV4QueryAuth, "lambda"), (S3SigV4QueryAuth, "s3")])
def test_botocore_presigns_as_we_expect(auth: type[SigV4QueryAuth], service: str) -> None:
    ours = AWSRequest("GET", "http://localhost:4566/bucket/key%20x?versionId=1")
    auth(Credentials("AKIDEXAMPLE", SECRET, "token"), service, "eu-central-1", expires=60).add_auth(ours)
    path, _, query = ours.url.removeprefix("http://localhost:4566").partition("?")
    request = Request("GET", path, query, {"host": "localhost:4566"})
    assert _verifies(request, sigv4.UNSIGNED_PAYLOAD if service == "s3" else sigv4.EMPTY_SHA256)
    assert sigv4.session_token_of(request) == "token"
    assert sigv4.scope_of(request) == sigv4.Scope("AKIDEXAMPLE", ours.context["timestamp"][:8], "eu-central-1", service)


def test_s3_signs_the_digest_that_it_announces() -> None:
    ours = AWSRequest("PUT", "http://localhost:4566/bucket/a+b", data=b"body")
    ours.context["payload_signing_enabled"] = True
    S3SigV4Auth(Credentials("AKIDEXAMPLE", SECRET), "s3", "us-east-1").add_auth(ours)
    headers = {name.lower(): value for name, value in ours.headers.items()} | {"host": "localhost:4566"}
    request = Request("PUT", "/bucket/a+b", "", headers, b"body")
    digest = headers["x-amz-content-sha256"]
    signature = sigv4.read(request)
    assert signature is not None
    canonical = sigv4.canonical_request(request, signed_headers=signature.signed_headers, payload_sha256=digest, is_s3=True)
    assert canonical.split("\n")[-1] == digest


def test_our_presigned_query_verifies() -> None:
    request = Request("GET", "/bucket/key", "versionId=1", {"host": "localhost"})
    request.query = sigv4.presign(request, scope=S3_SCOPE, secret_access_key=SECRET, amz_date=AMZ_DATE, expires_s=60)
    signature = sigv4.read(request)
    assert signature is not None
    assert signature.is_presigned
    assert signature.expires_s == 60
    assert _verifies(request, sigv4.UNSIGNED_PAYLOAD)


def test_an_anonymous_request_has_no_signature() -> None:
    request = Request("GET", "/", "a=b", {})
    assert sigv4.read(request) is None
    assert sigv4.scope_of(request) is None
    assert sigv4.session_token_of(request) == ""


@pytest.mark.parametrize(
    ("authorization", "missing"),
    [
        ("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=ab", "'Credential'"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, Signature=ab", "'SignedHeaders'"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host", "'Signature'"),
        ("AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=ab", "slash-delimited"),
        ("Bearer x", "algorithm"),
    ],
)
def test_a_signature_that_cannot_be_read_says_what_is_missing(authorization: str, missing: str) -> None:
    with pytest.raises(sigv4.Malformed, match=missing):
        sigv4.read(Request("GET", "/", "", {"authorization": authorization, "x-amz-date": AMZ_DATE}))


def test_a_signature_needs_a_date() -> None:
    authorization = "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=ab"
    with pytest.raises(sigv4.Malformed, match="'X-Amz-Date' or a 'Date'"):
        sigv4.read(Request("GET", "/", "", {"authorization": authorization}))
    with pytest.raises(sigv4.Malformed, match="ISO-8601"):
        sigv4.read(Request("GET", "/", "", {"authorization": authorization, "x-amz-date": "yesterday"}))


def test_the_date_of_old_clients_is_read() -> None:
    authorization = "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=ab"
    signature = sigv4.read(Request("GET", "/", "", {"authorization": authorization, "date": "Thu, 01 Jan 2026 12:00:00 GMT"}))
    assert signature is not None
    assert signature.amz_date == AMZ_DATE


def test_a_presigned_query_lives_a_week_at_most() -> None:
    query = (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2Fb%2Fc%2Fd%2Faws4_request&X-Amz-Date=20260101T120000Z"
        "&X-Amz-SignedHeaders=host&X-Amz-Signature=ab&X-Amz-Expires="
    )
    assert sigv4.read(Request("GET", "/", f"{query}604800", {})) is not None
    for expires_s in ("604801", "9" * 5_000, "-1", "%C2%B2"):
        with pytest.raises(sigv4.Malformed, match="less than a week"):
            sigv4.read(Request("GET", "/", f"{query}{expires_s}", {}))


def test_a_credential_longer_than_any_is_none() -> None:
    credential = "a" * sigv4.CREDENTIAL_CHARS_MAX + "/20260101/us-east-1/lambda/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=ab"
    request = Request("GET", "/", "", {"authorization": authorization, "x-amz-date": AMZ_DATE})
    assert sigv4.scope_of(request) is None
    with pytest.raises(sigv4.Malformed):
        sigv4.read(request)
