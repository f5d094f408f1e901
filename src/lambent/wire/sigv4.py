"""Signature Version 4: read the signature of a request, and compute the one it should have.

Pure: nothing here knows keys, clocks or services' errors; ``gateway.authenticate`` decides what a mismatch is answered with.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import functools
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, unquote

from msgspec import Struct

from lambent.core.errors import LambentError
from lambent.wire.http import Request

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
STREAMING_SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
STREAMING_SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
STREAMING_UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
PAYLOAD_WORDS = frozenset((UNSIGNED_PAYLOAD, STREAMING_SIGNED, STREAMING_SIGNED_TRAILER, STREAMING_UNSIGNED_TRAILER))
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
PRESIGNED_EXPIRES_S_MAX = 604_800  # seven days
CREDENTIAL_CHARS_MAX = 512  # a key id has at most 128
DIGITS_MAX = 18  # of a number that somebody sent: Python refuses to read very long ones

_CREDENTIALS_CACHED_MAX = 4_096
_SIGNING_KEYS_CACHED_MAX = 1_024
_CREDENTIAL_WORDING = "Credential must have at least 5 slash-delimited elements, e.g. keyid/date/region/service/term"
_EXPIRES_WORDING = (
    "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
)


class Malformed(LambentError):
    """A signature that cannot be read; the message is AWS' account of what is missing."""


class Scope(Struct, frozen=True):
    """Whose key, on which day, in which region and for which service: the ``Credential`` of a signature."""

    access_key_id: str
    date: str  # YYYYMMDD
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/{TERMINATOR}"


class Signature(Struct, frozen=True):
    """A signature as the request carries it."""

    scope: Scope
    signed_headers: tuple[str, ...]
    digest: str  # 64 lower-case hex digits
    amz_date: str  # YYYYMMDDTHHMMSSZ
    signed_at: float  # the same, in seconds since 1970
    session_token: str = ""
    expires_s: int | None = None  # of a presigned request only

    @property
    def is_presigned(self) -> bool:
        return self.expires_s is not None


def scope_of(request: Request) -> Scope | None:
    """The credential scope that a request names, verified or not; None for an anonymous request.

    This is all that ``--auth open`` reads, and the hot path of every request: it does not look at the signature.
    """
    authorization = request.headers.get("authorization")
    if authorization is not None:
        start = authorization.find("Credential=") + 11
        if start > 10:
            end = authorization.find(",", start)
            return _read_credential(authorization[start : end if end > 0 else None].strip())
        return None
    start = request.query.find("X-Amz-Credential=") + 17
    if start < 17:
        return None
    end = request.query.find("&", start)
    return _read_credential(unquote(request.query[start : end if end > 0 else None]))


def session_token_of(request: Request) -> str:
    """The session token in the header or, for a presigned request, in the query; empty where there is none."""
    token = request.headers.get("x-amz-security-token")
    if token is not None:
        return token
    return dict(_pairs(request.query)).get("X-Amz-Security-Token", "") if "X-Amz-Security-Token=" in request.query else ""


def read(request: Request) -> Signature | None:
    """The signature of a request, None for an anonymous one. Raises Malformed."""
    authorization = request.headers.get("authorization")
    if authorization is not None:
        return _read_header(authorization, request.headers)
    if "X-Amz-Algorithm=" in request.query or "X-Amz-Signature=" in request.query:
        return _read_query(dict(_pairs(request.query)))
    return None


def expected(request: Request, signature: Signature, *, secret_access_key: str, payload_sha256: str) -> str:
    """The digest that ``signature`` should have, were it made with this secret over this request."""
    canonical = canonical_request(
        request, signed_headers=signature.signed_headers, payload_sha256=payload_sha256, is_s3=is_s3(signature.scope.service)
    )
    key = signing_key(secret_access_key, signature.scope.date, signature.scope.region, signature.scope.service)
    return _hmac_hex(key, string_to_sign(canonical, amz_date=signature.amz_date, scope=signature.scope))


