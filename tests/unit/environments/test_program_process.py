"""Frames out of HTTP: when INIT is over, when an invocation is, and what a program's end means."""

import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from lambent.core.ports import LogEvent
from lambent.environments.extensions import FunctionFacts
from lambent.environments.inside import frames
from lambent.environments.log_lines import TextLines
from lambent.environments.process import RuntimeEnded
from lambent.environments.program_process import ProgramProcess, Start
from lambent.environments.programs import Program
from lambent.environments.zygotes import Kind

INVOKE = frames.pack_invoke(5000, ["r1", "arn:x", "", "", "", "", ""], b"{}")


class Zygote:
    """Forks nothing."""

    kind = Kind(None, None, None, has_sdk=False, is_isolated=False, is_bare=True)  # type: ignore[arg-type]

    def kill(self, identity: int) -> None:
        pass


@pytest.fixture
async def make():
    made = []

    async def make_(*extensions: str) -> ProgramProcess:
        process = ProgramProcess(Zygote(), set())  # type: ignore[arg-type]
        made.append(process)
        program = Program((("/var/task/bootstrap",),), "nothing there", extensions)
        lines = TextLines("1", "provided.al2", "", now=lambda: 0.0)
        facts = FunctionFacts("f", "1", "h", "1" * 12)
        process.begin(Start(program, {"A": "b", "_C": "d"}, "/opt/extensions", facts, lines, "on-demand", 0))
        process.orders = []
        process._order = process.orders.append  # type: ignore[method-assign]
        await process.send(frames.pack(frames.ASSIGN, b"{}"))
        return process

    yield make_
    for process in made:
        process.close()


def tell(process: ProgramProcess, **facts: object) -> None:
    process._hear(frames.TOLD, json.dumps(facts).encode())


async def test_the_runtime_starts_when_all_extensions_have_registered(make):
    process = await make("watcher")
    assert [(order["name"], order["variables"]) for order in process.orders] == [("watcher", {"A": "b"})]
    process._extensions.all["watcher"].state = "Registered"
    process._step()
    assert [order["name"] for order in process.orders] == ["watcher", ""]
    assert process.orders[1]["variables"]["_C"] == "d"


async def test_an_answer_is_held_back_while_extensions_are_busy(make):
    process = await make("watcher")
    watcher = process._extensions.all["watcher"]
    watcher.state, watcher.events = "Running", ("INVOKE",)
    process._hold_back(frames.RESULT, b"text\0yes")
    waiter = process.wait()
    assert not waiter.done()
    assert not process.has_frame()
    process._runtime_exit = object()  # type: ignore[assignment]
    process._step()
    assert process.has_frame()
    assert (await waiter)[1][frames.USED.size :] == b"text\0yes"


async def test_a_program_that_did_not_start_is_an_invalid_entrypoint(make):
    process = await make()
    tell(process, name="", error="nothing there")
    kind, body = await process.wait()
    assert (kind, body[frames.USED.size :]) == (frames.FAULT, b"Runtime.InvalidEntrypoint\0nothing there")
    assert not process.is_alive


async def test_the_end_of_the_runtime_is_an_exit(make):
    process = await make()
    tell(process, name="", status=3 << 8, rss_kb=7)
    with pytest.raises(RuntimeEnded) as ended:
        await process.wait()
    assert (ended.value.exit.status, process.rss_kb) == (3 << 8, 7)


@pytest.mark.parametrize(("status", "text"), [(0, "exit code 0"), (1 << 8, "exit status 1"), (9, "signal: killed")])
async def test_the_end_of_an_extension_is_a_crash(make, status, text):
    process = await make("watcher")
    tell(process, name="watcher", status=status, rss_kb=0)
    assert (await process.wait())[1][frames.USED.size :].decode() == f"Extension.Crash\0{text}"


async def test_an_event_that_nobody_took_is_not_lost(make):
    process = await make()
    await process.send(INVOKE)
    tell(process, name="", status=0, rss_kb=0)
    assert (await process.wait())[0] == frames.GONE


async def test_what_an_extension_writes_is_taken_apart_by_itself(make):
    process = await make("a", "b")
    process.live_by(lambda: 1.0)
    process._hear(frames.OUTPUT, b"a\0one ")
    process._hear(frames.OUTPUT, b"b\0other\n")
    process._hear(frames.OUTPUT, b"a\0line\n")
    assert process.events == [LogEvent(1000, "other\n"), LogEvent(1000, "one line\n")]


def test_a_program_is_found_that_a_thread_of_its_supervisor_has_started_and_that_has_not_ended_yet():
    source = """
import subprocess, threading
def start():
    print(subprocess.Popen(["sleep", "60"]).pid, flush=True)
    threading.Event().wait()
threading.Thread(target=start, daemon=True).start()
input()
"""
    isolated = SimpleNamespace(kind=SimpleNamespace(is_isolated=True))
    with subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        child = int(supervisor.stdout.readline())
        try:
            found = ProgramProcess._machine_pid(SimpleNamespace(pid=supervisor.pid, zygote=isolated), child)  # type: ignore[arg-type]
        finally:
            supervisor.kill()
            os.kill(child, signal.SIGKILL)
    assert found == child
