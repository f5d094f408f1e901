"""SnapStart versions: initialised once, each environment a copy with a life of its own."""

import asyncio
import importlib.util
import json
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.environment.house import until

from lambent.core import ids
from lambent.core.config import default_cache
from lambent.core.ports import InitFailed, RestoreFailed
from lambent.environments import environment, nursery
from lambent.environments.process import RuntimeEnded
from lambent.environments.zygotes import ZygoteFailed

PANDAS = default_cache() / "benchmarks" / f"pandas-{sys.version_info[0]}.{sys.version_info[1]}"

CODE = """
import ctypes, os, random, socket, uuid
from snapshot_restore_py import register_after_restore, register_before_snapshot

print("initialised as", os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"])
TOKEN, STEPS, COUNT = uuid.uuid4().hex, [], [0]
with open("/tmp/left", "w") as file:
    file.write("by INIT")
os.chdir("/tmp")
BOOK = open("/var/task/book.txt")
SERVER = socket.create_server(("127.0.0.1", 0))
OURS = socket.create_connection(SERVER.getsockname())
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
    with open("own", "a") as file:  # where it works, which is its own too
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


@asynccontextmanager
async def meeting(count):
    """A port of the loopback at which functions wait until ``count`` of them have come, which no copying has to do with."""
    barrier = asyncio.Barrier(count)

    async def met(_, writer):
        await barrier.wait()
        writer.close()

    async with await asyncio.start_server(met, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


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
        (
            "import ctypes; libc, pool = ctypes.CDLL(None), ctypes.c_ulong()\n"
            "libc.pthread_create(ctypes.byref(pool), None, libc.pause, None); libc.pthread_setname_np(pool, b'tokio-1')",
            "threads of a library are running (tokio-1)",
        ),
        ("subprocess.Popen(['sleep', '60'])", "1 process that it started is running"),
        (
            "import ctypes; ctypes.CDLL(None).timerfd_create(1, 0)",
            "what no copy can have for itself is open (timerfd)",
        ),
    ],
    ids=["thread", "library", "process", "timer"],
)
async def test_what_cannot_be_forked_starts_as_others_do_and_says_why(house, line, reason):
    assert await house.call(spec(house, f"import subprocess, threading, time\n{line}\n{TYPE}")) == "on-demand"
    assert any(f"no snapshot is kept of this version, because {reason}" in message for message in house.sink.messages())


@pytest.mark.parametrize(
    ("code", "error_type"),
    [
        ("raise ValueError('no')", "Runtime.Unknown"),
        ("import os\nos._exit(3)", "Runtime.ExitError"),
        (f"CACHE = b'x' * (150 << 20)\n{TYPE}", "Runtime.OutOfMemory"),
        (f"from snapshot_restore_py import *\nregister_before_snapshot(lambda: 1 / 0)\n{TYPE}", "Runtime.BeforeSnapshotError"),
    ],
    ids=["raises", "exits", "memory", "hook"],
)
async def test_an_init_that_fails_is_told_to_who_prepares_the_version(house, code, error_type):
    base = spec(house, code, memory_mb=128)
    with pytest.raises(InitFailed) as raised:
        await house.pool.prepare(base)
    assert raised.value.error_type == error_type
    assert base.key not in house.pool._plans
    (report,) = [line for line in house.sink.messages() if line.startswith("INIT_REPORT")]
    assert report.endswith(f"\tPhase: init\tStatus: error\tError Type: {error_type}\n")


async def test_an_init_that_fails_later_is_told_to_who_invokes(house):
    assert (await house.fail(spec(house, "raise ValueError('no')")))["errorType"] == "ValueError"


async def test_a_restore_that_fails_is_told_to_who_invokes(house):
    base = spec(
        house,
        f"from snapshot_restore_py import *\nregister_after_restore(lambda: 1 / 0)\n{TYPE}",
        log_format="JSON",
        log_level_system="INFO",
    )
    for _ in range(2):
        with pytest.raises(RestoreFailed) as raised:
            await house.invoke(base)
        assert not raised.value.is_timeout
    assert any("division by zero" in line for line in house.sink.messages())
    reports = [json.loads(line)["record"] for line in house.sink.messages() if "platform.restoreReport" in line]
    assert [(each["status"], each["errorType"]) for each in reports] == [("error", "Runtime.AfterRestoreError")] * 2


async def test_a_restore_ends_when_its_hooks_take_too_long(house, monkeypatch):
    monkeypatch.setattr(environment, "RESTORE_S_MAX", 0.2)
    code = f"import time\nfrom snapshot_restore_py import *\nregister_after_restore(time.sleep, 600)\n{TYPE}"
    with pytest.raises(RestoreFailed) as raised:
        await house.invoke(spec(house, code))
    assert raised.value.is_timeout
    assert house.sink.messages()[-1].endswith(" ms\tStatus: timeout\n")


async def test_a_template_that_died_is_made_anew(house):
    base = spec(house, CODE)
    first = await house.call(base)
    plan = house.pool._plans[base.key]
    template = plan.template
    os.kill(plan.original._process.pid, signal.SIGKILL)
    await until(lambda: not template.is_alive)
    after = await asyncio.gather(house.call(base), house.call(base))
    assert {each["type"] for each in after} == {"snap-start"}
    assert len({first["token"], *(each["token"] for each in after)}) == 2


async def test_a_template_that_dies_while_copies_are_asked_for_ends_them(house):
    base = spec(house, TYPE)
    await house.pool.prepare(base)
    plan = house.pool._plans[base.key]
    plan.template._control.shutdown(socket.SHUT_RDWR)  # nobody has heard of it yet
    with pytest.raises(RuntimeEnded):
        await house.pool._nursery.spawn(plan.kind, None, template=plan.template)
    with pytest.raises(ZygoteFailed):
        await house.pool._nursery.spawn(plan.kind, None, template=plan.template)


async def test_an_event_whose_template_dies_before_its_copy_begins_has_a_copy_of_the_next(house):
    base = spec(house, CODE)
    await house.call(base)
    plan = house.pool._plans[base.key]
    (used,) = plan.idle
    await used._end_process()  # as after a crash: it is to be reset
    os.kill(plan.original._process.pid, signal.SIGKILL)  # nobody has heard of it yet
    assert [each["type"] for each in await asyncio.gather(*(house.call(base) for _ in range(5)))] == ["snap-start"] * 5
    assert used not in plan.idle


async def test_an_event_that_waits_for_memory_while_its_template_dies_has_a_copy_of_the_next(house, monkeypatch):
    base = spec(house, TYPE)
    await house.pool.prepare(base)
    plan = house.pool._plans[base.key]
    monkeypatch.setattr(house.pool._memory, "_mb_max", 1)
    call = asyncio.create_task(house.call(base))
    await until(lambda: house.pool._memory._wanting)
    os.kill(plan.original._process.pid, signal.SIGKILL)
    await until(lambda: not plan.template.is_alive)
    monkeypatch.undo()
    house.pool._memory.look()
    assert await call == "snap-start"


async def test_copies_are_made_ahead_of_the_templates_that_were_used_last(house, monkeypatch):
    monkeypatch.setattr(nursery, "TEMPLATES_STOCKED_MAX", 1)
    stock = house.pool._nursery._stock
    specs = [spec(house, TYPE) for _ in range(2)]
    templates = []
    for each in specs:
        await house.pool.prepare(each)
        templates.append(house.pool._plans[each.key].template)
        await until(lambda: len(stock.get(templates[-1], ())) == nursery.TEMPLATE_STOCK)
    assert templates[0] not in stock
    ahead, _ = stock[templates[1]][0]
    assert await house.call(specs[1]) == "snap-start"
    (used,) = house.pool._plans[specs[1].key].idle
    assert used._process is ahead
    await house.pool.retire(specs[1].key)
    await until(lambda: templates[1] not in stock)


LEAVING = """
import os, socket, stat, tempfile
os.makedirs("/tmp/closed/below")
KEPT = open("/tmp/kept", "w+")
KEPT.write("abc"), KEPT.flush()
for name in ("closed/below/file", "secret"):
    with open("/tmp/" + name, "w") as file:
        file.write(name)
