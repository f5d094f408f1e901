"""Log events with fields."""

import json
import logging
from collections.abc import Iterator

import pytest

from lambent.core.log import Log, to_stderr


@pytest.fixture
def restored() -> Iterator[None]:
    logger = logging.getLogger("lambent")
    before = (list(logger.handlers), logger.level, logger.propagate)
    yield
    logger.handlers[:], logger.level, logger.propagate = before


def test_an_event_is_a_line_of_json_with_its_fields(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="lambent"):
        Log("gateway").info("request.done", service="lambda", took_ms=3)
    line = json.loads(caplog.messages[0])
    assert line.pop("time") > 0
    assert line == {"level": "INFO", "event": "gateway.request.done", "service": "lambda", "took_ms": 3}


def test_an_error_is_written_with_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise KeyError("name")
    except KeyError as error:
        Log("gateway").error("defect", error=error)
    line = json.loads(caplog.messages[0])
    assert line["error"] == "KeyError('name')"
    assert "test_log.py" in line["trace"]


def test_what_is_below_the_level_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Costly:
        def __str__(self) -> str:
            raise AssertionError("written")

    with caplog.at_level(logging.WARNING, logger="lambent"):
        Log("gateway").debug("request", value=Costly())
    assert caplog.messages == []


def test_events_go_to_stderr_and_nowhere_else(restored: None, capsys: pytest.CaptureFixture[str]) -> None:
    to_stderr()
    Log("app").info("ready")
    captured = capsys.readouterr()
    assert json.loads(captured.err)["event"] == "app.ready"
    assert captured.out == ""
