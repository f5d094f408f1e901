"""What a function of any kind must not see, touch, exhaust or outlive: each attempt is contained and the platform goes on."""

import asyncio
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.environment.house import House, alive, until
from tests.environment.kinds import FOLDER, FOREIGN, IMAGE, JAVA_KIND, NATIVE, PLACES, QUICK_KINDS, SNAP_START, realtime

from lambent.core.config import default_cache
from lambent.environments import java

HOME = str(Path.home())
CLIENT = java.client_folder(default_cache())
CACHE = [folder for folder in CLIENT.parents if folder.is_relative_to(HOME) and str(folder) != HOME]
FOLDERS = ("/var/task", "/opt", "/var/runtime", "/usr", "/etc", "/", "/dev", "/.code")
CALLS = (
    "mount(b'none', b'/tmp', b'tmpfs', 0, None)",
    "umount2(b'/var/task', 2)",
    "ptrace(16, os.getppid() or 1, 0, 0)",
    "unshare(0x10000000)",
    "setns(0, 0)",
    "syscall(250, 0, -1, 0)",
    "syscall(321, 0, 0, 0)",
    "syscall(175, 0, 0, 0)",
    "syscall(246, 0, 0, 0, 0)",
    "syscall(298, 0, 0, -1, -1, 0)",
    "chroot(b'/tmp')",
    "syscall(56, 0x10000011, 0, 0, 0, 0)",
    "syscall(133, b'/tmp/disk', 0o60666, 0x800)",
)
IMAGES = (IMAGE, FOREIGN)
SHARED_KEY = 0x4C414D42  # of a piece of the host's memory that any of its users may have
TMP_MB = 300  # more than the function's memory: what is written to /tmp does not count, as on AWS
LINKS = "[f'/proc/self/fd/{n}' for n in range(3, 64) if os.path.lexists(f'/proc/self/fd/{n}')]"
LIBC = (
    "(lambda ctypes: (lambda libc: [libc.{}, os.strerror(ctypes.get_errno())])"
    "(ctypes.CDLL(None, use_errno=True)))(__import__('ctypes'))"
)
PROBES = {
    "home": f"os.listdir({HOME!r})",
    "root": "os.listdir('/')",
    "code": "os.listdir('/.code')",
    "status": "open('/proc/self/status').read()",
    "user": "(os.getuid(), os.getgid(), __import__('pwd').getpwuid(os.getuid()).pw_name)",
    "memory of pid 1": "open('/proc/1/mem', 'rb')",
    "descriptors": f"sorted(map(os.readlink, {LINKS}))",
    "others": (
        '{name: [attempt(f\'os.listdir(os.path.join("/proc", "{name}", "root", "{folder}"))\')'
        " for folder in ('.code', '.host')]"
        " + [attempt(f'os.listdir(\"/proc/{name}/fd\")')] for name in os.listdir('/proc') if name.isdigit()}"
    ),
    "variables": (
        "[dict(os.environ)]"
        " + [attempt(f'open(\"/proc/{name}/environ\").read()') for name in os.listdir('/proc') if name.isdigit()]"
    ),
    "passwords": "open('/etc/shadow').read()",
    "host": "os.listdir('/.host')",
    "raw socket": "__import__('socket').socket(2, 3, 1)",
    "limit": "__import__('resource').getrlimit(7)",
    "tmp": "os.listdir('/tmp')",
    "commands": "[attempt(f'open(\"/proc/{name}/cmdline\").read()') for name in os.listdir('/proc') if name.isdigit()]",
    "cache": f"[os.listdir(folder) for folder in {[str(folder) for folder in CACHE]}]",
    **{f"write {folder}": f"open('{folder}/x', 'w')" for folder in FOLDERS},
    **{call: LIBC.format(call) for call in CALLS},
    "shared memory": LIBC.format(f"syscall(29, {SHARED_KEY}, 1, 0)"),
    "mark": "open('/tmp/mark', 'w').write('m')",
}
LATER_PROBES = {  # of the next event
    "kept": "os.listdir('/tmp')",
    "fill": "(lambda file: [file.write(bytes(1 << 20)) for _ in range(9999)])(open('/tmp/big', 'wb', 0))",
    "filled": "[os.path.getsize('/tmp/big') >> 20, os.remove('/tmp/big'), oct(os.stat('/tmp').st_mode)]",
    "beyond the limit": "[os.dup(0) for _ in range(1100)]",  # the last, for nothing can be opened afterwards
}
OTHER = """
import subprocess, sys
calls = 0
def handler(event, context):
    global calls
    calls += 1
    open('/tmp/secret', 'w').write('s')
    if calls == 1:
        subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(4242.4242)'])
    return calls
"""
SEEN: dict[str, dict[str, str]] = {}
every_kind = pytest.mark.parametrize("kind", PLACES, indirect=True)