def matches(digest: str, wanted: str) -> bool:
    """Whether two digests are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(digest.encode(), wanted.encode())


def canonical_request(request: Request, *, signed_headers: Iterable[str], payload_sha256: str, is_s3: bool) -> str:
    names = sorted(signed_headers)
    lines = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names)
    path = _path_as_is(request.path) if is_s3 else _path_normalized(request.path)
    return "\n".join((request.method, path, _canonical_query(request.query), lines, ";".join(names), payload_sha256))


def string_to_sign(canonical: str, *, amz_date: str, scope: Scope) -> str:
    return "\n".join((ALGORITHM, amz_date, str(scope), hashlib.sha256(canonical.encode()).hexdigest()))


@functools.lru_cache(maxsize=_SIGNING_KEYS_CACHED_MAX)
def signing_key(secret_access_key: str, date: str, region: str, service: str) -> bytes:
    """The key of one day, region and service. Kept, because a caller uses the same one the whole day."""
    key = ("AWS4" + secret_access_key).encode()
    for part in (date, region, service, TERMINATOR):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return key


def is_s3(service: str) -> bool:
    """S3 signs paths as they are; every other service normalizes and encodes them once more."""
    return service in ("s3", "s3express", "s3-object-lambda", "s3-outposts")


# ---- signing ---------------------------------------------------------------------------------------------------------


def sign(
    request: Request,
    *,
    scope: Scope,
    secret_access_key: str,
    amz_date: str,
    session_token: str = "",
    payload_sha256: str | None = None,
) -> dict[str, str]:
    """The request's headers with those that sign it. ``payload_sha256`` may be one of the words above instead of a digest."""
    digest = payload_sha256 or hashlib.sha256(request.body).hexdigest()
    headers = {name: value for name, value in request.headers.items() if name != "authorization"} | {"x-amz-date": amz_date}
    if is_s3(scope.service):
        headers["x-amz-content-sha256"] = digest
    if session_token:
        headers["x-amz-security-token"] = session_token
    signed = Request(request.method, request.path, request.query, headers, request.body)
    signature = Signature(scope, tuple(sorted(headers)), "", amz_date, 0.0, session_token)
    value = expected(signed, signature, secret_access_key=secret_access_key, payload_sha256=digest)
    credential = f"{scope.access_key_id}/{scope}"
    signed_headers = ";".join(signature.signed_headers)
    headers["authorization"] = f"{ALGORITHM} Credential={credential}, SignedHeaders={signed_headers}, Signature={value}"
    return headers


def presign(
    request: Request, *, scope: Scope, secret_access_key: str, amz_date: str, expires_s: int, session_token: str = ""
) -> str:
    """The request's query with the parameters that sign it, and its headers, for ``expires_s`` seconds."""
    signed_headers = tuple(sorted(request.headers))
    parameters = {
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": f"{scope.access_key_id}/{scope}",
        "X-Amz-Date": amz_date,
        "X-Amz-Expires": str(expires_s),
        "X-Amz-SignedHeaders": ";".join(signed_headers),
    }
    if session_token:
        parameters["X-Amz-Security-Token"] = session_token
    added = "&".join(f"{name}={_encode(value)}" for name, value in parameters.items())
    query = f"{request.query}&{added}" if request.query else added
    signature = Signature(scope, signed_headers, "", amz_date, 0.0, session_token, expires_s)
    payload = UNSIGNED_PAYLOAD if is_s3(scope.service) else hashlib.sha256(request.body).hexdigest()
    unsigned = Request(request.method, request.path, query, request.headers, request.body)
    value = expected(unsigned, signature, secret_access_key=secret_access_key, payload_sha256=payload)
    return f"{query}&X-Amz-Signature={value}"


class ChunkSigner:
    """Signs the chunks of one streamed payload: each signature covers the one before it, the first the request's own."""

    def __init__(self, key: bytes, *, amz_date: str, scope: Scope, seed: str) -> None:
        self._key = key
        self._head = f"{amz_date}\n{scope}"
        self._previous = seed

    def chunk(self, sha256: str) -> str:
        """The signature of the next chunk, whose data has this digest."""
        return self._next(f"AWS4-HMAC-SHA256-PAYLOAD\n{self._head}\n{self._previous}\n{EMPTY_SHA256}\n{sha256}")

    def trailer(self, lines: bytes) -> str:
        """The signature of the trailing headers: ``name:value`` lines, each ended by a newline."""
        return self._next(f"AWS4-HMAC-SHA256-TRAILER\n{self._head}\n{self._previous}\n{hashlib.sha256(lines).hexdigest()}")

    def _next(self, text: str) -> str:
        self._previous = _hmac_hex(self._key, text)
        return self._previous


# ---- reading ---------------------------------------------------------------------------------------------------------


def _read_credential(text: str) -> Scope | None:
    return _split_credential(text) if len(text) <= CREDENTIAL_CHARS_MAX else None


