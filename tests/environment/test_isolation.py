"""What a function must not see, touch, exhaust or outlive: each attempt is contained and the platform goes on."""

import asyncio
import os
from pathlib import Path

import pytest

TRY = """
import os, sys, subprocess
def attempt(work):
    try:
        return repr(work())
    except BaseException as error:
        return type(error).__name__ + ": " + str(error)
def handler(event, context):
    return attempt(lambda: eval(event))
"""


@pytest.fixture
def attempt(house):
    spec = house.spec(TRY)

    async def attempt_(expression: str) -> str:
        answer: str = await house.call(spec, expression)
        return answer

    return attempt_


async def test_the_hosts_home_is_invisible(attempt, house):
    home = str(Path.home())
    seen = await attempt(f"[name for name in os.listdir({home!r})]")
    assert ".pyenv" in seen or "FileNotFoundError" in seen
    for name in set(os.listdir(home)) - {".pyenv"}:
        assert f"'{name}'" not in seen
    assert "FileNotFoundError" in await attempt(f"os.listdir({str(house.folder)!r})")


async def test_only_what_belongs_there_stands_in_the_root(attempt):
    names = set(eval(await attempt("os.listdir('/')")))
    assert names <= {".code", "bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "nix", "opt", "proc", "root", "sbin", "tmp", "usr", "var", "home"}  # fmt: skip # noqa: E501
    assert await attempt("os.listdir('/.code')") == "[]"


@pytest.mark.parametrize("folder", ["/var/task", "/opt", "/var/runtime", "/usr", "/etc", "/", "/dev", "/.code"])
async def test_only_tmp_can_be_written(attempt, folder):
    answer = await attempt(f"open('{folder}/x', 'w')")
    assert "Read-only file system" in answer or "Permission denied" in answer


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


async def test_a_function_is_an_unprivileged_user_without_capabilities(attempt):
    status = await attempt("open('/proc/self/status').read()")
    fields = dict(line.split(":\\t", 1) for line in status.strip("'").split("\\n") if ":\\t" in line)
    assert fields["CapEff"] == fields["CapPrm"] == fields["CapBnd"] == fields["CapAmb"] == "0" * 16
    assert (fields["NoNewPrivs"], fields["Seccomp"]) == ("1", "2")
    assert await attempt("(os.getuid(), os.getgid(), __import__('pwd').getpwuid(os.getuid()).pw_name)") == (
        "(1051, 1051, 'sbx_user1051')"
    )


@pytest.mark.parametrize(
    "call",
    [
        "libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)",
        "libc.umount2(b'/var/task', 2)",
        "libc.ptrace(16, os.getppid() or 1, 0, 0)",
        "libc.unshare(0x10000000)",
        "libc.setns(0, 0)",
        "libc.syscall(250, 0, -1, 0)",
        "libc.syscall(321, 0, 0, 0)",
        "libc.syscall(175, 0, 0, 0)",
        "libc.syscall(246, 0, 0, 0, 0)",
        "libc.syscall(298, 0, 0, -1, -1, 0)",
        "libc.chroot(b'/tmp')",
        "libc.syscall(56, 0x10000011, 0, 0, 0, 0)",
    ],
)
async def test_dangerous_system_calls_are_refused(house, call):
    code = (
        "import ctypes, os\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "def handler(e, c):\n"
        f"    return [{call}, os.strerror(ctypes.get_errno())]\n"
    )
    assert await house.call(house.spec(code)) == [-1, "Operation not permitted"]


async def test_other_environments_processes_and_files_are_invisible(house):
    first = house.spec("open('/tmp/secret', 'w').write('s')\ndef handler(e, c):\n    return None\n")
    await house.call(first)
    other = house.spec(
        "import os\n"
        "def handler(e, c):\n"
        "    pids = [int(name) for name in os.listdir('/proc') if name.isdigit()]\n"
        "    return [os.listdir('/tmp'), pids == [os.getpid()], len(os.listdir('/proc/self/task'))]\n"
    )
    assert await house.call(other) == [[], True, 1]


async def test_the_zygotes_memory_and_descriptors_are_out_of_reach(attempt):
    assert "Error" in await attempt("open('/proc/1/mem', 'rb')")
    names = "[f'/proc/self/fd/{n}' for n in range(3, 64) if os.path.lexists(f'/proc/self/fd/{n}')]"
    links = eval(await attempt(f"sorted(map(os.readlink, {names}))"))
    assert [link.partition(":")[0] for link in links] == ["pipe", "socket"]


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


async def test_descriptors_end_at_1024(attempt):
    assert await attempt("__import__('resource').getrlimit(7)") == "(1024, 1024)"
    assert "Too many open files" in await attempt("[os.dup(0) for _ in range(1100)]")


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


async def test_a_daemon_that_a_function_leaves_ends_with_its_environment(house):
    code = "import subprocess\ndef handler(e, c):\n    subprocess.Popen(['sleep', '98765.4321'], start_new_session=True)\n"
    from tests.environment.house import alive, until

    spec = house.spec(code)
    await house.call(spec)
    # Popen returns while the kernel still sets up the new program: its command line appears a moment later.
    await until(lambda: len(alive("98765.4321")) == 1)
    await house.pool.retire(spec.key)
    await until(lambda: not alive("98765.4321"))
