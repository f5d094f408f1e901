"""Who asks: believed with --auth open, proved with --auth signed, refused in AWS' own words."""

import hashlib
from datetime import UTC, datetime

import pytest

from lambent.core.clock import VirtualClock, Work, wall_s
from lambent.core.errors import ServiceError
from lambent.core.ports import Key
from lambent.core.sessions import SessionSeal
from lambent.gateway import authenticate
from lambent.gateway.authenticate import Authenticator, Target
from lambent.gateway.errors import XAmzContentSHA256Mismatch
from lambent.wire import sigv4
from lambent.wire.http import Request

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "secret"
USER = "arn:aws:iam::123456789012:user/ada"
ROLE = "arn:aws:sts::123456789012:assumed-role/worker/session"

LAMBDA = Target("lambda", "Invoke", "rest-json")
LOGS = Target("logs", "PutLogEvents", "json")
IAM = Target("iam", "GetUser", "query")
S3 = Target("s3", "GetObject", "rest-xml")


class Keyring:
    """One user's key."""

    is_active = True

    async def find(self, access_key_id: str) -> Key | None:
        return Key("123456789012", SECRET, USER, "AIDAEXAMPLE", self.is_active) if access_key_id == KEY_ID else None


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(wall_s())


@pytest.fixture
def sessions() -> SessionSeal:
    return SessionSeal(b"k" * 32)


@pytest.fixture
def keyring() -> Keyring:
    return Keyring()


@pytest.fixture
def opened(clock: VirtualClock, sessions: SessionSeal, keyring: Keyring) -> Authenticator:
    return Authenticator(is_signed=False, clock=clock, sessions=sessions, keyring=keyring)


@pytest.fixture
def signed(clock: VirtualClock, sessions: SessionSeal, keyring: Keyring) -> Authenticator:
    return Authenticator(is_signed=True, clock=clock, sessions=sessions, keyring=keyring)


def _stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%SZ")


def _request(
    service: str = "lambda",
    *,
    key_id: str = KEY_ID,
    secret: str = SECRET,
    token: str = "",
    at: float | None = None,
    region: str = "eu-west-1",
) -> Request:
    stamp = _stamp(at or wall_s())
    scope = sigv4.Scope(key_id, stamp[:8], region, service)
    request = Request("POST", "/path", "", {"host": "localhost"}, b"body")
    request.headers = sigv4.sign(request, scope=scope, secret_access_key=secret, amz_date=stamp, session_token=token)
    return request


def _presigned(service: str = "s3", *, at: float, expires_s: int) -> Request:
    stamp = _stamp(at)
    scope = sigv4.Scope(KEY_ID, stamp[:8], "us-east-1", service)
    request = Request("GET", "/bucket/key", "", {"host": "localhost"})
    request.query = sigv4.presign(request, scope=scope, secret_access_key=SECRET, amz_date=stamp, expires_s=expires_s)
    return request


async def _refusal(authenticator: Authenticator, request: Request, target: Target = LAMBDA) -> ServiceError:
    with pytest.raises(ServiceError) as refused:
        await authenticator.prove(request, target)
    return refused.value


# ---- open ------------------------------------------------------------------------------------------------------------


async def test_twelve_digits_are_an_account(opened: Authenticator) -> None:
    identity = await opened.believe(_request(key_id="111122223333"))
    assert (identity.account, identity.region) == ("111122223333", "eu-west-1")
    assert identity.principal_arn == "arn:aws:iam::111122223333:root"


async def test_any_other_key_is_the_default_account(opened: Authenticator) -> None:
    assert (await opened.believe(_request(key_id="test"))).account == "000000000000"


async def test_an_anonymous_caller_is_the_default_account_in_us_east_1(opened: Authenticator) -> None:
    identity = await opened.believe(Request("GET", "/", "", {}))
    assert (identity.account, identity.region) == ("000000000000", "us-east-1")


async def test_a_known_key_is_its_user(opened: Authenticator) -> None:
    identity = await opened.believe(_request())
    assert (identity.account, identity.principal_arn) == ("123456789012", USER)


async def test_a_session_token_is_its_role(opened: Authenticator, sessions: SessionSeal) -> None:
    given = sessions.issue(account="123456789012", principal_arn=ROLE, principal_id="AROA:session", expires_at=0)
    identity = await opened.believe(_request(key_id=given.access_key_id, token=given.session_token))
    assert (identity.account, identity.principal_arn) == ("123456789012", ROLE)


async def test_a_presigned_request_has_the_identity_of_its_query(opened: Authenticator) -> None:
    assert (await opened.believe(_presigned(at=wall_s(), expires_s=60))).principal_arn == USER


