"""Calls operations in process: for the gateway, and for services that call one another by AWS' names."""

from collections.abc import Awaitable, Callable, Mapping

from msgspec import structs

from lambent.core.clock import acting_for
from lambent.core.context import Context
from lambent.core.ports import Interceptor, Parameters, Reply, Spliced
from lambent.gateway.errors import OperationNotImplemented
from lambent.wire import aws_json, models

Method = Callable[[Context, Parameters], Awaitable[Reply]]

Guard = Callable[[Context, str, str, Parameters], Awaitable[None]]
"""Raises the ServiceError that denies a service ("sns.amazonaws.com"), or a role in which one acts, what it is about to do."""


class Dispatcher:
    """Finds the method of an operation: ``services[name].<operation_in_snake_case>``. It is the ``core.ports.Caller``."""

    def __init__(self, services: Mapping[str, object], *, interceptor: Interceptor | None = None) -> None:
        self.guard: Guard | None = None  # of what services do by themselves
        self._services = services
        self._interceptor = interceptor
        self._methods: dict[tuple[str, str], Method] = {}

    async def __call__(self, context: Context, service: str, operation: str, parameters: Parameters) -> Reply:
        method = self.method(service, operation)
        with acting_for(context.account):
            if self.guard is not None and context.is_of_service:
                await self.guard(context, service, operation, parameters)
            if context.source_arn and not context.is_service:
                context = structs.replace(context, source_arn="")  # let in, a role is a caller like any other
            return _plain(service, operation, await method(context, parameters))

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


def _plain(service: str, operation: str, reply: Reply) -> Reply:
    """A reply as its operation's model has it, whatever of it was spliced together."""
    if type(reply) is not Spliced:
        return reply
    model = models.service(service).operation(operation)
    assert model is not None
    return aws_json.plain(model, reply)
