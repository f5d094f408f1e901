"""What is written to a function's log stream: the platform's own lines, and the function's output taken apart into events."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from lambent.core import ids
from lambent.core.clock import Instant, wall_s
from lambent.core.ports import EnvironmentSpec, LogEvent
from lambent.environments.inside import frames

TAIL_BYTES_MAX = 4096
EVENT_BYTES_MAX = 262_118  # AWS' 256 KiB less its overhead of 26 bytes an event

_FRAME_HEAD_BYTES = 16
_FRAME_MAGIC = b"\xa5\x5a\x00"
_FRAME_BYTES_MAX = 16 * 1024 * 1024
MARK = LogEvent(0, "")  # in the place of what frames.MARK tells: here the next event's output begins

# The levels of system events, in rising order, and what each line has. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
_LEVELS = {"DEBUG": 0, "INFO": 1, "WARN": 2}


class Report(Struct, frozen=True):
    """The figures of one invocation."""

    request_id: str
    duration_ms: float
    memory_mb: int
    memory_used_mb: int
    init_ms: float | None = None
    restore_ms: float | None = None  # of a copy of a template
    status: str = "success"
    error_type: str = ""

    @property
    def billed_ms(self) -> int:
        """INIT is billed since August 2025."""
        if self.init_ms is not None:
            return math.ceil(round(self.duration_ms, 2) + round(self.init_ms, 2))
        return _billed(self.duration_ms) if self.restore_ms is None else _billed(self.duration_ms) + self.billed_restore_ms

    @property
    def billed_restore_ms(self) -> int:
        return _billed(self.restore_ms or 0.0)

    def record(self) -> dict[str, object]:
        """As the Telemetry API's schema has it."""
        metrics: dict[str, object] = {
            "durationMs": round(self.duration_ms, 3),
            "billedDurationMs": self.billed_ms,
            "memorySizeMB": self.memory_mb,
            "maxMemoryUsedMB": self.memory_used_mb,
        }
        if self.init_ms is not None:
            metrics["initDurationMs"] = round(self.init_ms, 3)
        if self.restore_ms is not None:
            metrics |= {"restoreDurationMs": round(self.restore_ms, 3), "billedRestoreDurationMs": self.billed_restore_ms}
        record: dict[str, object] = {"requestId": self.request_id, "metrics": metrics, "status": self.status}
        if self.status == "error":
            record["errorType"] = self.error_type
        return record


def _billed(ms: float) -> int:
    """Whole milliseconds that have begun, as of the two decimals that the line tells: ``ceil(round(ms, 2))``, sooner."""
    whole = int(ms)
    return whole if ms - whole < 0.005 else whole + 1


class TextLines:
    """The platform's lines in the Text format."""

    def __init__(self, version: str, runtime: str, runtime_version_arn: str, *, now: Callable[[], Instant]) -> None:
        self._version = version
        self._now = now
        self._runtime = runtime_version(runtime)
        self._runtime_arn = runtime_version_arn

    def init_start(self, _: str) -> str | None:
        if not self._runtime:
            return None  # an image brings its own
        return f"INIT_START Runtime Version: {self._runtime}\tRuntime Version ARN: {self._runtime_arn}\n"

    def init_report(self, _: str, *, init_ms: float, phase: str, status: str, error_type: str) -> str | None:
        error = f"\tError Type: {error_type}" if status == "error" else ""
        return f"INIT_REPORT Init Duration: {init_ms:.2f} ms\tPhase: {phase}\tStatus: {status}{error}\n"

    def restore_start(self) -> str | None:
        return f"RESTORE_START Runtime Version: {self._runtime}\tRuntime Version ARN: {self._runtime_arn}\n"

    def restore_report(self, *, restore_ms: float, status: str, error_type: str) -> str | None:
        error = f"\tStatus: {status}" if status != "success" else ""
        error += f"\tError Type: {error_type}" if status == "error" else ""
        return f"RESTORE_REPORT Restore Duration: {restore_ms:.2f} ms{error}\n"

    def extension(self, name: str, state: str, events: Sequence[str], error_type: str = "") -> str | None:
        error = f"\tError Type: {error_type}" if error_type else ""
        return f"EXTENSION\tName: {name}\tState: {state}\tEvents: [{', '.join(events)}]{error}\n"

    def subscription(self, api: str, name: str, types: Sequence[str]) -> str | None:
        """``api``: TELEMETRY or LOGS."""
        return f"{api}\tName: {name}\tState: Subscribed\tTypes: [{', '.join(each.title() for each in types)}]\n"

    def start(self, request_id: str) -> str | None:
        return f"START RequestId: {request_id} Version: {self._version}\n"

    def timed_out(self, request_id: str, timeout_s: float) -> str | None:
        return f"{timestamp(self._now())} {request_id} Task timed out after {timeout_s:.2f} seconds\n\n"

    def failed(self, request_id: str, text: str) -> str | None:
        return f"RequestId: {request_id} Error: {text}\n"

    def end(self, request_id: str) -> str | None:
        return f"END RequestId: {request_id}\n"

    def report(self, report: Report) -> str | None:
        rest = ""
        if report.init_ms is not None:
            rest = f"Init Duration: {report.init_ms:.2f} ms\t"
        if report.restore_ms is not None:
            billed = f"Billed Restore Duration: {report.billed_restore_ms} ms"
            rest = f"Restore Duration: {report.restore_ms:.2f} ms\t{billed}\t"
        if report.status != "success":
            rest += f"Status: {report.status}\t"
            if report.error_type and report.status == "error":
                rest += f"Error Type: {report.error_type}\t"
        return (
            f"REPORT RequestId: {report.request_id}\tDuration: {report.duration_ms:.2f} ms\t"
            f"Billed Duration: {report.billed_ms} ms\tMemory Size: {report.memory_mb} MB\t"
            f"Max Memory Used: {report.memory_used_mb} MB\t{rest}\n"
        )


