"""AWS' own suite for Signature Version 4: request, canonical request, string to sign, authorization."""

from pathlib import Path

import pytest

from lambent.wire import sigv4
from lambent.wire.http import Request

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
FOLDER = Path(__file__).parents[3] / "shared" / "vectors" / "sigv4"
CASES = sorted(path.stem for path in FOLDER.rglob("*.req"))

CANNOT_APPLY: dict[str, str] = {}
"""A case that is not run, and why. There is none. (In get-vanilla-with-session-token the signed request, .sreq, has the
signature of another case; canonical request, string to sign and authorization agree with each other: .authz is believed.)"""


def _case(name: str, ending: str) -> str:
    (path,) = FOLDER.rglob(f"{name}.{ending}")
    return path.read_text(encoding="utf-8")


def _request(text: str) -> Request:
    """The request as a server sees it: folded header lines joined, repeated headers joined by commas."""
    head, _, body = text.rstrip("\n").partition("\n\n")
    first, *lines = head.split("\n")
    method, target = first.removesuffix(" HTTP/1.1").split(" ", 1)
    headers: dict[str, str] = {}
    name = ""
    for line in lines:
        if line.startswith(" "):
            headers[name] += f" {line.strip()}"
            continue
        name, _, value = line.partition(":")
        name = name.lower()
        headers[name] = f"{headers[name]},{value.strip()}" if name in headers else value.strip()
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, body.encode())


def _signed(case: str) -> Request:
    request = _request(_case(case, "sreq"))
    request.headers = dict(request.headers) | {"authorization": _case(case, "authz").strip()}
    return request


@pytest.fixture(params=[case for case in CASES if case not in CANNOT_APPLY])
def case(request: pytest.FixtureRequest, vectors: Path) -> str:
    return str(request.param)


def test_the_suite_is_there(vectors: Path) -> None:
    assert len(CASES) >= 30


def test_canonical_request_is_that_of_the_suite(case: str) -> None:
    signed = _signed(case)
    signature = sigv4.read(signed)
    assert signature is not None
    digest = _case(case, "creq").rsplit("\n", 1)[1]
    canonical = sigv4.canonical_request(signed, signed_headers=signature.signed_headers, payload_sha256=digest, is_s3=False)
    assert canonical == _case(case, "creq")


def test_string_to_sign_is_that_of_the_suite(case: str) -> None:
    signature = sigv4.read(_signed(case))
    assert signature is not None
    text = sigv4.string_to_sign(_case(case, "creq"), amz_date=signature.amz_date, scope=signature.scope)
    assert text == _case(case, "sts")


def test_the_signature_of_the_suite_verifies(case: str) -> None:
    signed = _signed(case)
    signature = sigv4.read(signed)
    assert signature is not None
    digest = _case(case, "creq").rsplit("\n", 1)[1]
    assert signature.digest == sigv4.expected(signed, signature, secret_access_key=SECRET, payload_sha256=digest)


def test_signing_gives_the_authorization_of_the_suite(case: str) -> None:
    wanted = sigv4.read(_signed(case))
    assert wanted is not None
    request = _request(_case(case, "req"))
    token = wanted.session_token if "x-amz-security-token" in wanted.signed_headers else ""
    headers = sigv4.sign(request, scope=wanted.scope, secret_access_key=SECRET, amz_date=wanted.amz_date, session_token=token)
    assert headers["authorization"] == _case(case, "authz").strip()
