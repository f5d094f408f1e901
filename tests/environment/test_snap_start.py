"""SnapStart versions: initialised once, each environment a copy with a life of its own."""

import asyncio
import json

import pytest
from tests.environment.house import until

CODE = """
import ctypes, os, random, socket, uuid
from snapshot_restore_py import register_after_restore, register_before_snapshot

print("initialised as", os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"])
TOKEN, STEPS, COUNT = uuid.uuid4().hex, [], [0]
with open("/tmp/left", "w") as file:
    file.write("by INIT")
BOOK = open("/var/task/book.txt")
OURS, THEIRS = socket.socketpair()
register_before_snapshot(lambda: STEPS.append("first before"))
register_before_snapshot(lambda: STEPS.append("then before"))
register_after_restore(lambda: STEPS.append("first after"))
register_after_restore(lambda: STEPS.append("then after"))

def handler(event, context):
    COUNT[0] += 1
    if event == "exit":
        os._exit(3)
    if event == "powers":
        status = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines())
        libc = ctypes.CDLL(None, use_errno=True)
        processes = [name for name in os.listdir("/proc") if name.isdigit()]
        return [status["CapBnd"], status["NoNewPrivs"], libc.unshare(0x10000000), libc.unshare(0x20000), len(processes)]
    with open("/tmp/own", "a") as file:
        file.write("x")
    return {
        "token": TOKEN, "steps": STEPS, "count": COUNT[0], "random": random.random(), "line": BOOK.readline().strip(),
        "tmp": {name: open("/tmp/" + name).read() for name in sorted(os.listdir("/tmp"))},
        "socket": OURS.recv(1).decode(), "stream": os.environ["AWS_LAMBDA_LOG_STREAM_NAME"],
        "type": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"],
    }
"""

TYPE = """
import os
def handler(event, context):
    return os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]
"""


def spec(house, code, **changes):
    return house.spec({"app.py": code, "book.txt": "one\ntwo\n"}, version="1", initialization_type="snap-start", **changes)


async def test_each_environment_is_a_copy_of_what_was_initialised_once(house):
    base = spec(house, CODE)
    await house.pool.prepare(base)
    assert [line.split()[0] for line in house.sink.messages()] == ["INIT_START", "initialised"]
    copies = await asyncio.gather(*(house.call(base) for _ in range(3)))
    first = copies[0]
    assert {copy["token"] for copy in copies} == {first["token"]}
    for name in ("random", "stream"):
        assert len({copy[name] for copy in copies}) == 3, name
    for copy in copies:
        assert copy["steps"] == ["then before", "first before", "first after", "then after"]
        assert (copy["count"], copy["line"], copy["socket"], copy["type"]) == (1, "one", "", "snap-start")
        assert copy["tmp"] == {"left": "by INIT", "own": "x"}
    again = await house.call(base)  # a warm one
    assert (again["count"], again["line"], again["tmp"]["own"]) == (2, "two", "xx")
    lines = house.sink.messages()
    assert sum(line.startswith("initialised") for line in lines) == 1
    assert sum(line.startswith("RESTORE_START Runtime Version: python:") for line in lines) == 3
    reports = [line for line in lines if line.startswith("REPORT")]
    assert sum("Restore Duration" in line and "Init Duration" not in line for line in reports) == 3


async def test_a_copy_may_no_more_than_other_functions_and_is_made_anew_when_it_ends(house):
    base = spec(house, CODE)
    assert await house.call(base, "powers") == ["0000000000000000", "1", -1, -1, 1]
    before = await house.call(base)
    assert (await house.fail(base, "exit"))["errorType"] == "Runtime.ExitError"
    after = await house.call(base)
    assert (after["token"], after["count"]) == (before["token"], 1)
    assert after["tmp"]["own"] == "xx"  # as after every reset
    template = house.pool._plans[base.key].template
    await house.pool.retire(base.key)
    await until(lambda: not template.is_alive)


INTRUDER = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
BIND_REMOUNT = 32 | 4096
TRIED = [
    libc.umount2(b"/tmp", 2), libc.umount2(b"/var/task", 2), libc.mount(None, b"/var/task", None, BIND_REMOUNT, None),
    libc.mount(None, b"/", None, BIND_REMOUNT, None), libc.chroot(b"/tmp"), libc.setuid(0), libc.setgroups(0, None),
]
FOUND = os.listdir("/.code")
def handler(event, context):
    return TRIED + FOUND
"""


async def test_what_is_initialised_as_a_template_cannot_change_what_it_was_given(house):
    assert await house.call(spec(house, INTRUDER)) == [-1] * 7


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("threading.Thread(target=time.sleep, args=(60,), daemon=True).start()", "1 thread is running"),
        ("subprocess.Popen(['sleep', '60'])", "1 process that it started is running"),
    ],
    ids=["thread", "process"],
)
async def test_what_cannot_be_forked_starts_as_others_do_and_says_why(house, line, reason):
    assert await house.call(spec(house, f"import subprocess, threading, time\n{line}\n{TYPE}")) == "on-demand"
    assert any(f"no snapshot is kept of this version, because {reason}" in message for message in house.sink.messages())


async def test_an_init_that_fails_is_told_to_who_invokes(house):
    assert (await house.fail(spec(house, "raise ValueError('no')")))["errorType"] == "ValueError"


async def test_a_restore_that_fails_is_told_to_who_invokes(house):
    base = spec(
        house,
        f"from snapshot_restore_py import *\nregister_after_restore(lambda: 1 / 0)\n{TYPE}",
        log_format="JSON",
        log_level_system="INFO",
    )
    error = await house.fail(base)
    assert "division by zero" in error["errorMessage"]
    reports = [json.loads(line) for line in house.sink.messages() if "platform.restoreReport" in line]
    assert reports[0]["record"]["status"] == "error"


async def test_where_functions_are_not_isolated_versions_start_as_others_do(open_house):
    house = await open_house(is_isolated=False)
    assert await house.call(spec(house, TYPE)) == "on-demand"