class JsonLines:
    """The platform's lines in the JSON format: events of the Telemetry API's schema, those at or above ``level``."""

    def __init__(
        self,
        version: str,
        runtime: str,
        runtime_version_arn: str,
        *,
        now: Callable[[], Instant],
        level: str,
    ) -> None:
        self._text = TextLines(version, runtime, runtime_version_arn, now=now)
        self._now = now
        self._version = version
        self._runtime = runtime
        self._runtime_arn = runtime_version_arn
        self._level = _LEVELS.get(level, _LEVELS["INFO"])

    def init_start(self, initialization_type: str) -> str | None:
        return self._line(
            "INFO",
            "platform.initStart",
            {
                "initializationType": initialization_type,
                "phase": "init",
                "runtimeVersion": runtime_version(self._runtime),
                "runtimeVersionArn": self._runtime_arn,
            },
        )

    def init_report(self, initialization_type: str, *, init_ms: float, phase: str, status: str, error_type: str) -> str | None:
        record: dict[str, object] = {"initializationType": initialization_type, "phase": phase, "status": status}
        if status == "error":
            record["errorType"] = error_type
        return self._line("WARN", "platform.initReport", record | {"metrics": {"durationMs": round(init_ms, 3)}})

    def restore_start(self) -> str | None:
        version: dict[str, object] = {"runtimeVersion": runtime_version(self._runtime), "runtimeVersionArn": self._runtime_arn}
        return self._line("INFO", "platform.restoreStart", version)

    def restore_report(self, *, restore_ms: float, status: str, error_type: str) -> str | None:
        record: dict[str, object] = {"status": status, "metrics": {"durationMs": round(restore_ms, 3)}}
        if status == "error":
            record["errorType"] = error_type
        return self._line("INFO", "platform.restoreReport", record)

    def extension(self, name: str, state: str, events: Sequence[str], error_type: str = "") -> str | None:
        record: dict[str, object] = {"name": name, "state": state, "events": list(events)}
        return self._line("INFO", "platform.extension", record | ({"errorType": error_type} if error_type else {}))

    def subscription(self, api: str, name: str, types: Sequence[str]) -> str | None:
        kind = "platform.telemetrySubscription" if api == "TELEMETRY" else "platform.logsSubscription"
        return self._line("INFO", kind, {"name": name, "state": "Subscribed", "types": list(types)})

    def start(self, request_id: str) -> str | None:
        return self._line("INFO", "platform.start", {"requestId": request_id, "version": self._version})

    def timed_out(self, request_id: str, timeout_s: float) -> str | None:
        return self._text.timed_out(request_id, timeout_s)

    def failed(self, request_id: str, text: str) -> str | None:
        return self._text.failed(request_id, text)

    def end(self, request_id: str) -> str | None:
        return self._line("DEBUG", "platform.runtimeDone", {"requestId": request_id, "status": "success"})

    def report(self, report: Report) -> str | None:
        return self._line("INFO" if report.status == "success" else "WARN", "platform.report", report.record())

    def _line(self, level: str, kind: str, record: dict[str, object]) -> str | None:
        if _LEVELS[level] < self._level:
            return None
        line = {"time": timestamp(self._now()), "type": kind, "record": record}
        return json.dumps(line, separators=(",", ":")) + "\n"


Lines = TextLines | JsonLines


