"""A client of logs, a group with a stream, and events around now."""

import time
from collections.abc import Callable
from typing import Any

import pytest

GROUP, STREAM = "/aws/lambda/hello", "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef"


@pytest.fixture
def logs(client: Callable[..., Any]) -> Any:
    return client("logs")


@pytest.fixture
def now_ms() -> int:
    return int(time.time() * 1000)


@pytest.fixture
def group(logs: Any) -> str:
    logs.create_log_group(logGroupName=GROUP)
    return GROUP


@pytest.fixture
def stream(logs: Any, group: str) -> str:
    logs.create_log_stream(logGroupName=group, logStreamName=STREAM)
    return STREAM


@pytest.fixture
def put(logs: Any, group: str, now_ms: int) -> Callable[..., Any]:
    """``put("stream", "a", "b")``: messages a millisecond apart, in a stream that is made where it is not there."""

    def put_messages(stream_name: str, *messages: str, at_ms: int = 0) -> Any:
        try:
            logs.create_log_stream(logGroupName=group, logStreamName=stream_name)
        except logs.exceptions.ResourceAlreadyExistsException:
            pass
        events = [{"timestamp": now_ms + at_ms + at, "message": message} for at, message in enumerate(messages)]
        return logs.put_log_events(logGroupName=group, logStreamName=stream_name, logEvents=events)

    return put_messages
