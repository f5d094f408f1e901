"""Operations are found by AWS' names."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec import Raw, structs

import lambent.services
from lambent.core.clock import Work, acting_account
from lambent.core.context import Context
from lambent.core.ports import EnvironmentSpec, Invocation, Parameters, Reply, Spliced
from lambent.gateway.dispatch import SPLICING, Dispatcher
from lambent.gateway.errors import OperationNotImplemented

CONTEXT = Context("123456789012", "us-east-1", "request", "arn:aws:iam::123456789012:root", "http://localhost")


class Sts:
    async def get_caller_identity(self, context: Context, _: Parameters) -> Reply:
        return {"Account": context.account}


async def test_a_service_is_called_by_the_name_of_its_operation() -> None:
    call = Dispatcher({"sts": Sts()})
    for _ in range(2):
        assert await call(CONTEXT, "sts", "GetCallerIdentity", {}) == {"Account": "123456789012"}


@pytest.mark.parametrize(("service", "operation"), [("sts", "AssumeRole"), ("sts", "NoSuchThing"), ("nothing", "Do")])
async def test_what_has_no_method_is_not_implemented(service: str, operation: str) -> None:
    with pytest.raises(OperationNotImplemented, match=f"{service}:{operation}"):
        await Dispatcher({"sts": Sts()})(CONTEXT, service, operation, {})


async def test_an_interceptor_stands_before_every_call_however_it_comes() -> None:
    seen = []

    class Watching:
        async def call(
            self,
            context: Context,
            service: str,
            operation: str,
            parameters: Parameters,
            proceed: Callable[[], Awaitable[Reply]],
        ) -> Reply:
            seen.append((context.account, service, operation, parameters))
            return await proceed() | {"Seen": True}

        def event(self, spec: EnvironmentSpec, invocation: Invocation, kill: Callable[[], bool]) -> None: ...

    call = Dispatcher({"sts": Sts()}, interceptor=Watching())
    for answer in (call(CONTEXT, "sts", "GetCallerIdentity", {}), call.method("sts", "GetCallerIdentity")(CONTEXT, {})):
        assert await answer == {"Account": "123456789012", "Seen": True}
    assert seen == [("123456789012", "sts", "GetCallerIdentity", {})] * 2


async def test_a_guard_is_asked_of_what_services_do_by_themselves_and_of_nothing_else() -> None:
    asked = []

    async def guard(context: Context, service: str, operation: str, _: Parameters) -> None:
        asked.append((context.principal_arn, service, operation))
        raise OperationNotImplemented(service="refused", operation=operation)

    call = Dispatcher({"sts": Sts()})
    call.guard = guard
    await call(CONTEXT, "sts", "GetCallerIdentity", {})
    with pytest.raises(OperationNotImplemented, match="refused"):
        await call(CONTEXT.on_behalf_of("sns.amazonaws.com"), "sts", "GetCallerIdentity", {})
    assert asked == [("sns.amazonaws.com", "sts", "GetCallerIdentity")]


async def test_who_calls_in_process_gets_botocores_types_also_of_what_was_spliced_together() -> None:
    class Dynamodb:
        async def get_item(self, context: Context, parameters: Parameters) -> Reply:
            return Spliced(Item=Raw(b'{"id":{"S":"a"},"data":{"B":"AAE="},"more":{"M":{"x":{"BS":["Yg=="]}}}}'))

    found = await Dispatcher({"dynamodb": Dynamodb()})(CONTEXT, "dynamodb", "GetItem", {})
    assert found == {"Item": {"id": {"S": "a"}, "data": {"B": b"\0\1"}, "more": {"M": {"x": {"BS": [b"b"]}}}}}


async def test_a_role_in_which_a_service_acts_is_asked_of_once_and_then_a_caller_like_any_other() -> None:
    asked, met = [], []

    class Nesting(Sts):
        async def get_session_token(self, context: Context, _: Parameters) -> Reply:
            met.append(context.source_arn)
            return await call(context, "sts", "GetCallerIdentity", {})

    async def guard(context: Context, _service: str, operation: str, _: Parameters) -> None:
        asked.append((context.source_arn, operation))

    call = Dispatcher({"sts": Nesting()})
    call.guard = guard
    source = "arn:aws:scheduler:us-east-1:123456789012:schedule/default/s"
    role = "arn:aws:sts::123456789012:assumed-role/r/s"
    await call(structs.replace(CONTEXT, principal_arn=role, source_arn=source), "sts", "GetSessionToken", {})
    assert asked == [(source, "GetSessionToken")]
    assert met == [""]


async def test_a_call_acts_for_the_account_that_it_is_made_in() -> None:
    class Telling:
        async def get_caller_identity(self, context: Context, _: Parameters) -> Reply:
            return {"Account": acting_account()}

    call = Dispatcher({"sts": Telling()})
    for account in ("123456789012", "444455556666"):
        with Work(account):
            assert await call(CONTEXT, "sts", "GetCallerIdentity", {}) == {"Account": "123456789012"}
            assert acting_account() == account


async def test_where_nothing_stands_in_between_a_call_is_the_operations_own_coroutine() -> None:
    call = Dispatcher({"sts": Sts()})
    call.guard = lambda *_: None
    with Work(CONTEXT.account):
        for context in (CONTEXT, CONTEXT.on_behalf_of("sns.amazonaws.com")):
            made = call(context, "sts", "GetCallerIdentity", {})
            assert made.__qualname__ == "Sts.get_caller_identity"
            await made


def test_the_services_that_splice_replies_are_known() -> None:
    [folder] = lambent.services.__path__
    sources = [path for path in Path(folder).rglob("*.py") if "Spliced(" in path.read_text()]
    assert {path.relative_to(folder).parts[0] for path in sources} == SPLICING
