"""The archive of classes that AWS' client for Java and the JDK load at each start, made once for each JVM.

The JVM writes it at the end of a rehearsal: the client runs a method of the JDK's as its handler, with two events from a
Runtime API that knows no more than that. https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html
"""

import contextlib
import hashlib
import http.server
import subprocess
import tempfile
import threading
from http import HTTPStatus
from pathlib import Path

from lambent.core import clock, ids
from lambent.core.log import Log
from lambent.environments import folders
from lambent.environments.jvms import Jvm

FOLDER = "archives"
AOT_FEATURE = 24  # from this version on some messages about archives go by that name
REHEARSAL_S_MAX = 60.0

log = Log("java")

# It takes and returns what most handlers do, so that the parts that read and write JSON are loaded too.
_HANDLER = "java.util.Collections::unmodifiableMap"
_EVENTS = (b'{"a": [1, 2.5, "b", true, null, {"c": {}}]}', b"{}")
_VARIABLES = {
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_FUNCTION_NAME": "rehearsal",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_GROUP_NAME": "rehearsal",
    "AWS_LAMBDA_LOG_STREAM_NAME": "rehearsal",
    "AWS_REGION": "us-east-1",
    "AWS_EXECUTION_ENV": "AWS_Lambda_java",
    "LC_ALL": "C.UTF-8",
}


def archive(jvm: Jvm, folder: Path, launch: tuple[str, ...]) -> Path | None:
    """The archive for this JVM, made now if it is not there; None where that fails, for functions run without. Blocks."""
    digest = hashlib.sha256(repr((jvm.version, str(jvm.home))).encode()).hexdigest()[:12]
    place = folder / FOLDER / f"{jvm.version}-{digest}.jsa"
    if place.is_file():
        return place
    started_s = clock.monotonic_s()
    new = place.with_name(f".{place.name}.{ids.hex_digits(8)}.tmp")
    folders.remove_abandoned(place.parent, ".*.tmp", older_than_s=4 * REHEARSAL_S_MAX)
    try:
        said = _rehearse(jvm, new, launch)
        if not new.is_file():
            log.warning("no_class_archive", jvm=str(jvm.home), reason=said, effect="Java functions start slower")
            return None
        new.chmod(0o644)
        new.replace(place)
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("no_class_archive", jvm=str(jvm.home), reason=str(error), effect="Java functions start slower")
        return None
    finally:
        with contextlib.suppress(OSError):
            new.unlink()
    log.info("archived", jvm=jvm.version, duration_s=round(clock.monotonic_s() - started_s, 1))
    return place


def _rehearse(jvm: Jvm, new: Path, launch: tuple[str, ...]) -> str:
    """Runs the client to the end of the events; told to end, the JVM writes the archive. Returns what it said last."""
    with _RuntimeApi() as api, tempfile.TemporaryDirectory(prefix="lambent-") as scratch:
        command = [str(jvm.executable), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", f"-XX:ArchiveClassesAtExit={new}"]
        process = subprocess.Popen(
            [*command, *launch, _HANDLER],
            cwd=scratch,
            env={**_VARIABLES, "AWS_LAMBDA_RUNTIME_API": api.address, "LAMBDA_TASK_ROOT": scratch, "TMPDIR": scratch},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        watch = threading.Thread(target=_end_when, args=(api.is_over, process), daemon=True)
        watch.start()
        try:
            said, _ = process.communicate(timeout=REHEARSAL_S_MAX * 2)
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
            api.is_over.set()
            api.has_ended.set()
        return said.strip().rpartition("\n")[2]


def _end_when(is_over: threading.Event, process: "subprocess.Popen[str]") -> None:
    is_over.wait(REHEARSAL_S_MAX)
    process.terminate()


class _RuntimeApi:
    """Gives the events of the rehearsal; ``is_over`` when all are answered and one more was asked for.

    Who asked for that one is let wait until ``has_ended``: a client whose connection breaks says so, and writes no archive.
    """

    def __init__(self) -> None:
        self.is_over = threading.Event()
        self.has_ended = threading.Event()
        self.events = list(_EVENTS)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.address = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "_RuntimeApi":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self, *arguments: object) -> "_Handler":
        return _Handler(self, *arguments)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, api: _RuntimeApi, *arguments: object) -> None:
        self._api = api
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        if not self._api.events:
            self._api.is_over.set()
            self._api.has_ended.wait()
            self.close_connection = True
            return
        deadline_ms = int((clock.wall_s() + REHEARSAL_S_MAX) * 1000)
        headers = {"Aws-Request-Id": "1", "Deadline-Ms": str(deadline_ms), "Invoked-Function-Arn": "arn:aws:lambda:us-east-1"}
        self._answer(HTTPStatus.OK, self._api.events.pop(0), headers)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(HTTPStatus.ACCEPTED, b'{"status":"OK"}\n', {})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(f"Lambda-Runtime-{name}", value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody wants to know."""
