"""Three attempts of one event: when, under which id, by which code, and what is left between them."""

import asyncio
import json
from typing import Any

import pytest
from tests.unit.services.lambda_.operations.conftest import FAILED, House, zipped

from lambent.core.errors import ServiceError
from lambent.core.ports import Outcome, RuntimeUnavailable

QUEUE = "arn:aws:sqs:us-east-1:111111111111:q"
DLQ = "arn:aws:sqs:us-east-1:111111111111:dead"
ALLOWED = {"EvaluationResults": [{"EvalDecision": "allowed"}]}
SANDBOX_FAILED = Outcome(payload=b'{"errorType": "Sandbox.Failure"}', function_error="Unhandled")


class Unavailable(ServiceError):
    code, status, wording = "ServiceUnavailable", 503, "no"


@pytest.fixture
async def house(house: House) -> House:
    """With queues that take everything."""
    house.answers = {
        ("iam", "SimulatePrincipalPolicy"): ALLOWED,
        ("sqs", "GetQueueUrl"): {"QueueUrl": "url"},
        ("sqs", "SendMessage"): {"MessageId": "id"},
    }
    return house


async def configured(house: House, *, dlq: str = DLQ, name: str = "f", **config: Any) -> None:
    """A function with a destination on failure and a dead-letter queue."""
    await house.create(name, DeadLetterConfig={"TargetArn": dlq})
    given = {"DestinationConfig": {"OnFailure": {"Destination": QUEUE}}} | config
    await house("put_function_event_invoke_config", FunctionName=name, **given)
    house.calls.clear()


def sent(house: House, queue: str) -> list[dict[str, Any]]:
    sends = [call.parameters for call in house.called("sqs") if call.operation == "SendMessage"]
    return [each for each in sends if each["QueueUrl"].endswith("/" + queue)]


def record(house: House) -> dict[str, Any]:
    (message,) = sent(house, "q")
    return json.loads(message["MessageBody"])


def condition(house: House) -> tuple[str, int]:
    context = record(house)["requestContext"]
    return context["condition"], context["approximateInvokeCount"]


def dead_letter(house: House) -> dict[str, str]:
    (message,) = sent(house, "dead")
    return {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}


async def attempts_at(house: House, *seconds: float) -> list[int]:
    """How many attempts there were after each turn of the clock."""
    counts = []
    for step in seconds:
        await house.clock.advance(step)
        counts.append(len(house.environments.invoked))
    return counts


async def test_three_attempts_60_and_120_seconds_apart_under_one_id(house):
    await configured(house)
    house.environments.outcomes = [FAILED] * 9
    await house.send("one")
    assert await attempts_at(house, 59.9, 0.1, 119.9, 0.1, 21_600) == [1, 2, 2, 3, 3]
    assert house.environments.request_ids() == ["one"] * 3
    assert condition(house) == ("RetriesExhausted", 3)
    assert await house.waiting() == 0


async def test_an_event_that_succeeds_at_last_is_told_to_nobody_but_success(house):
    await configured(house, DestinationConfig={"OnSuccess": {"Destination": QUEUE}})
    house.environments.outcomes = [FAILED]
    await house.send("one")
    assert sent(house, "q") == []
    await house.clock.advance(60)
    assert condition(house) == ("Success", 2)
    assert record(house)["responsePayload"] == 1
    assert sent(house, "dead") == []


@pytest.mark.parametrize(("age_s", "attempts"), [(60, 1), (90, 2)])
async def test_the_age_ends_an_event_before_its_delay(house, age_s, attempts):
    await configured(house, MaximumEventAgeInSeconds=age_s)
    house.environments.outcomes = [FAILED] * 9
    await house.send("one")
    await house.clock.advance(60)
    assert condition(house) == ("EventAgeExceeded", attempts)
    assert record(house)["responsePayload"] == json.loads(FAILED.payload)
    assert dead_letter(house)["ErrorCode"] == "200"


@pytest.mark.parametrize("retries_max", [0, 1, 2])
async def test_there_are_as_many_retries_as_configured(house, retries_max):
    await configured(house, MaximumRetryAttempts=retries_max)
    house.environments.outcomes = [FAILED] * 9
    await house.send("one")
    await house.clock.advance(21_600)
    assert len(house.environments.invoked) == retries_max + 1
    assert condition(house) == ("RetriesExhausted", retries_max + 1)


