"""Reading a log group page by page, each event once."""

from typing import Any

import click
import pytest

from lambent.cli import logs
from lambent.cli.failures import NoPlatform, Refused
from lambent.cli.logs import OVERLAP_MS, Reader, _follow, _seconds, _show


class FakeClient:
    """Gives pages, and remembers what it was asked."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = list(pages)
        self.asked: list[dict[str, Any]] = []

    def logs(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        assert operation == "FilterLogEvents"
        self.asked.append(dict(parameters))
        return self.pages.pop(0)


def event(number: int, at_ms: int = 0) -> dict[str, Any]:
    return {"eventId": str(number), "timestamp": at_ms or number, "message": f"line {number}\n"}


@pytest.mark.parametrize(("age", "seconds"), [("90s", 90), ("10m", 600), ("3h", 10_800), ("2d", 172_800), ("1w", 604_800)])
def test_ages_are_read_as_seconds(age, seconds):
    assert _seconds(age) == seconds


@pytest.mark.parametrize("age", ["", "10", "ten minutes", "10 m", "-5m"])
def test_what_is_no_age_is_refused(age):
    with pytest.raises(click.BadParameter, match="is not an age"):
        _seconds(age)


def test_all_pages_are_read():
    client = FakeClient({"events": [event(1)], "nextToken": "more"}, {"events": [event(2)]})
    assert [found["eventId"] for found in Reader(client, "g", 0, "").new_events()] == ["1", "2"]
    assert client.asked[1]["nextToken"] == "more"


def test_an_event_is_shown_once_however_often_it_is_read():
    client = FakeClient({"events": [event(1)]}, {"events": [event(1), event(2)]})
    reader = Reader(client, "g", 0, "")
    assert [found["eventId"] for found in reader.new_events()] == ["1"]
    assert [found["eventId"] for found in reader.new_events()] == ["2"]


def test_following_reads_on_from_shortly_before_the_newest_event():
    client = FakeClient({"events": [event(1, 1_000_000)]}, {"events": []})
    reader = Reader(client, "g", 5, "ERROR")
    list(reader.new_events())
    list(reader.new_events())
    assert [asked["startTime"] for asked in client.asked] == [5, 1_000_000 - OVERLAP_MS]
    assert client.asked[0]["filterPattern"] == "ERROR"


class Missing:
    def logs(self, *_: object) -> None:
        raise Refused(400, "ResourceNotFoundException", "The specified log group does not exist.")


def test_a_group_that_is_not_there_is_an_error():
    with pytest.raises(Refused):
        _show(Reader(Missing(), "g", 0, ""), is_json=False, must_exist=True)


def test_following_waits_for_a_group_that_is_not_there_yet(capsys):
    _show(Reader(Missing(), "g", 0, ""), is_json=False, must_exist=False)
    assert capsys.readouterr().out == ""


def test_following_ends_with_a_word_when_the_platform_stops(monkeypatch, capsys):
    class Stopping(FakeClient):
        url = "http://there"

        def logs(self, operation, parameters):
            if not self.pages:
                raise NoPlatform("no platform answers")
            return super().logs(operation, parameters)

    monkeypatch.setattr(logs, "FOLLOW_S", 0)
    _follow(Reader(Stopping({"events": [event(1)]}), "g", 0, ""), is_json=False)
    assert capsys.readouterr() == ("line 1\n", "The platform at http://there has stopped.\n")
