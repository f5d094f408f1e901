"""Whether an execution role lets Scheduler in.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
"""

from lambent.core.clock import Clock
from lambent.core.context import Context
from lambent.core.ports import Caller
from lambent.durable import roles
from lambent.services.scheduler import errors
from lambent.services.scheduler.engine.deliveries import PRINCIPAL

REASON = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."


class Roles:
    """``needs_to_exist``: else a role that iam does not know is not judged, and need only be well formed."""

    def __init__(self, *, call: Caller, clock: Clock, needs_to_exist: bool) -> None:
        self._roles = roles.Roles(call=call)
        self._clock = clock
        self._needs_to_exist = needs_to_exist

    async def check(self, context: Context, role_arn: str, group_arn: str) -> None:
        """AWS says that it asks for a schedule's group, never for the schedule. Raises ValidationException."""
        is_let_in = await self._roles.lets_in(context, role_arn, PRINCIPAL, group_arn, self._clock.now())
        if not (is_let_in or (is_let_in is None and not self._needs_to_exist)):
            raise errors.ValidationException(reason=REASON)
