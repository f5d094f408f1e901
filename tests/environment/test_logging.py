"""What a function writes arrives as on AWS: which records, which format, in which order, in which stream."""

import asyncio
import base64
import json
import re

import pytest
from tests.environment.house import until

from lambent.environments import environment, process

TEXT = re.compile(r"\[(\w+)\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t(\S*)\t(.*)\n", re.DOTALL)


async def output(house, spec, **fields):
    """The lines between START and END."""
    await house.invoke(spec, **fields)
    lines = house.sink.messages()
    start = max(i for i, line in enumerate(lines) if line.startswith("START") or '"platform.start"' in line)
    return [line for line in lines[start + 1 :] if not line.startswith(("END", "REPORT")) and '"platform.' not in line]


def function(*lines: str) -> str:
    return "import logging, os, sys\nlog = logging.getLogger()\ndef handler(e, c):\n" + "".join(
        f"    {line}\n" for line in lines
    )


async def test_info_is_silent_because_the_root_level_is_warning(house):
    spec = house.spec(function("logging.info('hidden')", "logging.warning('seen')"))
    (line,) = await output(house, spec, request_id="r1")
    match = TEXT.fullmatch(line)
    assert match is not None
    assert match.groups() == ("WARNING", "r1", "seen")


async def test_basic_config_does_nothing_because_a_handler_is_there(house):
    code = "import logging\nlogging.basicConfig(level=logging.INFO)\ndef handler(e, c):\n    logging.info('hidden')\n"
    assert await output(house, house.spec(code)) == []


async def test_set_level_shows_info(house):
    (line,) = await output(house, house.spec(function("log.setLevel('INFO')", "logging.info('seen')")), request_id="r1")
    assert line.startswith("[INFO]\t")
    assert line.endswith("\tr1\tseen\n")


async def test_basic_config_with_force_replaces_the_handler(house):
    spec = house.spec(function("logging.basicConfig(level=logging.INFO, force=True)", "logging.info('seen')"))
    assert await output(house, spec) == ["INFO:root:seen\n"]


async def test_records_of_several_lines_stay_one_event_when_levels_are_set(house):
    spec = house.spec(function("logging.error('a\\nb')"), log_format="JSON")
    (line,) = await output(house, spec)
    assert json.loads(line)["message"] == "a\nb"


async def test_a_text_record_of_several_lines_is_one_event(house):
    (line,) = await output(house, house.spec(function("logging.warning('a\\nb')")))
    assert line.endswith("a\nb\n")


async def test_json_format_writes_objects_at_info_and_above(house):
    code = function("log.debug('hidden')", "log.info('seen', extra={'k': 1})", "log.info({'a': 1})", "print('plain')")
    first, second, third = await output(house, house.spec(code, log_format="JSON"), request_id="r1")
    record = json.loads(first)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record.pop("timestamp"))
    assert record == {"level": "INFO", "message": "seen", "logger": "root", "requestId": "r1", "k": 1}
    assert json.loads(second)["message"] == {"a": 1}
    assert third == "plain\n"


async def test_the_application_level_is_the_functions_choice(house):
    spec = house.spec(function("log.info('hidden')", "log.error('seen')"), log_format="JSON", log_level_application="ERROR")
    (line,) = await output(house, spec)
    assert json.loads(line)["message"] == "seen"


async def test_the_system_level_hides_the_platforms_lines(house):
    await house.invoke(house.spec(function("pass"), log_format="JSON", log_level_system="WARN"))
    assert house.sink.messages() == []


async def test_platform_events_are_objects_in_json_format(house):
    await house.invoke(house.spec(function("pass"), log_format="JSON"), request_id="r1")
    events = [json.loads(line) for line in house.sink.messages()]
    assert [event["type"] for event in events] == ["platform.initStart", "platform.start", "platform.report"]
    assert events[1]["record"] == {"requestId": "r1", "version": "$LATEST"}
    metrics = events[2]["record"]["metrics"]
    assert set(metrics) == {"durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB", "initDurationMs"}


async def test_everything_written_keeps_its_order(house):
    code = function(
        "print('1')",
        "logging.warning('2')",
        "print('3', file=sys.stderr)",
        "sys.stdout.flush()",
        "os.system('echo 4; echo 5 >&2')",
        "os.write(2, b'6\\n')",
        "print('7', end='')",
        "logging.error('8')",
        "print('9', end='')",
    )
    lines = await output(house, house.spec(code))
    assert [re.sub(r"^\[.*\t", "", line).strip() for line in lines] == list("123456789")
    assert (lines[6], lines[8]) == ("7", "9")


async def test_an_uncaught_error_is_one_event(house):
    spec = house.spec("def handler(e, c):\n    raise ValueError('bad\\nthing')\n")
    (line,) = await output(house, spec)
    assert line == (
        "[ERROR] ValueError: bad\nthing\nTraceback (most recent call last):\n"
        '\xa0\xa0File "/var/task/app.py", line 2, in handler\n'
        "\xa0\xa0\xa0\xa0raise ValueError('bad\\nthing')"
    )


