"""Calls operations in process: for the gateway, and for services that call one another by AWS' names."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from msgspec import structs

from lambent.core.clock import acting_account, acting_for
from lambent.core.context import Context
from lambent.core.ports import Interceptor, Parameters, Reply, Spliced
from lambent.gateway.errors import OperationNotImplemented
from lambent.wire import aws_json, models

Method = Callable[[Context, Parameters], Coroutine[Any, Any, Reply]]

Guard = Callable[[Context, str, str, Parameters], Awaitable[None] | None]
"""Raises the ServiceError that denies a service ("sns.amazonaws.com"), or a role in which one acts, what it is about to do.

It does so where it is awaited; None where there is nothing to find out.
"""

SPLICING = frozenset({"dynamodb", "kinesis"})
"""Services that answer with ``Spliced`` replies."""


class Dispatcher:
    """Finds the method of an operation: ``services[name].<operation_in_snake_case>``. It is the ``core.ports.Caller``."""

    def __init__(self, services: Mapping[str, object], *, interceptor: Interceptor | None = None) -> None:
        self.guard: Guard | None = None  # of what services do by themselves
        self._services = services
        self._interceptor = interceptor
        self._methods: dict[tuple[str, str], Method] = {}

    def __call__(self, context: Context, service: str, operation: str, parameters: Parameters) -> Coroutine[Any, Any, Reply]:
        """Raises OperationNotImplemented at once, and what the operation answers where it is awaited.

        It is the operation's own coroutine where nothing is to be done before or after: each more around it is woken each time.
        """
        method = self._methods.get((service, operation)) or self.method(service, operation)
        asked = None
        if context.is_of_service:
            if self.guard is not None:
                asked = self.guard(context, service, operation, parameters)
            if not context.is_service:
                context = structs.replace(context, source_arn="")  # let in, a role is a caller like any other
        if asked is None and acting_account() == context.account and service not in SPLICING:
            return method(context, parameters)
        return _answer(asked, method, context, parameters, service, operation)

    def method(self, service: str, operation: str) -> Method:
        """The method that answers an operation. Raises OperationNotImplemented."""
        found = self._methods.get((service, operation))
        if found is not None:
            return found
        model = models.service(service).operation(operation) if service in self._services else None
        method: Method | None = getattr(self._services[service], model.method_name, None) if model is not None else None
        if method is None:
            raise OperationNotImplemented(service=service, operation=operation)
        if self._interceptor is not None:
            method = _intercepted(self._interceptor, service, operation, method)
        self._methods[service, operation] = method
        return method


def _intercepted(interceptor: Interceptor, service: str, operation: str, method: Method) -> Method:
    async def answer(context: Context, parameters: Parameters) -> Reply:
        async def proceed(others: Parameters | None = None) -> Reply:
            return _plain(service, operation, await method(context, parameters if others is None else others))

        return await interceptor.call(context, service, operation, parameters, proceed)

    return answer


async def _answer(
    asked: Awaitable[None] | None, method: Method, context: Context, parameters: Parameters, service: str, operation: str
) -> Reply:
    with acting_for(context.account):
        if asked is not None:
            await asked
        return _plain(service, operation, await method(context, parameters))


def _plain(service: str, operation: str, reply: Reply) -> Reply:
    """A reply as its operation's model has it, whatever of it was spliced together."""
    if type(reply) is not Spliced:
        return reply
    model = models.service(service).operation(operation)
    assert model is not None
    return aws_json.plain(model, reply)