BELOW = open("/tmp/closed/below/file", "a")
os.truncate("/tmp/secret", 1 << 40)  # as databases do that map it: larger than all of /tmp
os.symlink("nowhere", "/tmp/dangling"), os.link("/tmp/secret", "/tmp/twin"), os.mkfifo("/tmp/pipe")
with socket.socket(socket.AF_UNIX) as server:
    server.bind("/tmp/socket")
for name in ("closed/below/file", "closed/below", "closed", "secret", "kept"):
    os.chmod("/tmp/" + name, 0)
os.chdir("/tmp")
for _ in range(25):  # deeper than any path leads
    os.mkdir("deep" * 50), os.chdir("deep" * 50)
os.chdir("/var/task")
try:
    os.chmod("/tmp", 0)
except PermissionError:
    pass  # it is root's, where the platform is

def handler(event, context):
    if not os.access("/tmp", os.R_OK):
        os.chmod("/tmp", 0o700)
    state = {name: os.lstat("/tmp/" + name) for name in os.listdir("/tmp")}
    modes = {name: oct(stat.S_IMODE(each.st_mode)) for name, each in state.items() if not stat.S_IMODE(each.st_mode)}
    KEPT.write("def"), KEPT.flush(), BELOW.write("+"), BELOW.flush()
    for name in ("kept", "secret", "closed", "closed/below", "closed/below/file"):
        os.chmod("/tmp/" + name, 0o700)
    return [
        sorted(modes), sorted(state), os.readlink("/tmp/dangling"), state["twin"].st_ino == state["secret"].st_ino,
        stat.S_ISFIFO(state["pipe"].st_mode), stat.S_ISSOCK(state["socket"].st_mode), open("/tmp/kept").read(),
        open("/tmp/secret").read(6), open("/tmp/closed/below/file").read(),
    ]
