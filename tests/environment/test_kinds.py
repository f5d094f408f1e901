"""What the specification records of how functions end holds for every runtime and packaging."""

import asyncio
import json
import os
import re
from typing import Any

import pytest
from tests.environment.house import until
from tests.environment.kinds import IMAGE, JAVA_KIND, KINDS, NATIVE, NODE_KIND, PYTHON, QUICK_KINDS, SNAP_START

from lambent.core.ports import Invocation

TIMESTAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
LINE = PYTHON.partition("        raise ValueError")[0].count("\n") + 1
PYTHON_ERROR = {
    "errorMessage": "bad",
    "errorType": "ValueError",
    "requestId": "r1",
    "stackTrace": [f'  File "/var/task/app.py", line {LINE}, in handler\n    raise ValueError("bad")\n'],
}
ERRORS = {NATIVE: {"errorMessage": "bad", "errorType": "Oops"}, NODE_KIND: {"errorType": "RangeError", "errorMessage": "bad"}}
ERRORS[JAVA_KIND] = {"errorMessage": "bad", "errorType": "java.lang.IllegalStateException"}
# The platform goes by a header: AWS' client for Python sends none, ours for node sends the error's name, as AWS' does.
TOLD_TYPES = {NATIVE: "Runtime.Oops", JAVA_KIND: "Runtime.UserException"}
every_kind = pytest.mark.parametrize("kind", KINDS, indirect=True)


def made(house: Any, kinds: Any, kind: str, do: str, **changes: Any) -> Any:
    return kinds.spec(house, kind, do=do, **changes)


def report(house: Any, request_id: str) -> str:
    (line,) = (line for line in house.sink.messages() if line.startswith(f"REPORT RequestId: {request_id}\t"))
    return line


def between(house: Any, request_id: str) -> list[str]:
    """What stands in the log stream between START and END."""
    lines = house.sink.messages()
    first = next(number for number, line in enumerate(lines) if line.startswith(f"START RequestId: {request_id} "))
    return lines[first + 1 : lines.index(f"END RequestId: {request_id}\n")]


@every_kind
async def test_an_event_is_answered_and_what_is_printed_stands_between_start_and_end(kind_house, kinds, kind):
    house, spec = kind_house, made(kind_house, kinds, kind, "log")
    event = {"do": "echo", "text": "é", "number": 1.5}
    assert await house.call(spec, event, request_id="r1") == event
    assert await house.call(spec, {"do": "log"}, request_id="r2") == {"do": "log"}
    lines = between(house, "r2")
    if kind == NODE_KIND:
        # console has the format of AWS' client, and a record of its own; what is written to stdout is as it was written.
        assert re.fullmatch(rf"{TIMESTAMP}\tr2\tINFO\tone line\n?", lines.pop(0))
        lines.insert(0, "one line\n")
    assert lines == ["one line\n", "another\n"]
    first, second = house.sink.messages()[0], report(house, "r1")
    beginning = {IMAGE: "START ", SNAP_START: "INIT_START "}.get(kind, "INIT_START ")
    assert first.startswith(beginning)
    start = "Restore Duration" if kind == SNAP_START else "Init Duration"
    assert re.search(rf"\tMax Memory Used: \d+ MB\t{start}: [0-9.]+ ms\t(Billed Restore Duration: \d+ ms\t)?\n$", second)
    assert re.search(r"\tMax Memory Used: \d+ MB\t\n$", report(house, "r2")), "a warm one has no INIT to report"


@every_kind
async def test_an_error_is_what_the_runtime_says_and_its_report_has_the_type_that_was_told_beside_it(kind_house, kinds, kind):
    house, spec = kind_house, made(kind_house, kinds, kind, "fail")
    error = await house.fail(spec, {"do": "fail"}, request_id="r1")
    if kind == JAVA_KIND:
        assert re.fullmatch(r"App\.handle\(App\.java:\d+\)", error.pop("stackTrace")[0])
    elif kind == NODE_KIND:
        assert error.pop("trace")[:1] == ["RangeError: bad"]
    assert error == ERRORS.get(kind, PYTHON_ERROR)
    assert report(house, "r1").endswith(f"\tStatus: error\tError Type: {TOLD_TYPES.get(kind, 'Runtime.Unknown')}\t\n")
    assert await house.call(spec, {"do": "tmp"}) == 1


