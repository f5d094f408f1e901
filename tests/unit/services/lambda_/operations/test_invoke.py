"""The hot path: what a warm invocation does, and above all what it does not do."""

import pytest
from tests.unit.services.lambda_.operations.conftest import ACCOUNT, FAILED

from lambent.core.ports import RestoreFailed, RuntimeUnavailable
from lambent.services.lambda_ import errors


async def test_a_warm_invocation_reads_no_row(house):
    await house.create()
    await house("invoke", FunctionName="f", Payload=b"1")
    before = house.reads
    for _ in range(3):
        assert (await house("invoke", FunctionName="f", Payload=b"1"))["Payload"] == b"1"
    assert house.reads == before


async def test_a_change_that_is_done_is_seen_by_the_next_invocation(house):
    await house.create()
    await house("invoke", FunctionName="f")
    await house("update_function_configuration", FunctionName="f", Timeout=9)
    await house.settle()
    await house("invoke", FunctionName="f")
    first, second = (spec for spec, _ in house.environments.invoked)
    assert (first.timeout_s, second.timeout_s) == (3, 9)
    assert first.key != second.key
    assert house.environments.retired == [first.key]


async def test_a_deleted_function_is_not_remembered(house):
    await house.create()
    await house("invoke", FunctionName="f")
    await house("delete_function", FunctionName="f")
    with pytest.raises(errors.FunctionNotFound):
        await house("invoke", FunctionName="f")


async def test_a_reservation_of_one_function_is_known_to_all(house):
    await house.create("one")
    await house.create("two")
    await house("invoke", FunctionName="one")
    await house("put_function_concurrency", FunctionName="two", ReservedConcurrentExecutions=0)
    with pytest.raises(errors.TooManyRequests):
        await house("invoke", FunctionName="two")
    assert house.metrics.values[("lambent_throttles_total", ())] == 1


async def test_a_failed_invocation_leaves_its_place(house):
    await house.create()
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    house.environments.raises_in_invoke = RuntimeUnavailable("python3.12", "install it")
    for _ in range(2):
        with pytest.raises(errors.RuntimeNotInstalled, match=r"python3\.12 is not available: install it"):
            await house("invoke", FunctionName="f")


@pytest.mark.parametrize(
    ("is_timeout", "code", "status"), [(False, "SnapStartException", 400), (True, "SnapStartTimeoutException", 408)]
)
async def test_a_restore_that_fails_is_an_error_of_the_request(house, is_timeout, code, status):
    await house.create()
    house.environments.raises_in_invoke = RestoreFailed(is_timeout=is_timeout)
    with pytest.raises(errors.NotRun) as raised:
        await house("invoke", FunctionName="f")
    assert (raised.value.code, raised.value.status) == (code, status)


async def test_a_trace_id_is_made_as_aws_makes_one(house):
    await house.create()
    await house("invoke", FunctionName="f")
    ((_, invocation),) = house.environments.invoked
    root, parent, sampled = invocation.trace_id.split(";")
    assert root.startswith(f"Root=1-{int(house.clock.now()):08x}-")
    assert (len(root), len(parent), sampled) == (5 + 35, 7 + 16, "Sampled=0")


async def test_a_reset_forgets_and_retires(house):
    await house.create()
    await house("invoke", FunctionName="f")
    await house.store.reset("111111111111")
    await house.service.forget("111111111111")
    await house.settle()
    assert house.environments.retired_accounts == ["111111111111"]
    with pytest.raises(errors.FunctionNotFound):
        await house("invoke", FunctionName="f")
    await house.keeps(0)


async def test_a_reset_of_another_account_changes_nothing(house):
    await house.create()
    await house.store.reset("222222222222")
    await house.service.forget("222222222222")
    assert (await house("invoke", FunctionName="f"))["StatusCode"] == 200


async def test_a_call_from_another_account_reads_its_leave_once(house):
    await house.create()
    invoke = {"account": "222222222222", "FunctionName": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f", "Payload": b"1"}
    with pytest.raises(errors.AccessDenied):
        await house("invoke", **invoke)
    grant = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "222222222222"}
    await house("add_permission", FunctionName="f", **grant)
    await house("invoke", **invoke)
    before = house.reads
    await house("invoke", **invoke)
    assert house.reads == before
    await house("remove_permission", FunctionName="f", StatementId="s")
    with pytest.raises(errors.AccessDenied):
        await house("invoke", **invoke)


async def test_a_stream_tells_the_pieces_and_what_came_of_the_function(house):
    await house.create()
    house.environments.streamed = ("text/plain", [b"a", b"b"])
    house.environments.outcomes = [FAILED]
    reply = await house("invoke_with_response_stream", FunctionName="f", Payload=b"1", LogType="Tail")
    assert (reply["StatusCode"], reply["ExecutedVersion"]) == (200, "$LATEST")
    assert [event async for event in reply["EventStream"]] == [
        {"PayloadChunk": {"Payload": b"a"}},
        {"PayloadChunk": {"Payload": b"b"}},
        {"InvokeComplete": {"ErrorCode": "Unhandled", "ErrorDetails": FAILED.payload.decode(), "LogResult": ""}},
    ]


async def test_an_answer_that_is_not_streamed_is_one_piece(house):
    await house.create()
    reply = await house("invoke_with_response_stream", FunctionName="f", Payload=b'{"a": 1}')
    assert [event async for event in reply["EventStream"]] == [
        {"PayloadChunk": {"Payload": b'{"a": 1}'}},
        {"InvokeComplete": {}},
    ]


async def test_what_keeps_a_function_from_running_is_an_error_and_no_stream(house):
    await house.create()
    await house("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=0)
    with pytest.raises(errors.TooManyRequests):
        await house("invoke_with_response_stream", FunctionName="f", Payload=b"1")
    assert await house("invoke_with_response_stream", FunctionName="f", InvocationType="DryRun") == {"StatusCode": 204}