"""


async def test_nothing_that_init_left_in_tmp_keeps_a_copy_from_being_restored(house):
    base = spec(house, LEAVING)
    for copy in await asyncio.gather(*(house.call(base) for _ in range(3))):
        assert copy == [
            ["closed", "kept", "secret", "twin"],
            ["closed", "dangling", "deep" * 50, "kept", "pipe", "secret", "socket", "twin"],
            "nowhere", True, True, True, "abcdef", "secret", "closed/below/file+",
        ]  # fmt: skip
    (lost,) = {line for line in house.sink.messages() if line.startswith("SnapStart:")}
    assert lost.startswith("SnapStart: this environment lacks /tmp/deepdeep")
    assert lost.endswith("deep: File name too long\n")


OPEN = """
import asyncio, os, select, socket, tempfile, time
LOOP = asyncio.new_event_loop()
LOOP.run_until_complete(asyncio.sleep(0))
NOTES, NAMELESS, FOLDER = open("/tmp/notes", "w"), tempfile.TemporaryFile(), os.open("/tmp", os.O_RDONLY)
OUTPUT = os.dup(1)
NOTES.write("init "), NOTES.flush(), NAMELESS.write(b"init "), NAMELESS.flush()
HOLE = tempfile.TemporaryFile()
HOLE.truncate(1 << 40)
os.mkfifo("/tmp/pipe")
READ, WRITTEN, PIPE = *os.pipe(), os.open("/tmp/pipe", os.O_RDWR)
OURS, THEIRS = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
HALF, _ = socket.socketpair()
_.close()
POLL = select.epoll()
POLL.register(READ, select.EPOLLIN)

