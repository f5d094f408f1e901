"""Debuggers attach to functions that run as programs of their own: node by its inspector, Java by JDWP."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.environment.house import House
from tests.inspector import Inspector
from tests.java_debugger import JavaDebugger, wait_until_listening

from lambent.core.config import default_cache, environment
from lambent.core.ports import EnvironmentSpec, NotDebugged
from lambent.core.source_folders import SourceFolders
from lambent.environments import java, jvms

NODE = """import { createServer } from 'node:http'
export const handler = async (event, context) => {
  const doubled = event.number * 2
  return { doubled, left_s: context.getRemainingTimeInMillis() / 1000 }
}
"""

JAVA = """package com.example;
import com.amazonaws.services.lambda.runtime.Context;
import java.util.*;
public class App {
    static final int FACTOR = factor();
    static int factor() {
        int two = 2;
        return two;
    }
    public Map<String, Object> act(Map<String, Integer> event, Context context) {
        int doubled = event.get("number") * FACTOR;
        return Map.of("doubled", doubled, "left_s", context.getRemainingTimeInMillis() / 1000);
    }
}
"""

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")
CLIENT = java.client_folder(default_cache())
HAS_JAVA = bool(jvms.discover(environment())) and CLIENT.is_dir() and all(map(shutil.which, ("javac", "jdb")))


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


@pytest.fixture
async def house(open_house: Callable[..., Any], source: Path) -> House:
    house: House = await open_house(source_folders=SourceFolders(is_loopback=True, allowed=[source]))
    if not await house.pool._isolation:
        pytest.skip("this machine does not let us isolate")
    return house


def node_spec(house: House, source: Path, port: int) -> EnvironmentSpec:
    (source / "index.mjs").write_text(NODE)
    debugged = {"memory_mb": 768, "timeout_s": 28_800, "debug_port": port}
    return house.spec({}, folder=source, runtime="nodejs22.x", handler="index.handler", **debugged)


def java_spec(house: House, source: Path, port: int) -> EnvironmentSpec:
    (source / "App.java").write_text(JAVA)
    path = ":".join(map(str, (CLIENT / "lib").glob("*.jar")))
    command = ["javac", "-g", "--release", "17", "-cp", path, "-d", source, source / "App.java"]
    subprocess.run(command, check=True, capture_output=True)
    debugged = {"memory_mb": 768, "timeout_s": 28_800, "debug_port": port}
    return house.spec({}, folder=source, runtime="java17", handler="com.example.App::act", **debugged)


@needs_node
async def test_a_breakpoint_holds_a_node_function_shows_its_variables_and_lets_it_go(
    house: House, source: Path, port: int
) -> None:
    spec = node_spec(house, source, port)
    await house.pool.prepare(spec)
    debug = await asyncio.to_thread(Inspector.attached, port)
    await asyncio.to_thread(debug.break_at, "file:///var/task/index.mjs", 4)
    await asyncio.to_thread(debug.run)
    answers = [asyncio.create_task(house.call(spec, {"number": number})) for number in (21, 4)]
    seen = []
    for _ in answers:  # one after the other
        line, variables = await asyncio.to_thread(debug.stopped_at)
        seen.append((line, variables["doubled"]))
        await asyncio.to_thread(debug.go_on)
    told = await asyncio.gather(*answers)
    assert [each["doubled"] for each in told] == [42, 8]
    assert seen == [(4, 42), (4, 8)]
    assert all(each["left_s"] > 3_600 for each in told)
    assert f"Lambent: waiting for a debugger at 127.0.0.1:{port}\n" in house.sink.messages()
    debug.close()


@needs_node
async def test_an_edit_has_a_node_function_wait_for_its_debugger_anew(house: House, source: Path, port: int) -> None:
    spec = node_spec(house, source, port)
    await house.pool.prepare(spec)
    first = await asyncio.to_thread(Inspector.attached, port)
    await asyncio.to_thread(first.run)
    assert (await house.call(spec, {"number": 1}))["doubled"] == 2
    (source / "index.mjs").write_text(NODE.replace("* 2", "* 3"))
    await asyncio.to_thread(first.wait_until_gone)
    second = await asyncio.to_thread(Inspector.attached, port)
    await asyncio.to_thread(second.break_at, "file:///var/task/index.mjs", 4)
    await asyncio.to_thread(second.run)
    answer = asyncio.create_task(house.fail(spec, {"number": 1}))
    assert (await asyncio.to_thread(second.stopped_at))[1]["doubled"] == 3
    await house.pool.retire(spec.key)  # it stands still, and ends all the same
    assert "Runtime.ExitError" in (await answer)["errorType"]
    second.close()


@pytest.mark.slow
@pytest.mark.skipif(not HAS_JAVA, reason="no JDK with AWS' client on this machine")
async def test_a_breakpoint_holds_a_java_function_and_an_edit_has_its_debugger_attach_anew(
    house: House, source: Path, port: int
) -> None:
    spec = java_spec(house, source, port)
    await house.pool.prepare(spec)
    debug = await asyncio.to_thread(JavaDebugger, port, source)
    await asyncio.to_thread(debug.tell, "stop at com.example.App:12")
    await asyncio.to_thread(debug.until, "breakpoint com.example.App:12")
    answer = asyncio.create_task(house.call(spec, {"number": 21}))
    await asyncio.to_thread(debug.until, "line=12")
    await asyncio.to_thread(debug.until, "main[1] ")
    await asyncio.to_thread(debug.tell, "print doubled")
    await asyncio.to_thread(debug.until, "doubled = 42")
    for command in ("clear com.example.App:12", "cont"):
        await asyncio.to_thread(debug.tell, command)
    told = await answer
    assert told["doubled"] == 42
    assert told["left_s"] > 3_600
    (source / "settings.json").write_text("{}")
    await asyncio.to_thread(debug.wait_until_gone)
    await asyncio.to_thread(wait_until_listening, port)
    assert (await house.call(spec, {"number": 4}))["doubled"] == 8  # which waits for nobody


@pytest.mark.realtime  # a second JVM and a second debugger, to see what one word of the first's options does
@pytest.mark.skipif(not HAS_JAVA, reason="no JDK with AWS' client on this machine")
async def test_a_jvm_that_waits_for_its_debugger_stops_at_breakpoints_in_init(house: House, source: Path, port: int) -> None:
    spec = replace(java_spec(house, source, port), waits_for_debugger=True)
    answer = asyncio.create_task(house.call(spec, {"number": 21}))
    debug = await asyncio.to_thread(JavaDebugger, port, source)
    await asyncio.to_thread(debug.until, "main[1] ")  # it stands before anything was run
    await asyncio.to_thread(debug.tell, "stop at com.example.App:8")
    await asyncio.to_thread(debug.until, "breakpoint com.example.App:8")
    await asyncio.to_thread(debug.tell, "cont")
    await asyncio.to_thread(debug.until, "line=8")
    await asyncio.to_thread(debug.until, "main[1] ")
    assert not answer.done()
    await asyncio.to_thread(debug.tell, "print two")
    await asyncio.to_thread(debug.until, "two = 2")
    await asyncio.to_thread(debug.tell, "cont")
    assert (await answer)["doubled"] == 42
    assert f"Listening for transport dt_socket at address: {port}\n" in house.sink.messages()
    await house.pool.retire(spec.key)
    await asyncio.to_thread(debug.wait_until_gone)


@needs_node
@pytest.mark.realtime  # for some time it could be the port of the environment before, which ends
async def test_what_listens_at_the_debuggers_port_is_told(house: House, source: Path, port: int) -> None:
    spec = node_spec(house, source, port)
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        told = await house.fail(spec, {"number": 1})
    assert f"port {port}, where a debugger is to attach, is not free" in told["errorMessage"]


async def test_who_waits_for_a_debugger_that_cannot_come_is_told_what_to_do(house: House, source: Path, port: int) -> None:
    (source / "bootstrap").write_text("#!/bin/sh\n")
    (source / "bootstrap").chmod(0o755)
    custom = house.spec({}, folder=source, runtime="provided.al2023", debug_port=port)
    with pytest.raises(NotDebugged, match="take away the variable LAMBENT_DEBUG_PORT"):
        await house.call(custom)
    wrapped = replace(custom, key="wrapped", runtime="python3.11", variables={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap"})
    with pytest.raises(NotDebugged, match="take away AWS_LAMBDA_EXEC_WRAPPER"):
        await house.call(wrapped)
