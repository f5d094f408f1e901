"""Calls in the name of an API: of functions and of operations, by API Gateway itself or in the role that an API names."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

from lambent.core import ids
from lambent.core.arn import Arn
from lambent.core.context import Context
from lambent.core.ports import Caller, Parameters, Reply
from lambent.core.sessions import session_arn
from lambent.services.apigateway.operations.http.deadlines import Deadlines

PRINCIPAL = "apigateway.amazonaws.com"
SESSION_NAME = "BackplaneAssumeRoleSession"

T = TypeVar("T")


class Calls:
    """What goes on when nobody waits for it any more is held here until it ends."""

    def __init__(self, *, call: Caller, endpoint_url: str) -> None:
        self._call = call
        self._endpoint_url = endpoint_url
        self._deadlines: Deadlines[asyncio.Future[Any]] = Deadlines(_expire)
        self._left_behind: set[asyncio.Future[Any]] = set()

    def context(self, account: str, region: str, *, source_arn: str, credentials_arn: str, trace_id: str) -> Context:
        """Who calls: the role where the API names one, else API Gateway for the API's route."""
        role = Arn.parse(credentials_arn) if credentials_arn else None
        principal = PRINCIPAL
        if role is not None:
            name = role.resource.rpartition("/")[2]
            principal = session_arn(role.account, name, SESSION_NAME, partition=role.partition)
        return Context(
            account=account,
            region=region,
            request_id=ids.uuid4(),
            principal_arn=principal,
            endpoint_url=self._endpoint_url,
            trace_id=trace_id,
            source_arn=source_arn,
        )

    def invoke(self, context: Context, function: str, payload: bytes, *, timeout_s: float) -> Awaitable[Reply]:
        """The reply of Invoke. Raises the ServiceError that it answers, and TimeoutError; the function then runs on."""
        parameters = {"FunctionName": function, "Payload": payload}
        return self._within(timeout_s, self._call(context, "lambda", "Invoke", parameters))

    def invoke_to_its_end(self, context: Context, function: str, payload: bytes) -> Awaitable[Reply]:
        """The same however long it takes, and in the task of who awaits it, who has to see to his own time."""
        return self._call(context, "lambda", "Invoke", {"FunctionName": function, "Payload": payload})

    def call(
        self, context: Context, service: str, operation: str, parameters: Parameters, *, timeout_s: float
    ) -> Awaitable[Reply]:
        """Raises the ServiceError that the operation answers, and TimeoutError."""
        return self._within(timeout_s, self._call(context, service, operation, parameters))

    async def as_caller(self, context: Context, service: str, operation: str, parameters: Parameters) -> Reply:
        """In a visitor's own name. Raises the ServiceError that the operation answers."""
        return await self._call(context, service, operation, parameters)

    async def _within(self, timeout_s: float, work: Coroutine[Any, Any, T]) -> T:
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[T] = loop.create_future()
        task = loop.create_task(_tell(waiter, work))
        self._deadlines.add(waiter, timeout_s)
        try:
            return await waiter
        finally:
            self._deadlines.discard(waiter, timeout_s)
            if not task.done():
                self._left_behind.add(task)  # the loop holds no task that nobody else does
                task.add_done_callback(self._left_behind.discard)


def _expire(waiter: "asyncio.Future[Any]") -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())


async def _tell(waiter: "asyncio.Future[T]", work: Coroutine[Any, Any, T]) -> None:
    """Hands on what comes of the work, as long as somebody waits for it."""
    try:
        result = await work
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - who waits for it raises it
        if not waiter.done():
            waiter.set_exception(error)
    else:
        if not waiter.done():
            waiter.set_result(result)
