"""Runtimes that are programs: first answers of node, Java and a Python image beside bare interpreters; the Runtime API."""

import asyncio
import hashlib
import json
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import uvloop
from msgspec.structs import replace
from tests import images
from tests.environment.house import OWN, House

from benchmarks import measure
from benchmarks.environments import open_house
from benchmarks.measure import Measurement
from lambent.core import ids
from lambent.core.config import default_cache, environment
from lambent.core.ports import Archive, ContainerImage, EnvironmentSpec
from lambent.environments import base_images, java, jvms
from lambent.environments.languages import Languages
from lambent.environments.runtimes import RuntimeFiles, Runtimes

REPEAT = 25
WARM_REPEAT = 3_000
PAUSE_S = 0.3  # between cold starts: so long that a sandbox taken from the stock has been replaced

PYTHON = "def handler(event, context):\n    return event\n"
NODE = "exports.handler = async (event) => event;\n"
JAVA_HANDLER = "java.util.Collections::unmodifiableMap"
ECHO = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while data := connection.recv(4096):
        connection.sendall(data)
"""
WRAPPER = '#!/bin/sh\nexec "$@"\n'
EVENT = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\nLambda-Runtime-Aws-Request-Id: 1\r\n"
    b"Lambda-Runtime-Deadline-Ms: 9999999999999\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:x\r\n\r\nnull"
)
ACCEPTED = b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n'


@dataclass(frozen=True, slots=True)
class Starts:
    """Milliseconds of first answers, and of the interpreter alone, taken by turns."""

    answers: list[float]
    floors: list[float]


def run() -> list[Measurement]:
    folder = Path(tempfile.mkdtemp(prefix="lambent-bench-"))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return [
                *runner.run(image(folder / "image")),
                *runner.run(node(folder / "node")),
                *runner.run(java_(folder / "java")),
                *runner.run(round_trip(folder / "api")),
            ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def node(folder: Path) -> list[Measurement]:
    found = Languages(default_cache()).node("nodejs20.x")
    if found is None:
        return []
    async with open_house(folder) as house:
        spec = house.spec({"index.js": NODE}, runtime="nodejs20.x", handler="index.handler")
        starts = await first_answers(house, spec, [str(found.executable), "-e", "0"])
    return _rows("node", starts, "node -e 0", goal="<= 120 ms")


async def java_(folder: Path) -> list[Measurement]:
    jvm = jvms.choose(jvms.discover(environment()), 17)
    if jvm is None or not java.client_folder(default_cache()).is_dir():
        return []
    async with open_house(folder) as house:
        spec = house.spec({"nothing": ""}, runtime="java17", handler=JAVA_HANDLER, memory_mb=512)
        starts = await first_answers(house, spec, [str(jvm.executable), "-Xshare:auto", "-XX:+UseSerialGC", "-version"])
    return _rows("Java", starts, "java -version", goal="<= 900 ms")


async def image(folder: Path) -> list[Measurement]:
    """A function on the base image that is made of this Python; nothing of it is unpacked when the first row begins."""
    files = await Runtimes(default_cache()).installed(OWN)
    async with open_house(folder) as house:
        spec = await asyncio.to_thread(_image_spec, house, files)
        with measure.timed() as pull:
            await house.pool.prepare(spec)
        command = [str(files.interpreter.executable), "-I", "-S", "-c", "pass"]
        starts = await first_answers(house, spec, command)
        unpacked_mb = _unpacked_bytes(folder) / 1e6
    return [
        measure.of("Python image, unpacked size", [unpacked_mb], "MB"),
        measure.of("Python image, layers unpacked (the cold pull)", [pull.ms], "ms"),
        *_rows("Python image", starts, "python -I -S -c pass", goal="<= 60 ms"),
    ]


async def round_trip(folder: Path) -> list[Measurement]:
    """A warm invocation of a Python that is a process of its own: an answer and a question over HTTP, by AWS' native client."""
    async with open_house(folder) as house:
        variables = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrapper"}
        spec = house.spec({"app.py": PYTHON, "wrapper": WRAPPER}, variables=variables)
        samples = await measure.milliseconds_async(WARM_REPEAT, lambda: house.invoke(spec, wants_log_tail=False), warm_up=200)
        floor = measure.of("two bare exchanges over the loopback", await asyncio.to_thread(_exchanges), "ms")
    files = await Runtimes(default_cache()).installed(OWN)
    alone = await asyncio.to_thread(_client_alone, files, folder)
    return [
        floor,
        measure.of("awslambdaric's client, answered at once by canned bytes", alone, "ms").against(floor),
        measure.of("Runtime API round trip, awslambdaric over HTTP", samples, "ms", goal="<= 0.3 ms").against(floor),
    ]


