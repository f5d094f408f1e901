"""Which JVMs are found, and which of them runs a function."""

from pathlib import Path

from lambent.environments import jvms
from lambent.environments.jvms import Jvm


def home(folder: Path, version: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/java").touch(mode=0o755)
    (folder / "release").write_text(f'IMPLEMENTOR="X"\nJAVA_VERSION="{version}"\n')
    return folder


def test_jvms_are_found_by_java_home_path_and_version_managers_each_once(tmp_path, monkeypatch):
    monkeypatch.setattr(jvms, "_SYSTEM", tmp_path / "usr")
    first = home(tmp_path / "first", "21.0.1")
    second = home(tmp_path / "usr/lib/jvm/second", "17.0.2")
    third = home(tmp_path / "home/.sdkman/candidates/java/25-tem", "25")
    home(tmp_path / "old", "11.0.20")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/java").symlink_to(first / "bin/java")
    variables = {"JAVA_HOME": str(tmp_path / "old"), "PATH": f"{tmp_path}/bin:relative", "HOME": str(tmp_path / "home")}
    found = [jvm for jvm in jvms.discover(variables) if jvm.home.is_relative_to(tmp_path)]
    assert found == [Jvm("21.0.1", first), Jvm("25", third), Jvm("17.0.2", second)]


def test_a_folder_without_a_release_or_a_program_is_no_jvm(tmp_path):
    assert jvms.at(tmp_path) is None
    (tmp_path / "release").write_text('JAVA_VERSION="21"\n')
    assert jvms.at(tmp_path) is None


def test_the_same_version_runs_a_function_or_else_the_next_later_one():
    found = [Jvm(version, Path(f"/{version}")) for version in ("25.0.1", "22.0.1", "17.0.2")]
    assert jvms.choose(found, 17) == found[2]
    assert jvms.choose(found, 21) == found[1]
    assert jvms.choose(found, 26) is None


def test_what_a_distribution_keeps_of_a_jvm_below_etc_is_known(tmp_path):
    folder = home(tmp_path / "jvm", "17.0.2")
    (folder / "conf").mkdir()
    (folder / "lib").mkdir()
    (folder / "lib/jvm.cfg").symlink_to("/etc/java-17-openjdk/jvm-amd64.cfg")
    (folder / "conf/net.properties").symlink_to("/etc/java-17-openjdk/net.properties")
    (folder / "lib/other").symlink_to(folder / "release")
    assert Jvm("17.0.2", folder).settings() == [Path("/etc/java-17-openjdk")]
