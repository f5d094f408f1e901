"""INIT, timeouts, crashes, resets, freezing, reaping, provisioned concurrency, and the platform's own death."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from tests.environment.house import alive, until

from lambent.core.config import Config
from lambent.environments import environment
from lambent.environments.nursery import Nursery

COUNT = "n = 0\ndef handler(e, c):\n    global n\n    n += 1\n    return n\n"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("sys.exit(0)", "Runtime exited without providing a reason"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("sys.exit(3)", "Runtime exited with error: exit status 3"),
        ("os._exit(127)", "Runtime exited with error: exit status 127"),
        ("sys.exit('message')", "Runtime exited with error: exit status 1"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "Runtime exited with error: signal: killed"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "Runtime exited with error: signal: terminated"),
        ("os.abort()", "Runtime exited with error: signal: aborted"),
        ("ctypes.string_at(0)", "Runtime exited with error: signal: segmentation fault"),
    ],
)
async def test_a_runtime_that_exits_is_reported_as_aws_does(house, body, text):
    spec = house.spec(f"import ctypes, os, signal, sys\ndef handler(e, c):\n    print('before')\n    {body}\n")
    error = await house.fail(spec, request_id="r1")
    assert error == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: r1 Error: {text}"}
    lines = house.sink.messages()
    assert "before\n" in lines
    assert f"RequestId: r1 Error: {text}\nRuntime.ExitError\n" in lines
    assert lines[-1].endswith("Status: error\tError Type: Runtime.ExitError\t\n")


async def test_an_exit_during_init_is_reported_as_aws_does(house):
    error = await house.fail(house.spec("import os\nos._exit(5)\n"), request_id="r1")
    assert error["errorMessage"] == "RequestId: r1 Error: Runtime exited with error: exit status 5"


async def test_a_function_that_outlives_its_timeout_is_ended(house):
    spec = house.spec("import time\ndef handler(e, c):\n    print('begun', flush=True)\n    time.sleep(60)\n", timeout_s=1)
    outcome = await house.invoke(spec, request_id="r1")
    assert json.loads(outcome.payload) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: r1 Error: Task timed out after 1.00 seconds",
    }
    lines = house.sink.messages()
    assert lines[-4] == "begun\n"
    assert lines[-3].endswith(" r1 Task timed out after 1.00 seconds\n\n")
    assert lines[-1].startswith("REPORT RequestId: r1\tDuration: 1000.00 ms\tBilled Duration: 1")
    assert lines[-1].endswith("Status: timeout\t\n")


async def test_tmp_survives_a_reset_and_globals_do_not(house):
    code = (
        "import os\n"
        "n = 0\n"
        "def handler(e, c):\n"
        "    global n\n"
        "    n += 1\n"
        "    if e == 'crash':\n"
        "        os._exit(1)\n"
        "    open('/tmp/file', 'a').write('x')\n"
        "    return [n, open('/tmp/file').read(), c.log_stream_name, os.listdir('/var/task'), len(os.listdir('/proc'))]\n"
    )
    spec = house.spec(code)
    first, second = await house.call(spec), await house.call(spec)
    await house.fail(spec, "crash")
    third = await house.call(spec)
    assert [answer[:2] for answer in (first, second, third)] == [[1, "x"], [2, "xx"], [1, "xxx"]]
    assert first[2] == third[2]
    assert third[3] == ["app.py"]


async def test_an_environment_whose_process_is_killed_before_it_has_its_code_has_it_afterwards(house, monkeypatch):
    await house.call(house.spec(COUNT))
    (stock,) = house.pool._nursery._stock.values()
    await until(lambda: bool(stock))
    assign = Nursery._assign
    killed: list[int] = []

    async def kill_the_first(self, process, *rest):
        if not killed:
            killed.append(process.pid)
            os.kill(process.pid, signal.SIGKILL)
        await assign(self, process, *rest)

    monkeypatch.setattr(Nursery, "_assign", kill_the_first)
    code = (
        "import os\n"
        "def handler(e, c):\n"
        "    open('/tmp/file', 'a').write('x')\n"
        "    return os._exit(1) if e == 'crash' else [open('/tmp/file').read(), c.log_stream_name]\n"
    )
    spec = house.spec(code)
    first = await house.call(spec)
    assert killed
    await house.fail(spec, "crash")
    assert [first[0], await house.call(spec)] == ["x", ["xxx", first[1]]]


async def test_the_next_event_after_a_timeout_inits_again_within_its_own_duration(house):
    spec = house.spec("import time\ndef handler(e, c):\n    time.sleep(e)\n", timeout_s=1)
    assert (await house.invoke(spec, 5)).init_duration_ms is not None
    outcome = await house.invoke(spec, 0)
    assert outcome.function_error is None
    assert outcome.init_duration_ms is None


async def test_an_init_that_takes_too_long_runs_again_inside_the_invocation(house, monkeypatch):
    from lambent.environments import environment

    monkeypatch.setattr(environment, "INIT_S_MAX", 0.3)
    code = "import os, time\nif not os.path.exists('/tmp/again'):\n    open('/tmp/again', 'w')\n    time.sleep(30)\n"
    outcome = await house.invoke(house.spec(code + "def handler(e, c):\n    return 'done'\n"))
    assert outcome.payload == b'"done"'
    assert outcome.init_duration_ms is None
    report = next(line for line in house.sink.messages() if line.startswith("INIT_REPORT"))
    assert report.endswith("Phase: init\tStatus: timeout\n")


async def test_background_threads_pause_between_events(house):
    code = (
        "import threading, time\n"
        "ticks = 0\n"
        "def tick():\n"
        "    global ticks\n"
        "    while True:\n"
        "        ticks += 1\n"
        "        time.sleep(0.001)\n"
        "threading.Thread(target=tick, daemon=True).start()\n"
        "def handler(e, c):\n"
        "    return ticks\n"
    )
    spec = house.spec(code)
    before = await house.call(spec)
    environment = house.pool._plans[spec.key].idle[0]
    await until(lambda: environment.is_frozen)
    state = Path(f"/proc/{environment._process.pid}/stat")
    await until(lambda: state.read_text().rpartition(")")[2].split()[0] == "T")
    used = Path(f"/proc/{environment._process.pid}/schedstat")
    ticks = [used.read_text() for _ in range(200)]  # noqa: ASYNC240
    assert len(set(ticks)) == 1
    assert await house.call(spec) >= before
    assert not environment.is_frozen


async def test_where_nothing_is_frozen_threads_go_on_between_events(open_house):
    house = await open_house(config=Config(is_freezing=False))
    code = (
        "import threading, time\n"
        "def tick():\n"
        "    while True:\n"
        "        print('tick')\n"
        "        time.sleep(0.01)\n"
        "threading.Thread(target=tick, daemon=True).start()\n"
        "def handler(e, c): pass\n"
    )
    spec = house.spec(code)
    await house.call(spec)
    (idle,) = house.pool._plans[spec.key].idle
    await until(lambda: len(idle._process.events) > 30)
    assert not idle.is_frozen


async def test_an_idle_environment_that_died_is_not_given_work(house):
    spec = house.spec(COUNT)
    assert await house.call(spec) == 1
    environment = house.pool._plans[spec.key].idle[0]
    os.kill(environment._process.pid, signal.SIGKILL)
    await until(lambda: environment._process.exit is not None)
    assert await house.call(spec) == 1


async def test_idle_environments_are_ended_after_their_time(house):
    spec = house.spec(COUNT)
    await house.call(spec)
    environment = house.pool._plans[spec.key].idle[0]
    pid = environment._process.pid
    await house.clock.advance(590)
    assert await house.call(spec) == 2
    await house.clock.advance(590)
    assert await house.call(spec) == 3
    await house.clock.advance(601)
    assert not house.pool._plans[spec.key].idle
    await until(lambda: not Path(f"/proc/{pid}").exists())
    assert await house.call(spec) == 1


async def test_the_most_recently_used_environment_is_used_first(house):
    spec = house.spec("import time, os\ndef handler(e, c):\n    time.sleep(e)\n    return c.log_stream_name\n")
    slow, fast = await asyncio.gather(house.call(spec, 0.5), house.call(spec, 0.1))
    assert slow != fast
    assert await house.call(spec, 0) == slow


async def test_a_retired_key_is_never_given_work_again_and_its_busy_environment_finishes(house):
    spec = house.spec("import time\ndef handler(e, c):\n    time.sleep(e)\n    return 'done'\n")
    await house.call(spec, 0)
    running = asyncio.create_task(house.call(spec, 0.5))
    plan = house.pool._plans[spec.key]
    await until(lambda: bool(plan.busy))
    await house.pool.retire(spec.key)
    assert await running == "done"
    assert not plan.idle


async def test_an_account_is_retired_whole_and_no_other(house):
    body = "def handler(e, c):\n    return 1\n"
    mine, other = house.spec(body), house.spec(body, account="999999999999")
    await house.call(mine)
    await house.call(other)
    await house.pool.retire_account("999999999999")
    assert list(house.pool._plans) == [mine.key]
    await house.pool.retire_account(None)
    assert not house.pool._plans


async def test_the_code_of_a_retired_key_leaves_the_disk_when_its_last_event_is_done(house):
    body = "import time\ndef handler(e, c):\n    time.sleep(e)\n    import late\n    return late.WORD\n"
    layers = [{"python/late.py": "WORD = 'done'\n"}, {"python/other.py": ""}]
    kept, gone = house.spec(body, layers=layers[:1]), house.spec({"app.py": body, "x": "x"}, layers=layers)
    await house.call(kept, 0)
    running = asyncio.create_task(house.call(gone, 0.3))
    await until(lambda: gone.key in house.pool._plans and bool(house.pool._plans[gone.key].busy))
    await house.pool.retire(gone.key)
    assert await running == "done"
    code = house.folder / "code"
    left = {archive.sha256 for archive in (kept.code, *kept.layers)}
    await until(lambda: {path.name for kind in ("task", "opt") for path in (code / kind).iterdir()} == left)
    assert await house.call(kept, 0) == "done"
    assert await house.call(gone, 0) == "done"  # unpacked again for who comes late


async def test_environments_are_renewed_before_their_credentials_end(open_house):
    house = await open_house(idle_s_max=10**9)
    spec = house.spec(COUNT)
    assert await house.call(spec) == 1
    await house.clock.advance(11 * 3600)
    assert await house.call(spec) == 2
    await house.clock.advance(3600 - 14 * 60)
    assert await house.call(spec) == 1


async def test_provisioned_environments_are_initialised_ahead_and_stay(house):
    spec = house.spec(COUNT, initialization_type="provisioned-concurrency")
    provisioned = await house.pool.provision(spec, 2)
    assert (provisioned.requested, provisioned.available, provisioned.allocated) == (2, 2, 2)
    outcome = await house.invoke(spec)
    assert not outcome.was_cold
    assert outcome.init_duration_ms is None
    await house.clock.advance(3600)
    assert house.pool.provisioned(spec.key).available == 2
    await house.pool.provision(spec, 0)
    await house.clock.advance(3600)
    assert not house.pool._plans[spec.key].idle


async def test_what_serves_more_events_than_are_provisioned_for_is_on_demand(house):
    code = "import os, time\ndef handler(e, c):\n    time.sleep(0.2)\n    return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n"
    spec = house.spec(code, initialization_type="provisioned-concurrency", log_format="JSON")
    await house.pool.provision(spec, 1)
    kinds = await asyncio.gather(*(house.call(spec) for _ in range(3)))
    kinds.sort()
    assert kinds == ["on-demand", "on-demand", "provisioned-concurrency"]
    starts = [json.loads(line)["record"] for line in house.sink.messages() if "platform.initStart" in line]
    assert sorted(each["initializationType"] for each in starts) == kinds


async def test_a_provisioned_environment_that_dies_while_it_is_idle_is_replaced(house, monkeypatch):
    monkeypatch.setattr(environment, "IDLE_END_TOLD_AFTER_S", 0.01)
    spec = house.spec(COUNT, initialization_type="provisioned-concurrency")
    await house.pool.provision(spec, 1)
    (first,) = house.pool._plans[spec.key].idle
    os.kill(first._process.pid, signal.SIGKILL)
    await until(lambda: first not in house.pool._plans[spec.key].idle)
    await until(lambda: house.pool.provisioned(spec.key).available == 1)
    assert not (await house.invoke(spec)).was_cold


async def test_provisioned_environments_that_die_together_are_each_replaced_once(house, monkeypatch):
    monkeypatch.setattr(environment, "IDLE_END_TOLD_AFTER_S", 0.01)
    spec = house.spec(COUNT, initialization_type="provisioned-concurrency")
    await house.pool.provision(spec, 3)
    plan = house.pool._plans[spec.key]
    first = list(plan.idle)
    (zygotes,) = house.pool._nursery._zygotes.values()
    zygotes[0]._process.kill()
    await until(lambda: not any(each in plan.idle for each in first))
    await until(lambda: house.pool.provisioned(spec.key).available >= 3 and not house.pool._background)
    assert house.pool.provisioned(spec.key).available == 3
    assert len(list(plan.all())) == 3


async def test_provisioned_environments_that_die_together_at_work_are_each_replaced_once(house):
    code = "import time\ndef handler(e, c):\n    time.sleep(e)\n"
    spec = house.spec(code, initialization_type="provisioned-concurrency")
    await house.pool.provision(spec, 3)
    plan = house.pool._plans[spec.key]
    running = [asyncio.create_task(house.invoke(spec, 30)) for _ in range(3)]
    await until(lambda: sum(each._has_event for each in plan.busy) == 3)
    for each in plan.busy:
        each.is_retired = True
    assert house.pool.kill_busy(spec.function_arn) == 3
    await asyncio.gather(*running)
    await until(lambda: house.pool.provisioned(spec.key).available >= 3 and not house.pool._background)
    assert len(list(plan.all())) == 3


async def test_who_gives_up_waiting_for_memory_keeps_nobody_waiting(open_house):
    house = await open_house(config=Config(environments_memory_mb_max=8))
    spec = house.spec("import time\ndef handler(e, c):\n    time.sleep(e)\n")
    busy = asyncio.create_task(house.call(spec, 0.2))
    await until(lambda: house.pool._memory._charged_mb)
    others = [asyncio.create_task(house.call(house.spec(COUNT))) for _ in range(2)]
    await until(lambda: house.pool._memory._wanting == 2)
    others[0].cancel()
    await busy
    assert await others[1] == 1


async def test_a_provisioned_init_that_fails_is_told(house):
    provisioned = await house.pool.provision(house.spec("import gone"), 1)
    assert (provisioned.available, provisioned.failure_reason) == (0, "FUNCTION_ERROR_INIT_FAILURE")


async def test_a_second_zygote_takes_over_before_the_first_is_full(house, monkeypatch):
    from lambent.environments import nursery

    monkeypatch.setattr(nursery, "CHILDREN_BEFORE_NEXT", 5)
    spec = house.spec("import time\ndef handler(e, c):\n    time.sleep(0.4)\n    return 1\n")
    assert await asyncio.gather(*(house.call(spec) for _ in range(12))) == [1] * 12
    (zygotes,) = house.pool._nursery._zygotes.values()
    assert len(zygotes) >= 2


async def test_a_zygote_that_is_killed_takes_its_environments_along_and_is_replaced(house):
    spec = house.spec("import time\ndef handler(e, c):\n    time.sleep(e)\n    return 1\n")
    await house.call(spec, 0)
    running = asyncio.create_task(house.invoke(spec, 30, request_id="r"))
    await until(lambda: bool(house.pool._plans[spec.key].busy))
    (zygotes,) = house.pool._nursery._zygotes.values()
    zygotes[0]._process.kill()
    outcome = await running
    assert json.loads(outcome.payload)["errorMessage"] == "RequestId: r Error: Runtime exited with error: signal: killed"
    assert await house.call(spec, 0) == 1


async def test_an_invocation_that_is_broken_off_ends_its_environment(house):
    spec = house.spec("import time\ndef handler(e, c):\n    time.sleep(e)\n    return 1\n")
    running = asyncio.create_task(house.invoke(spec, 30))
    await until(lambda: spec.key in house.pool._plans and bool(house.pool._plans[spec.key].busy))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not list(house.pool._plans[spec.key].all())
    assert await house.call(spec, 0) == 1


async def test_idle_environments_make_room_when_the_memory_is_used_up(open_house):
    house = await open_house(config=Config(environments_memory_mb_max=24))
    specs = [house.spec(COUNT) for _ in range(5)]
    for spec in specs:
        assert await house.call(spec) == 1
    assert sum(len(plan.idle) for plan in house.pool._plans.values()) <= 3
    assert await house.call(specs[-1]) == 2
    assert await house.call(specs[0]) == 1


async def test_events_wait_for_room_when_all_environments_are_busy(open_house):
    house = await open_house(config=Config(environments_memory_mb_max=16))
    spec = house.spec("import time\ndef handler(e, c):\n    time.sleep(0.2)\n    return 1\n")
    assert await asyncio.gather(*(house.call(spec) for _ in range(6))) == [1] * 6
    assert len(house.pool._plans[spec.key].idle) <= 2


async def test_a_plain_process_runs_the_same_function(open_house, caplog):
    house = await open_house(is_isolated=False)
    code = {
        "app.py": "import os, boto3, part\ndef handler(e, c):\n    return [os.getcwd(), part.NAME]\n",
        "part.py": "NAME = 'p'\n",
    }
    folder, name = await house.call(house.spec(code))
    assert folder.startswith(str(house.folder / "code"))
    assert name == "p"
    assert sum("not_isolated" in record.message for record in caplog.records) == 1
    error = await house.fail(house.spec("import os\ndef handler(e, c):\n    os._exit(3)\n"), request_id="r")
    assert error["errorMessage"] == "RequestId: r Error: Runtime exited with error: exit status 3"


async def test_where_namespaces_are_refused_functions_run_as_plain_processes(open_house, monkeypatch, caplog):
    from lambent.environments.nursery import Nursery

    async def refuse(self: Nursery, scratch: Path) -> str:
        return "unshare: Operation not permitted"

    monkeypatch.setattr(Nursery, "probe", refuse)
    house = await open_house()
    assert await house.call(house.spec(COUNT)) == 1
    assert any("unshare: Operation not permitted" in record.message for record in caplog.records)


async def test_without_cgroups_the_address_space_is_limited(open_house, monkeypatch):
    from lambent.environments.cgroups import Cgroups

    monkeypatch.setattr(Cgroups, "open", classmethod(lambda cls: None))
    house = await open_house()
    spec = house.spec("def handler(e, c):\n    return len(bytearray(e << 20))\n", memory_mb=128)
    assert (await house.fail(spec, 2000))["errorType"] == "MemoryError"


async def test_nothing_is_left_after_a_pool_is_stopped(house, tmp_path):
    descriptors = len(os.listdir("/proc/self/fd"))
    from tests.environment.house import House

    folder = tmp_path / "other"
    folder.mkdir()
    other = House(folder)
    await other.pool.start()
    spec = other.spec(COUNT)
    await other.call(spec)
    await other.fail(other.spec("import os\ndef handler(e, c):\n    os._exit(1)\n"))
    parents = set(other.pool._nursery.cgroups._parents.values()) if other.pool._nursery.cgroups else set()
    await other.pool.stop()
    assert len(os.listdir("/proc/self/fd")) <= descriptors
    assert not [parent for parent in parents if parent.is_dir()]
    assert str(folder) not in Path("/proc/self/mounts").read_text()  # noqa: ASYNC240


async def test_kill_9_of_the_platform_leaves_no_process_and_the_next_start_sweeps(house, tmp_path):
    script = textwrap.dedent(
        """
        import asyncio, sys
        from pathlib import Path
        from tests.environment.house import House
        async def main():
            house = House(Path(sys.argv[1]))
            await house.pool.start()
            code = "import subprocess\\ndef handler(e, c):\\n    "
            code += "subprocess.Popen(['sleep', '87654.321'], start_new_session=True)\\n"
            await house.call(house.spec(code))
            groups = house.pool._nursery.cgroups
            print("up", *(groups._parents.values() if groups else ()), flush=True)
            await asyncio.Event().wait()
        asyncio.run(main())
        """
    )
    root = str(Path(__file__).parents[2])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(tmp_path), stdout=subprocess.PIPE, cwd=root, env={**os.environ, "PYTHONPATH": root}
    )
    assert process.stdout is not None
    _, *groups = (await process.stdout.readline()).decode().split()
    assert alive("87654.321")
    marker = "zygote.py\0"
    zygotes = [pid for pid in alive(marker) if _ancestor(pid, process.pid)]
    assert zygotes
    process.kill()
    await process.wait()
    await until(lambda: not alive("87654.321"))
    await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in zygotes))
    from lambent.environments.cgroups import Cgroups

    swept = Cgroups.open()
    assert not [group for group in groups if Path(group).exists()]  # noqa: ASYNC240
    if swept is not None:
        swept.close()


def _ancestor(pid: int, ancestor: int) -> bool:
    while pid > 1:
        if pid == ancestor:
            return True
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
    return False


async def test_an_environment_that_is_killed_while_it_works_is_reported_as_an_exit(house):
    spec = house.spec("import time\ndef handler(e, c):\n    time.sleep(60)\n")
    work = asyncio.ensure_future(house.fail(spec, request_id="r1"))
    await until(lambda: house.pool.kill_busy(spec.function_arn))
    assert (await work)["errorMessage"] == "RequestId: r1 Error: Runtime exited with error: signal: killed"
    assert house.pool.kill_busy(spec.function_arn) == 0
