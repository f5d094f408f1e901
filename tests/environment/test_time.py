"""What time a function sees, and at what time its logs are written: the platform's, where its clock is turned."""

import json
import shutil
import subprocess
import sysconfig
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.environment.house import ACCOUNT, OWN

from lambent.core.clock import VIRTUAL_START, wall_s
from lambent.core.ports import RuntimeUnavailable

DAY_S = 86_400.0

TELL = """
import datetime, json, logging, os, pickle, time
from datetime import datetime as Moment, date as Day
AT_INIT = time.time()
def handler(event, context):
    utc = datetime.timezone.utc
    moments = {
        "time": time.time(),
        "time_ns": time.time_ns() / 1e9,
        "now": datetime.datetime.now(utc).timestamp(),
        "naive now": datetime.datetime.now().replace(tzinfo=utc).timestamp(),
        "imported": Moment.now(tz=utc).timestamp(),
        "utcnow": Moment.utcnow().replace(tzinfo=utc).timestamp(),
        "today": Moment.today().replace(tzinfo=utc).timestamp(),
        "gmtime": __import__("calendar").timegm(time.gmtime()),
        "localtime": time.mktime(time.localtime()),
        "asctime": time.mktime(time.strptime(time.asctime())),
        "ctime": time.mktime(time.strptime(time.ctime())),
        "clock_gettime": time.clock_gettime(time.CLOCK_REALTIME),
        "init": AT_INIT,
    }
    print("printed")
    logging.getLogger().warning("logged")
    logging.getLogger("x").warning("logged too")
    return {"moments": moments, "day": str(Day.today()), "strftime": time.strftime("%Y-%m-%d"),
            "left_ms": context.get_remaining_time_in_millis(), "type": str(type(time.time))}
"""


@pytest.mark.parametrize("runtime", ["python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"])
async def test_a_function_sees_the_platforms_time_whichever_way_it_asks(house, runtime):
    await house.clock.advance(1000 * DAY_S)
    now = house.clock.now()
    try:
        told = await house.call(house.spec(TELL, runtime=runtime))
    except RuntimeUnavailable as unavailable:
        pytest.skip(str(unavailable))
    late = {name: moment for name, moment in told["moments"].items() if not now - 1 <= moment < now + 60}
    assert late == {}
    assert (told["day"], told["strftime"]) == ("2028-09-27", "2028-09-27")
    assert 0 < told["left_ms"] <= 10_000


async def test_a_warm_function_sees_that_the_clock_was_turned(house):
    spec = house.spec(TELL)
    first = await house.call(spec)
    await house.clock.advance(100)
    second = await house.call(spec)
    assert second["moments"]["time"] - first["moments"]["time"] == pytest.approx(100, abs=30)
    assert second["moments"]["init"] == first["moments"]["init"]
    assert 9_000 < second["left_ms"] <= 10_000


async def test_where_time_is_the_machines_nothing_is_touched(house):
    await house.clock.set_mode("real")
    assert house.clock.shift_s() == 0.0
    told = await house.call(
        house.spec("import time, datetime\ndef handler(e, c):\n    return [repr(time.time), type(datetime.datetime) is type]")
    )
    assert told == ["<built-in function time>", True]


async def test_a_function_that_was_warm_in_real_time_sees_the_clock_that_is_turned(house):
    await house.clock.set_mode("real")
    spec = house.spec(TELL)
    assert "builtin" in (await house.call(spec))["type"]
    await house.clock.set_mode("virtual", ACCOUNT)
    await house.clock.advance(500, ACCOUNT)
    told = await house.call(spec)
    for name in ("time", "imported"):
        assert told["moments"][name] - wall_s() == pytest.approx(500, abs=100)
    assert told["moments"]["init"] == pytest.approx(wall_s(), abs=100)


async def test_each_account_has_its_own_time_inside(house):
    await house.clock.advance(1000 * DAY_S, "444455556666")
    for account, days in ((ACCOUNT, 0), ("444455556666", 1000)):
        told = await house.call(house.spec(TELL, account=account))
        assert told["moments"]["time"] == pytest.approx(VIRTUAL_START + days * DAY_S, abs=60)


