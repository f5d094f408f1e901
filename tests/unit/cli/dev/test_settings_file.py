"""lambent.toml."""

from pathlib import Path

import pytest

from lambent.cli.dev.functions import Function, NotUnderstood
from lambent.cli.dev.settings_file import read


def functions(root: Path, text: str) -> list[Function]:
    (root / "lambent.toml").write_text(text)
    return list(read(root, python="python3.12", entry_of=lambda folder: ("app.handler", "python3.12")))


def test_all_that_can_be_said_is_taken(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "more.txt").touch()
    (function,) = functions(
        tmp_path,
        """
        [defaults]
        memory = 512
        environment = { A = "1", B = 2 }
        [functions.orders]
        path = "src"
        handler = "main.run"
        runtime = "python3.13"
        timeout = 30
        environment = { B = "3" }
        layers = ["arn:aws:lambda:us-east-1:000000000000:layer:l:1"]
        url = false
        requirements = "more.txt"
        """,
    )
    assert function == Function(
        name="orders",
        folder=tmp_path / "src",
        handler="main.run",
        runtime="python3.13",
        origin="lambent.toml",
        environment={"A": "1", "B": "3"},
        timeout_s=30,
        memory_mb=512,
        layers=("arn:aws:lambda:us-east-1:000000000000:layer:l:1",),
        has_url=False,
        requirements=tmp_path / "src" / "more.txt",
    )


def test_little_needs_to_be_said(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    (function,) = functions(tmp_path, "[functions.orders]\n")
    assert (function.folder, function.handler, function.runtime) == (tmp_path / "orders", "app.handler", "python3.12")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[functions.a]\ntimeout = 'x'\n", r"\[functions.a\]: timeout is 'x', not a int"),
        ("[functions.a]\ntimeout = true\n", "timeout is True"),
        ("[functions.a]\nhandlr = 'x'\n", "there is no handlr"),
        ("[functions]\n", "no function is described"),
        ("functions = 1\n", "no function is described"),
        ("[functions]\na = 1\n", r"\[functions.a\] is not a table"),
        ("[function.a]\n", r"there is no \[function\]"),
        ("[functions.a]\npath = 'nowhere'\n", "nowhere is no folder"),
        ("[functions.a]\nrequirements = 'nothing.txt'\n", "nothing.txt"),
        ("[functions.a\n", "lambent.toml: "),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(NotUnderstood, match=words):
        functions(tmp_path, text)
