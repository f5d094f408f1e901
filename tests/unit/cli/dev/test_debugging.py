"""Where debuggers attach, and where debugpy comes from."""

import socket
from pathlib import Path

import pytest

from lambent.cli.dev import debugging
from lambent.cli.dev.functions import Function, NotUnderstood
from lambent.cli.failures import CommandFailure


def function(
    name: str, folder: Path = Path("/nowhere"), *, runtime: str = "python3.12", requirements: Path | None = None
) -> Function:
    return Function(name, folder, "app.handler", runtime, "test", requirements=requirements)


def test_ports_are_those_that_were_said_else_free_ones() -> None:
    assert debugging.ports(["a:9000"], [function("a")]) == {"a": 9000}
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        debugging_first = taken.getsockname()[1]
        found = debugging.ports(["a", "b"], [function("a"), function("b")])
        assert len(set(found.values())) == 2
        assert debugging_first not in found.values()


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (["x"], "no function x"),
        (["a:0"], "0 is no port"),
        (["a:"], "is no port"),
        (["a:65536"], "65536"),
        (["a:443"], "443 is no port"),
        (["p"], "provided.al2023 brings its own runtime"),
        (["a:9000", "b:9000"], "one port"),
    ],
)
def test_what_is_not_understood_is_said(wanted: list[str], words: str) -> None:
    with pytest.raises(NotUnderstood, match=words):
        debugging.ports(wanted, [function("a"), function("b"), function("p", runtime="provided.al2023")])


def test_each_language_begins_at_the_port_that_its_debuggers_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debugging, "_free_port", lambda first, taken: first)
    functions = [function("p"), function("n", runtime="nodejs22.x"), function("j", runtime="java21")]
    assert debugging.ports(["p", "n", "j"], functions) == {"p": 5678, "n": 9229, "j": 5005}


def test_what_brings_its_debugger_with_the_runtime_needs_no_layer() -> None:
    assert debugging.find(function("n", runtime="nodejs22.x")) is None


def test_debugpy_is_found_beside_the_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    place = tmp_path / ".venv" / "lib" / "python3.12" / "site-packages"
    (place / "debugpy").mkdir(parents=True)
    (place / "debugpy" / "__init__.py").touch()
    (place / "debugpy-1.8.9.dist-info").mkdir()
    assert debugging.find(function("a", tmp_path)) == debugging.Debugpy(place / "debugpy", "1.8.9")


def test_a_function_may_bring_debugpy_itself(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("# tools\n  debugpy>=1.8\n")
    assert debugging.find(function("a", tmp_path, requirements=tmp_path / "requirements.txt")) is None
    (tmp_path / "own" / "debugpy").mkdir(parents=True)
    assert debugging.find(function("a", tmp_path / "own")) is None


@pytest.mark.parametrize(
    ("runtime", "is_waited_for", "words"),
    [
        ("java21", False, "a debugger attaches at"),
        ("java21", True, "waits for a debugger"),
        ("python3.12", False, "waits for a"),
    ],
)
def test_who_waits_for_its_debugger_is_told(runtime: str, is_waited_for: bool, words: str) -> None:
    assert debugging.waiting(function("a", runtime=runtime), 5005, is_waited_for=is_waited_for).startswith(words)


def test_where_debugpy_is_missing_the_command_to_install_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CommandFailure) as missing:
        debugging.find(function("a", tmp_path))
    assert "pip install debugpy" in missing.value.advice


def test_an_editor_is_told_where_to_attach_and_which_files_are_which() -> None:
    told = debugging.launch_configuration(function("a", Path("/home/ada/app")), 5678, is_isolated=True)
    assert told["connect"] == {"host": "127.0.0.1", "port": 5678}
    assert told["pathMappings"] == [{"localRoot": "/home/ada/app", "remoteRoot": "/var/task"}]
    node = debugging.launch_configuration(function("a", Path("/home/ada/app"), runtime="nodejs22.x"), 9229, is_isolated=True)
    assert (node["type"], node["port"], node["localRoot"], node["remoteRoot"]) == ("node", 9229, "/home/ada/app", "/var/task")
    java = debugging.launch_configuration(function("a", runtime="java21"), 5005, is_isolated=True)
    assert (java["type"], java["hostName"], java["port"]) == ("java", "127.0.0.1", 5005)
    plain = debugging.launch_configuration(function("a", Path("/home/ada/app")), 5678, is_isolated=False)
    assert plain["pathMappings"] == [{"localRoot": "/home/ada/app", "remoteRoot": "/home/ada/app"}]