def handler(event, context):
    NOTES.write("own"), NOTES.flush(), os.write(OUTPUT, b"through a duplicate\\n")
    NAMELESS.write(b"own"), NAMELESS.flush(), NAMELESS.seek(0)
    os.write(WRITTEN, b"pipe"), os.write(PIPE, b"named")
    OURS.send(b"pair")
    with socket.create_connection(("127.0.0.1", event), timeout=8) as meeting:
        meeting.recv(1)  # all copies have written by now
    return [
        open("/tmp/notes").read(), NAMELESS.read().decode(),
        sorted(os.listdir(FOLDER)), len(POLL.poll(1)), os.read(READ, 100).decode(), THEIRS.recv(100).decode(),
        os.read(PIPE, 100).decode(), os.fstat(HOLE.fileno()).st_size,
        HALF.recv(1).decode(), LOOP.run_until_complete(asyncio.to_thread(time.sleep, 0.05)),
    ]
"""


async def test_what_init_left_open_is_each_copys_own(house):
    base = spec(house, OPEN)
    async with meeting(3) as port:
        copies = await asyncio.gather(*(house.call(base, port) for _ in range(3)))
    for copy in copies:
        assert copy == ["init own", "init own", ["notes", "pipe"], 1, "pipe", "pair", "named", 1 << 40, "", None]
    assert not any(line.startswith("SnapStart:") for line in house.sink.messages())
    assert sum(line == "through a duplicate\n" for line in house.sink.messages()) == 3


WAKING = """
import os, select, socket
EVENT, POLL = os.eventfd(0, os.EFD_NONBLOCK), select.epoll()
POLL.register(EVENT, select.EPOLLIN)

def handler(event, context):
    os.eventfd_write(EVENT, 1)
    with socket.create_connection(("127.0.0.1", event), timeout=8) as meeting:
        meeting.recv(1)  # all copies have written by now
    return [len(POLL.poll(1)), os.eventfd_read(EVENT)]
"""


async def test_no_copy_is_woken_by_what_another_tells_itself(house):
    base = spec(house, WAKING)
    async with meeting(4) as port:
        assert await asyncio.gather(*(house.call(base, port) for _ in range(4))) == [[1, 1]] * 4


LOOPED = """
import asyncio, os, signal
%s

