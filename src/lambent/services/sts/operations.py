"""STS's operations.

https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
"""

from datetime import UTC, datetime
from urllib.parse import unquote

from msgspec import structs

from lambent.core.clock import Clock
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Caller, Parameters, Reply, Sessions
from lambent.core.sessions import Credentials
from lambent.services.sts import engine
from lambent.services.sts.errors import AccessDenied, InvalidClientTokenId


class Sts:
    """STS for one platform."""

    def __init__(self, *, clock: Clock, call: Caller, sessions: Sessions) -> None:
        self._clock = clock
        self._call = call
        self._sessions = sessions

    async def get_caller_identity(self, context: Context, parameters: Parameters) -> Reply:  # noqa: ARG002
        return {
            "Account": context.account,
            "Arn": context.principal_arn,
            "UserId": await self._principal_id(context),
        }

    async def assume_role(self, context: Context, parameters: Parameters) -> Reply:
        """Credentials of a session of the role. Whom it trusts is asked here only for principals of other accounts."""
        role = engine.role_of(parameters["RoleArn"])
        packed_percent = engine.check_session_policy(parameters)
        found = await self._role(context, role.account, role.name)
        if found is None or found["Arn"] != role.arn:
            raise engine.denial(context.principal_arn, role.arn)
        if role.account != context.account and not engine.trusts_stranger(
            unquote(found["AssumeRolePolicyDocument"]), role.arn, parameters, principal_arn=context.principal_arn
        ):
            raise engine.denial(context.principal_arn, role.arn)
        duration_s = engine.assume_role_s(
            parameters.get("DurationSeconds"),
            role_s_max=found["MaxSessionDuration"],
            is_chained=engine.is_session(context.principal_arn),
        )
        session = engine.assumed(found, role.account, parameters["RoleSessionName"])
        credentials = self._sessions.issue(
            account=session.account,
            principal_arn=session.arn,
            principal_id=session.id,
            expires_at=engine.expiry(self._clock.of(session.account).now(), duration_s),
            policy=parameters.get("Policy") or "",
            policy_arns=[each["arn"] for each in parameters.get("PolicyArns") or () if each.get("arn")],
        )
        return {
            "Credentials": _told(credentials),
            "AssumedRoleUser": {"AssumedRoleId": session.id, "Arn": session.arn},
            "PackedPolicySize": packed_percent,
            "SourceIdentity": parameters.get("SourceIdentity"),
        }

    async def get_session_token(self, context: Context, parameters: Parameters) -> Reply:
        if engine.is_session(context.principal_arn):
            raise AccessDenied("Cannot call GetSessionToken with session credentials")
        is_root = engine.is_root(context.principal_arn)
        duration_s = engine.session_token_s(parameters.get("DurationSeconds"), is_root=is_root)
        credentials = self._sessions.issue(
            account=context.account,
            principal_arn=context.principal_arn,
            principal_id=await self._principal_id(context),
            expires_at=engine.expiry(self._clock.now(), duration_s),
        )
        return {"Credentials": _told(credentials)}

    async def get_access_key_info(self, context: Context, parameters: Parameters) -> Reply:  # noqa: ARG002
        return {"Account": engine.account_of_key(parameters["AccessKeyId"])}

    async def _principal_id(self, context: Context) -> str:
        """The account for its root, AIDA… for a user, AROA…:session for a session of a role."""
        if engine.is_session(context.principal_arn):
            role_name, session_name = engine.role_and_session(context.principal_arn)
            role = await self._role(context, context.account, role_name)
            return f"{role['RoleId'] if role else role_name}:{session_name}"
        if engine.is_root(context.principal_arn):
            return context.account
        try:
            user = await self._call(context, "iam", "GetUser", {})
        except ServiceError as error:
            if error.code != "NoSuchEntity":
                raise
            raise InvalidClientTokenId from error  # a session outlives its user, and is worth nothing without
        return str(user["User"]["UserId"])

    async def _role(self, context: Context, account: str, name: str) -> Reply | None:
        try:
            found = await self._call(structs.replace(context, account=account), "iam", "GetRole", {"RoleName": name})
        except ServiceError as error:
            if error.code != "NoSuchEntity":
                raise
            return None
        return dict(found["Role"])


def _told(credentials: Credentials) -> Reply:
    return {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token,
        "Expiration": datetime.fromtimestamp(credentials.expires_at, UTC),
    }
