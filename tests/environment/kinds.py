"""The same function in every runtime and packaging: it echoes, logs, fails, takes too long, exits, exhausts memory, streams.

The event says which, in ``do``. Each kind can also evaluate an expression of Python, so that one probe asks all of them.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests import images
from tests.environment.house import House

from lambent.core.config import default_cache, environment
from lambent.core.ports import Archive, ContainerImage, EnvironmentSpec
from lambent.environments import java, jvms

PYTHON = """
import json, os, sys, time

def attempt(expression):
    try:
        return repr(eval(expression))
    except BaseException as error:
        return type(error).__name__ + ": " + str(error)

def pieces():
    yield b"one "
    yield b"two"

def stream(event, context):
    return pieces()

def handler(event, context):
    do = event["do"]
    if do == "log":
        print("one line")
        print("another")
    if do == "fail":
        raise ValueError("bad")
    if do == "sleep":
        time.sleep(60)
    if do == "exit":
        sys.stdout.flush()
        os._exit(event["code"])
    if do == "memory":
        kept = []
        while True:
            kept.append(bytearray(b"x") * (1 << 23))
    if do == "tmp":
        with open("/tmp/count", "a+") as file:
            file.write("x")
            file.seek(0)
            return len(file.read())
    if do == "probe":
        return {name: attempt(expression) for name, expression in event["probes"].items()}
    return event
"""

# For runtimes of other languages: asks what PYTHON is asked, as a program of theirs.
PROBE = PYTHON + "\nprint(json.dumps(handler(json.load(sys.stdin), None)))\n"

SHELL = r"""#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while :; do
  curl -sS -D /tmp/.head -o /tmp/.event "$api/invocation/next"
  id=$(sed -n 's/^Lambda-Runtime-Aws-Request-Id: \([^[:cntrl:]]*\).*$/\1/p' /tmp/.head)
  answer() { curl -sS -o /dev/null --data-binary @- "$api/invocation/$id/response"; }
  case "$(cat /tmp/.event)" in
    *'"do": "log"'*) echo 'one line'; echo another; answer < /tmp/.event;;
    *'"do": "fail"'*) curl -sS -o /dev/null -H 'Lambda-Runtime-Function-Error-Type: Runtime.Oops' \
      -d '{"errorMessage":"bad","errorType":"Oops"}' "$api/invocation/$id/error";;
    *'"do": "sleep"'*) sleep 60;;
    *'"do": "exit"'*) exit "$(sed 's/.*"code": \([0-9]*\).*/\1/' /tmp/.event)";;
    *'"do": "memory"'*) exec tail /dev/zero;;
    *'"do": "tmp"'*) printf x >> /tmp/count; wc -c < /tmp/count | answer;;
    *'"do": "probe"'*) PYTHON /var/task/probe.py < /tmp/.event | answer;;
    *'"do": "stream"'*) printf 'one two' | curl -sS -o /dev/null -H 'Lambda-Runtime-Function-Response-Mode: streaming' \
      -H 'Content-Type: application/octet-stream' -H 'Transfer-Encoding: chunked' -X POST -T - "$api/invocation/$id/response";;
    *) answer < /tmp/.event;;
  esac
done
"""

NODE = """
const fs = require('fs'), { execFileSync } = require('child_process');
exports.stream = awslambda.streamifyResponse(async (event, stream) => {
  stream.write('one '); stream.write('two'); stream.end();
});
exports.handler = async (event) => {
  switch (event.do) {
    case 'log': console.log('one line'); process.stdout.write('another\\n'); break;
    case 'fail': throw new RangeError('bad');
    case 'sleep': await new Promise((resolve) => setTimeout(resolve, 60_000)); break;
    case 'exit': process.exit(event.code);
    case 'memory': for (const kept = [];;) kept.push(Buffer.alloc(1 << 23, 'x'));
    case 'tmp': fs.appendFileSync('/tmp/count', 'x'); return fs.statSync('/tmp/count').size;
    case 'probe': return JSON.parse(execFileSync('PYTHON', ['/var/task/probe.py'], { input: JSON.stringify(event) }));
  }
  return event;
};
"""

JAVA = """
import java.io.*;
import java.nio.file.*;
import java.util.*;

