"""Functions that are served from a folder: what is saved is seen by the next event."""

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.environment.house import House

from lambent.core.ports import EnvironmentSpec, FolderUnavailable
from lambent.core.source_folders import SourceFolders

ANSWER = "def handler(event, context):\n    return {!r}\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "app.py").write_text(ANSWER.format("first"))
    return folder


@pytest.fixture
async def house(open_house: Callable[..., Any], tmp_path: Path) -> House:
    house: House = await open_house(source_folders=SourceFolders(is_loopback=True, allowed=[tmp_path]))
    if not await house.pool._isolation:
        pytest.skip("this machine does not let us isolate")
    return house


@pytest.fixture
def spec(house: House, source: Path) -> EnvironmentSpec:
    return house.spec({}, folder=source)


def save_as_editors_do(path: Path, text: str) -> None:
    """Beside its place, then renamed."""
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    new.rename(path)


async def test_an_edit_is_seen_by_the_next_event(house: House, source: Path, spec: EnvironmentSpec) -> None:
    assert await house.call(spec) == "first"
    (source / "app.py").write_text(ANSWER.format("again"))
    assert await house.call(spec) == "again"


async def test_an_edit_by_rename_is_seen_by_the_next_event(house: House, source: Path, spec: EnvironmentSpec) -> None:
    assert await house.call(spec) == "first"
    save_as_editors_do(source / "app.py", ANSWER.format("again"))
    assert await house.call(spec) == "again"


async def test_hundred_edits_one_after_the_other_are_all_seen(house: House, source: Path, spec: EnvironmentSpec) -> None:
    for number in range(100):
        (source / "app.py").write_text(ANSWER.format(f"{number:03}"))
        assert await house.call(spec) == f"{number:03}"


async def test_no_event_is_ever_answered_by_what_was_before_the_last_save(
    house: House, source: Path, spec: EnvironmentSpec
) -> None:
    edits, saved, late = 30, 0, []

    async def ask() -> None:
        while saved < edits:
            floor = saved
            if await house.call(spec) < floor:
                late.append(floor)

    (source / "app.py").write_text(ANSWER.format(0))
    asking = [asyncio.create_task(ask()) for _ in range(3)]
    for number in range(1, edits + 1):
        save_as_editors_do(source / "app.py", ANSWER.format(number))
        saved = number
        answers = await asyncio.gather(house.call(spec), house.call(spec))
        assert answers == [number, number]
    await asyncio.gather(*asking)
    assert late == []


async def test_after_a_crash_the_next_event_finds_the_folder_again(house: House, source: Path, spec: EnvironmentSpec) -> None:
    (source / "app.py").write_text(
        "import os\n\ndef handler(event, context):\n    if event:\n        os._exit(1)\n    return os.listdir('/var/task')\n"
    )
    assert await house.call(spec) == ["app.py"]
    await house.fail(spec, "crash")
    assert await house.call(spec) == ["app.py"]


async def test_snap_start_initialises_anew_after_an_edit(house: House, source: Path, spec: EnvironmentSpec) -> None:
    spec = replace(spec, initialization_type="snap-start", version="1")
    text = (
        "import os\nSTART = os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\ndef handler(event, context):\n    return START, {}\n"
    )
    for number in (1, 2):
        (source / "app.py").write_text(text.format(number))
        assert await house.call(spec) == ["snap-start", number]
        assert await house.call(spec) == ["snap-start", number]


