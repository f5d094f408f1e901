"""A deployed function in a test's hands."""

import json

import pytest

from lambent.testing import Account, Deployer, FunctionError, Logs, ServiceError


def handler(event, context):
    print("seen", json.dumps(event))
    if event == "bad":
        raise KeyError("order")
    return {"got": event, "by": context.function_name}


def test_calling_it_returns_what_it_returns(deploy: Deployer) -> None:
    echo = deploy(handler)
    assert echo({"n": 1}) == {"got": {"n": 1}, "by": "handler"}
    assert echo() == {"got": None, "by": "handler"}


def test_what_it_raises_comes_back_with_its_trace(deploy: Deployer) -> None:
    echo = deploy(handler)
    with pytest.raises(FunctionError, match=r"handler raised KeyError: 'order'") as raised:
        echo("bad")
    assert (raised.value.type, raised.value.message) == ("KeyError", "'order'")
    line = handler.__code__.co_firstlineno + 3
    assert f'test_functions.py", line {line}, in handler' in raised.value.trace[0]
    assert 'seen "bad"' in raised.value.log_tail


def test_it_knows_what_it_was_given_and_wrote(deploy: Deployer, aws: Account, clock) -> None:
    echo = deploy(handler)
    echo(1)
    echo(2)
    assert echo.events == [1, 2]
    first, second = echo.invocations
    assert first.request_id != second.request_id
    assert first.at == second.at == clock.now()
    assert echo.logs() == ["seen 1", "seen 2"]


def test_an_event_is_sent_and_runs_later(deploy: Deployer, logs: Logs) -> None:
    echo = deploy(handler)
    echo.send({"n": 1})
    assert logs.wait_for(echo, "seen") == 'seen {"n": 1}'


def test_what_lambda_refuses_is_raised(deploy: Deployer, aws: Account) -> None:
    echo = deploy(handler)
    aws.call("lambda", "DeleteFunction", FunctionName=echo.name)
    with pytest.raises(ServiceError, match="Function not found"):
        echo(1)
