"""What a Java function stands on: a JVM of this machine and AWS' runtime interface client, fetched once into the cache.

In the cache folder stands ``runtimes/java-<digest>``: the client's jars, its native part, a jar that names them, and an archive
of loaded classes for each JVM, which halves its start. ``/var/runtime`` of Java functions is that folder.
"""

import contextlib
import hashlib
import platform
import re
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from lambent.core import ids
from lambent.core.config import environment
from lambent.core.log import Log
from lambent.core.ports import EnvironmentSpec, NotDebugged, RuntimeUnavailable
from lambent.environments import class_archive, folders, jvms
from lambent.environments.jvms import Jvm

JAVA_RUNTIMES = ("java17", "java21", "java25")
FOLDER_VARIABLE = "LAMBENT_JAVA_CLIENT"  # a folder that holds the client's jars
MAVEN_S_MAX = 300
HEAP_PART = 0.85  # of a function's memory, as on AWS: the rest is for classes, compiled code and threads
INSTALL = "lambent runtimes install java"

log = Log("java")

_GROUP_IDS = {
    "aws-lambda-java-runtime-interface-client": "com.amazonaws",
    "aws-lambda-java-core": "com.amazonaws",
    "aws-lambda-java-serialization": "com.amazonaws",
    "utils-lite": "software.amazon.awssdk",
}
_VERSIONS = {
    "aws-lambda-java-runtime-interface-client": "2.10.1",
    "aws-lambda-java-core": "1.4.0",
    "aws-lambda-java-serialization": "1.2.0",
    "utils-lite": "2.34.0",
}
_CLIENT = "aws-lambda-java-runtime-interface-client"
_MAIN = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"
_NATIVE = "com.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI"
_MACHINES = {"x86_64": "x86_64", "aarch64": "aarch_64"}
_MANIFEST_BYTES_MAX = 70  # of a line
# The client makes a descriptor of the number it is told to log to. Native access is granted here, because as an option of the
# command it would forbid part of the archive of classes.
_LAYERS_JARS = "/opt/java/lib/*"
_HEADERS = {"Main-Class": _MAIN, "Add-Opens": "java.base/java.io", "Enable-Native-Access": "ALL-UNNAMED"}


class JavaRuntime(Struct, frozen=True):
    """``folder``: the client's; ``archive`` of its classes is None where the JVM could not make one."""

    jvm: Jvm
    folder: Path
    archive: Path | None

    def arguments(self, spec: EnvironmentSpec, *, is_isolated: bool) -> tuple[str, ...]:
        """The JVM's, without the program. What JAVA_TOOL_OPTIONS say takes the place of what is set here by default."""
        options = [option for given, option in self._defaults(spec.memory_mb) if not _names(spec.variables, given)]
        # AWS' client looks for a layer's jars at /opt/java, and nowhere else.
        start = launch(self.folder) if is_isolated or not spec.layers else _launch_with(self.folder, _LAYERS_JARS)
        return (*options, *self._debugger(spec), *start, spec.handler)

    def _debugger(self, spec: EnvironmentSpec) -> tuple[str, ...]:
        """JDWP, to which an IDE attaches whenever it likes, or which the JVM waits for. JAVA_TOOL_OPTIONS may have its own."""
        if not spec.debug_port or _names(spec.variables, "-agentlib:jdwp|-Xrunjdwp"):
            return ()
        if not self.jvm.has_debugger:
            advice = (
                f"The JVM in {self.jvm.home} has no debugger's agent (libjdwp): install a JDK, and start the platform anew."
            )
            raise NotDebugged(spec.runtime, advice)
        suspend = "y" if spec.waits_for_debugger else "n"
        return (f"-agentlib:jdwp=transport=dt_socket,server=y,suspend={suspend},address=127.0.0.1:{spec.debug_port}",)

    def _defaults(self, memory_mb: int) -> list[tuple[str, str]]:
        """With the options that replace each."""
        heap_kb = int(memory_mb * 1024 * HEAP_PART)
        defaults = [
            (r"-Xmx|-XX:MaxHeapSize=|-XX:MaxRAM", f"-Xmx{heap_kb}k"),
            (r"-XX:\+Use\w+GC\b", "-XX:+UseSerialGC"),
            (r"-XX:TieredStopAtLevel=|-XX:-TieredCompilation", "-XX:TieredStopAtLevel=1"),
        ]
        if self.archive is not None:
            others = r"-Xshare|-XX:SharedArchiveFile=|-XX:AOT"
            # A JVM that cannot use it (another collector, an agent) does without; that is nothing for a function's log.
            quiet = "-Xlog:cds*=off,aot*=off" if self.jvm.feature >= class_archive.AOT_FEATURE else "-Xlog:cds*=off"
            defaults += [(others, f"-XX:SharedArchiveFile={self.archive}"), (others, quiet)]
        return defaults