async def test_a_wrapper_script_of_the_folder_is_run_and_may_be_edited(
    house: House, source: Path, spec: EnvironmentSpec
) -> None:
    spec = replace(spec, variables={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap"})
    (source / "app.py").write_text("import os\ndef handler(event, context):\n    return os.environ['BY']\n")
    for by in ("first", "again"):
        save_as_editors_do(source / "wrap", f'#!/bin/sh\nBY={by} exec "$@"\n')
        (source / "wrap").chmod(0o755)
        assert await house.call(spec) == by


async def test_an_environment_stays_warm_while_nothing_changes(house: House, source: Path, spec: EnvironmentSpec) -> None:
    assert (await house.invoke(spec)).was_cold
    assert not (await house.invoke(spec)).was_cold
    (source / "__pycache__").mkdir()
    (source / ".app.py.swp").write_text("what an editor leaves")
    assert not (await house.invoke(spec)).was_cold
    os.utime(source / "app.py")
    assert (await house.invoke(spec)).was_cold


async def test_data_files_new_modules_and_deleted_ones_are_seen(house: House, source: Path, spec: EnvironmentSpec) -> None:
    (source / "app.py").write_text(
        "import os\n\ndef handler(event, context):\n"
        "    import importlib.util\n"
        "    return sorted(os.listdir('.')), importlib.util.find_spec('more') is not None\n"
    )
    assert await house.call(spec) == [["app.py"], False]
    (source / "more").mkdir()
    (source / "more" / "__init__.py").write_text("")
    assert await house.call(spec) == [["app.py", "more"], True]
    (source / "more" / "data.json").write_text("{}")
    assert (await house.invoke(spec)).was_cold
    (source / "more" / "data.json").write_text("[]")
    assert (await house.invoke(spec)).was_cold
    shutil.rmtree(source / "more")
    assert await house.call(spec) == [["app.py"], False]


async def test_what_was_compiled_in_the_second_of_the_edit_is_not_believed(
    house: House, source: Path, spec: EnvironmentSpec
) -> None:
    (source / "app.py").write_text("import own\n\ndef handler(event, context):\n    return own.VALUE\n")
    (source / "own.py").write_text("VALUE = 1\n")
    import py_compile

    py_compile.compile(str(source / "own.py"), doraise=True)
    compiled_at = (source / "own.py").stat().st_mtime_ns
    (source / "own.py").write_text("VALUE = 2\n")
    second = compiled_at // 10**9 * 10**9
    os.utime(source / "own.py", ns=(second, second + 999_999_999))
    assert await house.call(spec) == 2


async def test_a_syntax_error_is_answered_as_aws_does_and_the_next_edit_mends_it(
    house: House, source: Path, spec: EnvironmentSpec
) -> None:
    (source / "app.py").write_text("def handler(event, context:\n")
    assert (await house.fail(spec))["errorType"] == "Runtime.UserCodeSyntaxError"
    (source / "app.py").write_text(ANSWER.format("mended"))
    assert await house.call(spec) == "mended"


async def test_a_folder_that_is_replaced_is_seen(house: House, source: Path, spec: EnvironmentSpec, tmp_path: Path) -> None:
    assert await house.call(spec) == "first"
    os.rename(source, tmp_path / "before")
    with pytest.raises(FolderUnavailable, match=str(source)):
        await house.invoke(spec)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "app.py").write_text(ANSWER.format("other"))
    (tmp_path / "other").rename(source)
    assert await house.call(spec) == "other"


async def test_what_runs_goes_on_and_the_next_event_sees_the_edit(house: House, source: Path, spec: EnvironmentSpec) -> None:
    (source / "app.py").write_text("def handler(event, context):\n    return open(event).read()\n")
    os.mkfifo(source / "fifo")
    (source / "fifo").chmod(0o666)
    running = asyncio.create_task(house.call(spec, "/var/task/fifo"))
    writer = await asyncio.to_thread(open, source / "fifo", "w")
    (source / "app.py").write_text(ANSWER.format("edited"))
    assert await house.call(spec) == "edited"
    writer.write("to its end")
    writer.close()
    assert await running == "to its end"


async def test_the_folder_cannot_be_written_to(house: House, source: Path, spec: EnvironmentSpec) -> None:
    os.chmod(source, 0o777)
    (source / "app.py").write_text(
        "def handler(event, context):\n    try:\n        open('/var/task/new', 'w')\n    except OSError as error:\n"
        "        return error.strerror\n"
    )
    assert await house.call(spec) == "Read-only file system"


async def test_nothing_else_of_the_machine_is_seen(house: House, source: Path, spec: EnvironmentSpec) -> None:
    (source / "app.py").write_text(
        "import os\n\ndef handler(event, context):\n    return os.listdir('/.host'), os.listdir('/.code')\n"
    )
    assert await house.call(spec) == [[], []]


async def test_a_folder_without_permission_is_refused(house: House, spec: EnvironmentSpec) -> None:
    with pytest.raises(FolderUnavailable, match="--allow-folder"):
        await house.invoke(replace(spec, folder=Path("/etc")))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's functions run as others")
async def test_a_folder_that_is_closed_to_others_is_refused_with_how_to_open_it(
    house: House, source: Path, spec: EnvironmentSpec
) -> None:
    os.chmod(source, 0o700)
    with pytest.raises(FolderUnavailable, match=r"chmod -R o\+rX"):
        await house.invoke(spec)
    os.chmod(source, 0o755)
    assert await house.call(spec) == "first"


async def test_the_platforms_own_data_is_hidden(open_house: Callable[..., Any], source: Path, tmp_path: Path) -> None:
    (source / ".lambent").mkdir(mode=0o755)
    (source / ".lambent" / "seal").write_text("secret")
    folders = SourceFolders(is_loopback=True, allowed=[source], hidden=source / ".lambent")
    house: House = await open_house(source_folders=folders)
    if not await house.pool._isolation:
        pytest.skip("this machine does not let us isolate")
    (source / "app.py").write_text("import os\n\ndef handler(event, context):\n    return os.listdir('.lambent')\n")
    assert await house.call(house.spec({}, folder=source)) == []


async def test_a_custom_runtime_is_served_from_its_folder(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "custom"
    folder.mkdir()
    script = (
        "#!/bin/sh\napi=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation\n"
        "while true; do\n"
        "id=$(curl -sS -D - -o /tmp/event $api/next | tr -d '\\r' | sed -n 's/^Lambda-Runtime-Aws-Request-Id: //Ip')\n"
        "curl -sS -o /dev/null -d '\"{answer}\"' $api/$id/response\ndone\n"
    )
    (folder / "bootstrap").write_text(script.format(answer="first"))
    (folder / "bootstrap").chmod(0o755)
    spec = house.spec({}, folder=folder, runtime="provided.al2023", handler="any")
    assert await house.call(spec) == "first"
    save_as_editors_do(folder / "bootstrap", script.format(answer="again"))
    (folder / "bootstrap").chmod(0o755)
    assert await house.call(spec) == "again"


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")
async def test_node_is_served_from_its_folder(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "node"
    folder.mkdir()
    (folder / "index.mjs").write_text("import { value } from './value.mjs'\nexport const handler = async () => value\n")
    (folder / "value.mjs").write_text("export const value = 'first'\n")
    spec = house.spec({}, folder=folder, runtime="nodejs22.x", handler="index.handler")
    assert await house.call(spec) == "first"
    save_as_editors_do(folder / "value.mjs", "export const value = 'again'\n")
    assert await house.call(spec) == "again"


async def test_provisioned_environments_are_made_anew_after_an_edit(house: House, source: Path, spec: EnvironmentSpec) -> None:
    assert (await house.pool.provision(spec, 2)).available == 2
    (source / "app.py").write_text(ANSWER.format("again"))
    assert await house.call(spec) == "again"
    assert house.pool.provisioned(spec.key).requested == 2


async def test_plain_processes_see_edits_too(open_house: Callable[..., Any], source: Path) -> None:
    folders = SourceFolders(is_loopback=True, allowed=[source])
    house: House = await open_house(source_folders=folders, is_isolated=False)
    spec = house.spec({}, folder=source)
    assert await house.call(spec) == "first"
    (source / "app.py").write_text(ANSWER.format("again"))
    assert await house.call(spec) == "again"
    assert not (source / "__pycache__").exists()
