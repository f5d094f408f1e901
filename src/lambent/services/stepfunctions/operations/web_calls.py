"""Calls web APIs for tasks (``http:invoke``), with the credentials of EventBridge's connections."""

from msgspec import structs

from lambent.core.arn import Arn
from lambent.core.clock import Clock
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Caller
from lambent.core.servers import Servers, ServerUnreachable
from lambent.services.stepfunctions.engine import http_tasks
from lambent.services.stepfunctions.engine.failures import Failure, StateFailed
from lambent.services.stepfunctions.engine.http_tasks import ANSWER_BYTES_MAX, ANSWER_S_MAX, Additions, Asked

CREDENTIALS = "lambent:credentials"
"""A parameter of DescribeConnection (events) that no request can bring, and what it is answered with: what is added."""

NO_SUCH_CONNECTION = "ResourceNotFoundException"


class WebCalls:
    """``invoke`` does one task; ``close`` lets go of the connections."""

    def __init__(self, *, call: Caller, clock: Clock) -> None:
        self._call = call
        self._servers = Servers(clock)

    async def invoke(self, context: Context, parameters: bytes) -> bytes | Failure:
        """What the answer is to the state: JSON, or a failure."""
        try:
            task = http_tasks.asked(parameters)
            added = await self._credentials(context, task)
            if isinstance(added, Failure):
                return added
            request = http_tasks.request(task, added, context.region)
        except StateFailed as failed:
            return failed.failure
        try:
            answer = await self._servers.send(request, answer_s_max=ANSWER_S_MAX, answer_bytes_max=ANSWER_BYTES_MAX)
        except ServerUnreachable as error:
            return http_tasks.unreachable(str(error))
        return http_tasks.result(answer)

    async def close(self) -> None:
        await self._servers.close()

    async def _credentials(self, context: Context, task: Asked) -> Additions | Failure:
        arn = Arn.parse(task.connection_arn)
        kind, _, rest = ("", "", "") if arn is None else arn.resource.partition("/")
        if arn is None or arn.service != "events" or kind != "connection" or arn.account != context.account:
            return http_tasks.connection_failure(NO_SUCH_CONNECTION, f"Connection '{task.connection_arn}' does not exist.")
        there = structs.replace(context, region=arn.region)
        wanted = {"ConnectionArn": task.connection_arn, "Method": task.method, "ApiEndpoint": task.url}
        try:
            reply = await self._call(
                there, "events", "DescribeConnection", {"Name": rest.partition("/")[0], CREDENTIALS: wanted}
            )
        except ServiceError as error:
            return http_tasks.connection_failure(error.code, error.message)
        told = reply[CREDENTIALS]
        return Additions(told["Headers"], told["QueryParameters"], told["Body"])