@every_kind
async def test_a_timeout_resets_the_environment_and_keeps_its_tmp(kind_house, kinds, kind):
    house, spec = kind_house, made(kind_house, kinds, kind, "sleep", timeout_s=1)
    assert await house.call(spec, {"do": "tmp"}) == 1
    assert await house.fail(spec, {"do": "sleep"}, request_id="r1") == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: r1 Error: Task timed out after 1.00 seconds",
    }
    assert re.fullmatch(rf"{TIMESTAMP} r1 Task timed out after 1\.00 seconds\n\n", between(house, "r1")[-1])
    assert re.search(r"\tDuration: 1000\.00 ms\tBilled Duration: 1000 ms\t.*\tStatus: timeout\t\n$", report(house, "r1"))


@every_kind
@pytest.mark.parametrize("code", [0, 3])
async def test_a_process_that_exits_is_told_with_its_status_and_the_next_event_has_its_tmp(kind_house, kinds, kind, code):
    house, spec = kind_house, made(kind_house, kinds, kind, "exit")
    assert await house.call(spec, {"do": "tmp"}) == 1
    text = "Runtime exited with error: exit status 3" if code else "Runtime exited without providing a reason"
    error = await house.fail(spec, {"do": "exit", "code": code}, request_id="r1")
    expected_type = "Runtime.ExitError"
    assert error == {"errorType": expected_type, "errorMessage": f"RequestId: r1 Error: {text}"}
    assert between(house, "r1")[-1] == f"RequestId: r1 Error: {text}\n{expected_type}\n"
    assert report(house, "r1").endswith(f"\tStatus: error\tError Type: {expected_type}\t\n")
    assert await house.call(spec, {"do": "tmp"}) == 2


@every_kind
async def test_too_much_memory_kills_the_runtime_and_is_said_so(kind_house, kinds, kind):
    house, spec = kind_house, made(kind_house, kinds, kind, "memory", memory_mb=192, timeout_s=60)
    error = await house.fail(spec, {"do": "memory"}, request_id="r1")
    assert error == {
        "errorType": "Runtime.OutOfMemory",
        "errorMessage": "RequestId: r1 Error: Runtime exited with error: signal: killed",
    }
    assert re.search(r"\tMemory Size: 192 MB\tMax Memory Used: 192 MB\t", report(house, "r1"))
    assert report(house, "r1").endswith("\tStatus: error\tError Type: Runtime.OutOfMemory\t\n")
    assert await house.call(spec, {"do": "tmp"}) == 1


class Reader:
    """A ``ResponseStream`` that keeps what came."""

    def __init__(self) -> None:
        self.content_type, self.body = "", b""

    def begin(self, content_type: str) -> None:
        self.content_type = content_type

    async def write(self, data: bytes) -> None:
        self.body += data


@every_kind
async def test_an_answer_is_streamed_to_who_takes_it_in_pieces_and_gathered_for_who_does_not(kind_house, kinds, kind):
    house, spec, reader = kind_house, made(kind_house, kinds, kind, "stream"), Reader()
    payload = json.dumps({"do": "stream"}).encode()
    outcome = await house.pool.invoke(spec, Invocation("r1", payload, spec.function_arn), reader)
    whole = await house.pool.invoke(spec, Invocation("r2", payload, spec.function_arn))
    if kind == JAVA_KIND:  # AWS streams no Java; its answer comes whole
        assert (reader.body, json.loads(outcome.payload)) == (b"", {"do": "stream"})
        return
    assert (outcome.function_error, reader.content_type, reader.body) == (None, "application/octet-stream", b"one two")
    assert (whole.function_error, whole.payload) == (None, b"one two")


def held() -> tuple[int, int]:
    """Descriptors and tasks of this process."""
    return len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())


@pytest.mark.parametrize("kind", QUICK_KINDS, indirect=True)
async def test_nothing_is_left_of_environments_that_have_ended(isolated, kinds, kind):
    house = await isolated(stock=0)

    async def live() -> None:
        spec = made(house, kinds, kind, "exit")
        for event in ({"do": "echo"}, {"do": "exit", "code": 3}, {"do": "fail"}, {"do": "echo"}):
            await house.invoke(spec, event)
        await house.pool.retire(spec.key)

    await live()
    before = held()
    await live()
    await until(lambda: all(now <= then for now, then in zip(held(), before, strict=True)))
