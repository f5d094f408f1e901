"""The password that GetAuthorizationToken gives to ``docker login``: whose it is, where, and for how long, under a seal."""

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Sessions
from lambent.core.sessions import Session

USER = "AWS"


class Login(Struct, frozen=True):
    """Who logged in, and in which region it asked for its password."""

    session: Session
    region: str


def issue(sessions: Sessions, context: Context, expires_at: Instant) -> str:
    credentials = sessions.issue(
        account=context.account,
        principal_arn=context.principal_arn,
        principal_id=context.access_key_id,
        expires_at=expires_at,
        policy=context.session_policy,
        policy_arns=context.session_policy_arns,
    )
    return f"{context.region}.{credentials.session_token}"


def read(sessions: Sessions, password: str) -> Login | None:
    """Expired or not; None for what is no password of ours."""
    region, _, token = password.partition(".")
    session = sessions.read(token) if token else None
    return Login(session, region) if session is not None else None
