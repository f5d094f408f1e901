"""Calls are made in the right name, and end when their time is over."""

import asyncio

import pytest

from lambent.core.arn import Arn
from lambent.core.context import Context
from lambent.services.apigateway.operations.http.calls import Calls

FUNCTION = Arn("lambda", "us-east-1", "111122223333", "function:f")
CONTEXT = Context("1", "us-east-1", "id", "p", "http://localhost")


@pytest.mark.parametrize(
    ("credentials_arn", "principal"),
    [
        ("", "apigateway.amazonaws.com"),
        ("arn:aws:iam::999999999999:role/path/r", "arn:aws:sts::999999999999:assumed-role/r/BackplaneAssumeRoleSession"),
    ],
)
def test_the_caller_is_the_role_where_there_is_one_else_api_gateway(credentials_arn, principal):
    calls = Calls(call=None, endpoint_url="http://localhost:1")

    context = calls.context("1", "us-east-1", source_arn="arn:route", credentials_arn=credentials_arn, trace_id="Root=1")

    assert (context.principal_arn, context.source_arn, context.endpoint_url) == (principal, "arn:route", "http://localhost:1")
    assert context.trace_id == "Root=1"


async def test_what_takes_too_long_is_left_to_itself():
    go_on, done = asyncio.Event(), []

    async def call(context, service, operation, parameters):
        await go_on.wait()
        done.append(parameters)
        raise OSError

    calls = Calls(call=call, endpoint_url="")
    with pytest.raises(TimeoutError):
        await calls.invoke(CONTEXT, str(FUNCTION), b"{}", timeout_s=0.001)
    go_on.set()
    for _ in range(3):
        await asyncio.sleep(0)

    assert done == [{"FunctionName": str(FUNCTION), "Payload": b"{}"}]


async def test_what_a_call_raises_is_raised():
    async def call(context, service, operation, parameters):
        raise OSError(service, operation)

    with pytest.raises(OSError, match="sqs"):
        await Calls(call=call, endpoint_url="").call(CONTEXT, "sqs", "SendMessage", {}, timeout_s=1)


async def test_what_is_no_longer_waited_for_runs_on():
    begun, go_on, done = asyncio.Event(), asyncio.Event(), []

    async def call(context, service, operation, parameters):
        begun.set()
        await go_on.wait()
        done.append(operation)

    calls = Calls(call=call, endpoint_url="")
    waiting = asyncio.create_task(calls.call(CONTEXT, "sqs", "SendMessage", {}, timeout_s=60))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go_on.set()
    for _ in range(3):
        await asyncio.sleep(0)

    assert done == ["SendMessage"]


async def test_a_call_that_is_cancelled_cancels_who_waits_for_it():
    async def call(context, service, operation, parameters):
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await Calls(call=call, endpoint_url="").call(CONTEXT, "sqs", "SendMessage", {}, timeout_s=1)
