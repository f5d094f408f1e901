"""Wheels for another machine: which are taken, what scripts name afterwards, and what is said where there are none."""

import shutil
import sys
from pathlib import Path

import pytest
from tests import wheels as made

from lambent.environments import installers, interpreters, wheels
from lambent.environments.installers import InstallationFailed
from lambent.environments.wheels import Target

OWN = f"python3.{sys.version_info[1]}"


@pytest.fixture(params=["pip", "uv"])
def tool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The one that installs."""
    found = shutil.which("uv")
    if request.param == "uv" and found is None:
        pytest.skip("uv is not installed")
    monkeypatch.setattr(wheels.shutil, "which", lambda _: found if request.param == "uv" else None)
    return str(request.param)


@pytest.fixture
def found() -> dict[str, interpreters.Interpreter]:
    """This machine's Pythons: the one that runs the tests."""
    own = interpreters.ask(Path(sys.executable))
    assert own is not None
    return {own.runtime: own}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "wheels"
    home.mkdir()
    return home


def test_wheels_are_those_of_the_target_and_not_of_this_machine(tool, found, folder, tmp_path):
    for machine in ("aarch64", "x86_64"):
        tag = f"cp312-cp312-manylinux_2_28_{machine}"
        made.wheel(folder, "native", tag, {"native/__init__.py": f"MACHINE = {machine!r}\n"})
    asked = ["-r", str(made.requirements(folder, "native"))]
    for architecture, machine in wheels.MACHINES.items():
        target = tmp_path / architecture
        assert wheels.install(Target("python3.12", architecture), asked, target, found=found) == tool
        assert (target / "native" / "__init__.py").read_text() == f"MACHINE = {machine!r}\n"


def test_wheels_for_a_newer_system_than_aws_has_are_not_taken(tool, found, folder, tmp_path):
    """python3.11 runs on Amazon Linux 2, whose glibc is 2.26."""
    made.wheel(folder, "native", "cp311-cp311-manylinux_2_28_x86_64", {"native.py": ""})
    with pytest.raises(InstallationFailed) as caught:
        wheels.install(
            Target("python3.11", "x86_64"), ["-r", str(made.requirements(folder, "native"))], tmp_path / "to", found=found
        )
    assert "native" in caught.value.message
    assert "python3.11 on x86_64" in caught.value.advice


def test_a_package_without_a_wheel_is_not_built(tool, found, folder, tmp_path):
    (folder / "source-1.0.tar.gz").write_bytes(b"never opened")
    with pytest.raises(InstallationFailed):
        wheels.install(Target(OWN, "arm64"), ["-r", str(made.requirements(folder, "source"))], tmp_path / "to", found=found)


def test_scripts_name_the_python_of_where_they_run(tool, found, folder, tmp_path):
    made.wheel(folder, "tool", "py3-none-any", {"tool.py": "def main(): pass\n"}, script="tool:main")
    wheels.install(Target("python3.13", "arm64"), ["-r", str(made.requirements(folder, "tool"))], tmp_path / "to", found=found)
    assert (tmp_path / "to" / "bin" / "tool").read_text().startswith("#!/var/lang/bin/python3.13\n")
    record = (tmp_path / "to" / "tool-1.0.dist-info" / "RECORD").read_text().splitlines()
    assert next(line for line in record if line.partition(",")[0].endswith("bin/tool")).endswith("bin/tool,,")


def test_requirements_that_name_nothing_are_refused(tool, found, folder, tmp_path):
    with pytest.raises(InstallationFailed, match="name no package"):
        wheels.install(Target(OWN, "x86_64"), ["-r", str(made.requirements(folder))], tmp_path / "to", found=found)


def test_without_an_installer_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(wheels.shutil, "which", lambda _: None)
    monkeypatch.setattr(installers, "has_pip", lambda _: False)
    with pytest.raises(InstallationFailed) as caught:
        wheels.install(Target(OWN, "x86_64"), ["x"], tmp_path / "to", found={})
    assert "python3-pip" in caught.value.advice


def test_with_another_pythons_pip_it_says_whose_conditions_hold(monkeypatch, found, folder, tmp_path):
    monkeypatch.setattr(wheels.shutil, "which", lambda _: None)
    made.wheel(folder, "pure", "py3-none-any", {"pure.py": ""})
    said: list[str] = []
    asked = ["-r", str(made.requirements(folder, "pure"))]
    wheels.install(Target("python3.9", "x86_64"), asked, tmp_path / "to", found=found, say=said.append)
    assert any(line.startswith("note: ") and '"3.9"' in line for line in said)


def test_what_is_compiled_ahead_names_the_place_where_it_is_shown(found, tmp_path):
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "a.py").write_text("def where(): return where.__code__.co_filename\n")
    wheels.compile_ahead(found[OWN], tmp_path / "python", shown_as="/opt/python")
    (compiled,) = (tmp_path / "python").rglob("*.pyc")
    assert b"/opt/python/a.py" in compiled.read_bytes()
    assert compiled.read_bytes()[4] == 1, "unchecked, so that a zip's times do not make it stale"


def test_all_wheels_that_the_targets_system_runs_are_taken_the_newest_first():
    assert Target("python3.13", "arm64").platforms[0] == "manylinux_2_34_aarch64"
    old = Target("python3.10", "x86_64").platforms
    assert (old[0], "manylinux_2_12_x86_64" in old, "manylinux_2_27_x86_64" in old) == ("manylinux_2_26_x86_64", True, False)
    assert {"manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"} < set(old)


@pytest.mark.parametrize(
    ("said", "is_cut_off"),
    [
        ("ERROR: No matching distribution found for dnspython==99", False),
        ("  x No solution found: there is no version of lazy-object-proxy==99", False),
        ("WARNING: Retrying after connection broken by 'NewConnectionError(...)': /simple/a/", True),
        ("error: Failed to fetch: `https://host/simple/a/`", True),
    ],
)
def test_the_name_of_a_package_is_not_taken_for_a_trouble_of_the_network(said: str, is_cut_off: bool) -> None:
    assert wheels._was_cut_off([said]) is is_cut_off
