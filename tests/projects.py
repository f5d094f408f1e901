"""Small projects on disk, imported as their authors would: for tests of what deploys them."""

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from types import ModuleType


@contextmanager
def imported(folder: Path, files: Mapping[str, str], module: str) -> Iterator[ModuleType]:
    """Writes ``files`` into ``folder``, and imports ``module`` from there; afterwards nothing of it is left in this process."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield importlib.import_module(module)
    finally:
        sys.path.remove(str(folder))
        for name, loaded in sys.modules.copy().items():
            if str(vars(loaded).get("__file__") or "").startswith(str(folder)):  # asked for it, a lazy module would import
                del sys.modules[name]