async def serve():
    server = await asyncio.start_server(lambda _, writer: (writer.write(b"web "), writer.close()), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    read = await reader.read()
    writer.close(), server.close()
    return read.decode()

async def echo():
    process = await asyncio.create_subprocess_exec("echo", "echo", stdout=asyncio.subprocess.PIPE)
    return (await process.communicate())[0].decode().strip() + " "

async def act():
    SIGNALLED.clear(), os.kill(os.getpid(), signal.SIGUSR1)
    await SIGNALLED.wait()
    return await serve() + await echo() + await asyncio.to_thread(lambda: "thread")

async def begin():
    return asyncio.Event()

SIGNALLED = LOOP.run_until_complete(begin())
LOOP.add_signal_handler(signal.SIGUSR1, SIGNALLED.set)
def handler(event, context):
    return LOOP.run_until_complete(asyncio.wait_for(act(), 8))
"""


@pytest.mark.parametrize("kind", ["asyncio", "uvloop"])
async def test_a_loop_that_init_has_run_serves_starts_processes_and_hears_signals_in_each_copy(house, kind):
    found = importlib.util.find_spec(kind)
    if found is None:
        pytest.skip(f"no {kind} for this Python")
    folder = Path(found.origin).parent
    files = [path for path in folder.rglob("*") if path.suffix in (".py", ".so")] if kind == "uvloop" else []
    layer = {f"python/uvloop/{path.relative_to(folder)}": path.read_bytes() for path in files}
    code = LOOPED % f"import {kind}\nLOOP = {kind}.new_event_loop()\nasyncio.set_event_loop(LOOP)"
    base = spec(house, code, layers=[layer] if layer else ())
    for _ in range(2):
        assert await asyncio.gather(*(house.call(base) for _ in range(3))) == ["web echo thread"] * 3
    lines = house.sink.messages()
    assert sum(line.startswith("RESTORE_START") for line in lines) == len(house.sink.streams) - 1
    assert not any("no snapshot" in line for line in lines)


UNOPENABLE = """
MAPS = open("/proc/self/maps")
def handler(event, context):
    return bool(MAPS.readline())
"""


async def test_a_file_that_cannot_be_opened_again_keeps_no_copy_from_being_restored(house):
    assert await house.call(spec(house, UNOPENABLE)) is True


CLIENT = """
import os, boto3
CLIENT = boto3.client("sts")
def key():
    return CLIENT._request_signer._credentials.get_frozen_credentials().access_key
OF_INIT = key()
def handler(event, context):
    return [key() == os.environ["AWS_ACCESS_KEY_ID"], key() == OF_INIT]
"""


async def test_a_client_that_init_made_signs_as_the_environment_and_not_as_the_snapshot(house):
    assert await house.call(spec(house, CLIENT)) == [True, False]


@pytest.mark.parametrize(
    "retire",
    [lambda pool, spec: pool.retire(spec.key), lambda pool, spec: pool.retire_account(spec.account)],
    ids=["version", "account"],
)
async def test_a_version_that_goes_while_it_is_initialised_leaves_no_template(house, retire):
    base = spec(house, f"import time\ntime.sleep(0.2)\n{TYPE}")
    call = asyncio.create_task(house.call(base))
    await until(lambda: base.key in house.pool._planning)
    await house.pool.retire_account("999999999999")
    await retire(house.pool, base)
    assert await call == "snap-start"
    await until(lambda: not house.pool._memory._charged_mb)
    assert base.key not in house.pool._plans


CHANCE = """
import os, random, secrets, ssl, tempfile, uuid
ssl.RAND_bytes(16), random.random(), next(tempfile._get_candidate_names())
PID = os.getpid()
def handler(event, context):
    assert os.getpid() != PID, "a pool of connections would take itself for its template's"
    names = next(tempfile._get_candidate_names())
    return [random.random(), secrets.token_hex(8), ssl.RAND_bytes(16).hex(), names, str(uuid.uuid4()), str(uuid.uuid1())]
"""


async def test_chance_is_another_in_each_copy(house):
    base = spec(house, CHANCE)
    copies = await asyncio.gather(*(house.call(base) for _ in range(4)))
    for name, drawn in zip(("random", "secrets", "ssl", "tempfile", "uuid4", "uuid1"), zip(*copies, strict=True), strict=True):
        assert len(set(drawn)) == 4, name


GENERATORS = """
import numpy, pandas
CHANCE, SEEDED = numpy.random.default_rng(), numpy.random.default_rng(42)
OTHER = numpy.random.Generator(numpy.random.Philox())
numpy.random.rand()
def handler(event, context):
    return [numpy.random.rand(), CHANCE.random(), OTHER.random(), numpy.random.default_rng().random(), SEEDED.random()]
"""


@pytest.mark.slow
@pytest.mark.skipif(not PANDAS.is_dir(), reason="no pandas: `python -m benchmarks --only snapstart` fetches it")
async def test_generators_of_numpy_differ_in_each_copy_unless_they_were_seeded(house):
    files = {str(path.relative_to(PANDAS)): path.read_bytes() for path in PANDAS.rglob("*") if path.is_file()}
    base = spec(house, GENERATORS, memory_mb=512)
    base = replace(base, key=ids.uuid4(), code=house.archive(files | {"app.py": GENERATORS}))
    copies = await asyncio.gather(*(house.call(base) for _ in range(3)))
    *differing, seeded = zip(*copies, strict=True)
    assert [len(set(drawn)) for drawn in differing] == [3, 3, 3, 3]
    assert len(set(seeded)) == 1


async def test_where_functions_are_not_isolated_versions_start_as_others_do(open_house):
    house = await open_house(is_isolated=False)
    assert await house.call(spec(house, TYPE)) == "on-demand"
