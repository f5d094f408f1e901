"""The platform's lines in both formats, and a function's output taken apart."""

import json

import pytest

from lambent.core.ports import LogEvent
from lambent.environments.log_lines import EVENT_BYTES_MAX, JsonLines, OutputReader, Report, TextLines, tail, timestamp


def frame(text: str, *, kind: int = 0x03, microseconds: int = 1_700_000_000_123_456) -> bytes:
    data = text.encode()
    return bytes([0xA5, 0x5A, 0x00, kind]) + len(data).to_bytes(4, "big") + microseconds.to_bytes(8, "big") + data


def messages(*chunks: bytes) -> list[str]:
    reader = OutputReader()
    events = [event for chunk in chunks for event in reader.feed(chunk)]
    return [event.message for event in [*events, *reader.flush()]]


def test_each_line_is_an_event():
    assert messages(b"a\nb\nc") == ["a\n", "b\n", "c"]


def test_a_line_may_come_in_pieces():
    assert messages(b"a", b"b", b"\n") == ["ab\n"]


def test_a_frame_is_one_event_with_its_own_time():
    (event,) = OutputReader().feed(frame("a\nb\n"))
    assert event == LogEvent(1_700_000_000_123, "a\nb\n")


def test_a_record_is_not_earlier_than_the_line_that_was_written_before_it():
    # A record tells when it was written, a line when it was read: a millisecond later, say.
    reader = OutputReader()
    reader.now = lambda: 1_700_000_000.125
    events = list(reader.feed(b"printed\n" + frame("[ERROR] raised", microseconds=1_700_000_000_123_999)))
    assert [event.message for event in events] == ["printed\n", "[ERROR] raised"]
    assert [event.timestamp_ms for event in events] == [1_700_000_000_125, 1_700_000_000_125]


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_frame_may_come_in_pieces(cut):
    data = b"before\n" + frame("x\ny") + b"after\n"
    assert messages(data[:cut], data[cut:]) == ["before\n", "x\ny", "after\n"]


def test_text_without_a_newline_ends_where_a_frame_begins():
    assert messages(b"dots..." + frame("record")) == ["dots...", "record"]


def test_bytes_that_only_look_like_a_frame_are_text():
    assert messages(b"\xa5\x5a\x00\x03\xff\xff\xff\xff" + bytes(8) + b"x\n") == [
        "\ufffdZ\x00\x03" + "\ufffd" * 4 + "\x00" * 8 + "x\n"
    ]
    assert messages(b"\xa5 is no frame\n") == ["\ufffd is no frame\n"]


def test_an_event_has_at_most_the_bytes_that_aws_keeps():
    assert [len(message) for message in messages(b"x" * (EVENT_BYTES_MAX + 10) + b"\n")] == [EVENT_BYTES_MAX, 11]
    assert max(len(message) for message in messages(b"x" * (EVENT_BYTES_MAX + 10), b"\n")) == EVENT_BYTES_MAX


def test_the_tail_keeps_the_last_bytes():
    events = [LogEvent(0, "a" * 3000), LogEvent(0, "b" * 3000)]
    assert tail(events) == b"a" * 1096 + b"b" * 3000
    assert tail(events[1:]) == b"b" * 3000


def test_a_report_bills_what_was_used_and_init():
    assert Report("r", 3.01, 128, 36).billed_ms == 4
    assert Report("r", 3.0, 128, 36).billed_ms == 3
    assert [Report("r", ms, 128, 36).billed_ms for ms in (0.0, 0.0049, 0.0051, 3.0049, 3.0051, 3.9951)] == [0, 0, 1, 3, 4, 4]
    assert Report("r", 3.01, 128, 36, init_ms=110.1).billed_ms == 114


def test_the_report_line_is_that_of_aws():
    lines = TextLines("$LATEST", "python3.10", "arn", now=lambda: 1.5)
    assert lines.report(Report("r", 3.01, 128, 36)) == (
        "REPORT RequestId: r\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t\n"
    )
    assert lines.report(Report("r", 3000.0, 128, 36, status="timeout")).endswith("Max Memory Used: 36 MB\tStatus: timeout\t\n")
    assert lines.report(Report("r", 3.0, 128, 36, status="error", error_type="Runtime.ExitError")).endswith(
        "Status: error\tError Type: Runtime.ExitError\t\n"
    )


def test_init_lines_are_those_of_aws():
    lines = TextLines("$LATEST", "python3.10", "arn", now=lambda: 1.5)
    assert lines.init_start("on-demand") == "INIT_START Runtime Version: python:3.10.v1\tRuntime Version ARN: arn\n"
    assert lines.init_report("on-demand", init_ms=9999, phase="init", status="timeout", error_type="x") == (
        "INIT_REPORT Init Duration: 9999.00 ms\tPhase: init\tStatus: timeout\n"
    )
    assert lines.init_report("on-demand", init_ms=1, phase="invoke", status="error", error_type="Runtime.X") == (
        "INIT_REPORT Init Duration: 1.00 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.X\n"
    )


def test_json_lines_keep_to_their_level():
    def lines(level: str) -> JsonLines:
        return JsonLines("1", "python3.12", "arn", now=lambda: 1.5, level=level)

    assert lines("").end("r") is None
    assert json.loads(lines("DEBUG").end("r") or "")["type"] == "platform.runtimeDone"
    assert lines("WARN").start("r") is None
    failed = json.loads(lines("WARN").report(Report("r", 1.0, 128, 1, status="error", error_type="Runtime.X")) or "")
    assert failed["record"]["status"] == "error"
    assert failed["record"]["errorType"] == "Runtime.X"


def test_a_timestamp_has_milliseconds():
    assert timestamp(1_700_000_000.1239) == "2023-11-14T22:13:20.123Z"
