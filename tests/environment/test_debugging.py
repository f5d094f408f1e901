"""A debugger attaches to a function by the protocol that editors speak, and holds it."""

import asyncio
import importlib.util
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.debug_adapter import DebugClient
from tests.environment.house import House

from lambent.core.ports import EnvironmentSpec
from lambent.core.source_folders import SourceFolders

pytest.importorskip("debugpy")

CODE = """VALUE = 7

def handler(event, context):
    doubled = event["number"] * 2
    return {"doubled": doubled, "left_s": context.get_remaining_time_in_millis() / 1000}
"""


@pytest.fixture(scope="module")
def debugger() -> dict[str, bytes]:
    """debugpy as the files of a layer."""
    found = importlib.util.find_spec("debugpy")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {f"python/debugpy/{path.relative_to(folder)}": path.read_bytes() for path in files}


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "app.py").write_text(CODE)
    return folder


@pytest.fixture
async def house(open_house: Callable[..., Any], source: Path) -> House:
    house: House = await open_house(source_folders=SourceFolders(is_loopback=True, allowed=[source]))
    if not await house.pool._isolation:
        pytest.skip("this machine does not let us isolate")
    return house


@pytest.fixture
def spec(house: House, source: Path, port: int, debugger: dict[str, bytes]) -> EnvironmentSpec:
    return house.spec({}, folder=source, debug_port=port, layers=[debugger], memory_mb=768, timeout_s=28_800)


async def test_a_breakpoint_holds_the_function_shows_its_variables_and_lets_it_go(
    house: House, spec: EnvironmentSpec, source: Path, port: int
) -> None:
    await house.pool.prepare(spec)
    debug = await asyncio.to_thread(DebugClient.attached, port, source)
    await asyncio.to_thread(debug.break_at, source / "app.py", 5)
    await asyncio.to_thread(debug.run)
    answer = asyncio.create_task(house.call(spec, {"number": 21}))
    line, variables = await asyncio.to_thread(debug.stopped_at)
    assert (line, variables["doubled"]) == (5, "42")
    await asyncio.to_thread(debug.go_on)
    told = await answer
    assert told["doubled"] == 42
    assert told["left_s"] > 3_600
    debug.close()


async def test_an_edit_has_the_function_wait_for_its_debugger_anew(
    house: House, spec: EnvironmentSpec, source: Path, port: int
) -> None:
    await house.pool.prepare(spec)
    first = await asyncio.to_thread(DebugClient.attached, port, source)
    await asyncio.to_thread(first.run)
    assert (await house.call(spec, {"number": 1}))["doubled"] == 2
    (source / "app.py").write_text(CODE.replace("* 2", "* 3"))
    answer = asyncio.create_task(house.call(spec, {"number": 1}))
    await asyncio.to_thread(first.wait_until_gone)
    second = await asyncio.to_thread(DebugClient.attached, port, source)
    await asyncio.to_thread(second.break_at, source / "app.py", 5)
    await asyncio.to_thread(second.run)
    assert (await asyncio.to_thread(second.stopped_at))[1]["doubled"] == "3"
    await asyncio.to_thread(second.go_on)
    assert (await answer)["doubled"] == 3
    second.close()


async def test_events_take_turns_while_a_debugger_holds_one(
    house: House, spec: EnvironmentSpec, source: Path, port: int
) -> None:
    await house.pool.prepare(spec)
    debug = await asyncio.to_thread(DebugClient.attached, port, source)
    await asyncio.to_thread(debug.break_at, source / "app.py", 5)
    await asyncio.to_thread(debug.run)
    answers = [asyncio.create_task(house.call(spec, {"number": number})) for number in (1, 2)]
    seen = []
    for _ in answers:
        seen.append((await asyncio.to_thread(debug.stopped_at))[1]["doubled"])
        await asyncio.to_thread(debug.go_on)
    assert [told["doubled"] for told in await asyncio.gather(*answers)] == [2, 4]
    assert seen == ["2", "4"]
    debug.close()


async def test_a_function_that_is_held_ends_when_it_is_retired(
    house: House, spec: EnvironmentSpec, source: Path, port: int
) -> None:
    await house.pool.prepare(spec)
    debug = await asyncio.to_thread(DebugClient.attached, port, source)
    await asyncio.to_thread(debug.break_at, source / "app.py", 5)
    await asyncio.to_thread(debug.run)
    answer = asyncio.create_task(house.fail(spec, {"number": 1}))
    await asyncio.to_thread(debug.stopped_at)
    await house.pool.retire(spec.key)
    assert "Runtime.ExitError" in (await answer)["errorType"]
    debug.close()


async def test_without_debugpy_the_function_says_so_and_runs(house: House, source: Path, port: int) -> None:
    spec = house.spec({}, folder=source, debug_port=port)
    assert (await house.call(spec, {"number": 2}))["doubled"] == 4
    assert any("debugpy cannot be imported" in message for message in house.sink.messages())
