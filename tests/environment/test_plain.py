"""Where the host cannot isolate: the same functions as plain processes, on any Unix, and nothing outlives the platform."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from tests.environment import foreign
from tests.environment.house import House, alive, until

from lambent.environments import zygotes

ROOT = Path(__file__).parents[2]
FOREIGN = Path(__file__).parent / "foreign.py"

CODE = """
import os, signal, subprocess, sys, time, urllib.request
print("init")
def handler(event, context):
    print("event", event)
    if event == "exit":
        os._exit(3)
    if event == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if event == "sleep":
        time.sleep(60)
    if event == "raise":
        raise ValueError("no")
    if isinstance(event, list):
        return len(event)
    return [os.getpid(), sys.platform, urllib.request.getproxies()]
"""
# A daemon as daemons are made: two forks, a session of its own, every descriptor closed.
DAEMON = """
import os
def handler(event, context):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 1024)
            os.execvp("sleep", ["sleep", event])
        os._exit(0)
    os.wait()
    return os.getpid()
"""
BUSY = """
import os, subprocess
def handler(event, context):
    if event is None:
        print("busy", flush=True)
        while True:
            pass
    if event:
        # Where /proc tells of orphans, one that has left for a session of its own is found too.
        subprocess.Popen(["sleep", event], start_new_session=os.path.exists("/proc/self"))
    return os.getpid()
"""
PLATFORM = """
import asyncio, json, os, sys, time
from pathlib import Path
from lambent.environments import zygotes
from tests.environment import foreign
from tests.environment import foreign
from tests.environment.house import House
"""
HERE = (
    PLATFORM
    + """
