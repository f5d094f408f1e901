"""Which node runs which function, and the command that starts a runtime."""

from pathlib import Path

import pytest

from lambent.core.ports import Archive, EnvironmentSpec, RuntimeUnavailable
from lambent.environments.interpreters import Interpreter
from lambent.environments.java import JavaRuntime
from lambent.environments.jvms import Jvm
from lambent.environments.languages import Ground, Languages, Node

SPEC = EnvironmentSpec(
    "k",
    "1" * 12,
    "eu-west-1",
    "f",
    "arn",
    "1",
    "java17",
    "a.B",
    Archive("0", Path("/z")),
    (),
    512,
    3,
    512,
    {},
    "",
    "/aws/lambda/f",
)


def languages(cache: Path, *versions: str) -> Languages:
    made = Languages(cache)
    made._nodes = [Node(version, Path(f"/n/{version}/bin/node")) for version in versions]
    return made


def test_the_node_of_the_same_version_is_taken_or_else_the_newest(tmp_path):
    found = languages(tmp_path, "20.1.0", "22.3.0", "18.9.9")
    assert found.node("nodejs18.x").version == "18.9.9"
    assert found.node("nodejs20.x").version == "20.1.0"
    assert found.node("nodejs24.x").version == "22.3.0"


async def test_a_machine_without_node_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("lambent.environments.languages._discover", lambda variables: iter(()))
    with pytest.raises(RuntimeUnavailable, match="nvm install 22"):
        await languages(tmp_path).ground("nodejs22.x")


async def test_the_client_for_node_is_kept_where_all_may_read_it(tmp_path):
    ground = await languages(tmp_path, "20.1.0").ground("nodejs20.x")
    assert (ground.folder / "index.mjs").stat().st_mode & 0o777 == 0o644
    assert ground.command(SPEC, is_isolated=True) == ("/var/lang/node", "/var/runtime/index.mjs")
    assert ground.command(SPEC, is_isolated=False) == ("/n/20.1.0/bin/node", str(ground.folder / "index.mjs"))
    assert await languages(tmp_path, "20.1.0").ground("nodejs20.x") == ground


def test_only_what_is_nodes_own_is_shown_to_functions(tmp_path):
    loose, whole = Node("20.1.0", tmp_path / "loose/bin/node"), Node("20.1.0", tmp_path / "whole/bin/node")
    (tmp_path / "whole/include/node").mkdir(parents=True)
    assert (loose.prefix, whole.prefix) == (tmp_path / "loose/bin", tmp_path / "whole")
    assert Node("20.1.0", Path("/usr/bin/node")).prefix == Path("/usr")


def test_a_python_outside_of_its_prefix_is_started_where_it_is():
    interpreter = Interpreter("3.12.1", Path("/q/python3.12"), Path("/p"), ())
    ground = Ground(interpreter, Path("/r"), Path("/p"), Path("/q/python3.12"))
    assert ground.command(SPEC, is_isolated=True) == ("/q/python3.12", "/var/runtime/bootstrap.py")


async def test_a_custom_runtime_stands_on_nothing(tmp_path):
    assert (await languages(tmp_path).ground("provided.al2")).command(SPEC, is_isolated=True) == ()


def test_java_is_started_with_its_own_options_and_its_handler(tmp_path):
    java = JavaRuntime(Jvm("17.0.2", Path("/j")), Path("/r"), None)
    command = Ground(None, Path("/r"), Path("/j"), Path("/j/bin/java"), java).command(SPEC, is_isolated=True)
    assert (command[0], command[-2:]) == ("/var/lang/bin/java", ("/r/runtime.jar", "a.B"))


async def test_a_java_of_no_known_runtime_is_refused(tmp_path):
    with pytest.raises(RuntimeUnavailable, match="java17, java21, java25"):
        await Languages(tmp_path).ground("java11")
