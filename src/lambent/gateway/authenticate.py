"""Who asks: reads the identity of a request, and with ``--auth signed`` proves it."""

import functools
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from msgspec import Struct

from lambent.core.clock import Clocks, Instant, wall_s
from lambent.core.context import ACCOUNT_DEFAULT, REGION_DEFAULT
from lambent.core.errors import ServiceError
from lambent.core.ports import Keyring, Sessions
from lambent.gateway import errors
from lambent.wire import sigv2, sigv4
from lambent.wire.http import Request

SKEW_S_MAX = 900
_IDENTITIES_CACHED_MAX = 4_096
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_UNSIGNED_OPERATIONS = frozenset({"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "ConfirmSubscription", "Unsubscribe"})
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key"
    " and signing method. Consult the service documentation for details."
)


class Identity(Struct, frozen=True):
    account: str
    region: str
    principal_arn: str
    access_key_id: str
    session_policy: str = ""
    session_policy_arns: tuple[str, ...] = ()


class Target(Struct, frozen=True):
    """What is asked of whom: AWS words one failure differently by protocol, and S3 has words of its own."""

    service: str
    operation: str
    protocol: str


class _Secret(Struct, frozen=True):
    """The secret that a signature must have been made with, and whose it is."""

    secret_access_key: str
    account: str
    principal_arn: str
    session_policy: str = ""
    session_policy_arns: tuple[str, ...] = ()

    def identity(self, region: str, access_key_id: str) -> Identity:
        narrowing = (self.session_policy, self.session_policy_arns)
        return Identity(self.account, region, self.principal_arn, access_key_id, *narrowing)


class Authenticator:
    """Reads identities; with ``is_signed`` it believes only what a signature proves."""

    def __init__(self, *, is_signed: bool, clock: Clocks, sessions: Sessions, keyring: Keyring | None) -> None:
        self._is_signed = is_signed
        self._clock = clock
        self._sessions = sessions
        self._keyring = keyring

    @property
    def is_signed(self) -> bool:
        return self._is_signed

    # ---- open --------------------------------------------------------------------------------------------------------

    async def believe(self, request: Request) -> Identity:
        """The identity that a request claims. Nothing is verified: this is ``--auth open``, for loopback only."""
        scope = sigv4.scope_of(request)
        if scope is not None:
            return await self._claimed(scope.access_key_id, scope.region or REGION_DEFAULT, sigv4.session_token_of(request))
        presigned = sigv2.read(request)
        if presigned is not None:
            return await self._claimed(presigned.access_key_id, REGION_DEFAULT, presigned.session_token)
        return _root("", ACCOUNT_DEFAULT, REGION_DEFAULT)

    async def _claimed(self, key_id: str, region: str, token: str) -> Identity:
        if token:
            session = self._sessions.read(token)
            if session is not None:
                return Identity(session.account, region, session.principal_arn, key_id)
        if is_account(key_id):
            return _root(key_id, key_id, region)
        if self._keyring is not None and _looks_issued(key_id):
            key = await self._keyring.find(key_id)
            if key is not None:
                return Identity(key.account, region, key.principal_arn, key_id)
        return _root(key_id, ACCOUNT_DEFAULT, region)

    # ---- signed ------------------------------------------------------------------------------------------------------

    async def prove(self, request: Request, target: Target) -> tuple[Identity, sigv4.Signature | None, str]:
        """The identity that the signature proves, the signature, and the secret it was made with.

        The signature is checked over the payload's digest as announced; ``check_payload`` or the body's own stream compares
        that with what arrived. Raises AuthenticationError subclasses.
        """
        try:
            signature = sigv4.read(request)
        except sigv4.Malformed as malformed:
            raise _incomplete(target, request, str(malformed)) from malformed
        presigned = sigv2.read(request) if signature is None and target.service == "s3" else None
        if presigned is not None:
            return await self._prove_presigned(request, presigned, target), None, ""
        if signature is None:
            if target.operation in _UNSIGNED_OPERATIONS:
                return _root("", ACCOUNT_DEFAULT, REGION_DEFAULT), None, ""
            raise _missing(target)
        untimely = self._untimely(signature, target, wall_s())
        if untimely is not None and not self._clock.is_virtual:
            raise untimely
        secret = await self._secret(signature.scope.access_key_id, signature.session_token, target)
        if untimely is not None:
            self._check_time_inside(signature, target, secret)
        self._check_headers(request, signature, target)
        digest = sigv4.expected(
            request,
            signature,
            secret_access_key=secret.secret_access_key,
            payload_sha256=_payload_sha256(request, signature, target),
        )
        if not sigv4.matches(signature.digest, digest):
            raise _mismatch(target, _MISMATCH)
        identity = secret.identity(signature.scope.region, signature.scope.access_key_id)
        return identity, signature, secret.secret_access_key

    async def proves_operator(self, request: Request) -> bool:
        """Whether the signature is of an account's root: only who can read the data directory makes sessions of a root.

        Raises AuthenticationError subclasses.
        """
        identity, _, _ = await self.prove(request, Target("lambent", "Reset", "rest-json"))
        return identity.principal_arn.endswith(":root")

    async def _prove_presigned(self, request: Request, presigned: sigv2.Presigned, target: Target) -> Identity:
        """The identity that a presigned request of S3's older form proves."""
        is_expired = wall_s() > presigned.expires_at
        expired = errors.AccessDenied(
            reason="Request has expired", members={"Expires": _iso(presigned.expires_at), "ServerTime": _iso(wall_s())}
        )
        if is_expired and not self._clock.is_virtual:
            raise expired
        secret = await self._secret(presigned.access_key_id, presigned.session_token, target)
        if is_expired and self._clock.of(secret.account).now() > presigned.expires_at:
            raise expired
        if not sigv4.matches(presigned.digest, sigv2.expected(request, presigned, secret.secret_access_key)):
            raise _mismatch(target, _MISMATCH)
        return secret.identity(REGION_DEFAULT, presigned.access_key_id)

    async def _secret(self, key_id: str, session_token: str, target: Target) -> _Secret:
        if session_token:
            session = self._sessions.read(session_token)
            if session is None or session.access_key_id != key_id:
                raise _bad_token(target)
            if session.expires_at <= self._clock.of(session.account).now():
                raise _expired_token(target)
            narrowing = (session.policy, session.policy_arns)
            return _Secret(self._sessions.secret_of(key_id), session.account, session.principal_arn, *narrowing)
        key = await self._keyring.find(key_id) if self._keyring is not None else None
        if key is None or not key.is_active:
            raise _unknown_key(target, key_id)
        return _Secret(key.secret_access_key, key.account, key.principal_arn)

    def _untimely(self, signature: sigv4.Signature, target: Target, now: Instant) -> ServiceError | None:
        """What is wrong with the time of a signature at ``now``: the machine's, whatever a virtual clock says."""
        if signature.expires_s is not None:
            if now > signature.signed_at + signature.expires_s:
                return _presign_expired(target, signature, now)
            if signature.signed_at > now + SKEW_S_MAX:
                return _skewed(target, signature, now)
        elif abs(now - signature.signed_at) > SKEW_S_MAX:
            return _skewed(target, signature, now)
        elif signature.scope.date != signature.amz_date[:8]:
            return _mismatch(target, _other_day(signature))
        return None

    def _check_time_inside(self, signature: sigv4.Signature, target: Target, secret: _Secret) -> None:
        """By the time that functions see: the account's, or, where the clock was turned while the function ran, the one that it
        began with. A signature that is timely by none is told what is wrong by the one that it is nearest to."""
        moments = [wall_s(), self._clock.of(secret.account).now()]
        run = self._clock.busy.runs.get(signature.scope.access_key_id)
        if run is not None:
            moments.append(wall_s() + run.shift_s)
        found = [self._untimely(signature, target, moment) for moment in moments]
        nearest = min(zip(moments, found, strict=True), key=lambda each: abs(each[0] - signature.signed_at))[1]
        if nearest is not None and None not in found:
            raise nearest

    def _check_headers(self, request: Request, signature: sigv4.Signature, target: Target) -> None:
        if "host" not in signature.signed_headers:
            raise _mismatch(target, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
        if signature.scope.service != target.service and not (sigv4.is_s3(signature.scope.service) and target.service == "s3"):
            raise _mismatch(target, f"Credential should be scoped to correct service: '{target.service}'. ")
        if target.service == "s3":
            unsigned = [name for name in request.headers if name.startswith("x-amz-") and name not in signature.signed_headers]
            if unsigned and not (signature.is_presigned and unsigned == ["x-amz-content-sha256"]):
                raise errors.AccessDenied(
                    reason="There were headers present in the request which were not signed",
                    members={"HeadersNotSigned": ", ".join(sorted(unsigned))},
                )


def check_payload(request: Request, body: bytes) -> None:
    """Compares a whole body with the digest that its signature covers. Raises XAmzContentSHA256Mismatch."""
    announced = request.headers.get("x-amz-content-sha256", "")
    if len(announced) == 64 and not sigv4.matches(announced, hashlib.sha256(body).hexdigest()):
        raise errors.XAmzContentSHA256Mismatch


async def checked(request: Request, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same for a streaming body: raises XAmzContentSHA256Mismatch at its end."""
    announced = request.headers.get("x-amz-content-sha256", "")
    digest = hashlib.sha256()
    async for chunk in body:
        digest.update(chunk)
        yield chunk
    if len(announced) == 64 and not sigv4.matches(announced, digest.hexdigest()):
        raise errors.XAmzContentSHA256Mismatch


def chunk_signer(signature: sigv4.Signature, secret_access_key: str) -> sigv4.ChunkSigner:
    """Verifies the chunks of a streamed payload, each signed after the one before."""
    scope = signature.scope
    key = sigv4.signing_key(secret_access_key, scope.date, scope.region, scope.service)
    return sigv4.ChunkSigner(key, amz_date=signature.amz_date, scope=scope, seed=signature.digest)


def is_account(access_key_id: str) -> bool:
    """Whether a key id is itself an account: twelve digits, Lambent's way to give every test an account of its own."""
    return len(access_key_id) == 12 and access_key_id.isascii() and access_key_id.isdigit()


def _looks_issued(access_key_id: str) -> bool:
    """Only key ids of AWS' form can be in a keyring; "test" and the like are not worth a look."""
    return len(access_key_id) == 20 and access_key_id.startswith("A")


@functools.lru_cache(maxsize=_IDENTITIES_CACHED_MAX)
def _root(access_key_id: str, account: str, region: str) -> Identity:
    return Identity(account, region, f"arn:aws:iam::{account}:root", access_key_id)


def _payload_sha256(request: Request, signature: sigv4.Signature, target: Target) -> str:
    """What stands for the payload in the canonical request: S3 announces it, the others hash the body itself."""
    if target.service == "s3":
        if signature.is_presigned:
            return request.headers.get("x-amz-content-sha256", sigv4.UNSIGNED_PAYLOAD)
        return _announced(request)
    return hashlib.sha256(request.body).hexdigest()


def _announced(request: Request) -> str:
    """What S3 wants to be told of the payload. Anything but these would leave the payload out of the signature."""
    announced = request.headers.get("x-amz-content-sha256")
    if announced is None:
        raise errors.MissingContentSHA256
    if announced not in sigv4.PAYLOAD_WORDS and not _is_digest(announced):
        members = {"ArgumentName": "x-amz-content-sha256", "ArgumentValue": announced}
        raise errors.InvalidContentSHA256(members=members)
    return announced


def _is_digest(text: str) -> bool:
    return len(text) == 64 and set(text) <= _HEX_DIGITS


# ---- one failure, AWS' different words -------------------------------------------------------------------------------


def _variant(target: Target, json: type[ServiceError], query: type[ServiceError], reason: str = "") -> ServiceError:
    if target.protocol == "query":
        return query(reason=reason)
    error = json(reason=reason)
    if target.protocol in ("json", "json-in-cbor", "smithy-rpc-v2-cbor"):
        error.status = 400  # type: ignore[misc]
    return error


def _missing(target: Target) -> ServiceError:
    if target.service == "s3":
        return errors.AccessDenied(reason="Access Denied")
    return _variant(target, errors.MissingAuthenticationTokenException, errors.MissingAuthenticationToken)


def _incomplete(target: Target, request: Request, reason: str) -> ServiceError:
    if target.service == "s3":
        if "authorization" in request.headers:
            return errors.AuthorizationHeaderMalformed(reason=reason)
        return errors.AuthorizationQueryParametersError(reason=reason)
    return _variant(target, errors.IncompleteSignatureException, errors.IncompleteSignature, reason=reason)


def _mismatch(target: Target, reason: str) -> ServiceError:
    if target.service == "s3":
        return errors.S3SignatureDoesNotMatch()
    return _variant(target, errors.InvalidSignatureException, errors.SignatureDoesNotMatch, reason=reason)


def _unknown_key(target: Target, key_id: str) -> ServiceError:
    if target.service == "s3":
        return errors.InvalidAccessKeyId(members={"AWSAccessKeyId": key_id})
    return _variant(target, errors.UnrecognizedClientException, errors.InvalidClientTokenId)


def _bad_token(target: Target) -> ServiceError:
    if target.service == "s3":
        return errors.InvalidToken()
    return _variant(target, errors.UnrecognizedClientException, errors.InvalidClientTokenId)


def _expired_token(target: Target) -> ServiceError:
    if target.service == "s3":
        return errors.S3ExpiredToken()
    return _variant(target, errors.ExpiredTokenException, errors.ExpiredToken)


def _presign_expired(target: Target, signature: sigv4.Signature, now: float) -> ServiceError:
    if target.service == "s3":
        ends_at = signature.signed_at + (signature.expires_s or 0)
        members = {"X-Amz-Expires": signature.expires_s, "Expires": _iso(ends_at), "ServerTime": _iso(now)}
        return errors.AccessDenied(reason="Request has expired", members=members)
    return _skewed(target, signature, now)


def _other_day(signature: sigv4.Signature) -> str:
    stamp, date = signature.amz_date, signature.scope.date
    text = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP"
    return f"{text}: '{date}' != '{stamp[:8]}', from '{stamp}'."


def _skewed(target: Target, signature: sigv4.Signature, now: float) -> ServiceError:
    if target.service == "s3":
        members = {
            "RequestTime": signature.amz_date,
            "ServerTime": _iso(now),
            "MaxAllowedSkewMilliseconds": SKEW_S_MAX * 1_000,
        }
        return errors.RequestTimeTooSkewed(members=members)
    if signature.signed_at > now:
        bound, side, sign = now + SKEW_S_MAX, "not yet current: {} is still later than", "+"
    else:
        bound, side, sign = now - SKEW_S_MAX, "expired: {} is now earlier than", "-"
    reason = f"Signature {side.format(signature.amz_date)} {_basic(bound)} ({_basic(now)} {sign} 15 min.)"
    return _variant(target, errors.InvalidSignatureException, errors.SignatureDoesNotMatch, reason=reason)


def _basic(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%SZ")


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