foreign.make_zygotes_foreign()
foreign.become_foreign()
"""
)


async def run(script: str, *arguments: str) -> "asyncio.subprocess.Process":
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        *arguments,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
    )


async def test_without_anything_that_only_linux_has_functions_run_all_the_same(tmp_path):
    script = HERE + textwrap.dedent(
        f"""
        CODE = {CODE!r}
        async def main():
            house = House(Path(sys.argv[1]))
            await house.pool.start()
            spec = house.spec(CODE, timeout_s=1)
            said = {{"isolation": await house.pool.isolation_found()}}
            said["first"] = await house.call(spec)
            said["warm"] = await house.call(spec)
            said["big"] = await house.call(spec, ["x" * 1000] * 3000)
            said["timeout"] = await house.fail(spec, "sleep", request_id="r")
            said["again"] = await house.call(spec)
            said["exit"] = await house.fail(spec, "exit", request_id="r")
            said["kill"] = await house.fail(spec, "kill", request_id="r")
            said["raise"] = await house.fail(spec, "raise")
            said["together"] = len(await asyncio.gather(*(house.call(spec) for _ in range(20))))
            said["sdk"] = await house.call(house.spec(
                "import boto3\\ndef handler(e, c):\\n    return boto3.client('s3').meta.region_name\\n"))
            said["lines"] = house.sink.messages()
            await house.pool.stop()
            print(json.dumps(said))
        asyncio.run(main())
        """
    )
    process = await run(script, str(tmp_path))
    output, _ = await process.communicate()
    assert process.returncode == 0
    said = json.loads(output)
    assert said["isolation"].startswith("none")
    assert "macOS has no namespaces" in said["isolation"]
    assert said["first"] == said["warm"]
    assert said["first"][1:] == ["darwin", {}]
    assert said["big"] == 3000
    assert said["timeout"]["errorMessage"] == "RequestId: r Error: Task timed out after 1.00 seconds"
    assert said["again"][0] != said["first"][0]
    assert said["exit"]["errorMessage"] == "RequestId: r Error: Runtime exited with error: exit status 3"
    assert said["kill"]["errorMessage"] == "RequestId: r Error: Runtime exited with error: signal: killed"
    assert said["raise"]["errorType"] == "ValueError"
    assert (said["together"], said["sdk"]) == (20, "eu-central-1")
    assert {"init\n", "event sleep\n", "event None\n"} <= set(said["lines"])
    used = [int(line.partition("Max Memory Used: ")[2].split()[0]) for line in said["lines"] if "REPORT Req" in line]
    assert all(8 <= megabytes <= 256 for megabytes in used), used
    assert not alive(str(tmp_path))


@pytest.mark.parametrize("setup", [PLATFORM, HERE], ids=["linux", "foreign"])
async def test_kill_9_of_the_platform_ends_every_plain_process(tmp_path, setup):
    marker = f"9{os.getpid()}.{len(setup)}"
    script = setup + textwrap.dedent(
        f"""
        CODE = {BUSY!r}
        async def main():
            house = House(Path(sys.argv[1]), is_isolated=False)
            await house.pool.start()
            idle = await house.call(house.spec(CODE), {marker!r})
            spec = house.spec(CODE, timeout_s=60)
            busy = await house.call(spec, "")
            call = asyncio.create_task(house.call(spec, None))
            while "busy\\n" not in house.sink.messages():
                await asyncio.sleep(0)
            print(json.dumps([idle, busy]), flush=True)
            await call
        asyncio.run(main())
        """
    )
    process = await run(script, str(tmp_path))
    assert process.stdout is not None
    pids = json.loads(await process.stdout.readline())
    zygotes = [pid for pid in alive("zygote.py\0") if _parent(pid) == process.pid]
    assert zygotes
    assert alive(marker)
    process.kill()
    await process.wait()
    await until(lambda: not any(_is_running(pid) for pid in (*pids, *zygotes)))
    await until(lambda: not alive(marker))


@pytest.fixture
async def plain(open_house) -> House:
    house: House = await open_house(is_isolated=False)
    return house


async def test_a_daemon_ends_with_its_environment_and_no_other_does(plain):
    mine, other = f"1{os.getpid()}.5", f"2{os.getpid()}.5"
    spec, neighbour = plain.spec(DAEMON), plain.spec(DAEMON)
    await plain.call(spec, mine)
    await plain.call(neighbour, other)
    await until(lambda: bool(alive(mine) and alive(other)))  # what the handler forked becomes it in its own time
    await plain.pool.retire(spec.key)
    await until(lambda: not alive(mine))
    assert alive(other)
    await plain.pool.stop()
    await until(lambda: not alive(other))


async def test_a_daemon_ends_with_a_runtime_that_crashes(plain):
    mine = f"3{os.getpid()}.5"
    spec = plain.spec(DAEMON)
    os.kill(await plain.call(spec, mine), signal.SIGKILL)
    await until(lambda: not alive(mine))


@pytest.mark.parametrize("is_foreign", [False, True], ids=["linux", "foreign"])
async def test_a_zygote_that_is_killed_takes_its_plain_processes_along(plain, monkeypatch, is_foreign):
    if is_foreign:
        monkeypatch.setattr(zygotes, "subprocess", zygotes.subprocess)
        foreign.make_zygotes_foreign()
    spec = plain.spec(BUSY)
    pid = await plain.call(spec, "")
    call = asyncio.create_task(plain.fail(spec))
    await until(lambda: "busy\n" in plain.sink.messages())
    zygote = _parent(pid)
    assert zygote is not None
    os.kill(zygote, signal.SIGKILL)
    assert (await call)["errorType"] == "Runtime.ExitError"
    await until(lambda: not _is_running(pid))
    assert await plain.call(spec, "") != pid


async def test_the_number_of_processes_of_the_whole_user_is_not_limited(plain):
    code = "import resource\ndef handler(e, c):\n    return resource.getrlimit(resource.RLIMIT_NPROC)\n"
    import resource

    assert await plain.call(plain.spec(code)) == list(resource.getrlimit(resource.RLIMIT_NPROC))


def _parent(pid: int) -> int | None:
    """Of a process that may be another test's, and end meanwhile."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