async def test_a_dead_letter_and_a_record_are_sent_each_on_its_own(house):
    await configured(house, MaximumRetryAttempts=0)
    house.environments.outcomes = [FAILED]
    await house.send("one")
    assert sent(house, "dead")[0]["MessageBody"] == "1"
    assert dead_letter(house) == {"RequestID": "one", "ErrorCode": "200", "ErrorMessage": "no"}
    assert record(house)["requestPayload"] == 1
    assert house.metric("lambent_async_events_dropped_total", reason="RetriesExhausted") == 1


async def test_a_function_that_is_switched_off_discards_at_once(house):
    await configured(house)
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=0)
    await house.send("one")
    assert house.environments.invoked == []
    assert condition(house) == ("ZeroReservedConcurrency", 0)
    assert not {"responseContext", "responsePayload"} & record(house).keys()
    assert dead_letter(house) == {"RequestID": "one", "ErrorCode": "429", "ErrorMessage": "Rate Exceeded."}
    assert await house.waiting() == 0


async def test_switching_a_function_off_drains_what_waits_for_room_and_for_its_retry(house):
    await configured(house)
    house.environments.outcomes = [FAILED]
    await house.send("retried")
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    house.environments.gate.clear()
    await house.send("runs")
    await house.send("waits")
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=0)
    await house.settle()
    assert {each["MessageAttributes"]["RequestID"]["StringValue"] for each in sent(house, "dead")} == {"retried", "waits"}
    house.environments.gate.set()
    await house.settle()
    assert await house.waiting() == 0
    assert len(sent(house, "dead")) == 2


async def test_an_event_that_finds_no_room_until_it_is_too_old_is_a_throttle(house):
    await configured(house, MaximumEventAgeInSeconds=60)
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    house.environments.gate.clear()
    sync = asyncio.create_task(house("invoke", request_id="sync", FunctionName="f", Payload=b"1"))
    await house.settle()
    await house.send("one")
    await house.clock.advance(59.9)
    assert await house.waiting() == 1
    await house.clock.advance(0.1)
    assert condition(house) == ("EventAgeExceeded", 0)
    assert "responseContext" not in record(house)
    assert dead_letter(house) == {"RequestID": "one", "ErrorCode": "429", "ErrorMessage": "Rate Exceeded."}
    house.environments.gate.set()
    await sync


async def test_an_event_becomes_too_old_also_behind_one_that_may_wait_longer(house):
    await configured(house, MaximumEventAgeInSeconds=21_600)
    await house("publish_version", FunctionName="f")
    await house.settle()
    await house("put_function_event_invoke_config", FunctionName="f", Qualifier="1", MaximumEventAgeInSeconds=60)
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    house.environments.gate.clear()
    await house.send("runs")
    await house.send("patient")
    await house.send("impatient", "f:1")
    await house.send("also patient")
    await house.clock.advance(60)
    assert dead_letter(house)["RequestID"] == "impatient"
    house.environments.gate.set()
    await house.settle()
    assert house.environments.request_ids() == ["runs", "patient", "also patient"]


async def test_a_record_tells_the_last_answer_even_where_throttles_followed(house):
    await configured(house, MaximumEventAgeInSeconds=100)
    house.environments.outcomes = [FAILED]
    await house.send("one")
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    house.environments.gate.clear()
    sync = asyncio.create_task(house("invoke", request_id="sync", FunctionName="f", Payload=b"1"))
    await house.clock.advance(100)
    assert condition(house) == ("EventAgeExceeded", 1)
    assert record(house)["responsePayload"] == json.loads(FAILED.payload)
    assert dead_letter(house)["ErrorCode"] == "429"
    house.environments.gate.set()
    await sync


async def test_failures_of_the_platform_use_up_no_retry(house):
    await configured(house)
    house.environments.outcomes = [SANDBOX_FAILED] * 5 + [FAILED] * 3
    await house.send("one")
    assert await attempts_at(house, 1, 2, 4, 8, 16) == [2, 3, 4, 5, 6]
    assert await attempts_at(house, 60, 120) == [7, 8]
    assert condition(house) == ("RetriesExhausted", 3)


async def test_a_role_that_cannot_be_judged_just_then_is_asked_for_again_and_the_function_does_not_run_again(house):
    await configured(house, MaximumRetryAttempts=0)
    house.answers["iam", "SimulatePrincipalPolicy"] = Unavailable()
    house.environments.outcomes = [FAILED]
    await house.send("one")
    await house.clock.advance(5)
    assert (len(house.environments.invoked), sent(house, "q")) == (1, [])
    house.answers["iam", "SimulatePrincipalPolicy"] = ALLOWED
    await house.clock.advance(5)
    assert len(house.environments.invoked) == 1
    assert condition(house) == ("RetriesExhausted", 1)
    assert dead_letter(house)["RequestID"] == "one"


