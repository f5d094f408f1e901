"""What functions find in their layers: every place that AWS names, for every runtime, in order, shared, not to be written."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.environment.house import OWN

from lambent.core import ids

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")
MINOR = OWN.removeprefix("python")
HAS_PYTHON = Path("/usr/bin/python3").exists()
SITE_PACKAGES = f"python/lib/python{MINOR}/site-packages"
TOOL = "#!/bin/sh\necho tool of a layer\n"

NATIVE = """
import ctypes, subprocess
def handler(event, context):
    library = ctypes.CDLL(event)
    return [library.answer(), subprocess.run(["tool"], capture_output=True, text=True).stdout]
"""
MODULES = """
import importlib, sys
def handler(event, context):
    return [importlib.import_module(name).FROM for name in event]
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A shared library whose ``answer`` is 42."""
    if shutil.which("gcc") is None:
        pytest.skip("there is no gcc to make a library with (Debian: apt install gcc libc6-dev)")
    folder = tmp_path_factory.mktemp("library")
    (folder / "answer.c").write_text("int answer(void) { return 42; }\n")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", folder / "libanswer.so", folder / "answer.c"], check=True)
    assert ctypes.CDLL(str(folder / "libanswer.so")).answer() == 42
    return (folder / "libanswer.so").read_bytes()


async def test_python_imports_from_both_places_and_its_own_code_comes_first(house):
    layer = {
        "python/plain.py": "FROM = 'python'",
        f"{SITE_PACKAGES}/packaged.py": "FROM = 'site-packages'",
        "python/both.py": "FROM = 'python'",
        f"{SITE_PACKAGES}/both.py": "FROM = 'site-packages'",
        "python/mine.py": "FROM = 'the layer'",
    }
    spec = house.spec({"app.py": MODULES, "mine.py": "FROM = 'the code'"}, layers=[layer])
    names = ["plain", "packaged", "both", "mine"]
    assert await house.call(spec, names) == ["python", "site-packages", "site-packages", "the code"]


async def test_five_layers_are_merged_and_a_later_ones_files_win(house):
    layers = [{f"python/only{n}.py": f"FROM = {n}", "python/same.py": f"FROM = {n}"} for n in range(5)]
    names = [*(f"only{n}" for n in range(5)), "same"]
    assert await house.call(house.spec(MODULES, layers=layers), names) == [0, 1, 2, 3, 4, 4]
    assert await house.call(house.spec(MODULES, layers=layers[::-1]), names) == [0, 1, 2, 3, 4, 0]


@pytest.mark.parametrize("place", ["layer", "task", "task/lib"])
async def test_python_loads_libraries_and_runs_programs_of_its_layer(house, library, place):
    layer = {"bin/tool": TOOL, **({"lib/libanswer.so": library} if place == "layer" else {})}
    own = {"task": {"libanswer.so": library}, "task/lib": {"lib/libanswer.so": library}}.get(place, {})
    for variables in ({}, {"LD_LIBRARY_PATH": "/opt/lib:/var/task:/var/task/lib"}):
        spec = house.spec({"app.py": NATIVE, **own}, layers=[layer], variables=variables)
        assert await house.call(spec, "libanswer.so") == [42, "tool of a layer\n"]


async def test_a_functions_own_path_of_libraries_takes_the_place_of_aws_own(house, library):
    """On AWS the variable is there when its Python starts; so it must be here."""
    spec = house.spec(NATIVE, layers=[{"bin/tool": TOOL, "vendor/libanswer.so": library}])
    assert (await house.fail(spec, "libanswer.so"))["errorType"] == "OSError"
    found = replace(spec, key=ids.uuid4(), variables={"LD_LIBRARY_PATH": "/opt/vendor"})
    assert await house.call(found, "libanswer.so") == [42, "tool of a layer\n"]


async def test_a_layer_is_one_folder_for_all_and_not_to_be_written(house):
    code = """
import os
def handler(event, context):
    try:
        open("/opt/python/new.py", "w")
    except OSError as error:
        return [os.stat("/opt/python/shared.py").st_ino, error.strerror]