# ---- signed ----------------------------------------------------------------------------------------------------------


async def test_a_good_signature_proves_its_user(signed: Authenticator) -> None:
    identity, _, _ = await signed.prove(_request(), LAMBDA)
    assert (identity.account, identity.region, identity.principal_arn) == ("123456789012", "eu-west-1", USER)


async def test_a_session_signature_proves_its_role(signed: Authenticator, sessions: SessionSeal, clock: VirtualClock) -> None:
    given = sessions.issue(account="123456789012", principal_arn=ROLE, principal_id="AROA", expires_at=clock.now() + 60)
    request = _request(key_id=given.access_key_id, secret=given.secret_access_key, token=given.session_token)
    assert (await signed.prove(request, LAMBDA))[0].principal_arn == ROLE


@pytest.mark.parametrize(
    ("target", "code", "status"),
    [
        (LAMBDA, "InvalidSignatureException", 403),
        (LOGS, "InvalidSignatureException", 400),
        (IAM, "SignatureDoesNotMatch", 403),
        (S3, "SignatureDoesNotMatch", 403),
    ],
)
async def test_a_wrong_secret_does_not_match(signed: Authenticator, target: Target, code: str, status: int) -> None:
    refusal = await _refusal(signed, _request(target.service, secret="wrong"), target)
    assert (refusal.code, refusal.status) == (code, status)
    assert refusal.message.startswith("The request signature we calculated does not match the signature you provided.")


@pytest.mark.parametrize("part", ["path", "query", "body", "method"])
async def test_a_changed_request_does_not_match(signed: Authenticator, part: str) -> None:
    request = _request()
    setattr(request, part, {"path": "/other", "query": "a=b", "body": b"other", "method": "PUT"}[part])
    assert (await _refusal(signed, request)).code == "InvalidSignatureException"


@pytest.mark.parametrize(
    ("target", "code", "status", "message"),
    [
        (LAMBDA, "UnrecognizedClientException", 403, "The security token included in the request is invalid."),
        (LOGS, "UnrecognizedClientException", 400, "The security token included in the request is invalid."),
        (IAM, "InvalidClientTokenId", 403, "The security token included in the request is invalid."),
        (S3, "InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."),
    ],
)
async def test_an_unknown_key_is_nobodys(signed: Authenticator, target: Target, code: str, status: int, message: str) -> None:
    refusal = await _refusal(signed, _request(target.service, key_id="AKIAUNKNOWN"), target)
    assert (refusal.code, refusal.status, refusal.message) == (code, status, message)


async def test_an_account_number_is_no_key_here(signed: Authenticator) -> None:
    assert (await _refusal(signed, _request(key_id="123456789012"))).code == "UnrecognizedClientException"


async def test_an_inactive_key_is_nobodys(signed: Authenticator, keyring: Keyring) -> None:
    keyring.is_active = False
    assert (await _refusal(signed, _request())).code == "UnrecognizedClientException"


async def test_fifteen_minutes_of_skew_are_forgiven(signed: Authenticator) -> None:
    await signed.prove(_request(at=wall_s() - 890), LAMBDA)
    await signed.prove(_request(at=wall_s() + 890), LAMBDA)


@pytest.mark.parametrize(("skew_s", "wording"), [(-960, "Signature expired: "), (960, "Signature not yet current: ")])
async def test_more_skew_is_not(signed: Authenticator, skew_s: int, wording: str) -> None:
    refusal = await _refusal(signed, _request(at=wall_s() + skew_s))
    assert refusal.code == "InvalidSignatureException"
    assert refusal.message.startswith(wording)
    assert "15 min.)" in refusal.message


async def test_where_the_clock_is_turned_the_machines_time_and_the_platforms_both_count(signed: Authenticator) -> None:
    await signed._clock.advance(1_000_000)
    for at in (wall_s(), wall_s() + 1_000_000):
        assert (await signed.prove(_request(at=at), LAMBDA))[0].account == "123456789012"
    refusal = await _refusal(signed, _request(at=wall_s() + 500_000))
    assert refusal.code == "InvalidSignatureException"


async def test_an_accounts_own_time_counts_for_its_signatures(signed: Authenticator) -> None:
    await signed._clock.advance(1_000_000, "123456789012")
    await signed._clock.advance(2_000_000, "111122223333")
    assert (await signed.prove(_request(at=wall_s() + 1_000_000), LAMBDA))[0].account == "123456789012"
    await _refusal(signed, _request(at=wall_s() + 2_000_000))