@functools.lru_cache(maxsize=_CREDENTIALS_CACHED_MAX)
def _split_credential(text: str) -> Scope | None:
    parts = text.rsplit("/", 4)
    if len(parts) != 5 or parts[4] != TERMINATOR or not parts[0]:
        return None
    return Scope(access_key_id=parts[0], date=parts[1], region=parts[2], service=parts[3])


def _read_header(authorization: str, headers: Mapping[str, str]) -> Signature:
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != ALGORITHM:
        raise Malformed("Unsupported AWS 'algorithm': '{}'. ".format(algorithm.replace("'", "")))
    fields = {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in rest.split(","))}
    amz_date = headers.get("x-amz-date") or headers.get("date") or ""
    wanted = ("Credential", "Signature", "SignedHeaders")
    missing = [f"Authorization header requires '{name}' parameter." for name in wanted if not fields.get(name)]
    if not amz_date:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing:
        raise Malformed(f"{' '.join(missing)} Authorization={authorization.split('Signature=')[0].rstrip(', ')}")
    scope = _read_credential(fields["Credential"])
    if scope is None:
        raise Malformed(f"{_CREDENTIAL_WORDING}, got '{fields['Credential']}'")
    stamp, signed_at = _read_date(amz_date)
    return Signature(
        scope=scope,
        signed_headers=tuple(fields["SignedHeaders"].lower().split(";")),
        digest=fields["Signature"],
        amz_date=stamp,
        signed_at=signed_at,
        session_token=headers.get("x-amz-security-token", ""),
    )


def _read_query(parameters: Mapping[str, str]) -> Signature:
    names = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
    missing = [f"AWS query-string parameters must include '{name}'." for name in names if not parameters.get(name)]
    if missing:
        raise Malformed(f"{' '.join(missing)} Re-examine the query-string parameters.")
    if parameters["X-Amz-Algorithm"] != ALGORITHM:
        raise Malformed(f"Unsupported AWS 'algorithm': '{parameters['X-Amz-Algorithm']}'. ")
    scope = _read_credential(parameters["X-Amz-Credential"])
    if scope is None:
        raise Malformed(f"{_CREDENTIAL_WORDING}, got '{parameters['X-Amz-Credential']}'")
    expires = parameters.get("X-Amz-Expires", "900")
    if not expires.isdecimal() or len(expires) > DIGITS_MAX or int(expires) > PRESIGNED_EXPIRES_S_MAX:
        raise Malformed(_EXPIRES_WORDING)
    stamp, signed_at = _read_date(parameters["X-Amz-Date"])
    return Signature(
        scope=scope,
        signed_headers=tuple(parameters["X-Amz-SignedHeaders"].lower().split(";")),
        digest=parameters["X-Amz-Signature"],
        amz_date=stamp,
        signed_at=signed_at,
        session_token=parameters.get("X-Amz-Security-Token", ""),
        expires_s=int(expires),
    )


def _read_date(text: str) -> tuple[str, float]:
    """A date as AWS writes it and in seconds; the ``Date`` header of old clients is RFC 1123."""
    try:
        if text[:8].isdigit():
            moment = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        else:
            moment = parsedate_to_datetime(text).astimezone(UTC)
    except ValueError as error:
        wording = "Date must be in ISO-8601 'basic format'. Got '{}'. See http://en.wikipedia.org/wiki/ISO_8601"
        raise Malformed(wording.format(text)) from error
    return moment.strftime("%Y%m%dT%H%M%SZ"), moment.timestamp()


# ---- canonical forms -------------------------------------------------------------------------------------------------


def _path_as_is(path: str) -> str:
    return quote(path, safe="/~%") or "/"


@functools.lru_cache(maxsize=1_024)
def _path_normalized(path: str) -> str:
    """Dot segments and empty segments removed, then encoded once more on top of the encoding it arrived with."""
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            kept = kept[:-1]
        elif part not in ("", "."):
            kept.append(part)
    slash = "/" if kept and path.endswith("/") else ""
    return quote(f"/{'/'.join(kept)}{slash}", safe="/~")


def _canonical_query(query: str) -> str:
    if not query:
        return ""
    pairs = sorted((_encode(name), _encode(value)) for name, value in _pairs(query) if name != "X-Amz-Signature")
    return "&".join(f"{name}={value}" for name, value in pairs)


def _pairs(query: str) -> list[tuple[str, str]]:
    parts = (part.partition("=") for part in query.split("&") if part)
    return [(unquote(name), unquote(value)) for name, _, value in parts]


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")


def _hmac_hex(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()