"""
    layer = {"python/shared.py": "FROM = 1"}
    one, two = house.spec(code, layers=[layer]), house.spec(code + "\n", layers=[layer])
    first, second = await house.call(one), await house.call(two)
    assert first == second
    assert first[1] == "Read-only file system"


REQUIRES = """
const { execFileSync } = require('child_process');
exports.handler = async (event) => [...event.map((name) => require(name).from), execFileSync('tool').toString()];
"""
IMPORTS = """
export const handler = async (event) => Promise.all(event.map(async (name) => (await import(name)).default.from));
"""
NODE_LAYER = {
    "bin/tool": TOOL,
    "nodejs/node_modules/plain/index.js": "exports.from = 'node_modules';",
    "nodejs/node20/node_modules/versioned/index.js": "exports.from = 'node20';",
    "nodejs/node_modules/both/index.js": "exports.from = 'node_modules';",
    "nodejs/node20/node_modules/both/index.js": "exports.from = 'node20';",
    "nodejs/node18/node_modules/other/index.js": "exports.from = 'node18';",
}


@needs_node
async def test_node_requires_from_both_places_the_one_of_its_version_first(house):
    spec = house.spec({"index.js": REQUIRES}, runtime="nodejs20.x", handler="index.handler", layers=[NODE_LAYER])
    names = ["plain", "versioned", "both"]
    assert await house.call(spec, names) == ["node_modules", "node20", "node20", "tool of a layer\n"]
    assert (await house.fail(spec, ["other"]))["errorMessage"].startswith("Cannot find module 'other'")


@needs_node
async def test_es_modules_import_from_layers_as_on_aws_since_node_18(house):
    files = {"index.mjs": IMPORTS, "node_modules/mine/index.js": "exports.from = 'the code';"}
    layer = NODE_LAYER | {"nodejs/node_modules/mine/index.js": "exports.from = 'the layer';"}
    spec = house.spec(files, runtime="nodejs20.x", handler="index.handler", layers=[layer])
    names = ["plain", "versioned", "both", "mine"]
    assert await house.call(spec, names) == ["node_modules", "node20", "node20", "the code"]


async def test_a_custom_runtime_finds_programs_and_libraries(house, library):
    bootstrap = """#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while :; do
  id=$(curl -sS -D - -o /tmp/event "$api/next" | tr -d '\\r' | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
  answer=$(python3 -c 'import ctypes; print(ctypes.CDLL("libanswer.so").answer())')
  curl -sS -o /dev/null "$api/$id/response" -d "[\\"$(tool)\\", $answer]"
done
"""
    if shutil.which("curl") is None or not HAS_PYTHON:
        pytest.skip("the bootstrap of this test needs curl and /usr/bin/python3")
    layer = {"bin/tool": TOOL, "lib/libanswer.so": library}
    spec = house.spec({"bootstrap": bootstrap}, runtime="provided.al2023", handler="x", layers=[layer])
    assert await house.call(spec) == ["tool of a layer", 42]


# ---- where environments are plain processes ---------------------------------------------------------------------------


@pytest.fixture
async def plain(open_house):
    return await open_house(is_isolated=False)


async def test_as_a_plain_process_python_finds_modules_libraries_and_programs_too(plain, library):
    layer = {"bin/tool": TOOL, "lib/libanswer.so": library, "python/plain.py": "FROM = 'python'"}
    assert await plain.call(plain.spec(NATIVE, layers=[layer]), "libanswer.so") == [42, "tool of a layer\n"]
    layer = {"python/plain.py": "FROM = 'python'", f"{SITE_PACKAGES}/packaged.py": "FROM = 'site-packages'"}
    assert await plain.call(plain.spec(MODULES, layers=[layer]), ["plain", "packaged"]) == ["python", "site-packages"]


@needs_node
async def test_as_a_plain_process_node_finds_its_packages_too(plain):
    spec = plain.spec({"index.js": REQUIRES}, runtime="nodejs20.x", handler="index.handler", layers=[NODE_LAYER])
    assert await plain.call(spec, ["plain", "both"]) == ["node_modules", "node20", "tool of a layer\n"]
    spec = plain.spec({"index.mjs": IMPORTS}, runtime="nodejs20.x", handler="index.handler", layers=[NODE_LAYER])
    assert await plain.call(spec, ["plain", "both"]) == ["node_modules", "node20"]