async def test_a_function_that_runs_while_the_clock_is_turned_signs_with_the_time_it_began_with(signed: Authenticator) -> None:
    await signed._clock.advance(1_000_000)
    with Work("123456789012", busy=signed._clock.busy) as run:
        run.shift_s = signed._clock.shift_s()
        signed._clock.busy.runs[KEY_ID] = run
        signed._clock._platform.move(signed._clock.now() + 3_600)
        assert (await signed.prove(_request(at=wall_s() + 1_000_000), LAMBDA))[0].account == "123456789012"


async def test_a_session_ends_by_the_time_of_its_account(signed: Authenticator, sessions: SessionSeal) -> None:
    session = sessions.issue(
        account="123456789012", principal_arn=USER, principal_id="id", expires_at=signed._clock.now() + 3_600
    )
    given = {"key_id": session.access_key_id, "secret": session.secret_access_key, "token": session.session_token}
    await signed._clock.advance(3_601, "111122223333")
    assert (await signed.prove(_request(**given), LAMBDA))[0].account == "123456789012"
    await signed._clock.advance(3_601, "123456789012")
    assert (await _refusal(signed, _request(**given))).code == "ExpiredTokenException"


async def test_a_presigned_url_made_with_the_machines_time_ends_by_it(signed: Authenticator) -> None:
    await signed._clock.advance(1_000_000)
    s3 = Target("s3", "GetObject", "rest-xml")
    for at in (wall_s() - 30, wall_s() + 1_000_000 - 30):
        assert (await signed.prove(_presigned(at=at, expires_s=60), s3))[0].account == "123456789012"
        assert (await _refusal(signed, _presigned(at=at - 60, expires_s=60), s3)).message == "Request has expired"


async def test_s3_has_its_own_word_for_skew(signed: Authenticator) -> None:
    refusal = await _refusal(signed, _request("s3", at=wall_s() - 960), S3)
    assert (refusal.code, refusal.status) == ("RequestTimeTooSkewed", 403)
    assert refusal.members["MaxAllowedSkewMilliseconds"] == 900_000


async def test_a_presigned_request_outlives_the_skew(signed: Authenticator) -> None:
    identity, _, _ = await signed.prove(_presigned(at=wall_s() - 3_000, expires_s=3_600), S3)
    assert identity.principal_arn == USER


async def test_a_presigned_request_expires(signed: Authenticator) -> None:
    refusal = await _refusal(signed, _presigned(at=wall_s() - 120, expires_s=60), S3)
    assert (refusal.code, refusal.status, refusal.message) == ("AccessDenied", 403, "Request has expired")


@pytest.mark.parametrize(
    ("target", "code", "status"),
    [(LAMBDA, "ExpiredTokenException", 403), (IAM, "ExpiredToken", 403), (S3, "ExpiredToken", 400)],
)
async def test_a_session_ends(
    signed: Authenticator, sessions: SessionSeal, clock: VirtualClock, target: Target, code: str, status: int
) -> None:
    given = sessions.issue(account="123456789012", principal_arn=ROLE, principal_id="AROA", expires_at=clock.now() - 1)
    request = _request(target.service, key_id=given.access_key_id, secret=given.secret_access_key, token=given.session_token)
    refusal = await _refusal(signed, request, target)
    assert (refusal.code, refusal.status) == (code, status)


async def test_a_forged_token_is_invalid(signed: Authenticator) -> None:
    forged = SessionSeal(b"x" * 32).issue(account="1" * 12, principal_arn=ROLE, principal_id="AROA", expires_at=9e9)
    request = _request(key_id=forged.access_key_id, secret=forged.secret_access_key, token=forged.session_token)
    assert (await _refusal(signed, request)).code == "UnrecognizedClientException"


async def test_a_token_goes_with_its_own_key_only(signed: Authenticator, sessions: SessionSeal) -> None:
    given = sessions.issue(account="123456789012", principal_arn=ROLE, principal_id="AROA", expires_at=9e9)
    assert (await _refusal(signed, _request(token=given.session_token))).code == "UnrecognizedClientException"


@pytest.mark.parametrize(
    ("target", "code", "status"),
    [
        (LAMBDA, "MissingAuthenticationTokenException", 403),
        (LOGS, "MissingAuthenticationTokenException", 400),
        (IAM, "MissingAuthenticationToken", 403),
        (S3, "AccessDenied", 403),
    ],
)
async def test_an_anonymous_request_is_refused(signed: Authenticator, target: Target, code: str, status: int) -> None:
    refusal = await _refusal(signed, Request("GET", "/", "", {"host": "localhost"}), target)
    assert (refusal.code, refusal.status) == (code, status)


