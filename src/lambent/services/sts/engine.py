"""The rules of sessions: who may be asked for, how long they last, and how principals are named. Pure functions."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.core.ports import Parameters
from lambent.core.sessions import session_arn
from lambent.lang.iam_policy import InvalidPolicy, Kind, Principal, Request, Source, context_of, evaluate, parse
from lambent.services.sts.errors import AccessDenied, MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError

ASSUME_ROLE_S_DEFAULT = 3_600
CHAINED_S_MAX = 3_600
SESSION_TOKEN_S_DEFAULT = 43_200
SESSION_TOKEN_S_MAX_OF_ROOT = 3_600
SESSION_POLICY_CHARS_MAX = 2_048

_EVERYTHING_ALLOWED = Source(
    Kind.IDENTITY, "everything", parse('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')
)


class RoleName(Struct, frozen=True):
    """A role as its ARN names it."""

    account: str
    name: str
    arn: str


class AssumedRole(Struct, frozen=True):
    """The principal that a session of a role is."""

    account: str
    arn: str  # arn:aws:sts::123456789012:assumed-role/role/session
    id: str  # AROA…:session


def role_of(arn: str) -> RoleName:
    parsed = Arn.parse(arn)
    if parsed is None or parsed.service != "iam" or not parsed.resource.startswith("role/"):
        raise ValidationError(f"{arn} is invalid")
    return RoleName(parsed.account, parsed.resource.rpartition("/")[2], arn)


def assumed(role: Mapping[str, Any], account: str, session_name: str) -> AssumedRole:
    """A session of an IAM role (as GetRole tells it). Its ARN leaves the role's path out."""
    return AssumedRole(account, session_arn(account, role["RoleName"], session_name), f"{role['RoleId']}:{session_name}")


def trusts_stranger(document: str, role_arn: str, asked: Parameters, *, principal_arn: str) -> bool:
    """Whether a role's trust policy lets a principal of another account in.

    What the principal's own account says of it is not asked here: who is let in by the gateway is taken to be allowed there.
    AWS keeps no trust policies with NotPrincipal; where one allows, it lets nobody in.
    """
    try:
        policy = parse(document)
    except InvalidPolicy:
        return False  # kept before documents were checked as closely as now
    statements = (each for each in policy.statements if not (each.is_allow and each.principals and each.principals.is_negated))
    trust = Source(Kind.RESOURCE, "trust", replace(policy, statements=tuple(statements)))
    principal = Principal.of(principal_arn)
    request = Request(
        principal,
        "sts:AssumeRole",
        role_arn,
        role_of(role_arn).account,
        context_of(_context_keys(asked, principal)),
        needs_resource_policy=True,
    )
    return evaluate(request, [trust, _EVERYTHING_ALLOWED]).is_allowed


def _context_keys(asked: Parameters, principal: Principal) -> dict[str, str | Sequence[str]]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html"""
    # The ARN of a session's role is told, without its path: that is known in the role's account only.
    role = principal.role
    keys: dict[str, str | Sequence[str]] = {
        "aws:PrincipalArn": str(Arn("iam", "", role[0], f"role/{role[1]}")) if role else principal.arn,
        "aws:PrincipalAccount": principal.account,
        "sts:RoleSessionName": asked.get("RoleSessionName") or "",
        "aws:TagKeys": [tag["Key"] for tag in asked.get("Tags") or ()],
    }
    for parameter, key in (("ExternalId", "sts:ExternalId"), ("SourceIdentity", "sts:SourceIdentity")):
        if asked.get(parameter):
            keys[key] = asked[parameter]
    return keys | {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in asked.get("Tags") or ()}


def denial(principal_arn: str, role_arn: str) -> AccessDenied:
    """AWS does not say whether the role exists."""
    return AccessDenied(f"User: {principal_arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}")


def assume_role_s(asked_for: int | None, *, role_s_max: int, is_chained: bool) -> int:
    """For how long a role may be assumed: a role that assumes a role gets an hour at most."""
    if asked_for is None:
        return ASSUME_ROLE_S_DEFAULT
    if is_chained and asked_for > CHAINED_S_MAX:
        raise ValidationError(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        )
    if asked_for > role_s_max:
        raise ValidationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return asked_for


def session_token_s(asked_for: int | None, *, is_root: bool) -> int:
    """AWS cuts what the root user asks for to an hour."""
    duration_s = asked_for or SESSION_TOKEN_S_DEFAULT
    return min(duration_s, SESSION_TOKEN_S_MAX_OF_ROOT) if is_root else duration_s


def is_session(principal_arn: str) -> bool:
    """Whether the principal is itself a session of a role."""
    return ":assumed-role/" in principal_arn


def is_root(principal_arn: str) -> bool:
    return principal_arn.endswith(":root")


def role_and_session(principal_arn: str) -> tuple[str, str]:
    """The names of the role and of the session in an assumed role's ARN."""
    _, role_name, session_name = principal_arn.split("/", 2)
    return role_name, session_name


def check_session_policy(parameters: Parameters) -> int | None:
    """Checks the policy that narrows a session; returns how much of the room for policies it takes, in percent."""
    policy: str | None = parameters.get("Policy")
    if policy is None:
        return None
    try:
        json.loads(policy)
    except (ValueError, RecursionError) as error:
        raise MalformedPolicyDocument("This policy contains invalid Json") from error
    percent = 100 * len(policy) // SESSION_POLICY_CHARS_MAX
    if percent > 100:
        raise PackedPolicyTooLarge(f"Packed policy consumes {percent}% of allotted space, please use smaller policy.")
    return max(1, percent)


def account_of_key(access_key_id: str) -> str:
    """The account that an access key id carries in its 5th to 13th character (core.sessions.access_key_id writes them)."""
    if access_key_id.isdecimal() and len(access_key_id) == 12:
        return access_key_id  # Lambent's own convention: such a key id is an account
    try:
        decoded = base64.b32decode(access_key_id[4:].ljust(16, "A")[:16])
    except ValueError as error:
        raise ValidationError(f"Invalid access key id: {access_key_id}") from error
    return f"{(int.from_bytes(decoded[:6], 'big') & 0x7FFF_FFFF_FF80) >> 7:012d}"


def expiry(now: Instant, duration_s: int) -> Instant:
    """Whole seconds, as replies tell it."""
    return float(int(now) + duration_s)
