"""The progress bar."""

import io

from lambent.sdk.progress import WIDTH, Progress, progress


def test_the_bar_fills_with_what_is_done():
    bar = Progress("map f", 4, stream=io.StringIO())
    bar.advance()
    assert f"map f [{'#' * (WIDTH // 4)}{'.' * (WIDTH - WIDTH // 4)}] 1 of 4 (" in bar.line()


def test_without_a_total_it_counts():
    bar = Progress("map f", None, stream=io.StringIO())
    bar.advance(failed=True)
    assert bar.line().startswith("map f 1 (")
    assert "1 failed" in bar.line()


def test_what_is_over_soon_shows_nothing():
    stream = io.StringIO()
    bar = Progress("map f", 2, stream=stream)
    bar.advance()
    bar.end()
    assert stream.getvalue() == ""


def test_it_is_shown_on_terminals_only_unless_said(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert progress("f", 1, is_wanted=None) is None
    assert progress("f", 1, is_wanted=True) is not None
    monkeypatch.setattr("sys.stderr", Terminal())
    assert progress("f", 1, is_wanted=None) is not None
    assert progress("f", 1, is_wanted=False) is None
