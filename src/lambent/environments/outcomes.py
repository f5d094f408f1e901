"""What the platform itself answers when a runtime could not: timeouts, exits, signals, exhausted memory. AWS' own texts."""

import json
import os
import re
import signal

from msgspec import Struct

RESPONSE_BYTES_MAX = 6_291_556  # of an answer that is told whole
LOST = "Sandbox.Failure"  # the type of failures that are ours
STREAM_BYTES_MAX = 20_971_520  # of one that is streamed

_TOLD_TYPE = re.compile(r"(Runtime|Function)\.[A-Z][a-zA-Z]+")


class Failure(Struct, frozen=True):
    """Why an INIT or an invocation gave no result. ``kind`` is the REPORT line's status."""

    kind: str  # "error" or "timeout"
    error_type: str
    payload: bytes


def from_runtime(told: bytes) -> Failure:
    """The error that the runtime itself reported: what an ERROR frame holds, its type before the first NUL."""
    error_type, _, payload = told.partition(b"\0")
    return Failure("error", _told_type(error_type.decode("utf-8", "replace")), payload)


def timed_out(request_id: str, timeout_s: float) -> Failure:
    return _failure("timeout", "Sandbox.Timedout", request_id, f"Task timed out after {timeout_s:.2f} seconds")


def exited(request_id: str, status: int, *, is_out_of_memory: bool) -> Failure:
    """``status`` as waitpid gives it."""
    if is_out_of_memory:
        return _failure("error", "Runtime.OutOfMemory", request_id, "Runtime exited with error: signal: killed")
    return _failure("error", "Runtime.ExitError", request_id, exit_text(status))


def too_large(bytes_max: int) -> Failure:
    """An answer in pieces that together are more than an answer may have."""
    error_type = "Function.ResponseSizeTooLarge"
    text = f"Response payload size exceeded maximum allowed payload size ({bytes_max} bytes)."
    body = {"errorMessage": text, "errorType": error_type}
    return Failure("error", error_type, json.dumps(body, separators=(",", ":")).encode())


def fault(request_id: str, error_type: str, text: str) -> Failure:
    """A program did not start, or an extension failed."""
    return _failure("error", error_type, request_id, text)


def lost(request_id: str, reason: str) -> Failure:
    """Our own set-up of the environment failed."""
    return _failure("error", LOST, request_id, reason)


def exit_text(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        name = _SIGNAL_NAMES.get(number, f"signal {number}")
        return f"Runtime exited with error: signal: {name}"
    code = os.WEXITSTATUS(status)
    if code == 0:
        return "Runtime exited without providing a reason"
    return f"Runtime exited with error: exit status {code}"


# As Go's syscall.Signal spells them, for AWS' sandbox is written in Go.
_SIGNAL_NAMES: dict[int, str] = {
    signal.SIGHUP: "hangup",
    signal.SIGINT: "interrupt",
    signal.SIGQUIT: "quit",
    signal.SIGILL: "illegal instruction",
    signal.SIGTRAP: "trace/breakpoint trap",
    signal.SIGABRT: "aborted",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "floating point exception",
    signal.SIGKILL: "killed",
    signal.SIGUSR1: "user defined signal 1",
    signal.SIGSEGV: "segmentation fault",
    signal.SIGUSR2: "user defined signal 2",
    signal.SIGPIPE: "broken pipe",
    signal.SIGALRM: "alarm clock",
    signal.SIGTERM: "terminated",
}


def _failure(kind: str, error_type: str, request_id: str, text: str) -> Failure:
    body = {"errorType": error_type, "errorMessage": f"RequestId: {request_id} Error: {text}"}
    return Failure(kind, error_type, json.dumps(body, separators=(",", ":")).encode())


def _told_type(error_type: str) -> str:
    """The type that goes into log lines: AWS normalises what is not of its own form, and never looks into the error itself.

    https://github.com/aws/aws-lambda-runtime-interface-emulator (fatalerror: errors must look like Runtime.Xy or Function.Xy)
    """
    if _TOLD_TYPE.fullmatch(error_type):
        return error_type
    return "Function.Unknown" if error_type.startswith("Function.") else "Runtime.Unknown"
