"""From a callable, a file, a folder or a zip to a zip and a handler."""

import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lambent.testing import packaging
from lambent.testing.slicing import NotDeployable

HANDLER = "def handler(event, context):\n    return event\n"


def names(archive: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(archive)).namelist()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with a package, a module beside it, and a test, importable while the test runs."""
    before = set(sys.modules)
    shop = tmp_path / "packed_shop"
    shop.mkdir()
    (shop / "__init__.py").write_text("")
    (shop / "prices.json").write_text("{}")
    (shop / "orders.py").write_text(f"import json\nimport pytest\nimport packed_tools\n\n\n{HANDLER}")
    (shop / "__pycache__").mkdir(exist_ok=True)
    (shop / "__pycache__" / "orders.pyc").write_text("")
    (tmp_path / "packed_tools.py").write_text("TOOL = 1\n")
    (tmp_path / "test_packed.py").write_text(
        "import pytest\nfrom packed_tools import TOOL\n\n\ndef handler(event, context):\n    return TOOL\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_function_of_the_application_brings_its_package_and_the_projects_modules(project: Path) -> None:
    from packed_shop.orders import handler  # type: ignore[import-not-found]

    packed = packaging.package(handler)
    assert (packed.name, packed.handler) == ("handler", "packed_shop.orders.handler")
    assert names(packed.archive) == [
        "packed_shop/__init__.py",
        "packed_shop/orders.py",
        "packed_shop/prices.json",
        "packed_tools.py",
    ]


def test_a_function_of_a_test_brings_what_it_uses(project: Path) -> None:
    import test_packed  # type: ignore[import-not-found]

    packed = packaging.package(test_packed.handler)
    assert packed.handler == "test_packed.handler"
    assert names(packed.archive) == ["packed_tools.py", "test_packed.py"]


def test_the_same_code_is_the_same_zip(project: Path) -> None:
    import test_packed

    assert packaging.package(test_packed.handler) == packaging.package(test_packed.handler)


@pytest.mark.parametrize("code", [Exception, str.upper, 5, print])
def test_what_is_no_function_is_refused(code: Any) -> None:
    with pytest.raises(NotDeployable, match="is not a function"):
        packaging.package(code)


def test_a_method_is_refused() -> None:
    with pytest.raises(NotDeployable, match="belongs to a class"):
        packaging.package(Path.exists)


def test_a_file_is_packed_alone(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(HANDLER)
    (tmp_path / "other.py").write_text("")
    packed = packaging.package(tmp_path / "app.py")
    assert (packed.name, packed.handler, names(packed.archive)) == ("app", "app.handler", ["app.py"])


def test_a_folder_is_packed_whole_and_its_handler_found(tmp_path: Path) -> None:
    (tmp_path / "lambda_function.py").write_text("def lambda_handler(event, context): ...\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "prices.csv").write_text("")
    packed = packaging.package(str(tmp_path))
    assert packed.handler == "lambda_function.lambda_handler"
    assert names(packed.archive) == ["data/prices.csv", "lambda_function.py"]


def test_a_zip_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "code.zip"
    path.write_bytes(packaging.zipped({"app.py": HANDLER.encode()}))
    packed = packaging.package(path)
    assert (packed.name, packed.handler, packed.archive) == ("code", "app.handler", path.read_bytes())


@pytest.mark.parametrize(
    ("sources", "reason"),
    [
        ({"a.py": HANDLER, "b.py": HANDLER}, r"both a\.handler and b\.handler could be meant"),
        ({"a.py": "x = 1\n"}, "no lambda_handler or handler"),
    ],
)
def test_a_handler_that_is_not_clear_is_asked_for(tmp_path: Path, sources: dict[str, str], reason: str) -> None:
    for name, text in sources.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(NotDeployable, match=reason):
        packaging.package(tmp_path)
    assert packaging.package(tmp_path, handler="a.main").handler == "a.main"


def test_what_is_no_code_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotDeployable, match="no Python file, no folder and no zip"):
        packaging.package(tmp_path / "nothing")