async def test_a_runtime_that_is_never_installed_is_told_with_its_status(house):
    await configured(house, MaximumEventAgeInSeconds=60)
    house.environments.raises_in_invoke = RuntimeUnavailable("python3.12", "install it")
    await house.send("one")
    await house.clock.advance(63)
    assert dead_letter(house)["ErrorCode"] == "502"
    assert "install it" in dead_letter(house)["ErrorMessage"]
    assert condition(house) == ("EventAgeExceeded", 0)


async def test_each_attempt_runs_the_functions_current_code_by_its_current_rules(house):
    await configured(house)
    house.environments.outcomes = [FAILED] * 2
    await house.send("one")
    await house("update_function_code", FunctionName="f", ZipFile=zipped("new"))
    await house("update_function_event_invoke_config", FunctionName="f", MaximumRetryAttempts=1)
    await house.clock.advance(60)
    first, second = (spec.key for spec, _ in house.environments.invoked)
    assert first != second
    assert condition(house) == ("RetriesExhausted", 2)


async def test_weights_of_an_alias_are_drawn_for_each_attempt_and_its_own_rules_hold(house, monkeypatch):
    await house.create(Publish=True)
    await house("update_function_configuration", FunctionName="f", Timeout=9)
    await house.settle()
    await house("publish_version", FunctionName="f")
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    await house("create_alias", FunctionName="f", Name="live", FunctionVersion="1", RoutingConfig=weights)
    await house("put_function_event_invoke_config", FunctionName="f", Qualifier="live", MaximumRetryAttempts=1)
    await house("put_function_event_invoke_config", FunctionName="f", MaximumRetryAttempts=0)
    drawn = iter([0.1, 0.9])
    monkeypatch.setattr("lambent.core.ids.fraction", lambda: next(drawn))
    house.environments.outcomes = [FAILED] * 2
    await house.send("one", "f:live")
    await house.clock.advance(21_600)
    assert [spec.version for spec, _ in house.environments.invoked] == ["2", "1"]


async def test_the_dead_letter_queue_is_that_of_the_version_that_ran(house):
    await configured(house, dlq=DLQ)
    await house("publish_version", FunctionName="f")
    await house("update_function_configuration", FunctionName="f", DeadLetterConfig={"TargetArn": ""})
    await house.settle()
    await house("put_function_event_invoke_config", FunctionName="f", Qualifier="1", MaximumRetryAttempts=0)
    await house("put_function_event_invoke_config", FunctionName="f", MaximumRetryAttempts=0)
    house.environments.outcomes = [FAILED] * 2
    await house.send("latest")
    await house.send("first", "f:1")
    assert dead_letter(house)["RequestID"] == "first"


async def test_a_restart_between_attempts_neither_loses_nor_adds_one(house):
    await configured(house)
    house.environments.outcomes = [FAILED] * 9
    await house.send("one")
    for step in (30, 30, 60, 60):
        await house.restart()
        await house.clock.advance(step)
    assert house.environments.request_ids() == ["one"] * 3
    assert condition(house) == ("RetriesExhausted", 3)
    assert dead_letter(house)["ErrorMessage"] == "no"


async def test_an_attempt_that_was_under_way_at_a_crash_is_made_again_and_not_counted(house):
    await configured(house)
    house.environments.gate.clear()
    await house.send("one")
    await house.restart()
    house.environments.outcomes = [FAILED] * 9
    house.environments.gate.set()
    await house.clock.advance(21_600)
    assert len(house.environments.invoked) == 4
    assert condition(house) == ("RetriesExhausted", 3)


async def test_the_age_of_events_at_their_attempts_is_counted(house):
    await configured(house)
    house.environments.outcomes = [FAILED] * 9
    await house.send("one")
    await house.clock.advance(180)
    assert house.metric("lambent_async_attempts_total") == 3
    assert house.metric("lambent_async_event_age_seconds_total") == 60 + 180
    assert house.metric("lambent_async_events_received_total") == 1


async def test_an_error_whose_message_is_no_unicode_uses_up_its_retries_like_any_other(house):
    await configured(house)
    strange = Outcome(b'{"errorMessage": "a\\ud800b", "errorType": "Exception"}', function_error="Unhandled")
    house.environments.outcomes = [strange] * 9
    await house.send("one")
    await house.clock.advance(21_600)
    assert len(house.environments.invoked) == 3
    assert await house.waiting() == 0
