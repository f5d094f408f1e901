"""A function cut out of its file: what comes with it, on which line it stands, what is refused."""

import asyncio
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lambent.testing import slicing
from lambent.testing.slicing import NotDeployable

MODULE = '''\
"""A module of tests."""
from __future__ import annotations
import json, pytest
import os.path as paths
from collections import (
    OrderedDict,
    deque,
)

LIMIT = 3
UNUSED = pytest.mark.slow


def bound(value: int) -> int:
    return min(value, LIMIT)


class Order:
    kind = LIMIT


try:
    import fast as codec
except ImportError:
    codec = json


def decorated(function):
    return function


@decorated
def handler(event, context):
    value = bound(event["n"])
    return codec.dumps({"n": value, "to": paths.join("a", "b"), "kind": Order().kind})


def again(event, context):
    """Stands alone."""
    return again if event else None


def scope():
    def nested(event, context):
        text = """
  kept as it is"""
        return text + json.dumps(event)

    return nested


def closed():
    secret = 1

    def leaking(event, context):
        return secret

    return leaking


async def awaited(event, context):
    return None


small = lambda event, context: event
'''


@pytest.fixture
def module(tmp_path: Path) -> ModuleType:
    path = tmp_path / "test_orders.py"
    path.write_text(MODULE)
    return imported(path)


def imported(path: Path, name: str = "test_orders") -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def ran(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "test_orders"}
    exec(compile(source, "test_orders.py", "exec"), names)
    return names


def test_what_a_function_uses_of_its_module_comes_along_and_nothing_else(module: ModuleType) -> None:
    source = slicing.cut(module.handler).source
    assert ran(source)["handler"]({"n": 7}, None) == '{"n": 3, "to": "a/b", "kind": 3}'
    assert "pytest" not in source
    assert "deque" not in source
    assert "UNUSED" not in source
    assert "def again" not in source


def test_everything_keeps_its_line(module: ModuleType) -> None:
    kept, all_lines = slicing.cut(module.handler).source.split("\n"), MODULE.split("\n")
    at = all_lines.index("def handler(event, context):")
    assert kept[at : at + 3] == all_lines[at : at + 3]


def test_a_nested_function_keeps_its_text(module: ModuleType) -> None:
    nested = ran(slicing.cut(module.scope()).source)["nested"]
    assert nested([1], None) == "\n  kept as it is[1]"
    assert nested.__code__.co_firstlineno == module.scope().__code__.co_firstlineno


def test_a_function_may_name_itself(module: ModuleType) -> None:
    names = ran(slicing.cut(module.again).source)
    assert names["again"](1, None) is names["again"]


def test_a_decorator_of_the_tests_own_is_left_behind() -> None:
    def deploy(function: Callable[..., Any]) -> str:
        return slicing.cut(function).source  # type: ignore[arg-type]

    @deploy
    def handler(event, context):
        return json.dumps(event)

    assert "@deploy" not in handler
    assert ran(handler)["handler"](1, None) == "1"


def test_what_a_closure_holds_is_refused_by_name(module: ModuleType) -> None:
    with pytest.raises(NotDeployable, match=r"leaking uses `secret` of the function around it.*environment="):
        slicing.cut(module.closed())


def test_a_lambda_is_refused(module: ModuleType) -> None:
    with pytest.raises(NotDeployable, match="a lambda has no name"):
        slicing.cut(module.small)


def test_an_async_handler_is_refused(module: ModuleType) -> None:
    assert asyncio.iscoroutinefunction(module.awaited)
    with pytest.raises(NotDeployable, match="without awaiting"):
        slicing.cut(module.awaited)


def test_a_name_from_a_star_import_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "test_star.py"
    path.write_text("from json import *\n\n\ndef handler(event, context):\n    return dumps(event)\n")
    with pytest.raises(NotDeployable, match=r"`dumps`.*import it by name"):
        slicing.cut(imported(path).handler)


def test_a_file_that_has_changed_since_is_refused(module: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "test_orders.py").write_text("nothing = 1\n")
    with pytest.raises(NotDeployable, match="was the file changed"):
        slicing.cut(module.handler)


def test_a_relative_import_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "sliced_suite"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "shop.py").write_text("PRICE = 5\n")
    (package / "test_it.py").write_text("from .shop import PRICE\n\n\ndef handler(event, context):\n    return PRICE\n")
    monkeypatch.syspath_prepend(tmp_path)
    from sliced_suite import test_it  # type: ignore[import-not-found]

    assert slicing.cut(test_it.handler).source.startswith("from sliced_suite.shop import PRICE\n")
    for name in [name for name in sys.modules if name.startswith("sliced_suite")]:
        del sys.modules[name]
