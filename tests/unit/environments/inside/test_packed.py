"""The file of what is imported at each start: imports are what they are without it, and it is believed only where it holds."""

import compileall
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PACKED = Path(__file__).parents[4] / "src/lambent/environments/inside/python/packed.py"
TINY = """import re, textwrap
PATTERN = re.compile('a(?P<name>b+)', re.IGNORECASE)
def where():
    return where.__code__.co_filename
"""
LOAD = """
import os, sys
sys.path.insert(0, os.path.dirname(sys.argv[1]))
import packed
del sys.path[0]
"""
MAKE = LOAD + "packed.make(sys.argv[2], sys.argv[3], ('tiny',))"
START = (
    LOAD
    + """
task, runtime, pack = sys.argv[2:5]
sys.path[:0] = [task, runtime]
before = list(sys.meta_path)
opened = packed.opened(pack, runtime)
import tiny
compiler = sys.modules.get("re._compiler") or sys.modules["sre_compile"]
compiled = compiler.compile.__name__
if opened is not None:
    opened.close()
import inspect, json, re, textwrap
print(json.dumps({
    "packed": [type(each.__loader__).__name__ for each in (tiny, textwrap, re)],
    "files": [tiny.__file__, tiny.where(), tiny.__spec__.cached],
    "source": inspect.getsource(tiny),
    "match": tiny.PATTERN.match("xABB", 1).groupdict(),
    "same": tiny.PATTERN == re.compile("a(?P<name>b+)", re.I) and tiny.PATTERN.flags == re.compile("aB", re.I).flags,
    "compiled": compiled,
    "is_restored": sys.meta_path == before and compiler.compile.__name__ == "compile",
}))
"""
)


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    folder = tmp_path / "runtime"
    folder.mkdir()
    (folder / "tiny.py").write_text(TINY)
    compileall.compile_dir(folder, quiet=1)
    (tmp_path / "task").mkdir()
    python(MAKE, folder, tmp_path / "pack")
    return folder


def python(script: str, *arguments: object, **variables: str) -> str:
    command = [sys.executable, "-S", "-B", "-c", script, str(PACKED), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | variables).stdout


def start(runtime: Path, **variables: str) -> dict[str, object]:
    return json.loads(python(START, runtime.parent / "task", runtime, runtime.parent / "pack", **variables))


def test_modules_and_patterns_are_what_they_are_without_it(runtime):
    with_it = start(runtime)
    assert with_it.pop("packed") == ["_Loader", "_Loader", "_Loader"]
    assert with_it.pop("compiled") == "_compiled"
    (runtime.parent / "pack").unlink()
    without = start(runtime)
    assert without.pop("packed") == ["SourceFileLoader"] * 3
    assert without.pop("compiled") == "compile"
    assert with_it == without
    assert (with_it["source"], with_it["match"], with_it["is_restored"]) == (TINY, {"name": "BB"}, True)


def test_a_file_that_has_been_replaced_is_the_one_that_is_imported(runtime):
    (runtime / "tiny.py").write_text(TINY.replace("b+", "B*"))
    os.utime(runtime / "tiny.py", (1, 1))
    assert start(runtime)["packed"] == ["SourceFileLoader", "_Loader", "_Loader"]


@pytest.mark.parametrize("name", ["textwrap.py", "tiny/__init__.py"])
def test_nothing_is_taken_from_it_where_a_function_has_a_module_of_such_a_name(runtime, name):
    own = runtime.parent / "task" / name
    own.parent.mkdir(exist_ok=True)
    own.write_text(TINY if "tiny" in name else "")
    assert "_Loader" not in start(runtime)["packed"]


def test_what_is_asked_to_be_optimized_is_not_taken_from_it(runtime):
    assert "_Loader" not in start(runtime, PYTHONOPTIMIZE="1")["packed"]


def path_with(runtime: Path, name: str, *modules: str) -> Path:
    """A zip with these modules."""
    path = runtime.parent / name
    with zipfile.ZipFile(path, "w") as bundle:
        for module in ("mine.py", *modules):
            bundle.writestr(module, "PATTERN = None")
    return path


@pytest.mark.parametrize("module", ["textwrap.py", "tiny/__init__.py", "lib/textwrap.py"])
def test_a_zip_on_the_path_that_has_a_module_of_such_a_name_goes_before_it(runtime, module):
    path = path_with(runtime, "bundle.zip", module)
    path = path / "lib" if module.startswith("lib/") else path
    assert "_Loader" not in start(runtime, PYTHONPATH=str(path))["packed"]


def test_a_zip_without_one_and_a_file_that_is_no_zip_keep_nothing_from_being_taken_from_it(runtime):
    paths = [path_with(runtime, "bundle.zip", "lib/textwrap.py"), runtime.parent / "pack", runtime.parent / "nowhere"]
    assert start(runtime, PYTHONPATH=os.pathsep.join(map(str, paths)))["packed"] == ["_Loader"] * 3


def test_a_module_in_the_working_directory_counts_where_that_is_on_the_path(runtime):
    (runtime.parent / "task" / "textwrap.py").write_text("")
    script = START.replace("[task, runtime]", "['', runtime]").replace(
        "import packed", "import os, packed; os.chdir(sys.argv[2])"
    )
    command = [runtime.parent / "task", runtime, runtime.parent / "pack"]
    assert "_Loader" not in json.loads(python(script, *command))["packed"]
