"""What is asked of a queue and of the execution role before a mapping of the queue is accepted.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""

from collections.abc import Sequence

from msgspec import structs

from lambent.core.arn import Arn
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Caller
from lambent.durable.followers.consumer import Starts
from lambent.durable.followers.queues import ACTIONS, queue_url
from lambent.durable.roles import Roles
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.event_sources import queues
from lambent.services.lambda_.engine.event_sources.mappings import Mapped
from lambent.services.lambda_.engine.event_sources.settings import Settings
from lambent.services.lambda_.tables.event_source_mappings import MappingRow

CODE_OF_MISSING = "AWS.SimpleQueueService.NonExistentQueue"
"""sqs' older name of QueueDoesNotExist, by which lambda tells it."""


class QueueAccess:
    """Checks queues."""

    def __init__(self, *, call: Caller, roles: Roles) -> None:
        self._call = call
        self._roles = roles

    async def check(self, context: Context, source: Arn, mapped: Mapped, _wanted: Settings) -> None:
        """Raises RoleMayNotRead, SourceNotReadable, VisibilityTooShort."""
        for action in ACTIONS:
            if not await self._roles.allows(context, mapped.role_arn, f"sqs:{action}", str(source)):
                raise errors.RoleMayNotRead(action=action)
        queues.check_visibility(await self._visibility_s(context, source), mapped.timeout_s)

    async def starts(self, _context: Context, _source: Arn, _wanted: Settings) -> Starts:
        """A queue has no places."""
        return ()

    async def check_timeout(self, context: Context, rows: Sequence[MappingRow], timeout_s: int) -> None:
        """Raises VisibilityTooShort where a function that is to take longer follows a queue. A missing queue is passed over."""
        for row in rows:
            source = Arn.parse(row.source_arn)
            if source is None or source.service != "sqs":
                continue
            try:
                visibility_s = await self._visibility_s(context, source)
            except errors.SourceNotReadable:
                continue
            queues.check_visibility(visibility_s, timeout_s)

    async def _visibility_s(self, context: Context, source: Arn) -> int:
        asked = {"QueueUrl": queue_url(source), "AttributeNames": ["VisibilityTimeout"]}
        asks_as = structs.replace(context, region=source.region)
        try:
            told = await self._call(asks_as, "sqs", "GetQueueAttributes", asked)
        except ServiceError as error:
            code = CODE_OF_MISSING if error.code == "QueueDoesNotExist" else error.code
            raise errors.SourceNotReadable(operation="ReceiveMessage", error_code=code, error_message=error.message) from error
        return int(told["Attributes"]["VisibilityTimeout"])
