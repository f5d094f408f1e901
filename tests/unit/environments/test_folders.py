"""Folders over one another: names for the same bytes, later ones in the place of earlier ones."""

from pathlib import Path

from lambent.environments import folders


def made(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_files_are_shared_and_replaced(tmp_path):
    one, other, target = made(tmp_path / "one", a="1", d__b="1"), made(tmp_path / "other", d__b="2"), tmp_path / "target"
    target.mkdir()
    folders.lay_over(one, target)
    folders.lay_over(other, target)
    assert (target / "a").stat().st_ino == (one / "a").stat().st_ino
    assert ((target / "d/b").read_text(), (one / "d/b").read_text()) == ("2", "1")


def test_a_link_in_the_way_of_a_folder_is_replaced_and_not_followed(tmp_path):
    outside, target = tmp_path / "outside", tmp_path / "target"
    outside.mkdir()
    target.mkdir()
    (target / "d").symlink_to(outside)
    folders.lay_over(made(tmp_path / "source", d__x="1"), target)
    assert list(outside.iterdir()) == []
    assert (target / "d/x").read_text() == "1"