async def test_durations_and_sleeps_stay_real(house):
    code = (
        "import time\ndef handler(e, c):\n    a, b = time.monotonic(), time.perf_counter()\n    time.sleep(0.05)\n"
        "    return [time.monotonic() - a, time.perf_counter() - b]"
    )
    monotonic, perf = await house.call(house.spec(code))
    assert 0.05 <= monotonic < 5
    assert 0.05 <= perf < 5


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
async def test_log_events_are_of_the_instant_at_which_the_clock_stands(house, log_format):
    spec = house.spec(TELL, log_format=log_format)
    await house.call(spec)
    await house.clock.advance(61)
    await house.call(spec)
    ((_, events),) = house.sink.streams.items()
    assert sorted({event.timestamp_ms for event in events}) == [int(VIRTUAL_START * 1000), int((VIRTUAL_START + 61) * 1000)]
    starts = [event for event in events if "START RequestId" in event.message or "platform.start" in event.message]
    assert [event.timestamp_ms / 1000 - VIRTUAL_START for event in starts] == [0, 61]
    if log_format == "JSON":
        times = [json.loads(event.message).get("time") for event in events if '"platform.' in event.message]
        assert times[-1] == "2026-01-01T00:01:01.000Z"


async def test_the_line_of_a_timeout_bears_the_platforms_time(house):
    await house.fail(house.spec("def handler(e, c):\n    while True: pass\n", timeout_s=1))
    (line,) = [line for line in house.sink.messages() if "Task timed out" in line]
    assert line.startswith("2026-01-01T00:00:00.000Z")


async def test_moments_go_in_and_out_of_what_knows_the_real_classes(house):
    code = """
import copy, datetime, json, pickle
from datetime import date, datetime as Moment, timedelta
def handler(e, c):
    now = Moment.now()
    real = date.today() - timedelta(days=1), pickle.loads(pickle.dumps(now.date())), now + timedelta(days=1)
    class Mine(Moment):
        pass
    return [
        all(isinstance(each, date) for each in real),
        isinstance(now, Moment), issubclass(Moment, date), isinstance(now, Mine), isinstance(Mine.now(), Mine),
        pickle.loads(pickle.dumps(now)) == now, copy.deepcopy(now) == now, now.date() == date.today(),
        Moment.fromisoformat("2020-01-01").year, Moment.strptime("2020", "%Y") < now, Moment.min < now < Moment.max,
        str(type(now)), isinstance(datetime.datetime(2020, 1, 1), datetime.date),
    ]
"""
    assert await house.call(house.spec(code)) == [
        True, True, True, False, True, True, True, True, 2020, True, True, "<class 'datetime.datetime'>", True,
    ]  # fmt: skip


async def test_boto3_signs_with_the_time_inside(house):
    code = "import boto3\ndef handler(e, c):\n    return boto3.client('sts').generate_presigned_url('get_caller_identity')\n"
    url = await house.call(house.spec(code, runtime=OWN, memory_mb=512))
    assert f"X-Amz-Date={datetime.fromtimestamp(VIRTUAL_START, UTC):%Y%m%dT}" in url


async def test_idle_environments_end_by_their_own_accounts_time(house):
    mine, other = house.spec(TELL), house.spec(TELL, account="444455556666")
    for spec in (mine, other):
        await house.call(spec)
    await house.clock.advance(601, ACCOUNT)
    assert [len(house.pool._plans[spec.key].idle) for spec in (mine, other)] == [0, 1]
    await house.clock.advance(601)
    assert len(house.pool._plans[other.key].idle) == 0


EXTENSION = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Notes of which kind the class is that it meets while it is loaded, and keeps the class, as pandas does. */
static int fill(PyObject *module) {
  PyObject *datetime = PyImport_ImportModule("datetime");
  PyObject *kind = datetime ? PyObject_GetAttrString(datetime, "datetime") : NULL;
  if (!kind) return -1;
  PyModule_AddStringConstant(module, "met", Py_TYPE(kind)->tp_name);
  return PyModule_AddObject(module, "datetime", kind);
}
static PyModuleDef_Slot slots[] = {{Py_mod_exec, fill}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "native", NULL, 0, NULL, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_native(void) { return PyModuleDef_Init(&definition); }
"""


@pytest.fixture
def native(tmp_path):
    """A module in C for the Python of these functions."""
    include = Path(sysconfig.get_path("include"))
    if shutil.which("gcc") is None or not (include / "Python.h").is_file():
        pytest.skip("there is no gcc, or this Python has no headers")
    (tmp_path / "native.c").write_text(EXTENSION)
    command = ["gcc", "-shared", "-fPIC", f"-I{include}", str(tmp_path / "native.c"), "-o", str(tmp_path / "native.so")]
    subprocess.run(command, check=True, timeout=60)
    return (tmp_path / "native.so").read_bytes()


async def test_modules_in_c_are_loaded_with_the_real_classes_which_they_may_derive_from(house, native):
    await house.clock.advance(1000 * DAY_S)
    code = """
import datetime
import native
def handler(event, context):
    return [native.met, native.datetime is datetime.datetime, type(datetime.datetime) is type, native.datetime.now().year]
"""
    assert await house.call(house.spec({"app.py": code, "native.so": native})) == ["type", True, False, 2028]
