"""Which node runs which function, and the command that starts a runtime."""

from pathlib import Path

import pytest

from lambent.core.ports import RuntimeUnavailable
from lambent.environments.interpreters import Interpreter
from lambent.environments.languages import Ground, Languages, Node


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
    assert ground.command(is_isolated=True) == ("/var/lang/node", "/var/runtime/index.mjs")
    assert ground.command(is_isolated=False) == ("/n/20.1.0/bin/node", str(ground.folder / "index.mjs"))
    assert await languages(tmp_path, "20.1.0").ground("nodejs20.x") == ground


def test_only_what_is_nodes_own_is_shown_to_functions(tmp_path):
    loose, whole = Node("20.1.0", tmp_path / "loose/bin/node"), Node("20.1.0", tmp_path / "whole/bin/node")
    (tmp_path / "whole/include/node").mkdir(parents=True)
    assert (loose.prefix, whole.prefix) == (tmp_path / "loose/bin", tmp_path / "whole")
    assert Node("20.1.0", Path("/usr/bin/node")).prefix == Path("/usr")


def test_a_python_outside_of_its_prefix_is_started_where_it_is():
    interpreter = Interpreter("3.12.1", Path("/q/python3.12"), Path("/p"), ())
    ground = Ground(interpreter, Path("/r"), Path("/p"), Path("/q/python3.12"))
    assert ground.command(is_isolated=True) == ("/q/python3.12", "/var/runtime/bootstrap.py")


async def test_a_custom_runtime_stands_on_nothing(tmp_path):
    assert (await languages(tmp_path).ground("provided.al2")).command(is_isolated=True) == ()
