"""The modules inside a sandbox, imported as they are there."""

import importlib
import sys
import types
from pathlib import Path

import pytest

import lambent.environments

INSIDE = Path(lambent.environments.__file__).parent / "inside"


@pytest.fixture
def inside(monkeypatch):
    """Gives a module by its name."""
    package = types.ModuleType("_lambent")
    package.__path__ = [str(INSIDE)]
    monkeypatch.setitem(sys.modules, "_lambent", package)
    yield lambda name: importlib.import_module(f"_lambent.{name}")
    for name in [name for name in sys.modules if name.startswith("_lambent.")]:
        del sys.modules[name]
