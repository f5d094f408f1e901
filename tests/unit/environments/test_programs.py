"""Which functions are programs, and which program."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.unit.environments.test_variables import spec

from lambent.core.ports import ContainerImage
from lambent.environments import programs

NOWHERE = Path("/nonexistent")
PYTHON = ("/var/lang/bin/python3.12", "/var/runtime/bootstrap.py")


def test_a_python_function_is_forked_unless_something_needs_the_runtime_api(tmp_path):
    assert programs.program(spec(), PYTHON, NOWHERE, None) is None
    assert programs.program(spec(), PYTHON, NOWHERE, tmp_path) is None
    (tmp_path / "extensions").mkdir()
    assert programs.program(spec(), PYTHON, NOWHERE, tmp_path) is None
    (tmp_path / "extensions" / "watcher").write_text("")
    made = programs.program(spec(), PYTHON, NOWHERE, tmp_path)
    assert (made.commands, made.extensions) == ((PYTHON,), ("watcher",))


@pytest.mark.parametrize("name", ["task/libx.so", "task/lib/libx.so.1.2", "opt/lib/libx.so"])
def test_a_python_that_brings_libraries_is_started_where_their_path_is_read(tmp_path, name):
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text("")
    assert programs.program(spec(), PYTHON, tmp_path / "task", tmp_path / "opt") is not None


@pytest.mark.parametrize(
    "name", ["task/_x.cpython-312-x86_64-linux-gnu.so", "task/_x.abi3.so", "task/native.so", "task/x.libs/libx.so", "opt/so"]
)
def test_what_is_imported_or_loaded_by_its_path_needs_no_path_of_libraries(tmp_path, name):
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text("")
    assert programs.program(spec(), PYTHON, tmp_path / "task", tmp_path / "opt") is None


def test_a_path_of_libraries_of_its_own_is_there_when_its_python_starts():
    assert programs.program(spec(variables={"LD_LIBRARY_PATH": "/opt/vendor"}), PYTHON, NOWHERE, None) is not None


def test_a_wrapper_gets_the_runtimes_own_command_line():
    made = programs.program(spec(variables={programs.WRAPPER: "/opt/wrap"}), PYTHON, NOWHERE, None)
    assert made.commands[0][0] == "/bin/sh"
    assert made.commands[0][-3:] == ("/opt/wrap", *PYTHON)


def test_a_custom_runtime_is_its_bootstrap_and_has_no_wrapper():
    made = programs.program(spec(runtime="provided.al2023", variables={programs.WRAPPER: "/opt/wrap"}), (), NOWHERE, None)
    assert made.commands == (("/var/task/bootstrap",), ("/opt/bootstrap",))
    assert made.missing == "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"


def test_an_image_is_its_entry_point_with_its_command(tmp_path):
    image = ContainerImage((), ("/run",), ("a",), "/", {})
    made = programs.program(spec(image=image), (), NOWHERE, tmp_path)
    assert (made.commands, made.missing) == ((("/run", "a"),), "fork/exec /run: no such file or directory")
    made = programs.program(spec(image=replace(image, entry_point=())), (), NOWHERE, tmp_path)
    assert (made.commands, made.missing) == ((("a",),), 'exec: "a": executable file not found in $PATH')
    assert programs.program(spec(image=replace(image, entry_point=(), command=())), (), NOWHERE, tmp_path).commands == ()


def test_a_folder_of_extensions_that_is_a_link_is_not_followed(tmp_path):
    (tmp_path / "elsewhere/extensions").mkdir(parents=True)
    (tmp_path / "elsewhere/extensions/x").write_text("")
    (tmp_path / "opt").symlink_to(tmp_path / "elsewhere")
    assert programs.find_extensions(tmp_path / "opt") == []


def test_extensions_are_files_in_the_order_of_their_names(tmp_path):
    folder = tmp_path / "extensions"
    (folder / "folder").mkdir(parents=True)
    for name in ("b", "a"):
        (folder / name).write_text("")
    (folder / "link").symlink_to("a")
    assert programs.find_extensions(tmp_path) == ["a", "b"]
    assert programs.find_extensions(tmp_path / "nothing") == []


def test_extensions_do_not_see_what_is_the_runtimes():
    seen = programs.extension_variables({"_HANDLER": "a", "AWS_XRAY_CONTEXT_MISSING": "b", "AWS_REGION": "c"})
    assert seen == {"AWS_REGION": "c"}


def test_paths_are_moved_to_where_plain_processes_find_them():
    assert programs.relocated("/usr/bin:/opt/bin:/var/task:/optical", task="/t", opt="/o") == "/usr/bin:/o/bin:/t:/optical"
    moved = programs.Program((("/opt/bootstrap",),), "").relocated(task="/t", opt=str(Path("/o")))
    assert moved.commands == (("/o/bootstrap",),)