def launch(folder: Path) -> tuple[str, ...]:
    """What starts the client, up to the handler. Its real place: an archive holds for the paths it was made with."""
    return (f"-D{_NATIVE}={folder / _native_name()}", "-jar", str(folder / "runtime.jar"))


def _launch_with(folder: Path, jars: str) -> tuple[str, ...]:
    """As ``launch``, with jars on the client's own path of classes, from which functions load theirs too.

    The manifest of what is not started with -jar counts for nothing but its Class-Path, so the rest of it is said here.
    """
    opened = (
        "--add-opens",
        f"{_HEADERS['Add-Opens']}=ALL-UNNAMED",
        f"--enable-native-access={_HEADERS['Enable-Native-Access']}",
    )
    native = f"-D{_NATIVE}={folder / _native_name()}"
    return (native, *opened, "-cp", f"{folder / 'runtime.jar'}:{jars}", _HEADERS["Main-Class"])


def feature_of(runtime: str) -> int:
    return int(re.sub(r"\D.*", "", runtime.removeprefix("java")))


def install(cache: Path, *, source: Path | None = None) -> Path:
    """The folder of AWS' client, made if it is not there; from jars in ``source``, else by Maven. Blocks.

    Raises RuntimeUnavailable with what to do about it.
    """
    given = source or _given_folder()
    home = client_folder(cache)
    if home.is_dir():
        return home
    if platform.system() != "Linux" or platform.machine() not in _MACHINES:
        raise RuntimeUnavailable("java", "AWS' client for Java has its native part for Linux on x86_64 and aarch64 only")
    new = home.with_name(f".{home.name}.{ids.hex_digits(8)}.tmp")
    folders.remove_abandoned(home.parent, ".java-*.tmp", older_than_s=2 * MAVEN_S_MAX)
    try:
        (new / "lib").mkdir(parents=True, mode=0o755)
        jars = _copy(given, new / "lib") if given is not None else _fetch(new)
        _lay_out(new, jars)
        with contextlib.suppress(OSError):
            new.rename(home)
        if not home.is_dir():  # else another was faster
            raise OSError(f"{home} cannot be made")
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        text = f"AWS' client for Java cannot be kept in {home.parent} ({error}): choose another folder with LAMBENT_CACHE"
        raise RuntimeUnavailable("java", text) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return home


def runtime(cache: Path, name: str, found: list[Jvm]) -> JavaRuntime:
    """All that functions of this runtime need, readied. Blocks: minutes the first time. Raises RuntimeUnavailable."""
    jvm = jvms.choose(found, feature_of(name))
    if jvm is None:
        raise RuntimeUnavailable(name, advice_for(name))
    folder = install(cache)
    return JavaRuntime(jvm, folder, class_archive.archive(jvm, folder, launch(folder)))


def runnable(found: list[Jvm]) -> tuple[str, ...]:
    """The runtimes for which there is a JVM."""
    return tuple(name for name in JAVA_RUNTIMES if jvms.choose(found, feature_of(name)) is not None)


def client_folder(cache: Path) -> Path:
    """Where AWS' client stands, or will: other jars given, another place."""
    given = _given_folder()
    jars = sorted(path.name for path in given.glob("*.jar")) if given is not None else []
    wanted = repr((sorted(_VERSIONS.items()), sorted(_HEADERS.items()), str(given) if given is not None else "", jars))
    return cache / "runtimes" / f"java-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"


def advice_for(name: str) -> str:
    feature = feature_of(name)
    return (
        f"no Java {feature} or later was found on this machine; install it, for example with {how_to_install(feature)}, and "
        "invoke again (`lambent doctor` lists what was found)"
    )


def how_to_install(feature: int) -> str:
    return f"`apt install openjdk-{feature}-jre-headless` or `sdk install java {feature}-tem`"


def _names(variables: Mapping[str, str], given: str) -> bool:
    """Whether the function's own options have one of these."""
    return re.search(rf"(?<!\S)(?:{given})", variables.get("JAVA_TOOL_OPTIONS", "")) is not None