async def test_federated_callers_have_no_signature_yet(signed: Authenticator) -> None:
    target = Target("sts", "AssumeRoleWithWebIdentity", "query")
    identity, signature, _ = await signed.prove(Request("POST", "/", "", {"host": "localhost"}), target)
    assert (identity.account, signature) == ("000000000000", None)


@pytest.mark.parametrize("operation", ["ConfirmSubscription", "Unsubscribe"])
async def test_the_links_of_sns_have_no_signature(signed: Authenticator, operation: str) -> None:
    request = Request("GET", "/", f"Action={operation}", {"host": "localhost"})
    identity, signature, _ = await signed.prove(request, Target("sns", operation, "query"))
    assert (identity.access_key_id, signature) == ("", None)


async def test_half_a_signature_is_incomplete(signed: Authenticator) -> None:
    request = Request("GET", "/", "", {"host": "localhost", "authorization": "AWS4-HMAC-SHA256 Credential=a"})
    refusal = await _refusal(signed, request)
    assert (refusal.code, refusal.status) == ("IncompleteSignatureException", 400)
    assert "Authorization header requires 'Signature' parameter." in refusal.message
    assert (await _refusal(signed, request, IAM)).code == "IncompleteSignature"
    assert (await _refusal(signed, request, S3)).code == "AuthorizationHeaderMalformed"


async def test_a_signature_is_for_one_service(signed: Authenticator) -> None:
    refusal = await _refusal(signed, _request("sqs"))
    assert refusal.message == "Credential should be scoped to correct service: 'lambda'. "


async def test_the_host_must_be_signed(signed: Authenticator) -> None:
    request = _request()
    request.headers = dict(request.headers)
    request.headers["authorization"] = request.headers["authorization"].replace("SignedHeaders=host;", "SignedHeaders=")
    assert "'Host'" in (await _refusal(signed, request)).message


async def test_s3_wants_every_header_of_its_own_signed(signed: Authenticator) -> None:
    request = _request("s3")
    request.headers = dict(request.headers) | {"x-amz-acl": "public-read"}
    refusal = await _refusal(signed, request, S3)
    assert (refusal.code, refusal.members["HeadersNotSigned"]) == ("AccessDenied", "x-amz-acl")


@pytest.mark.parametrize(
    ("announced", "code"),
    [(None, "InvalidRequest"), ("", "InvalidArgument"), ("any", "InvalidArgument"), ("z" * 64, "InvalidArgument")],
)
async def test_s3_wants_to_know_the_payload_that_is_signed(signed: Authenticator, announced: str | None, code: str) -> None:
    stamp = _stamp(wall_s())
    scope = sigv4.Scope(KEY_ID, stamp[:8], "us-east-1", "s3")
    headers = {"host": "localhost", "x-amz-date": stamp}
    if announced is not None:
        headers["x-amz-content-sha256"] = announced
    request = Request("PUT", "/bucket/key", "", headers)
    names = tuple(sorted(headers))
    signature = sigv4.Signature(scope, names, "", stamp, 0.0)
    payload = sigv4.EMPTY_SHA256 if announced is None else announced
    digest = sigv4.expected(request, signature, secret_access_key=SECRET, payload_sha256=payload)
    credential = f"Credential={KEY_ID}/{scope}, SignedHeaders={';'.join(names)}, Signature={digest}"
    request.headers = headers | {"authorization": f"{sigv4.ALGORITHM} {credential}"}
    assert (await _refusal(signed, request, S3)).code == code


async def test_a_body_other_than_announced_is_refused() -> None:
    request = Request("PUT", "/", "", {"x-amz-content-sha256": hashlib.sha256(b"body").hexdigest()})
    authenticate.check_payload(request, b"body")
    with pytest.raises(XAmzContentSHA256Mismatch):
        authenticate.check_payload(request, b"other")


@pytest.mark.parametrize(("body", "is_good"), [((b"bo", b"dy"), True), ((b"bo", b"by"), False)])
async def test_a_stream_other_than_announced_is_refused_at_its_end(body: tuple[bytes, ...], is_good: bool) -> None:
    request = Request("PUT", "/", "", {"x-amz-content-sha256": hashlib.sha256(b"body").hexdigest()})

    async def stream() -> object:
        for piece in body:
            yield piece

    received = []
    try:
        async for piece in authenticate.checked(request, stream()):  # type: ignore[arg-type]
            received.append(piece)
    except XAmzContentSHA256Mismatch:
        assert not is_good
    else:
        assert is_good
    assert tuple(received) == body
