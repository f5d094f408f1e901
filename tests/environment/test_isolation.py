"""What a function of any kind must not see, touch, exhaust or outlive: each attempt is contained and the platform goes on."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from tests.environment.house import alive, until
from tests.environment.kinds import IMAGE, JAVA_KIND, KINDS, QUICK_KINDS

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
)
LINKS = "[f'/proc/self/fd/{n}' for n in range(3, 64) if os.path.lexists(f'/proc/self/fd/{n}')]"
PROBES = {
    "home": f"os.listdir({HOME!r})",
    "root": "os.listdir('/')",
    "code": "os.listdir('/.code')",
    "status": "open('/proc/self/status').read()",
    "user": "(os.getuid(), os.getgid(), __import__('pwd').getpwuid(os.getuid()).pw_name)",
    "memory of pid 1": "open('/proc/1/mem', 'rb')",
    "descriptors": f"sorted(map(os.readlink, {LINKS}))",
    "limit": "__import__('resource').getrlimit(7)",
    "tmp": "os.listdir('/tmp')",
    "commands": "[attempt(f'open(\"/proc/{name}/cmdline\").read()') for name in os.listdir('/proc') if name.isdigit()]",
    "cache": f"[os.listdir(folder) for folder in {[str(folder) for folder in CACHE]}]",
    **{f"write {folder}": f"open('{folder}/x', 'w')" for folder in FOLDERS},
    **{
        call: (
            f"(lambda ctypes: (lambda libc: [libc.{call}, os.strerror(ctypes.get_errno())])"
            "(ctypes.CDLL(None, use_errno=True)))(__import__('ctypes'))"
        )
        for call in CALLS
    },
    "beyond the limit": "[os.dup(0) for _ in range(1100)]",  # the last, for nothing can be opened afterwards
}
OTHER = """
import subprocess, sys
def handler(event, context):
    open('/tmp/secret', 'w').write('s')
    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(4242.4242)'])
"""
SEEN: dict[str, dict[str, str]] = {}
every_kind = pytest.mark.parametrize("kind", KINDS, indirect=True)


@pytest.fixture
async def seen(isolated: Any, kinds: Any, kind: str) -> dict[str, str]:
    """What a function of the kind gets for each probe, beside another environment; asked once, in one event."""
    if kind not in SEEN:
        house = await isolated()
        await house.call(house.spec(OTHER))
        probes = {"platform": f"os.listdir({str(house.folder)!r})", **PROBES}
        spec = kinds.spec(house, kind, do="probe", timeout_s=30)
        SEEN[kind] = await house.call(spec, {"do": "probe", "probes": probes})
    return SEEN[kind]


@every_kind
async def test_the_hosts_home_is_invisible(seen, kind):
    assert ".pyenv" in seen["home"] or "FileNotFoundError" in seen["home"]
    shown = {".pyenv"}
    if kind == JAVA_KIND and CACHE:  # AWS' client stands where it was installed, and nothing beside it
        shown.add(CACHE[-1].name)
        assert eval(seen["cache"]) == [[path.name] for path in (CLIENT, *CACHE)][: len(CACHE)]
    for name in set(os.listdir(HOME)) - shown:
        assert f"'{name}'" not in seen["home"]
    assert "FileNotFoundError" in seen["platform"]


@every_kind
async def test_only_what_belongs_there_stands_in_the_root(seen, kind):
    names = {".code", "bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "nix", "opt", "proc", "root", "sbin", "tmp", "usr", "var", "home"}  # fmt: skip # noqa: E501
    if kind == IMAGE:
        names = (names - {".code", "nix", "sbin"}) | {"lambda-entrypoint.sh", "sys"}
    assert set(eval(seen["root"])) <= names
    assert "FileNotFoundError" in seen["code"] if kind == IMAGE else seen["code"] == "[]"


@every_kind
@pytest.mark.parametrize("folder", FOLDERS)
async def test_only_tmp_can_be_written(seen, kind, folder):
    answer = seen[f"write {folder}"]
    is_absent = kind == IMAGE and folder == "/.code" and "No such file" in answer
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
async def test_the_platforms_memory_and_descriptors_are_out_of_reach(seen, kind):
    assert "Error" in seen["memory of pid 1"]
    links = eval(seen["descriptors"])
    assert {link.partition(":")[0] for link in links} <= {"pipe", "socket"}


@every_kind
async def test_descriptors_end_at_1024(seen, kind):
    assert seen["limit"] == "(1024, 1024)"
    assert "Too many open files" in seen["beyond the limit"]


async def test_tmp_is_empty_writable_and_ends_at_its_size(house):
    code = (
        "import os\n"
        "def handler(e, c):\n"
        "    before = os.listdir('/tmp')\n"
        "    size = 0\n"
        "    try:\n"
        "        with open('/tmp/big', 'wb', 0) as file:\n"
        "            while True:\n"
        "                size += file.write(bytes(1 << 20))\n"
        "    except OSError as error:\n"
        "        return [before, size >> 20, error.strerror, oct(os.stat('/tmp').st_mode)]\n"
    )
    # The function's memory is 128 MB: what it writes to /tmp is not counted, as on AWS.
    spec = house.spec(code, ephemeral_storage_mb=600, memory_mb=128)
    before, size_mb, reason, mode = await house.call(spec)
    assert (before, reason, mode) == ([], "No space left on device", "0o41777")
    assert 590 <= size_mb <= 600


async def test_a_fork_bomb_is_contained(house):
    code = (
        "import os, signal, time\n"
        "def handler(e, c):\n"
        "    children = []\n"
        "    try:\n"
        "        while True:\n"
        "            pid = os.fork()\n"
        "            if pid == 0:\n"
        "                signal.pause()\n"
        "            children.append(pid)\n"
        "    except BlockingIOError:\n"
        "        return len(children)\n"
    )
    spec = house.spec(code, memory_mb=3008, timeout_s=60)
    assert 900 < await house.call(spec) < 1024
    assert await house.call(house.spec("def handler(e, c):\n    return 1\n")) == 1


async def test_a_function_that_exhausts_its_memory_is_killed_and_said_so(house):
    spec = house.spec("def handler(e, c):\n    return len(bytearray(e << 20))\n", memory_mb=128, timeout_s=30)
    error = await house.fail(spec, 1500, request_id="r1")
    assert error == {
        "errorType": "Runtime.OutOfMemory",
        "errorMessage": "RequestId: r1 Error: Runtime exited with error: signal: killed",
    }
    report = house.sink.messages()[-1]
    assert "Max Memory Used: 128 MB\tInit Duration" in report
    assert report.endswith("Status: error\tError Type: Runtime.OutOfMemory\t\n")
    assert await house.call(spec, 1) == 1 << 20


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
