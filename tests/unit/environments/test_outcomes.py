"""What callers are told of a runtime that gave no answer."""

import json

import pytest

from lambent.environments import outcomes


def test_a_timeout_names_the_request_and_the_limit():
    failure = outcomes.timed_out("r", 3)
    assert failure.payload == (
        b'{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: r Error: Task timed out after 3.00 seconds"}'
    )
    assert failure.kind == "timeout"


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (0, "Runtime exited without providing a reason"),
        (127 << 8, "Runtime exited with error: exit status 127"),
        (9, "Runtime exited with error: signal: killed"),
        (11, "Runtime exited with error: signal: segmentation fault"),
        (40, "Runtime exited with error: signal: signal 40"),
    ],
)
def test_an_exit_says_how(status, text):
    failure = outcomes.exited("r", status, is_out_of_memory=False)
    assert json.loads(failure.payload) == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: r Error: {text}"}


def test_exhausted_memory_has_a_type_of_its_own():
    assert outcomes.exited("r", 9, is_out_of_memory=True).error_type == "Runtime.OutOfMemory"


@pytest.mark.parametrize(
    ("told", "error_type"),
    [
        (b"Runtime.ImportModuleError", "Runtime.ImportModuleError"),
        (b"Function.Xy", "Function.Xy"),
        (b"Function.X", "Function.Unknown"),
        (b"ValueError", "Runtime.Unknown"),
        (b"", "Runtime.Unknown"),
        (b"\xff", "Runtime.Unknown"),
        (b"Runtime.Forged\nREPORT RequestId: r", "Runtime.Unknown"),
        (b"Function.no name", "Function.Unknown"),
    ],
)
def test_log_lines_name_only_types_of_the_runtimes_form(told, error_type):
    failure = outcomes.from_runtime(told + b'\0{"errorType":"Runtime.Other"}\0')
    assert (failure.error_type, failure.payload) == (error_type, b'{"errorType":"Runtime.Other"}\0')
