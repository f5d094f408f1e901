"""When lambent dev looks for functions anew."""

from pathlib import Path

import pytest

from lambent.cli.dev import platforms, session
from lambent.cli.dev.platforms import Base
from lambent.store.folder import Running


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


@pytest.mark.parametrize(
    ("url", "is_its_data"), [("http://localhost:4566/", True), ("http://localhost:5000", False), ("", False)]
)
def test_a_data_directory_is_the_platforms_only_where_it_names_its_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, is_its_data: bool
) -> None:
    monkeypatch.setattr(platforms, "running_in", lambda _: Running(1, url) if url else None)
    assert Base("http://localhost:4566", tmp_path, was_started=False).is_its_data is is_its_data