def _exchanges() -> list[float]:
    """Milliseconds for two messages of 256 bytes and their echoes: an answer and a question without HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-I", "-S", "-c", ECHO, str(server.getsockname()[1])]
        with subprocess.Popen(command) as process:
            connection, _ = server.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

                def exchange() -> None:
                    for _ in range(2):
                        connection.sendall(bytes(256))
                        connection.recv(4096)

                samples = measure.milliseconds(WARM_REPEAT, exchange, warm_up=200)
            process.wait(10)
    return samples


def _client_alone(files: RuntimeFiles, folder: Path) -> list[float]:
    """Milliseconds of an answer and a question of the same client and function, with nobody behind the socket who does more."""
    (folder / "app.py").write_text(PYTHON)
    with socket.create_server(("127.0.0.1", 0)) as server:
        variables = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.getsockname()[1]}",
            "LAMBDA_TASK_ROOT": str(folder),
            "LAMBDA_RUNTIME_DIR": str(files.full),
            "_HANDLER": "app.handler",
        } | {f"AWS_LAMBDA_{name}": "1" for name in ("FUNCTION_NAME", "FUNCTION_VERSION", "FUNCTION_MEMORY_SIZE")}
        variables |= {f"AWS_LAMBDA_LOG_{name}_NAME": "1" for name in ("GROUP", "STREAM")}
        command = [str(files.interpreter.executable), str(files.full / "bootstrap.py")]
        with subprocess.Popen(command, env=variables) as process:
            connection, _ = server.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                assert connection.recv(4096).startswith(b"GET ")

                def event() -> None:
                    connection.sendall(EVENT)
                    answer = b""
                    while not answer.endswith(b"\r\n\r\nnull"):
                        answer += connection.recv(4096)
                    connection.sendall(ACCEPTED)
                    connection.recv(4096)  # the next question

                samples = measure.milliseconds(WARM_REPEAT, event, warm_up=200)
            process.kill()
    return samples


async def first_answers(house: House, spec: EnvironmentSpec, command: list[str]) -> Starts:
    """By turns: an environment of its own for each answer (equal code, so that nothing is unpacked), and the bare command."""
    answers, floors = [], []
    for number in range(REPEAT + 2):
        fresh = replace(spec, key=ids.uuid4())
        await house.pool.prepare(fresh)
        await asyncio.sleep(PAUSE_S)
        with measure.timed() as answer:
            await house.call(fresh, {"n": 1}, wants_log_tail=False)
        await house.pool.retire(fresh.key)
        await asyncio.sleep(PAUSE_S)
        floor = await asyncio.to_thread(_milliseconds_of, command)
        if number >= 2:
            answers.append(answer.ms)
            floors.append(floor)
    return Starts(answers, floors)


def _milliseconds_of(command: list[str]) -> float:
    with measure.timed() as watch:
        subprocess.run(command, check=True, capture_output=True, env={"PATH": "/usr/bin:/bin"}, timeout=60)
    return watch.ms


def _rows(name: str, starts: Starts, command: str, *, goal: str) -> list[Measurement]:
    floor = measure.of(command, starts.floors, "ms")
    return [floor, measure.of(f"{name}, first answer of a new environment", starts.answers, "ms", goal=goal).against(floor)]


def _image_spec(house: House, files: RuntimeFiles) -> EnvironmentSpec:
    base = house.folder / "base"
    digest = base_images.make(files, base)
    blobs = base / "blobs" / "sha256"
    manifest = json.loads((blobs / digest.removeprefix("sha256:")).read_text())
    config = json.loads((blobs / manifest["config"]["digest"].removeprefix("sha256:")).read_text())["config"]
    lowest = manifest["layers"][0]["digest"].removeprefix("sha256:")
    own = images.layer({"var/task/app.py": PYTHON.encode()})
    digits = hashlib.sha256(own).hexdigest()
    (house.folder / digits).write_bytes(own)
    made = ContainerImage(
        layers=(Archive(lowest, blobs / lowest), Archive(digits, house.folder / digits)),
        entry_point=tuple(config["Entrypoint"]),
        command=("app.handler",),
        working_folder=config["WorkingDir"],
        variables=dict(each.partition("=")[::2] for each in config["Env"]),
    )
    return replace(house.spec("", runtime="", handler=""), image=made)


def _unpacked_bytes(folder: Path) -> int:
    """Of the layers: the root shares their files."""
    return sum(path.lstat().st_size for path in (folder / "code" / "layer").rglob("*") if not path.is_dir())
