"""Presigned requests in the signature of S3's first years, which boto3 still makes where no region's endpoint asks for another.

Pure. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html, "Query string request authentication".
"""

import base64
import hashlib
import hmac

from msgspec import Struct

from lambent.wire import uri
from lambent.wire.http import Request
from lambent.wire.sigv4 import DIGITS_MAX

_MARK = "AWSAccessKeyId="
_SUBRESOURCES = frozenset(
    """
    accelerate acl analytics cors defaultObjectAcl delete inventory lifecycle location logging metrics notification object-lock
    partNumber policy replication requestPayment response-cache-control response-content-disposition response-content-encoding
    response-content-language response-content-type response-expires restore select select-type storageClass tagging torrent
    uploadId uploads versionId versioning versions website
    """.split()  # noqa: SIM905
)


class Presigned(Struct, frozen=True):
    """``expires_at`` in seconds since 1970; ``session_token`` is empty for a long-term key."""

    access_key_id: str
    digest: str  # base64
    expires_at: int
    session_token: str


def is_presigned(request: Request) -> bool:
    return _MARK in request.query


def read(request: Request) -> Presigned | None:
    """The signature in the query string; None where there is none, or where it cannot be read."""
    if not is_presigned(request):
        return None
    query = dict(uri.pairs(request.query))
    digest, expires = query.get("Signature", ""), query.get("Expires", "")
    if not digest or not expires.isdecimal() or len(expires) > DIGITS_MAX:
        return None
    return Presigned(query["AWSAccessKeyId"], digest, int(expires), query.get("x-amz-security-token", ""))


def expected(request: Request, presigned: Presigned, secret_access_key: str) -> str:
    """The digest, in base64, that the request should carry."""
    text = _text_to_sign(request, presigned).encode()
    return base64.b64encode(hmac.digest(secret_access_key.encode(), text, hashlib.sha1)).decode()


def _text_to_sign(request: Request, presigned: Presigned) -> str:
    query = uri.pairs(request.query)
    headers = {**request.headers, **{name.lower(): value for name, value in query}}
    lines = [request.method, headers.get("content-md5", ""), headers.get("content-type", ""), str(presigned.expires_at)]
    lines += [f"{name}:{headers[name].strip()}" for name in sorted(headers) if name.startswith("x-amz-")]
    named = sorted((name, value) for name, value in query if name in _SUBRESOURCES)
    resource = "&".join(f"{name}={value}" if value else name for name, value in named)
    return "\n".join([*lines, request.path + ("?" + resource if resource else "")])
