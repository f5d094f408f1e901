"""Containers that forbid one thing or another: functions run all the same, and one warning says what they run without."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from tests.environment.house import alive

from lambent.environments import zygotes
from lambent.environments.nursery import Nursery

ROOT = Path(__file__).parents[2]
REFUSING = str(Path(__file__).parent / "locked_down.py")
S_MAX = 60
SCRIPT = textwrap.dedent(
    """
    import asyncio, json, sys
    from pathlib import Path
    from tests.environment.house import House
    CODE = "import os\\ndef handler(e, c):\\n    if e:\\n        os._exit(1)\\n    return [os.getuid(), os.getcwd()]\\n"
    async def main():
        house = House(Path(sys.argv[1]))
        await house.pool.start()
        spec = house.spec(CODE)
        user, folder = await house.call(spec)
        await house.fail(spec, "crash")
        again = await house.call(spec)
        await asyncio.gather(*(house.call(spec) for _ in range(6)))
        isolation = await house.pool.isolation_found()
        await house.pool.stop()
        print(json.dumps([isolation, user, folder, house.pool._nursery.cgroups is not None]))
    asyncio.run(main())
    """
)


def shell(command: str) -> list[str]:
    return ["sh", "-ec", command + '\nexec "$@"', "sh"]


def python(*command: str) -> list[str]:
    return [sys.executable, *command]


NO_CGROUPS = "umount -R /sys/fs/cgroup 2>/dev/null || mount -t tmpfs tmpfs /sys/fs/cgroup"
READ_ONLY_CGROUPS = (
    "for each in $(sed 's/.* \\(\\/sys\\/fs\\/cgroup[^ ]*\\) .*/\\1/' /proc/self/mountinfo | grep ^/sys/fs/cgroup); do "
    "mount -o remount,bind,ro $each; done"
)
FORBIDDEN = {
    "unshare is refused": python(REFUSING, "EPERM", "unshare"),
    "unshare kills": python(REFUSING, "KILL", "unshare"),
    "mount is refused": python(REFUSING, "EPERM", "mount"),
    "mount kills": python(REFUSING, "KILL", "mount"),
    "pivot_root is refused": python(REFUSING, "EPERM", "pivot_root"),
    "setns kills": python(REFUSING, "KILL", "setns"),
    "a filter of one's own is refused": python(REFUSING, "EPERM", "seccomp"),
    "a filter of one's own kills": python(REFUSING, "KILL", "seccomp"),
    "no process control": python(REFUSING, "EPERM", "unshare,prctl"),
    "root without capabilities": ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs"],
    "no further user namespaces": [
        *("unshare", "-Ur", "-m"),
        *shell("echo 0 > /proc/sys/user/max_user_namespaces"),
    ],
}
# As container engines do: a kernel shows no /proc anew to who sees but a part of it.
FORBIDDEN["a part of /proc is hidden"] = ["unshare", "-m", *shell("mount -t tmpfs tmpfs /proc/tty"), "unshare", "-Ur"]
ISOLATED = {
    "cgroups are read-only": ["unshare", "-m", *shell(READ_ONLY_CGROUPS)],
    "no cgroups": ["unshare", "-m", *shell(NO_CGROUPS)],
    "root in name only": ["unshare", "-Ur"],
}


def run(wrapper: list[str], *command: str) -> "subprocess.CompletedProcess[str]":
    if os.geteuid() != 0 or shutil.which(wrapper[0]) is None:
        pytest.skip("only root can set up such a container, with util-linux")
    variables = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    done = subprocess.run(
        [*wrapper, *command], capture_output=True, text=True, timeout=S_MAX, check=False, cwd=ROOT, env=variables
    )
    if done.returncode and not done.stdout and "unshare: " in done.stderr.splitlines()[0]:
        pytest.skip(done.stderr)
    return done


def warnings(output: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [line for line in lines if line["level"] != "INFO"]


@pytest.mark.parametrize("wrapper", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_where_isolation_is_forbidden_functions_run_as_plain_processes(wrapper, tmp_path):
    done = run(wrapper, sys.executable, "-c", SCRIPT, str(tmp_path))
    assert done.returncode == 0, done.stderr
    isolation, user, folder, _ = json.loads(done.stdout)
    assert isolation.startswith("none, functions are plain processes: ")
    assert len(isolation) > len("none, functions are plain processes: ")
    assert (user, folder.startswith(str(tmp_path))) == (0, True)
    assert [line["event"] for line in warnings(done.stderr)] == ["environments.not_isolated"], done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("wrapper", ISOLATED.values(), ids=ISOLATED.keys())
def test_without_cgroups_functions_are_isolated_all_the_same(wrapper, tmp_path):
    done = run(wrapper, sys.executable, "-c", SCRIPT, str(tmp_path))
    assert done.returncode == 0, done.stderr
    isolation, user, folder, has_cgroups = json.loads(done.stdout)
    assert (isolation, user, folder) == ("sandbox", 1051, "/var/task")
    assert [line["event"] for line in warnings(done.stderr)] == ([] if has_cgroups else ["environments.no_cgroups"])


async def test_a_host_that_neither_lets_us_isolate_nor_refuses_is_taken_to_refuse(tmp_path, monkeypatch):
    program = tmp_path / "zygote.py"
    program.write_text("import threading\nthreading.Event().wait()\n")
    monkeypatch.setattr(zygotes, "_PROGRAM", program)
    monkeypatch.setattr(zygotes, "REHEARSAL_S_MAX", 0.2)
    monkeypatch.setattr(zygotes, "END_S_MAX", 0.1)
    assert (await Nursery(stock=0).probe(tmp_path)).startswith("no answer within ")
    assert not alive(str(program))


def test_doctor_says_that_functions_are_not_isolated_and_why():
    done = run(FORBIDDEN["unshare is refused"], sys.executable, "-m", "lambent.cli.main", "doctor", "--json")
    found = {finding["name"]: finding for finding in json.loads(done.stdout)["findings"]}["sandbox"]
    assert (found["level"], found["text"]) == ("note", "functions run as plain processes of this user")
    assert "Operation not permitted" in found["advice"]


async def test_the_banner_and_the_health_say_that_functions_are_not_isolated_and_why(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("as an ordinary user a filter may be refused")
    start = python("-m", "lambent.cli.main", "start", "--port", "0", "--ephemeral")
    command = [*FORBIDDEN["unshare is refused"], *start]
    process = await asyncio.create_subprocess_exec(
        *command,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(S_MAX):
            url, line = "", ""
            while "isolation  " not in line:
                line = (await process.stderr.readline()).decode()
                assert line, "it ended"
                if "http://" in line and not line.startswith("{"):
                    url = "http://" + line.partition("http://")[2].split()[0].partition("\x1b")[0]
        why = "none, functions are plain processes: unshare"
        assert why in line
        assert (await asyncio.to_thread(_health, url))["isolation"].startswith(why)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.communicate()


def _health(url: str) -> dict[str, Any]:
    import urllib.request

    with urllib.request.urlopen(url + "/_lambent/health") as answer:
        facts: dict[str, Any] = json.load(answer)
    return facts
