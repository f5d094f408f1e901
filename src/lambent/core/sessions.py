"""Temporary credentials that need no row: the session token itself says, under the platform's seal, whose it is.

An access key id carries its account as AWS' do (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html);
the secret is derived from the token, so any process that holds the platform's key can verify a signature made with it.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import Struct

from lambent.core import ids
from lambent.core.clock import Instant

ROLE_SESSION_PREFIX = "ASIA"
USER_KEY_PREFIX = "AKIA"


def session_arn(account: str, role_name: str, session_name: str, *, partition: str = "aws") -> str:
    """Who it is that has assumed a role: the role's path is left out."""
    return f"arn:{partition}:sts::{account}:assumed-role/{role_name}/{session_name}"


class Credentials(Struct, frozen=True):
    """What a caller signs with. ``session_token`` is empty for a user's long-term key."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class Session:
    """Whom temporary credentials stand for. ``principal_arn`` is the assumed-role ARN (or the user's)."""

    access_key_id: str
    account: str
    principal_arn: str
    principal_id: str
    expires_at: Instant
    policy: str = ""  # narrows what the principal may do
    policy_arns: tuple[str, ...] = ()  # managed policies that do the same


def access_key_id(prefix: str, account: str) -> str:
    """A new 20-character key id that carries its 12-digit account."""
    number = (int(account) << 7) | int(ids.hex_digits(1), 16)
    head = base64.b32encode(number.to_bytes(6, "big") + ids.random_bytes(4)).decode()
    return prefix + head


class SessionSeal:
    """Issues and reads session tokens under one platform's key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def issue(
        self,
        *,
        account: str,
        principal_arn: str,
        principal_id: str,
        expires_at: Instant,
        policy: str = "",
        policy_arns: Sequence[str] = (),
    ) -> Credentials:
        key_id = access_key_id(ROLE_SESSION_PREFIX, account)
        told: list[object] = [key_id, account, principal_arn, principal_id, expires_at]
        if policy or policy_arns:
            told += [policy, list(policy_arns)]
        claims = json.dumps(told).encode()
        token = base64.b64encode(self._sign(b"token", claims) + claims).decode()
        return Credentials(key_id, self.secret_of(key_id), token, expires_at)

    def read(self, session_token: str) -> Session | None:
        """The session that the token proves, expired or not, or None for a token that this platform did not issue."""
        try:
            sealed = base64.b64decode(session_token, validate=True)
        except ValueError:
            return None
        seal, claims = sealed[:32], sealed[32:]
        if not hmac.compare_digest(seal, self._sign(b"token", claims)):
            return None
        key_id, account, principal_arn, principal_id, expires_at, *narrowing = json.loads(claims)
        policy, policy_arns = narrowing or ("", ())
        return Session(key_id, account, principal_arn, principal_id, expires_at, policy, tuple(policy_arns))

    def secret_of(self, key_id: str) -> str:
        return base64.b64encode(self._sign(b"secret", key_id.encode())[:30]).decode()

    def _sign(self, purpose: bytes, data: bytes) -> bytes:
        return hmac.digest(self._key, purpose + b"\0" + data, hashlib.sha256)