@pytest.fixture
def shared_memory() -> Iterator[None]:
    libc = ctypes.CDLL(None, use_errno=True)
    number = libc.shmget(SHARED_KEY, 4096, 0o1666)
    assert number >= 0, os.strerror(ctypes.get_errno())
    yield
    libc.shmctl(number, 0, None)


async def hello(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"hi")
    writer.close()


def network(host_port: int, api_port: int) -> dict[str, str]:
    """Probes for a server of the host's, and for the Runtime API of another environment."""
    connect = "__import__('socket').create_connection(('127.0.0.1', {}), 5)"
    ask = f"(lambda s: [s.send(b'GET /2018-06-01/ping HTTP/1.1\\r\\n\\r\\n'), s.recv(99)])({connect})"
    return {"host's server": f"{connect.format(host_port)}.recv(2)", "other's Runtime API": ask.format(api_port)}


@pytest.fixture
async def seen(isolated: Any, kinds: Any, kind: str, monkeypatch: pytest.MonkeyPatch, shared_memory: None) -> dict[str, str]:
    """What a function of the kind gets for each probe, beside another environment; asked once, in two events."""
    if kind not in SEEN:
        monkeypatch.setenv("HOSTS_SECRET", "hunter2")
        house: House = await isolated()
        other = house.spec(OTHER, variables={"AWS_LAMBDA_EXEC_WRAPPER": "/usr/bin/env", "OTHERS_SECRET": "hunter3"})
        await house.call(other)
        neighbour: Any = house.pool._plans[other.key].idle[0]._process
        server = await asyncio.start_server(hello, "127.0.0.1", 0)
        host_pids = (os.getpid(), neighbour.pid, neighbour.zygote._process.pid)
        probes = {
            "platform": f"os.listdir({str(house.folder)!r})",
            "all code": f"os.listdir({str(house.pool._code_folder)!r})",
            "signals": f"[attempt(f'os.kill({{pid}}, 0)') for pid in {host_pids}]",
            **network(server.sockets[0].getsockname()[1], neighbour._address[1]),
            **PROBES,
        }
        spec = kinds.spec(house, kind, do="probe", timeout_s=30, ephemeral_storage_mb=TMP_MB)
        answers = await house.call(spec, {"do": "probe", "probes": probes})
        answers |= await house.call(spec, {"do": "probe", "probes": LATER_PROBES})
        assert await house.call(other) == 2, "the process is the same"
        server.close()
        SEEN[kind] = answers | {"have users": str(bool(neighbour._start.user_id))}
    return SEEN[kind]


@every_kind
async def test_the_hosts_home_is_invisible(seen, kind):
    assert seen["home"].startswith("[") or "FileNotFoundError" in seen["home"]
    shown = {".pyenv"}  # where the interpreter stands there
    if kind == JAVA_KIND and CACHE:  # AWS' client stands where it was installed, and nothing beside it
        shown.add(CACHE[-1].name)
        assert eval(seen["cache"]) == [[path.name] for path in (CLIENT, *CACHE)][: len(CACHE)]
    if kind == FOREIGN:  # which has a home of its own
        shown |= {".bashrc", ".profile"}
    for name in set(os.listdir(HOME)) - shown:
        assert f"'{name}'" not in seen["home"]
    assert "FileNotFoundError" in seen["platform"]