public class App {
    public Object handle(Map<String, Object> event) throws Exception {
        switch ((String) event.get("do")) {
            case "log": System.out.println("one line"); System.out.println("another"); break;
            case "fail": throw new IllegalStateException("bad");
            case "sleep": Thread.sleep(60_000); break;
            case "exit": System.exit(((Number) event.get("code")).intValue()); break;
            case "memory":
                for (List<Object> kept = new ArrayList<>();;) {
                    java.nio.ByteBuffer buffer = java.nio.ByteBuffer.allocateDirect(1 << 23);
                    for (int at = 0; at < 1 << 23; at += 4096) buffer.put(at, (byte) 1);
                    kept.add(buffer);
                }
            case "tmp":
                Path path = Path.of("/tmp/count");
                Files.writeString(path, "x", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                return Files.size(path);
        }
        return event;
    }
    public void probe(InputStream in, OutputStream out) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("PYTHON", "/var/task/probe.py");
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (OutputStream asked = process.getOutputStream()) { in.transferTo(asked); }
        process.getInputStream().transferTo(out);
    }
}
"""


def realtime(kind: Any) -> Any:
    """The parameter of a test, for where there is time."""
    if isinstance(kind, str):
        return pytest.param(kind, marks=pytest.mark.realtime)
    return pytest.param(*kind.values, marks=[*kind.marks, pytest.mark.realtime])


WRAPPED = "python wrapped"
SNAP_START, IMAGE, NATIVE, NODE_KIND, JAVA_KIND = "python SnapStart", "python image", "custom runtime", "node zip", "java zip"
KINDS = (
    "python zip",
    SNAP_START,
    WRAPPED,
    NATIVE,
    pytest.param(NODE_KIND, marks=pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")),
    pytest.param(JAVA_KIND, marks=pytest.mark.slow),
    pytest.param(IMAGE, marks=pytest.mark.realtime),
)
# For tests that throw unpacked code away, or start several: the slow kinds only where there is time.
QUICK_KINDS = tuple(realtime(each) if each in KINDS[-2:] else each for each in KINDS)
# Further places that code is served from: the same runtimes, in other sandboxes.
FOLDER, FOREIGN = "python folder", "python image of a Debian"
PLACES = (*KINDS, FOLDER, pytest.param(FOREIGN, marks=pytest.mark.realtime))
_JAVA_SMALL = {"JAVA_TOOL_OPTIONS": "-Xmx64m -XX:MaxDirectMemorySize=1g"}  # so that it is memory that ends it, not the heap


class Kinds:
    """Makes the function of each kind. ``base``: layers and configuration of a base image."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.sources = folder / "sources"  # of the kind that is served from a folder
        self.sources.mkdir()
        self._classes: dict[str, bytes] = {}
        self._debian_layer: Archive | None = None
        self.base: tuple[tuple[Archive, ...], Mapping[str, Any]] | None = None

    def spec(self, house: House, kind: str, *, do: str = "", **changes: Any) -> EnvironmentSpec:
        """For events that ``do`` this: some kinds have a handler of its own for that."""
        python = os.path.realpath(sys.executable)
        probe = {"probe.py": PROBE}
        streams = do == "stream"
        if kind == NATIVE:
            files = {"bootstrap": SHELL.replace("PYTHON", python)} | probe
            return house.spec(files, runtime="provided.al2023", handler="any", **changes)
        if kind == NODE_KIND:
            handler = "index.stream" if streams else "index.handler"
            return house.spec(
                {"index.js": NODE.replace("PYTHON", python)} | probe, runtime="nodejs22.x", handler=handler, **changes
            )
        if kind == JAVA_KIND:
            handler = "App::probe" if do == "probe" else "App::handle"
            variables = {"variables": _JAVA_SMALL} if do == "memory" else {}
            return house.spec(self._java(python) | probe, runtime="java17", handler=handler, **variables, **changes)
        handler = "app.stream" if streams else "app.handler"
        if kind in (IMAGE, FOREIGN):
            return replace(house.spec("", runtime="", handler="", **changes), image=self._image(handler, kind))
        if kind == FOLDER:
            (self.sources / "app.py").write_text(PYTHON)
            return house.spec({}, handler=handler, folder=self.sources, **changes)
        if kind == SNAP_START:
            changes |= {"initialization_type": "snap-start", "version": "1"}
        elif kind == WRAPPED:
            changes["variables"] = {"AWS_LAMBDA_EXEC_WRAPPER": "/usr/bin/env"}
        return house.spec(PYTHON, handler=handler, **changes)

    def _java(self, python: str) -> dict[str, bytes]:
        client = java.client_folder(default_cache())
        if not jvms.discover(environment()) or shutil.which("javac") is None or not client.is_dir():
            pytest.skip("a JVM, javac and AWS' client for Java are needed")
        if not self._classes:
            (self._folder / "App.java").write_text(JAVA.replace("PYTHON", python))
            command = ["javac", "-nowarn", "--release", "17", "-d", self._folder / "classes", self._folder / "App.java"]
            subprocess.run(command, check=True, capture_output=True)
            self._classes = {path.name: path.read_bytes() for path in (self._folder / "classes").iterdir()}
        return self._classes

    def _image(self, handler: str, kind: str) -> ContainerImage:
        assert self.base is not None, "the fixture base_image comes first"
        layers, config = self.base
        files: dict[str, bytes | None] = {"var/task/app.py": PYTHON.encode()}
        if kind == FOREIGN:  # AWS' client and a Python on a system that is not this machine's
            layers = (self._debian(), *layers)
            files |= {"root": None}  # where that Python may lie, and nobody but root looks into a Debian's
        own = images.layer(files)
        path = self._folder / f"{kind}.tar"
        path.write_bytes(own)
        variables = dict(each.partition("=")[::2] for each in config["Env"])
        every = (*layers, Archive(hashlib.sha256(own).hexdigest(), path))
        return ContainerImage(every, tuple(config["Entrypoint"]), (handler,), config["WorkingDir"], variables)

    def _debian(self) -> Archive:
        if self._debian_layer is None:
            path = images.debian()
            with path.open("rb") as file:
                self._debian_layer = Archive(hashlib.file_digest(file, "sha256").hexdigest(), path)
        return self._debian_layer
