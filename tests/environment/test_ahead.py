"""Events that lie in an environment before it is done with the one that it has, in real environments."""

import asyncio
import contextlib
import itertools
import json
import random
import re
import statistics
from collections import Counter
from typing import Any

import pytest
from tests.environment.house import House, until

from lambent.core.clock import RealClock
from lambent.core.ports import EnvironmentSpec
from lambent.environments import turns
from lambent.environments.event_queue import EventQueue

ECHO = "def handler(event, context):\n    print('ran', event)\n    return event\n"
pytestmark = pytest.mark.skipif(not EventQueue.IS_POSSIBLE, reason="this system has no local sockets that keep messages apart")


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was put into queues."""
    frames: list[bytes] = []
    real = EventQueue.put

    def put(self: EventQueue, frame: bytes) -> bool:
        is_put = real(self, frame)
        if is_put:
            frames.append(frame)
        return is_put

    monkeypatch.setattr(EventQueue, "put", put)
    return frames


@pytest.fixture(params=[True, False], ids=["sandboxed", "plain"])
async def house(open_house: Any, request: pytest.FixtureRequest) -> House:
    """In the machine's time: whoever turns the clock decides when each event begins."""
    house: House = await open_house(clock=RealClock(), is_isolated=request.param)
    if request.param and not await house.pool._isolation:
        pytest.skip("this machine does not let us isolate")
    return house


async def brief(house: House, code: str, **changes: Any) -> EnvironmentSpec:
    """A function that is taken to be brief, with one place, whatever this machine needs for its events."""
    spec = house.spec(code, **changes)
    await house.call(spec, "first")
    plan = house.pool._plans[spec.key]
    plan.turns._windows, plan.turns._share = turns.WINDOWS_MIN, 1.0
    plan.turns.learn = lambda _: None  # type: ignore[method-assign]
    return spec


async def answers(house: House, spec: EnvironmentSpec, events: list[Any]) -> list[Any]:
    """Of a crowd of events: what each returned, or its error."""
    outcomes = await asyncio.gather(*(house.invoke(spec, event) for event in events))
    return [json.loads(outcome.payload) for outcome in outcomes]


async def test_a_crowd_is_answered_each_with_its_own_and_few_environments_serve_it(house: House, put: list[bytes]) -> None:
    spec = await brief(house, ECHO)
    assert await answers(house, spec, list(range(60))) == list(range(60))
    assert len(put) > 10
    assert len(house.sink.streams) < 30


async def test_what_each_writes_stands_between_its_own_lines(house: House, put: list[bytes]) -> None:
    code = (
        "import os, sys\n"
        "def handler(event, context):\n"
        "    print('printed', event)\n"
        "    os.write(1, f'written {event}\\n'.encode())\n"
        "    sys.stderr.write(f'unended {event}')\n"
    )
    spec = await brief(house, code)
    await answers(house, spec, list(range(40)))
    assert put
    count = 0
    for events in house.sink.streams.values():
        assert [event.timestamp_ms for event in events] == sorted(event.timestamp_ms for event in events)
        for block in re.findall(r"START RequestId: (\S+) .*?\n(.*?)END RequestId: (\S+)\n", _text(events), re.DOTALL):
            count += 1
            started, lines, ended = block
            assert started == ended
            assert len(set(re.findall(r"(?:printed|written|unended) (\w+)", lines))) == 1, lines
            assert [line.split()[0] for line in re.split(r"\n|(?=unended)", lines) if line] == ["printed", "written", "unended"]
    assert count == 41


def _text(events: Any) -> str:
    return "".join(event.message for event in events)


async def test_an_event_that_ends_its_process_fails_alone_and_none_runs_twice(house: House, put: list[bytes]) -> None:
    code = "import os\ndef handler(event, context):\n    print('ran', event)\n    return event if event != 7 else os._exit(3)\n"
    spec = await brief(house, code)
    found = await answers(house, spec, list(range(40)))
    assert put
    assert found[7]["errorType"] == "Runtime.ExitError"
    assert found[:7] + found[8:] == [*range(7), *range(8, 40)]
    assert set(ran(house).values()) == {1}