@every_kind
async def test_only_what_belongs_there_stands_in_the_root(seen, kind):
    names = {".code", "bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "nix", "opt", "proc", "root", "sbin", "tmp", "usr", "var", "home"}  # fmt: skip # noqa: E501
    if kind in IMAGES:
        names = (names - {".code", "nix", "sbin"}) | {"lambda-entrypoint.sh", "sys"}
    if kind == FOREIGN:
        names |= {"boot", "media", "mnt", "run", "sbin", "srv"}
    elif kind == FOLDER:
        names |= {".host"}
    assert set(eval(seen["root"])) <= names
    assert "FileNotFoundError" in seen["code"] if kind in IMAGES else seen["code"] == "[]"


@every_kind
@pytest.mark.parametrize("folder", FOLDERS)
async def test_only_tmp_can_be_written(seen, kind, folder):
    answer = seen[f"write {folder}"]
    is_absent = kind in IMAGES and folder == "/.code" and "No such file" in answer
    assert "Read-only file system" in answer or "Permission denied" in answer or is_absent


@every_kind
async def test_a_function_is_an_unprivileged_user_without_capabilities(seen, kind):
    fields = dict(line.split(":\\t", 1) for line in seen["status"].strip("'").split("\\n") if ":\\t" in line)
    assert fields["CapEff"] == fields["CapPrm"] == fields["CapBnd"] == fields["CapAmb"] == "0" * 16
    assert (fields["NoNewPrivs"], fields["Seccomp"]) == ("1", "2")
    assert seen["user"] == "(1051, 1051, 'sbx_user1051')"


@every_kind
@pytest.mark.parametrize("call", CALLS)
async def test_dangerous_system_calls_are_refused(seen, kind, call):
    assert seen[call] == "[-1, 'Operation not permitted']"


@every_kind
async def test_other_environments_processes_and_files_are_invisible(seen, kind):
    assert "secret" not in eval(seen["tmp"])
    assert eval(seen["commands"]), "its own is there"
    assert "4242.4242" not in seen["commands"]


@every_kind
async def test_processes_of_the_host_cannot_be_signalled_nor_looked_through(seen, kind):
    assert eval(seen["signals"]) == ["ProcessLookupError: [Errno 3] No such process"] * 3
    for code, host, _ in eval(seen["others"]).values():
        assert all("Error" in answer or answer == "[]" for answer in (code, host)), seen["others"]
    assert seen["shared memory"] == "[-1, 'No such file or directory']"


@every_kind
async def test_neither_the_hosts_variables_nor_its_passwords_nor_all_code_can_be_read(seen, kind):
    assert "AWS_LAMBDA_FUNCTION_NAME" in seen["variables"], "its own are there"
    assert "hunter" not in seen["variables"]
    assert "Error" in seen["passwords"]
    assert "Error" in seen["host"] or (kind, seen["host"]) == (FOLDER, "[]")
    assert "Error" in seen["all code"]


@every_kind
async def test_the_network_is_the_hosts_but_for_other_environments_runtime_api(seen, kind):
    assert seen["host's server"] == "b'hi'"
    if seen["have users"] == "True":
        assert "Connection" in seen["other's Runtime API"] or "b''" in seen["other's Runtime API"]
    assert seen["raw socket"] == "PermissionError: [Errno 1] Operation not permitted"


@every_kind
async def test_tmp_is_kept_between_events_and_ends_at_its_size(seen, kind):
    assert "mark" not in seen["tmp"]
    assert "mark" in seen["kept"]
    assert seen["fill"] == "OSError: [Errno 28] No space left on device"
    size_mb, _, mode = eval(seen["filled"])
    assert (TMP_MB - 10 < size_mb <= TMP_MB, mode) == (True, "0o41777")


@every_kind
async def test_the_platforms_memory_and_descriptors_are_out_of_reach(seen, kind):
    assert "Error" in seen["memory of pid 1"]
    links = eval(seen["descriptors"])
    assert {link.partition(":")[0] for link in links} <= {"pipe", "socket"}


@every_kind
async def test_descriptors_end_at_1024(seen, kind):
    assert seen["limit"] == "(1024, 1024)"
    assert "Too many open files" in seen["beyond the limit"]


BOMB = """
import os, signal, sys
children = 0
try:
    while os.fork():
        children += 1
    signal.pause()
except BlockingIOError:
    print(children, flush=True)
    signal.pause()
"""
ONE_KIND = tuple(each if each == "python zip" else realtime(each) for each in PLACES)
FEW_KINDS = tuple(each if each in ("python zip", SNAP_START, NATIVE) else realtime(each) for each in PLACES)


@pytest.mark.parametrize("kind", ONE_KIND, indirect=True)
async def test_a_fork_bomb_is_contained_and_ends_with_its_environment(kind_house, kinds, kind):
    needle = f"# {os.getpid()} {kind}"
    command = f"[sys.executable, '-I', '-S', '-c', {BOMB + needle!r}]"
    popen = f"__import__('subprocess').Popen({command}, process_group=0, stdin=-3, stdout=-1, stderr=-3)"
    spec = kinds.spec(kind_house, kind, do="probe", memory_mb=3008, timeout_s=60)
    answer = await kind_house.call(spec, {"do": "probe", "probes": {"children": f"int({popen}.stdout.readline())"}})
    assert 900 < int(answer["children"]) < 1024
    assert await kind_house.call(kind_house.spec("def handler(e, c):\n    return 1\n")) == 1, "others can still be made"
    assert len(alive(needle)) > 900
    await kind_house.pool.retire(spec.key)
    await until(lambda: not alive(needle), within_s=30)


@pytest.mark.parametrize("kind", FEW_KINDS, indirect=True)
async def test_who_kills_all_that_it_can_kills_nobody_elses(kind_house, kinds, kind):
    other = kind_house.spec(OTHER)
    assert await kind_house.call(other) == 1
    spec = kinds.spec(kind_house, kind, do="probe", timeout_s=30)
    await kind_house.invoke(spec, {"do": "probe", "probes": {"all": "os.kill(-1, 9)"}})
    assert await kind_house.call(other) == 2, "the process is the same"
    answer = await kind_house.call(spec, {"do": "probe", "probes": {"sum": "1 + 1"}})
    assert answer == {"sum": "2"}


async def test_memory_that_only_fits_into_the_place_of_tmp_is_too_much(house):
    spec = house.spec("def handler(e, c):\n    return len(bytearray(e << 20))\n", memory_mb=128)
    assert (await house.fail(spec, 300))["errorType"] == "Runtime.OutOfMemory"


async def test_memory_is_watched_while_a_function_runs(house):
    code = "import time\ndef handler(e, c):\n    x = bytearray(300 << 20)\n    time.sleep(20)\n"
    spec = house.spec(code, memory_mb=128, timeout_s=30)
    async with asyncio.timeout(10):
        assert (await house.fail(spec))["errorType"] == "Runtime.OutOfMemory"


@pytest.mark.parametrize("kind", QUICK_KINDS, indirect=True)
async def test_a_daemon_that_a_function_leaves_ends_with_its_environment(kind_house, kinds, kind):
    needle = f"98765.{os.getpid()}"
    command = f"[sys.executable, '-c', 'import time; time.sleep({needle})']"
    start = f"(lambda s: s.Popen({command}, start_new_session=True, stdout=-3, stderr=-3).pid)(__import__('subprocess'))"
    spec = kinds.spec(kind_house, kind, do="probe")
    answers = await kind_house.call(spec, {"do": "probe", "probes": {"daemon": start}})
    assert answers["daemon"].isdigit()
    # Popen returns while the kernel still sets up the new program: its command line appears a moment later.
    await until(lambda: len(alive(needle)) == 1)
    await kind_house.pool.retire(spec.key)
    await until(lambda: not alive(needle))
