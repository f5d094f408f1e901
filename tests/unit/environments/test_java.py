"""How AWS' client for Java comes into the cache, and the command that starts it."""

import os
import platform
import zipfile
from pathlib import Path

import pytest
from msgspec import structs

from lambent.core.ports import Archive, EnvironmentSpec, NotDebugged, RuntimeUnavailable
from lambent.environments import java
from lambent.environments.java import JavaRuntime
from lambent.environments.jvms import Jvm

needs_linux = pytest.mark.skipif(platform.system() != "Linux", reason="AWS' client for Java is for Linux")


@pytest.fixture(autouse=True)
def no_folder(monkeypatch):
    monkeypatch.delenv(java.FOLDER_VARIABLE, raising=False)


def spec(memory_mb: int = 512, options: str = "") -> EnvironmentSpec:
    variables = {"JAVA_TOOL_OPTIONS": options} if options else {}
    return EnvironmentSpec(
        "k", "1" * 12, "eu-west-1", "f", "arn", "1", "java21", "a.B::c", Archive("0", Path("/z")), (), memory_mb, 3, 512,
        variables, "", "/aws/lambda/f",
    )  # fmt: skip


def arguments(version: str = "21.0.1", archive: Path | None = Path("/r/a.jsa"), **changes) -> list[str]:
    return list(JavaRuntime(Jvm(version, Path("/j")), Path("/r"), archive).arguments(spec(**changes), is_isolated=True))


def jars(folder: Path, versions: dict[str, str]) -> Path:
    folder.mkdir()
    for name, version in versions.items():
        with zipfile.ZipFile(folder / f"{name}-{version}.jar", "w") as jar:
            jar.writestr(f"jni/{java._native_name()}", version)
    return folder


def test_a_jvm_gets_awss_settings_for_the_functions_memory():
    given = arguments()
    assert given[:3] == ["-Xmx445644k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    assert given[-3:] == ["-jar", "/r/runtime.jar", "a.B::c"]
    assert "-XX:SharedArchiveFile=/r/a.jsa" in given
    assert not any("Shared" in option for option in arguments(archive=None))


def test_what_java_tool_options_say_takes_the_place_of_the_defaults():
    given = arguments(options="-XX:+UseG1GC -XX:TieredStopAtLevel=4 -Dx=-Xmx1m -Xshare:off")
    assert [option for option in given if option.startswith("-X")] == ["-Xmx445644k"]


def test_a_debugged_jvm_listens_unless_the_function_says_how_itself(tmp_path):
    (tmp_path / "lib").mkdir()
    debugged = structs.replace(spec(), debug_port=5005)
    java = JavaRuntime(Jvm("21.0.1", tmp_path), Path("/r"), None)
    with pytest.raises(NotDebugged, match="install a JDK"):
        java.arguments(debugged, is_isolated=True)
    (tmp_path / "lib" / "libjdwp.so").touch()
    option = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:5005"
    assert option in java.arguments(debugged, is_isolated=True)
    waiting = java.arguments(structs.replace(debugged, waits_for_debugger=True), is_isolated=True)
    assert option.replace("suspend=n", "suspend=y") in waiting
    assert not any("jdwp" in each for each in java.arguments(spec(), is_isolated=True))
    own = structs.replace(debugged, variables={"JAVA_TOOL_OPTIONS": "-agentlib:jdwp=transport=dt_socket,server=y,suspend=y"})
    assert not any("jdwp" in each for each in java.arguments(own, is_isolated=True))


def test_only_later_jvms_know_the_second_name_of_the_messages_about_archives():
    assert "-Xlog:cds*=off" in arguments("21.0.1")
    assert "-Xlog:cds*=off,aot*=off" in arguments("25")


@needs_linux
def test_the_client_is_laid_out_from_a_folder_of_jars(tmp_path):
    source = jars(tmp_path / "jars", java._VERSIONS)
    older = jars(tmp_path / "older", {"aws-lambda-java-core": "1.2.9"})
    (older / "aws-lambda-java-core-1.2.9.jar").rename(source / "aws-lambda-java-core-1.2.9.jar")
    home = java.install(tmp_path / "cache", source=source)
    assert home == java.client_folder(tmp_path / "cache")
    assert (home / java._native_name()).read_text() == "2.10.1"
    with zipfile.ZipFile(home / "runtime.jar") as own:
        manifest = own.read("META-INF/MANIFEST.MF").decode()
    assert max(map(len, manifest.split("\r\n"))) <= 72
    listed = manifest.replace("\r\n ", "").partition("Class-Path: ")[2].split()
    assert sorted(listed) == sorted(f"lib/{path.name}" for path in (home / "lib").iterdir())
    assert "lib/aws-lambda-java-core-1.4.0.jar" in listed
    assert java.install(tmp_path / "cache") == home


@needs_linux
def test_a_folder_named_by_a_variable_needs_no_maven_and_has_its_own_place(tmp_path, monkeypatch):
    before = java.client_folder(tmp_path)
    monkeypatch.setenv(java.FOLDER_VARIABLE, str(jars(tmp_path / "jars", java._VERSIONS)))
    assert java.install(tmp_path) == java.client_folder(tmp_path) != before


@needs_linux
def test_a_jar_that_is_missing_is_named(tmp_path):
    source = jars(tmp_path / "jars", {name: "1.0" for name in java._VERSIONS if name != "utils-lite"})
    with pytest.raises(RuntimeUnavailable, match=r"no utils-lite-\*.jar"):
        java.install(tmp_path, source=source)
    assert not list((tmp_path / "runtimes").glob("*"))


@needs_linux
def test_without_maven_the_other_ways_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeUnavailable, match=r"apt install maven.*--from FOLDER"):
        java.install(tmp_path)