def stream_name(spec: EnvironmentSpec, now: Instant) -> str:
    """YYYY/MM/DD/[version]32hex; in a log group of the user's choice the function's name stands before the bracket."""
    day = datetime.fromtimestamp(now, UTC).strftime("%Y/%m/%d")
    name = "" if spec.log_group == f"/aws/lambda/{spec.function_name}" else spec.function_name
    return f"{day}/{name}[{spec.version}]{ids.hex_digits(32)}"


def runtime_version(runtime: str) -> str:
    """As INIT_START tells it: python:3.12.v1, nodejs:20.v1, provided:al2023.v1."""
    if not runtime:
        return ""
    if runtime.startswith("provided"):
        name, version = "provided", runtime.removeprefix("provided").lstrip(".") or "al1"
    else:
        name = runtime.rstrip("0123456789.x")
        version = runtime[len(name) :].removesuffix(".x")
    return f"{name}:{version}.v1"


def timestamp(moment: Instant) -> str:
    """2026-11-23T14:53:15.238Z"""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class OutputReader:
    """Takes the bytes of one environment's log pipe apart into events.

    The runtime's records come framed (type, length, time in µs, text), each one event; all else is lines of text, each one
    event, as it was written to the same pipe by anyone at descriptor level. A frame's first byte cannot begin UTF-8 text.
    ``MARK`` stands between what was written for one event and for the next, where the platform asked for that.
    """

    def __init__(self) -> None:
        self.now: Callable[[], Instant] = wall_s
        self._pending = b""
        self._latest_ms = 0  # of the events so far: readers order by time, and what stands in one pipe has an order

    @property
    def has_rest(self) -> bool:
        return bool(self._pending)

    def feed(self, data: bytes) -> Iterator[LogEvent]:
        """The events that ``data`` completes."""
        data = self._pending + data if self._pending else data
        at = 0
        while at < len(data):
            event, end = self._frame(data, at) if data.startswith(_FRAME_MAGIC[:1], at) else self._line(data, at)
            if end == at:
                break
            at = end
            if event is not None:
                yield event
        self._pending = data[at:]

    def flush(self) -> Iterator[LogEvent]:
        """What stands there without its newline: an invocation has ended, or the process has."""
        rest, self._pending = self._pending, b""
        if rest:
            yield _event(rest, self._now_ms())

    def _line(self, data: bytes, at: int) -> tuple[LogEvent | None, int]:
        newline = data.find(b"\n", at)
        frame = data.find(_FRAME_MAGIC, at)
        if frame >= 0 and (newline < 0 or frame < newline):
            end = frame  # text without a newline, then the runtime logged
        elif newline >= 0:
            end = newline + 1
        elif len(data) - at >= EVENT_BYTES_MAX:
            end = len(data)
        else:
            return None, at
        end = min(end, at + EVENT_BYTES_MAX)
        return _event(data[at:end], self._now_ms()), end

    def _frame(self, data: bytes, at: int) -> tuple[LogEvent | None, int]:
        if len(data) - at < _FRAME_HEAD_BYTES:
            is_frame_so_far = data.startswith(_FRAME_MAGIC[: len(data) - at], at)
            return (None, at) if is_frame_so_far else (_event(data[at:], self._now_ms()), len(data))
        if data.startswith(frames.MARK, at):
            return MARK, at + _FRAME_HEAD_BYTES
        length = int.from_bytes(data[at + 4 : at + 8], "big")
        if not data.startswith(_FRAME_MAGIC, at) or length > _FRAME_BYTES_MAX:
            newline = data.find(b"\n", at + 1)
            end = newline + 1 if newline >= 0 else len(data)
            return _event(data[at:end], self._now_ms()), end
        end = at + _FRAME_HEAD_BYTES + length
        if len(data) < end:
            return None, at
        microseconds = int.from_bytes(data[at + 8 : at + 16], "big")
        # Inside, time goes on while the function runs, where a clock that is turned stands still: no event is later than now.
        now_ms = int(self.now() * 1000)
        timestamp_ms = max(min(microseconds // 1000, now_ms), min(self._latest_ms, now_ms))
        return _event(data[at + _FRAME_HEAD_BYTES : end], timestamp_ms), end

    def _now_ms(self) -> int:
        self._latest_ms = int(self.now() * 1000)
        return self._latest_ms


def _event(data: bytes, timestamp_ms: int) -> LogEvent:
    return LogEvent(timestamp_ms, data[:EVENT_BYTES_MAX].decode("utf-8", "replace"))


def tail(events: list[LogEvent]) -> bytes:
    """The last 4,096 bytes of these events: X-Amz-Log-Result before its base64."""
    parts: list[bytes] = []
    size = 0
    for event in reversed(events):
        part = event.message.encode()
        parts.append(part)
        size += len(part)
        if size >= TAIL_BYTES_MAX:
            break
    return b"".join(reversed(parts))[-TAIL_BYTES_MAX:]
