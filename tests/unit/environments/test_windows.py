"""What events take on average, looked at once in a while."""

import itertools

import pytest

from lambent.environments import windows
from lambent.environments.windows import WINDOW, WINDOW_MAX, Window


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each look finds two seconds of a processor more, and 16 waits."""
    seconds, waits = itertools.count(0.0, 2.0), itertools.count(0, 16)
    monkeypatch.setattr(windows.clock, "processor_s", lambda _: next(seconds))
    monkeypatch.setattr(windows.machine, "waits", lambda _: next(waits))


def test_a_window_begins_with_an_event_and_grows_until_it_is_long() -> None:
    window, lengths, count = Window(), [], 0
    assert window.take(1) is None
    while len(lengths) < 5:
        count += 1
        averages = window.take(1)
        if averages is not None:
            assert averages == (2.0 / count, 16 / count)
            lengths.append(count)
            count = 0
    assert lengths == [WINDOW, 2 * WINDOW, 4 * WINDOW, WINDOW_MAX, WINDOW_MAX]


def test_what_was_begun_before_a_freeze_says_nothing() -> None:
    window = Window()
    for _ in range(WINDOW):
        window.take(1)
    window.forget()
    assert [window.take(1) for _ in range(WINDOW)] == [None] * WINDOW
    assert window.take(1) is not None


def test_where_the_system_tells_no_waits_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows.machine, "waits", lambda _: None)
    window = Window()
    assert [window.take(1) for _ in range(3 * WINDOW)] == [None] * 3 * WINDOW
