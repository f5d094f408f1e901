"""Which functions a folder has."""

from pathlib import Path

import pytest

from lambent.cli.dev.discovery import CUSTOM_RUNTIME, NODE_RUNTIME, PYTHON_RUNTIME, find, handler_in
from lambent.cli.dev.functions import NotUnderstood, Overrides

HANDLER = "def handler(event, context):\n    pass\n"


def make(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def listed(root: Path, **overrides: object) -> list[tuple[str, str, str, str]]:
    found = find(root, Overrides(**overrides))  # type: ignore[arg-type]
    return [(each.name, str(each.folder.relative_to(root.parent)), each.handler, each.runtime) for each in found]


def test_a_folder_with_an_entry_is_one_function(tmp_path: Path) -> None:
    root = make(tmp_path / "my app", app_dot_py=HANDLER, other_dot_py=HANDLER)
    assert listed(root) == [("my-app", "my app", "app.handler", PYTHON_RUNTIME)]


def test_folders_and_files_of_a_folder_are_functions(tmp_path: Path) -> None:
    root = make(
        tmp_path / "all",
        orders__lambda_function_dot_py="def lambda_handler(event, context): ...\n",
        web__app_dot_py="app = FastAPI()\n",
        web2__index_dot_mjs="export const handler = async () => 1\n",
        docs__notes_dot_txt="nothing",
        resize_dot_py=HANDLER,
        library_dot_py="def helper(): ...\n",
        old_dot_js="exports.handler = async () => 1\n",
    )
    make(root / "node_modules", x__app_dot_py=HANDLER)
    custom = make(root / "custom", bootstrap="#!/bin/sh\n") / "bootstrap"
    custom.chmod(0o755)
    assert listed(root) == [
        ("custom", "all/custom", "bootstrap", CUSTOM_RUNTIME),
        ("old", "all", "old.handler", NODE_RUNTIME),
        ("orders", "all/orders", "lambda_function.lambda_handler", PYTHON_RUNTIME),
        ("resize", "all", "resize.handler", PYTHON_RUNTIME),
        ("web", "all/web", "app.app", PYTHON_RUNTIME),
        ("web2", "all/web2", "index.handler", NODE_RUNTIME),
    ]


def test_a_file_is_a_function(tmp_path: Path) -> None:
    root = make(tmp_path / "all", resize_dot_py=HANDLER)
    found = find(root / "resize.py", Overrides())
    assert [(each.name, each.handler, each.folder) for each in found] == [("resize", "resize.handler", root)]


def test_a_bootstrap_that_is_not_executable_is_none(tmp_path: Path) -> None:
    assert listed(make(tmp_path / "x", bootstrap="#!/bin/sh\n")) == []


def test_the_command_line_goes_before_what_is_found(tmp_path: Path) -> None:
    root = make(tmp_path / "x", src__main_dot_py="def run(event, context): ...\n", requirements_dot_txt="six\n")
    (function,) = find(root, Overrides(handler="src/main.run", name="n", runtime="python3.9", timeout_s=9, has_url=False))
    assert (function.name, function.handler, function.runtime, function.timeout_s) == ("n", "src/main.run", "python3.9", 9)
    assert function.requirements == root / "requirements.txt"
    assert not function.has_url


def test_one_name_is_not_for_several_functions(tmp_path: Path) -> None:
    root = make(tmp_path / "x", a_dot_py=HANDLER, b_dot_py=HANDLER)
    with pytest.raises(NotUnderstood, match="a, b"):
        find(root, Overrides(name="n"))


def test_a_folder_that_has_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotUnderstood, match="gone cannot be read"):
        find(tmp_path / "gone", Overrides())


@pytest.mark.parametrize(
    ("name", "text", "handler"),
    [
        ("a.py", "def handler(event, context:\n", "handler"),
        ("a.py", "async def handler(event): ...\n", "handler"),
        ("a.py", "handler = Mangum(app)\napp = FastAPI()\n", "handler"),
        ("a.py", "app: FastAPI = FastAPI()\n", "app"),
        ("a.py", "app == 1\nhandler_of = 2\n    handler = 3\n", ""),
        ("a.py", "class A:\n    def handler(self): ...\n", ""),
        ("a.mjs", "export async function handler(event) {}\n", "handler"),
        ("a.mjs", "const handler = 1\nexport { other, handler }\n", "handler"),
        ("a.cjs", "module.exports.handler = () => 1\n", "handler"),
        ("a.js", "const handler = 1\n", ""),
        ("a.txt", "def handler(event): ...\n", ""),
    ],
)
def test_handlers_are_found_by_text(tmp_path: Path, name: str, text: str, handler: str) -> None:
    (tmp_path / name).write_text(text)
    assert handler_in(tmp_path / name) == handler