# ---- the client's jars -----------------------------------------------------------------------------------------------


def _given_folder() -> Path | None:
    named = environment().get(FOLDER_VARIABLE, "")
    return Path(named).absolute() if named else None


def _copy(source: Path, target: Path) -> list[Path]:
    """The client's jars from a folder, whichever version each has."""
    jars = []
    for artifact in _GROUP_IDS:
        versions = sorted(source.glob(f"{artifact}-[0-9]*.jar"), key=_version_of)
        if not versions:
            names = ", ".join(f"{name}-{version}.jar" for name, version in _VERSIONS.items())
            raise RuntimeUnavailable("java", f"there is no {artifact}-*.jar in {source}; what is needed are {names}")
        jars.append(Path(shutil.copyfile(versions[-1], target / versions[-1].name)))
    return jars


def _version_of(jar: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", jar.name)]


def _fetch(folder: Path) -> list[Path]:
    """The pinned jars, by Maven: its settings of this machine (mirrors, proxies, the local repository) hold."""
    maven = shutil.which("mvn")
    if maven is None:
        text = (
            "AWS' client for Java is fetched with Maven, and there is no `mvn` on PATH: install it (`apt install maven`), or "
            f"bring its jars and run `{INSTALL} --from FOLDER` (or set {FOLDER_VARIABLE})"
        )
        raise RuntimeUnavailable("java", text)
    project = folder / "pom.xml"
    project.write_text(_project())
    command = [maven, "--batch-mode", "--quiet", "--file", str(project), "dependency:copy-dependencies"]
    command += [f"-DoutputDirectory={folder / 'lib'}", "-DexcludeTransitive=true"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=MAVEN_S_MAX, check=False)
        said, has_failed = done.stdout, done.returncode != 0
    except subprocess.TimeoutExpired:
        said, has_failed = f"no answer within {MAVEN_S_MAX} s", True
    project.unlink()
    jars = [folder / "lib" / f"{name}-{version}.jar" for name, version in _VERSIONS.items()]
    if has_failed or not all(jar.is_file() for jar in jars):
        lines = [line for line in said.splitlines() if "ERROR" in line] or said.splitlines()[-1:] or ["no message"]
        text = (
            f"Maven could not fetch AWS' client for Java: {lines[0].strip()}. Connect the machine or point Maven at a mirror "
            f"and run `{INSTALL}`, or bring the jars (`--from FOLDER`)"
        )
        raise RuntimeUnavailable("java", text)
    return jars


def _project() -> str:
    dependencies = "".join(
        f"<dependency><groupId>{_GROUP_IDS[name]}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
        for name, version in _VERSIONS.items()
    )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>lambent</groupId>'
        f"<artifactId>runtime</artifactId><version>1</version><dependencies>{dependencies}</dependencies></project>\n"
    )


# ---- /var/runtime ----------------------------------------------------------------------------------------------------


def _lay_out(folder: Path, jars: list[Path]) -> None:
    """The native part beside the jars (the client would unpack it into each /tmp), and the jar that names them all."""
    client = next(jar for jar in jars if jar.name.startswith(_CLIENT))
    with zipfile.ZipFile(client) as archive:
        (folder / _native_name()).write_bytes(archive.read(f"jni/{_native_name()}"))
    with zipfile.ZipFile(folder / "runtime.jar", "w") as own:
        own.writestr("META-INF/MANIFEST.MF", _manifest(jars))
    (folder / class_archive.FOLDER).mkdir()
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _native_name() -> str:
    libc = "linux" if platform.libc_ver()[0] == "glibc" else "linux_musl"
    return f"libaws-lambda-jni.{libc}-{_MACHINES.get(platform.machine(), platform.machine())}.so"


def _manifest(jars: list[Path]) -> bytes:
    headers = {"Manifest-Version": "1.0", **_HEADERS, "Class-Path": " ".join(f"lib/{jar.name}" for jar in jars)}
    lines = []
    for name, value in headers.items():
        line = f"{name}: {value}"
        lines.append(line[:_MANIFEST_BYTES_MAX])
        rest = line[_MANIFEST_BYTES_MAX:]
        width = _MANIFEST_BYTES_MAX - 1
        lines += [f" {rest[at : at + width]}" for at in range(0, len(rest), width)]
    return "".join(f"{line}\r\n" for line in lines).encode()
