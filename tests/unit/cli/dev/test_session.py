"""When lambent dev looks for functions anew."""

from pathlib import Path

from lambent.cli.dev import session


def test_a_link_that_leads_nowhere_does_not_hide_what_comes_and_goes(tmp_path: Path) -> None:
    (tmp_path / "broken").symlink_to("/nowhere")
    before = session._shape(tmp_path)
    (tmp_path / "orders").mkdir()
    assert session._shape(tmp_path) != before


def test_what_editors_leave_for_a_moment_is_no_other_shape(tmp_path: Path) -> None:
    before = session._shape(tmp_path)
    (tmp_path / ".#app.py").symlink_to("ada@host.1")
    (tmp_path / "app.py~").touch()
    assert session._shape(tmp_path) == before
