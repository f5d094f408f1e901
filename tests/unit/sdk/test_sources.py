"""Which files a function needs."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.projects import imported

from lambent.sdk import sources
from lambent.sdk.settings import SettingsError
from lambent.sdk.sources import NotPackable, closure, source_of


def names(folder, files, module, function="handle", include=()):
    with imported(folder, files, module) as loaded:
        return list(closure(source_of(getattr(loaded, function)), include).files)


HANDLE = "def handle(event): return event\n"


def test_a_module_brings_the_local_modules_that_it_imports_and_those_that_they_import(tmp_path):
    files = {
        "app.py": "import json, first\n" + HANDLE,
        "first.py": "def late():\n    from second import two\n",
        "second.py": "two = 2",
        "unrelated.py": "",
    }
    assert names(tmp_path, files, "app") == ["app.py", "first.py", "second.py"]


def test_a_module_of_a_package_brings_the_whole_package_with_its_data_but_nothing_hidden_or_compiled(tmp_path):
    files = {
        "shop/__init__.py": "",
        "shop/orders/__init__.py": "",
        "shop/orders/app.py": "from .. import prices\nimport tax\n" + HANDLE,
        "shop/prices.py": "",
        "shop/prices.csv": "1,2",
        "shop/.secret": "",
        "shop/__pycache__/prices.cpython-311.pyc": "",
        "shop/env/pyvenv.cfg": "",
        "shop/env/lib.py": "",
        "tax.py": "",
    }
    assert names(tmp_path, files, "shop.orders.app") == [
        "shop/__init__.py",
        "shop/orders/__init__.py",
        "shop/orders/app.py",
        "shop/prices.csv",
        "shop/prices.py",
        "tax.py",
    ]


def test_of_a_folder_without_init_only_the_modules_that_are_imported_come_along(tmp_path):
    files = {"app.py": "from parts import wheel\n" + HANDLE, "parts/wheel.py": "", "parts/engine.py": ""}
    assert names(tmp_path, files, "app") == ["app.py", "parts/wheel.py"]


def test_a_module_in_folders_without_init_stands_where_it_is_imported_from(tmp_path):
    files = {"services/mail/app.py": HANDLE, "services/mail/other.py": ""}
    assert names(tmp_path, files, "services.mail.app") == ["services/mail/app.py"]


def test_included_modules_files_folders_and_patterns_come_along(tmp_path):
    files = {
        "app.py": HANDLE,
        "plugin.py": "",
        "words.txt": "",
        "data/a.csv": "",
        "data/b.csv": "",
        "data/c.json": "",
        "pages/index.html": "",
    }
    found = names(tmp_path, files, "app", include=("plugin", "words.txt", "data/*.csv", "pages"))
    assert found == ["app.py", "data/a.csv", "data/b.csv", "pages/index.html", "plugin.py", "words.txt"]


def test_all_that_stands_beside_can_be_included(tmp_path):
    files = {"app.py": HANDLE, "words.txt": "a", "data/one.csv": "1"}
    assert names(tmp_path, files, "app", include=(".",)) == ["app.py", "data/one.csv", "words.txt"]


def test_two_files_of_the_same_place_are_refused(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "words.txt").write_text(folder)
    include = ("../one/words.txt", "../two/words.txt")
    with pytest.raises(NotPackable, match=r"both .*one/words\.txt and .*two/words\.txt would be words\.txt"):
        names(tmp_path / "here", {"app.py": HANDLE}, "app", include=include)


def test_what_is_included_and_is_not_there_is_refused(tmp_path):
    with pytest.raises(SettingsError, match=r"include: nothing\.txt is neither beside app\.py nor a local module"):
        names(tmp_path, {"app.py": HANDLE}, "app", include=("nothing.txt",))


def test_imports_of_what_is_neither_local_nor_the_runtimes_are_told_unless_they_may_fail(tmp_path):
    text = """
        import hypothesis, boto3, json, nowhere_at_all
        try:
            import perhaps
        except ImportError:
            perhaps = None
        def handle(event):
            import later
    """
    with imported(tmp_path, {"app.py": text.replace(", nowhere_at_all", "")}, "app") as loaded:
        (tmp_path / "app.py").write_text("\n".join(line[8:] for line in text.splitlines()))
        found = closure(source_of(loaded.handle))
    assert found.foreign == {"hypothesis", "nowhere_at_all"}


def test_what_a_function_itself_imports_is_told_of_that_function_only(tmp_path):
    text = """
        def handle(event):
            import json, hypothesis.stateful
            if event:
                from nowhere_at_all import thing
            try:
                import perhaps
            except ImportError:
                pass
        def other(event):
            import another
    """
    with imported(tmp_path, {"app.py": text}, "app") as app:
        assert sources.foreign_in(source_of(app.handle), "handle") == {"hypothesis", "nowhere_at_all"}
        assert closure(source_of(app.handle)).foreign == frozenset()


def test_a_file_is_parsed_again_only_when_it_has_changed(tmp_path, monkeypatch):
    path = tmp_path / "app.py"
    path.write_text("import one")
    assert sources.imports(path, "app").names == ("one",)
    with monkeypatch.context() as patched:
        patched.setattr(sources.ast, "parse", lambda _: pytest.fail("parsed again"))
        assert sources.imports(path, "app").names == ("one",)
    path.write_text("import another")
    assert sources.imports(path, "app").names == ("another",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("handle = lambda event: event", "is a lambda"),
        ("def outer():\n    def inner(event): pass\n    return inner\nhandle = outer()", "made inside another function"),
    ],
)
def test_what_cannot_be_imported_cannot_be_deployed(tmp_path, text, said):
    with pytest.raises(NotPackable, match=said):
        names(tmp_path, {"app.py": text}, "app")


def test_a_module_with_the_name_of_one_of_pythons_is_refused(tmp_path):
    script = tmp_path / "queue.py"
    script.write_text("def handle(event): pass\nfrom lambent.sdk.sources import source_of\nsource_of(handle)")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert "queue.py has the name of a module of Python; rename it" in done.stderr


def test_a_script_is_named_after_its_file(tmp_path):
    script = tmp_path / "report.py"
    script.write_text("def handle(event): pass\nfrom lambent.sdk.sources import *\nprint(source_of(handle).module)")
    assert subprocess.check_output([sys.executable, script], text=True) == "report\n"
    package = tmp_path / "shop"
    package.mkdir()
    script.rename(package / "report.py")
    (package / "__init__.py").touch()
    assert subprocess.check_output([sys.executable, "-m", "shop.report"], text=True, cwd=tmp_path) == "shop.report\n"


def test_what_was_typed_into_a_session_is_refused():
    text = "def handle(event): pass\nfrom lambent.sdk.sources import *\nsource_of(handle)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert "handle is not in a file (an interactive session?); put it into one, and import it" in done.stderr


def test_installed_packages_are_not_local(tmp_path):
    assert names(tmp_path, {"app.py": "import hypothesis, pytest\n" + HANDLE}, "app") == ["app.py"]


def test_a_package_is_not_walked_beyond_what_a_function_can_hold(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "FILES_MAX", 3)
    files = {"shop/__init__.py": "", "shop/app.py": HANDLE, "shop/a": "", "shop/b": ""}
    with pytest.raises(NotPackable, match=r"more than 3 files; is .*shop meant"):
        names(tmp_path, files, "shop.app")


def test_files_below_are_in_order(tmp_path):
    for name in ("b/x", "a", "c"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert list(sources.files_below(tmp_path)) == [tmp_path / name for name in ("a", Path("b/x"), "c")]