async def test_an_event_that_takes_too_much_memory_fails_alone(house: House, put: list[bytes]) -> None:
    code = (
        "kept = []\ndef handler(event, context):\n    print('ran', event)\n"
        "    if event == 7:\n        kept.append(bytearray(b'x') * 200_000_000)\n    return event\n"
    )
    spec = await brief(house, code, memory_mb=128)
    found = await answers(house, spec, list(range(40)))
    assert put
    assert found[7]["errorType"] in ("Runtime.OutOfMemory", "Runtime.ExitError", "MemoryError")
    assert found[:7] + found[8:] == [*range(7), *range(8, 40)]
    assert set(ran(house).values()) == {1}


async def test_what_lies_behind_an_event_that_waits_is_answered_before_it(house: House, put: list[bytes]) -> None:
    code = (
        "import socket\n"
        "def handler(event, context):\n"
        "    if isinstance(event, int) and event > 1000:\n"
        "        with socket.create_connection(('127.0.0.1', event)) as meeting:\n"
        "            meeting.recv(1)\n"
        "    return event\n"
    )
    spec = await brief(house, code)
    writers: list[asyncio.StreamWriter] = []

    async def arrive(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    async with await asyncio.start_server(arrive, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        before = asyncio.create_task(answers(house, spec, list(range(10))))
        waiting = asyncio.create_task(house.call(spec, port))
        behind = asyncio.create_task(answers(house, spec, list(range(20))))
        assert await behind == list(range(20))
        assert await before == list(range(10))
        await until(lambda: bool(writers))
        assert not waiting.done()
        writers[0].close()
        assert await waiting == port
    assert put


async def test_events_that_are_given_up_change_no_other_answer_and_none_runs_twice(house: House, put: list[bytes]) -> None:
    spec = await brief(house, ECHO, timeout_s=3)
    chance = random.Random(1)
    numbers = itertools.count()
    found: list[tuple[int, Any]] = []

    async def ask(*, is_patient: bool) -> None:
        while (number := next(numbers)) < 3000:
            async with contextlib.AsyncExitStack() as stack:
                if not is_patient:
                    stack.enter_context(contextlib.suppress(TimeoutError))
                    await stack.enter_async_context(asyncio.timeout(chance.random() * 0.006))
                found.append((number, await house.call(spec, number)))

    await asyncio.gather(*(ask(is_patient=each % 3 > 0) for each in range(15)))
    assert put
    assert [each for each in found if each[0] != each[1]] == []
    plan = house.pool._plans[spec.key]
    await until(lambda: not plan.busy and not plan.users)
    assert not plan.turns._running
    assert [number for number, count in ran(house).items() if count > 1] == []


def ran(house: House) -> Counter[str]:
    return Counter(re.findall(r"^ran (\d+)$", "".join(house.sink.messages()), re.MULTILINE))


@pytest.mark.parametrize(
    "does",
    [
        "socket.setdefaulttimeout(1.0)",
        "socket.socket = None",
        "[os.set_blocking(fd, True) for fd in range(3, 20) if is_socket(fd)]",
        "os.set_blocking(1, False)",
    ],
    ids=["its sockets wait", "it has other sockets", "it has the queue block", "its output does not block"],
)
async def test_what_a_function_makes_of_sockets_and_output_harms_no_crowd(house: House, put: list[bytes], does: str) -> None:
    code = (
        "import os, socket, stat, time\n"
        "def is_socket(fd):\n    try:\n        return stat.S_ISSOCK(os.fstat(fd).st_mode)\n"
        "    except OSError:\n        return False\n"
        "def handler(event, context):\n"
        f"    {does}\n"
        "    if event == 7:\n        time.sleep(0.1)\n"
        "    if event == 'full':\n        try:\n            os.write(1, b'x' * 100_000 + b'\\n')\n"
        "        except BlockingIOError:\n            pass\n"
        "    return event\n"
    )
    spec = await brief(house, code)
    events = [*range(20), "full", "full", *range(20)]
    assert await answers(house, spec, events) == events
    assert put


async def test_the_last_of_a_crowd_may_write_a_lot(house: House, put: list[bytes]) -> None:
    code = "def handler(event, context):\n    if event == 'log':\n        print('x' * 99 * 40_000)\n    return event\n"
    spec = await brief(house, code, timeout_s=5)
    events = [*range(20), "log"]
    for _ in range(3):
        assert await answers(house, spec, events) == events
    assert put


async def test_durations_are_those_of_the_function_however_late_the_platform_looks(house: House, put: list[bytes]) -> None:
    code = (
        "import time\ndef handler(event, context):\n    until = time.monotonic() + 0.005\n"
        "    while time.monotonic() < until:\n        pass\n"
    )
    spec = await brief(house, code)
    await answers(house, spec, list(range(30)))
    assert len(put) > 10
    durations = [float(each) for each in re.findall(r"\tDuration: ([\d.]+) ms", "".join(house.sink.messages()))]
    assert min(durations) >= 5.0


async def test_the_time_that_an_event_has_counts_from_when_it_is_begun(house: House, put: list[bytes]) -> None:
    code = (
        "import time\ndef handler(event, context):\n    left_ms = context.get_remaining_time_in_millis()\n"
        "    until = time.monotonic() + 0.005\n    while time.monotonic() < until:\n        pass\n    return left_ms\n"
    )
    spec = await brief(house, code, timeout_s=10)
    found = await answers(house, spec, list(range(40)))
    assert len(put) > 10
    assert 9_990 < statistics.median(found) <= 10_000  # eight that lie there ahead take forty


async def test_copies_of_a_template_take_events_ahead_too(open_house: Any, put: list[bytes]) -> None:
    house = await open_house(clock=RealClock())
    if not await house.pool._isolation:
        pytest.skip("this machine does not let us isolate")
    spec = await brief(house, ECHO, version="1", initialization_type="snap-start")
    assert house.pool._plans[spec.key].template is not None
    assert await answers(house, spec, list(range(40))) == list(range(40))
    assert len(put) > 10


async def test_large_events_and_streams_go_their_own_way_through_a_crowd(house: House, put: list[bytes]) -> None:
    class Stream:
        def __init__(self) -> None:
            self.data = b""

        def begin(self, content_type: str) -> None:
            pass

        async def write(self, data: bytes) -> None:
            self.data += data

    spec = await brief(house, "def handler(event, context):\n    return iter([event]) if event == 'stream' else event\n")
    large = "x" * 1_000_000
    stream = Stream()
    events: list[Any] = [*range(10), large, *range(10, 20), large, *range(20, 40)]
    streamed = house.streamed(spec, "stream", stream)
    found, _ = await asyncio.gather(answers(house, spec, events), streamed)
    assert found == events
    assert stream.data == b"stream"
    assert put


async def test_a_crowd_of_a_function_that_is_replaced_is_answered(house: House, put: list[bytes]) -> None:
    spec = await brief(house, ECHO)
    crowd = asyncio.create_task(answers(house, spec, list(range(40))))
    await until(lambda: len(put) > 5)
    await house.pool.retire(spec.key)
    assert await crowd == list(range(40))
    assert await answers(house, spec, [1, 2]) == [1, 2]


async def test_events_whose_environments_are_killed_from_outside_fail_alone(house: House, put: list[bytes]) -> None:
    spec = await brief(house, "def handler(event, context):\n    return sum(range(100_000)) and event\n")
    crowd = asyncio.create_task(answers(house, spec, list(range(80))))
    kills: list[int] = []
    for wanted in (10, 20):
        await until(lambda wanted=wanted: len(put) > wanted and kills.append(house.pool.kill_busy(spec.function_arn)) is None)
    found = await crowd
    failed = [answer for answer in found if isinstance(answer, dict)]
    assert len(failed) <= 2 * sum(kills)  # what an environment had begun besides, unseen, fails with it
    assert {answer["errorType"] for answer in failed} <= {"Runtime.ExitError"}
    assert [answer for answer in found if not isinstance(answer, dict)] == [
        number for number, answer in enumerate(found) if not isinstance(answer, dict)
    ]