@needs_linux
@pytest.mark.parametrize("is_good", [True, False])
def test_maven_fetches_the_pinned_jars_or_its_own_words_are_told(tmp_path, monkeypatch, is_good):
    source = jars(tmp_path / "jars", java._VERSIONS)
    maven = tmp_path / "mvn"
    copying = f'for each in "$@"; do case $each in -DoutputDirectory=*) /bin/cp {source}/* "${{each#*=}}"; esac; done'
    maven.write_text(f"#!/bin/sh\n{copying if is_good else 'echo [ERROR] no such host; exit 1'}\n")
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    if is_good:
        assert (java.install(tmp_path) / "lib/utils-lite-2.34.0.jar").is_file()
    else:
        with pytest.raises(RuntimeUnavailable, match="no such host"):
            java.install(tmp_path)


def test_a_machine_without_a_jvm_says_what_to_install(tmp_path):
    with pytest.raises(RuntimeUnavailable, match="openjdk-21-jre-headless"):
        java.runtime(tmp_path, "java21", [Jvm("17.0.2", Path("/j"))])


def test_the_runtimes_that_jvms_can_run_are_known():
    assert java.runnable([Jvm("21.0.2", Path("/j"))]) == ("java17", "java21")
    assert java.feature_of("java17.al2023") == 17


def test_where_opt_is_elsewhere_jars_of_layers_stand_on_the_clients_own_path():
    java = JavaRuntime(Jvm("21.0.1", Path("/j")), Path("/r"), None)
    layered = structs.replace(spec(), layers=(Archive("0" * 64, Path("/layer.zip")),))
    assert "-jar" in java.arguments(layered, is_isolated=True)
    assert "-jar" in java.arguments(spec(), is_isolated=False)
    given = java.arguments(layered, is_isolated=False)
    assert given[given.index("-cp") + 1] == "/r/runtime.jar:/opt/java/lib/*"
    assert given[given.index("-cp") + 2] == "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"


@needs_linux
def test_what_a_killed_installation_left_is_removed_when_it_is_old_and_not_before(tmp_path):
    home = java.client_folder(tmp_path)
    left, fresh = (home.with_name(f".{home.name}.{name}.tmp") for name in ("old", "new"))
    for folder in (left, fresh):
        (folder / "lib").mkdir(parents=True)
    os.utime(left, (1, 1))
    java.install(tmp_path, source=jars(tmp_path / "jars", java._VERSIONS))
    assert (left.exists(), fresh.exists()) == (False, True)
