"""Base images of this machine's Python: AWS' contract, functions that stand on them, containers that are started alone."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests import images

from lambent.core.ports import Archive, ContainerImage
from lambent.environments import image_layers

pytestmark = pytest.mark.slow

APP = b"""
import gc, logging, os, sys
calls = 0
loaded = [name for name in ("asyncio", "ssl", "http.client", "_lambent.asgi", "_lambent.wsgi") if name in sys.modules]
def handler(event, context):
    global calls
    calls += 1
    if event == "raise":
        raise KeyError("no")
    if event == "exit":
        os._exit(3)
    if event == "start":
        with open("/proc/self/cmdline") as file:
            return [file.read().split(chr(0))[:2], loaded, gc.isenabled(), type(logging.__loader__).__name__]
    if event == "name":
        return [context.function_name, context.memory_limit_in_mb, os.environ["AWS_REGION"]]
    return [event, os.getcwd(), sys.prefix, os.environ["_HANDLER"], calls]
"""

# Starts the image as a container engine would, alone in its root and its network, and invokes it from there.
ALONE = """
import encodings.idna, fcntl, http.client, json, os, socket, struct, sys
root, events, command = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3:]
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 0x41))  # SIOCSIFFLAGS: up and running
os.chroot(root)
os.chdir("/var/task")
variables = dict(each.partition("=")[::2] for each in json.loads(os.environ["IMAGE_ENV"]))
if not events:
    os.execve("/lambda-entrypoint.sh", ["/lambda-entrypoint.sh", *command], variables)
if os.fork() == 0:
    os.execve("/lambda-entrypoint.sh", ["/lambda-entrypoint.sh", *command], variables)
answers = []
while len(answers) < len(events):
    connection = http.client.HTTPConnection("127.0.0.1", 8080)
    try:
        connection.request("POST", "/2015-03-31/functions/function/invocations", json.dumps(events[len(answers)]))
    except ConnectionRefusedError:
        os.sched_yield()
        continue
    response = connection.getresponse()
    answers.append([response.status, json.loads(response.read())])
os.write(3, json.dumps(answers).encode())
"""


class Base:
    """An image of this machine's Python, and one layer with an application on it."""

    def __init__(self, made: tuple[tuple[Archive, ...], Mapping[str, Any]], folder: Path) -> None:
        below, self.config = made
        own = images.layer({"var/task/app.py": APP})
        (folder / "own").write_bytes(own)
        self.layers = (*below, Archive(hashlib.sha256(own).hexdigest(), folder / "own"))
        self.folder = folder

    def root(self) -> Path:
        if not (self.folder / "root").is_dir():
            for number, layer in enumerate(self.layers):
                image_layers.unpack(layer.path, self.folder / str(number))
            folders = [self.folder / str(number) for number in range(len(self.layers))]
            image_layers.merge(folders, self.folder / "root")
        return self.folder / "root"


@pytest.fixture(scope="module")
def base(base_image: tuple[tuple[Archive, ...], Mapping[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Base:
    return Base(base_image, tmp_path_factory.mktemp("base"))


async def test_a_function_stands_on_a_base_image_as_on_aws_own(base: Base, house):
    assert (base.config["Entrypoint"], base.config["WorkingDir"]) == (["/lambda-entrypoint.sh"], "/var/task")
    variables = dict(each.partition("=")[::2] for each in base.config["Env"])
    image = ContainerImage(base.layers, tuple(base.config["Entrypoint"]), ("app.handler",), "/var/task", variables)
    spec = replace(house.spec("", runtime="", handler=""), image=image)
    assert await house.call(spec, {"n": 1}) == [{"n": 1}, "/var/task", "/var/lang", "app.handler", 1]
    # What runs is what AWS starts, with nothing imported that only some functions need, and with the collector at work; what
    # is imported always came from one file.
    command = ["/var/lang/bin/" + Path(sys._base_executable).name, "/var/runtime/bootstrap.py"]
    assert await house.call(spec, "start") == [command, [], True, "_Loader"]
    failed = await house.fail(replace(spec, key="without", image=replace(image, command=())), 1)
    assert failed["errorType"] == "Runtime.ExitError"
    assert failed["errorMessage"].endswith("exit status 142")


def alone(base: Base, events: list[object], *command: str) -> "subprocess.CompletedProcess[bytes]":
    """The image in namespaces of its own, without the platform."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare to shut the image in with")
    namespaces = ["unshare", "--map-root-user", "--net", "--pid", "--fork", "--kill-child"]
    if subprocess.run([*namespaces, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no namespaces")
    script = [sys.executable, "-c", ALONE, str(base.root()), json.dumps(events), *command]
    told = base.folder / "told"
    line = 'exec 3>"$0"; exec "$@"'
    variables = {"IMAGE_ENV": json.dumps(base.config["Env"])}
    done = subprocess.run(
        ["sh", "-c", line, str(told), *namespaces, *script], env=variables, capture_output=True, timeout=60, check=False
    )
    return subprocess.CompletedProcess(script, done.returncode, told.read_bytes(), done.stderr)


def test_a_container_that_is_started_alone_answers_as_awss_emulator_does(base: Base):
    done = alone(base, [{"n": 1}, "raise", "name", 2, "exit", 3], "app.handler")
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert answers[0] == [200, [{"n": 1}, "/var/task", "/var/lang", "app.handler", 1]]
    assert (answers[1][0], answers[1][1]["errorType"], answers[1][1]["errorMessage"]) == (200, "KeyError", "'no'")
    assert answers[2] == [200, ["test_function", "3008", "us-east-1"]]
    assert answers[3] == [200, [2, "/var/task", "/var/lang", "app.handler", 4]], "the same process"
    assert answers[4][1]["errorType"] == "Runtime.ExitError"
    assert answers[5] == [200, [3, "/var/task", "/var/lang", "app.handler", 1]], "a new one, after the first has ended"


def test_a_container_without_a_handler_ends_with_142(base: Base):
    done = alone(base, [])
    assert done.returncode == 142
    assert b"entrypoint requires the handler name to be the first argument" in done.stderr
