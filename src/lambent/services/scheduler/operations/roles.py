"""Asks iam whether an execution role lets Scheduler in.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
"""

from urllib.parse import unquote

from msgspec import structs

from lambent.core.arn import Arn
from lambent.core.clock import Clock
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Caller
from lambent.lang.iam_policy import lets_in
from lambent.services.scheduler import errors
from lambent.services.scheduler.engine.deliveries import PRINCIPAL

MISSING = "NoSuchEntity"
REASON = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."


class Roles:
    """``needs_to_exist``: else a role that iam does not know is not judged, and need only be well formed."""

    def __init__(self, *, call: Caller, clock: Clock, needs_to_exist: bool) -> None:
        self._call = call
        self._clock = clock
        self._needs_to_exist = needs_to_exist

    async def check(self, context: Context, role_arn: str, group_arn: str) -> None:
        """AWS says that it asks for a schedule's group, never for the schedule. Raises ValidationException."""
        trust_policy = await self._trust_policy(context, role_arn)
        asks = structs.replace(context.on_behalf_of(PRINCIPAL), source_arn=group_arn)
        if trust_policy is None:
            is_let_in = not self._needs_to_exist
        else:
            is_let_in = lets_in(trust_policy, asks, "sts:AssumeRole", role_arn, self._clock.now())
        if not is_let_in:
            raise errors.ValidationException(reason=REASON)

    async def _trust_policy(self, context: Context, role_arn: str) -> str | None:
        role = Arn.parse(role_arn)
        assert role is not None, "the model says how roles are spelt"
        asks = structs.replace(context, account=role.account)
        try:
            answer = await self._call(asks, "iam", "GetRole", {"RoleName": role.resource.rpartition("/")[2]})
        except ServiceError as error:
            if error.code != MISSING:
                raise
            return None
        return unquote(answer["Role"]["AssumeRolePolicyDocument"])