async def test_the_platforms_lines_are_those_of_aws(house):
    spec = house.spec(function("pass"), runtime_version_arn="arn:aws:lambda:r::runtime:abc", version="7")
    await house.invoke(spec, request_id="r1")
    await house.invoke(spec, request_id="r2")
    lines = house.sink.messages()
    assert lines[0] == "INIT_START Runtime Version: python:3.11.v1\tRuntime Version ARN: arn:aws:lambda:r::runtime:abc\n"
    assert lines[1:3] == ["START RequestId: r1 Version: 7\n", "END RequestId: r1\n"]
    assert re.fullmatch(
        r"REPORT RequestId: r1\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\t"
        r"Max Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t\n",
        lines[3],
    )
    assert re.fullmatch(
        r"REPORT RequestId: r2\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\t"
        r"Max Memory Used: \d+ MB\t\n",
        lines[6],
    )
    (stream,) = house.sink.streams
    assert stream.group == "/aws/lambda/hello"
    assert re.fullmatch(r"2026/01/01/\[7\][0-9a-f]{32}", stream.stream)


async def test_a_group_of_ones_own_has_streams_with_the_functions_name(house):
    await house.invoke(house.spec(function("pass"), log_group="mine"))
    (stream,) = house.sink.streams
    assert re.fullmatch(r"2026/01/01/hello\[\$LATEST\][0-9a-f]{32}", stream.stream)


async def test_the_tail_is_the_last_four_kilobytes_from_start_to_report(house):
    spec = house.spec(function("print('x' * e)"))
    outcome = await house.invoke(spec, 10, request_id="r0")
    outcome = await house.invoke(spec, 10, request_id="r1")
    text = outcome.log_tail.decode()
    assert text.startswith("START RequestId: r1")
    assert "\nxxxxxxxxxx\nEND RequestId: r1\nREPORT RequestId: r1" in text
    outcome = await house.invoke(spec, 10_000)
    assert len(outcome.log_tail) == 4096
    assert len(base64.b64encode(outcome.log_tail)) > 0
    assert (await house.invoke(spec, 1, wants_log_tail=False)).log_tail == b""


async def test_a_long_running_functions_lines_arrive_while_it_runs(house):
    import asyncio

    from tests.environment.house import until

    spec = house.spec("import time\ndef handler(e, c):\n    print('early')\n    time.sleep(3)\n    print('late')\n")
    running = asyncio.create_task(house.invoke(spec))
    await until(lambda: "early\n" in house.sink.messages())
    assert not running.done()
    await running
    assert house.sink.messages()[-3] == "late\n"


@pytest.mark.parametrize("size", [1, 70_000, 300_000])
async def test_long_lines_arrive_whole_up_to_the_largest_event(house, size):
    lines = await output(house, house.spec(function("print('x' * e)")), event=size)
    assert "".join(lines) == "x" * size + "\n"
    assert max(map(len, lines)) <= 262_118


async def test_init_output_has_no_request_id(house):
    await house.invoke(house.spec("import logging\nlogging.warning('early')\nprint('too')\ndef handler(e, c):\n    pass\n"))
    lines = house.sink.messages()
    assert re.fullmatch(r"\[WARNING\]\t\S+Z\t\tearly\n", lines[1])
    assert lines[2] == "too\n"


FLOOD = """
import os
def handler(event, context):
    for number in range(event):
        os.write(1, b"%03d" % number + b"x" * 99_996 + b"\\n")
    return "done"
"""


async def test_a_function_that_floods_its_output_waits_for_who_keeps_it_and_loses_nothing(house, monkeypatch):
    monkeypatch.setattr(process, "OUTPUT_AHEAD_BYTES_MAX", 1_000_000)
    monkeypatch.setattr(environment, "LOG_DELIVERY_S", 0.05)
    go_on, append = asyncio.Event(), house.sink.append

    async def slowly(stream, events, *, is_patient):
        await go_on.wait()
        await append(stream, events, is_patient=is_patient)

    monkeypatch.setattr(house.sink, "append", slowly)
    spec = house.spec(FLOOD)
    call = asyncio.create_task(house.call(spec, 90))
    await until(lambda: house.pool._plans.get(spec.key) is not None and bool(house.pool._plans[spec.key].busy))
    (one,) = house.pool._plans[spec.key].busy
    await until(lambda: one._process is not None and one._process._output_bytes > 1_000_000)
    held = one._process
    for _ in range(200):
        await asyncio.sleep(0)
    assert held._output_bytes < 1_000_000 + process._READS_MAX * process._READ_BYTES
    assert not call.done()
    go_on.set()
    assert await call == "done"
    assert [line[:3] for line in house.sink.messages() if line.endswith("xx\n")] == [f"{number:03d}" for number in range(90)]


async def test_output_without_end_does_not_keep_the_platform_from_all_else(house, monkeypatch):
    spec = house.spec("def handler(e, c):\n    return 1\n")
    await house.call(spec)
    runtime = house.pool._plans[spec.key].idle[0]._process
    reads = []

    def read(_descriptor, size):
        reads.append(size)
        assert len(reads) < 1_000, "it reads on and on"
        return b"x" * (size - 1) + b"\n"

    monkeypatch.setattr(process.os, "read", read)
    runtime._on_output()
    monkeypatch.undo()
    assert sum(reads) == process._READS_MAX * process._READ_BYTES
