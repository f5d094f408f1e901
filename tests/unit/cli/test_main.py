"""The command as a whole: quick to start, complete in its help, and clear when it fails."""

import os
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from lambent.cli import main as command
from lambent.cli.failures import CannotStart, CommandFailure, NoPlatform
from lambent.core.errors import StartupError

SLOW_IMPORTS = ("lambent.app", "lambent.gateway", "lambent.environments", "botocore", "asyncio", "http.client")


def test_asking_for_the_version_imports_nothing_slow():
    script = (
        "import sys; from lambent.cli.main import lambent\n"
        "lambent.main(['--version'], standalone_mode=False)\n"
        f"print([name for name in {SLOW_IMPORTS!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    version, imported = done.stdout.splitlines()
    assert version.startswith("lambent 0.")
    assert imported == "[]"


def test_the_help_lists_every_command_without_importing_it(capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(name in said for name in command.COMMANDS if name not in command.HIDDEN)
    assert "Exit codes" in said


@pytest.mark.parametrize("name", command.COMMANDS)
def test_every_command_is_there_and_has_help(name):
    found = command.lambent.get_command(click.Context(command.lambent), name)
    assert found is not None
    assert found.help


def _leaves(name: str, found: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(found, click.Group):
        for below, each in found.commands.items():
            yield from _leaves(f"{name} {below}", each)
    yield name, found


@pytest.mark.parametrize("name", [name for name in command.COMMANDS if name not in command.HIDDEN])
def test_the_help_of_every_command_has_an_example(name):
    found = command.lambent.get_command(click.Context(command.lambent), name)
    assert found is not None
    assert [path for path, each in _leaves(name, found) if f"lambent {path.partition(' ')[0]}" not in (each.help or "")] == []


def test_to_keep_nothing_in_a_directory_that_is_named_is_refused(capsys, tmp_path):
    with pytest.raises(SystemExit) as ended:
        command.main(["start", "--ephemeral", "--data", str(tmp_path / "data")])
    assert ended.value.code == 2
    assert "--ephemeral keeps nothing and --data says where to keep it" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_an_unknown_command_exits_with_2(capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(["fly"])
    assert ended.value.code == 2
    assert "No such command 'fly'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("failure", "exit_code"),
    [
        (CommandFailure("it broke", "Mend it."), 1),
        (NoPlatform("it broke", "Mend it."), 3),
        (CannotStart("it broke", "Mend it."), 5),
        (StartupError("it broke"), 5),
    ],
)
def test_a_failure_says_what_and_what_next_on_stderr_only(monkeypatch, capsys, failure, exit_code):
    def fail(**_: object) -> None:
        raise failure

    monkeypatch.setattr(command.lambent, "main", fail)
    with pytest.raises(SystemExit) as ended:
        command.main(["status"])
    assert ended.value.code == exit_code
    said = capsys.readouterr()
    assert said.out == ""
    assert "it broke" in said.err
    assert ("Mend it." in said.err) is isinstance(failure, CommandFailure)


def test_a_command_whose_reader_has_gone_ends_quietly_as_shells_expect(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        ended = subprocess.run(
            [sys.executable, "-m", "lambent.cli.main", "env", "--data", tmp_path],
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert ended.returncode == 141
    assert b"Error" not in ended.stderr


def test_an_interrupted_command_exits_as_shells_do(monkeypatch):
    def interrupt(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command.lambent, "main", interrupt)
    with pytest.raises(SystemExit) as ended:
        command.main(["logs", "-f", "x"])
    assert ended.value.code == 130


@pytest.mark.parametrize("name", [name for name in command.COMMANDS if name not in ("demo", "coverage")])
def test_a_command_that_a_program_calls_speaks_json(name):
    found = command.lambent.get_command(click.Context(command.lambent), name)
    parts = found.commands.values() if isinstance(found, click.Group) else [found]
    for part in parts:
        assert "--json" in [word for option in part.params for word in option.opts], part.name
