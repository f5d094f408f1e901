"""Starts a platform as a process of its own and knows when it is ready: it writes a line to a pipe that it was given."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from lambent.cli.failures import CannotStart
from lambent.core.clock import monotonic_s
from lambent.store import lock

START_S_MAX = 60.0
LOG_NAME = "platform.log"
LOG_BYTES_MAX = 1_048_576  # of earlier platforms: where there is more, the log begins anew
_SAID_BYTES_MAX = 4_096


@dataclass(frozen=True, slots=True)
class Started:
    """What a platform says of itself when it is ready."""

    pid: int
    url: str
    data: str

    def announce(self, descriptor: int) -> None:
        with os.fdopen(descriptor, "w") as pipe:
            pipe.write(json.dumps(asdict(self)) + "\n")


def refuse(descriptor: int, reason: str) -> None:
    """Says through the same pipe why the platform does not start."""
    with os.fdopen(descriptor, "w") as pipe:
        pipe.write(json.dumps({"refused": reason}) + "\n")


def open_log(data: Path) -> IO[bytes]:
    """The log of a platform in the background. Raises StartupError where one runs that writes to it.

    Each writes behind what is there: two that start at once share the file until one is refused, and what a platform said
    before it was killed is wanted most when the next one runs.
    """
    lock.check(data)
    output = (data / LOG_NAME).open("a+b")
    if output.tell() > LOG_BYTES_MAX:
        output.truncate(0)
    return output


def start(arguments: Sequence[str], output: IO[bytes]) -> tuple["subprocess.Popen[bytes]", Started]:
    """Runs ``lambent start`` with these arguments, its talk in ``output``; returns when it is ready. Raises CannotStart.

    ``output`` is open for reading too: what was said last is why it did not start.
    """
    reading, writing = os.pipe()
    earlier_bytes = os.fstat(output.fileno()).st_size
    command = [sys.executable, "-m", "lambent.cli.main", "start", *arguments, "--ready-fd", str(writing)]
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, pass_fds=[writing], start_new_session=True
        )
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    try:
        return process, _await_ready(process, reading, output, earlier_bytes)
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        os.close(reading)


def variables_for(url: str, *, access_key_id: str, secret_access_key: str, region: str) -> dict[str, str]:
    """What the environment of an AWS tool must say so that it talks to the platform at ``url``."""
    return {
        "AWS_ENDPOINT_URL": url,
        # AWS has a host of its own for some operations (StartLiveTail), named by a prefix: stream-localhost is nobody's.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_ACCESS_KEY_ID": access_key_id,
        "AWS_SECRET_ACCESS_KEY": secret_access_key,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }


def _await_ready(process: "subprocess.Popen[bytes]", reading: int, output: IO[bytes], earlier_bytes: int) -> Started:
    deadline = monotonic_s() + START_S_MAX
    advice = f"Its log: {output.name}" if isinstance(output.name, str) else ""
    said = b""
    while not said.endswith(b"\n"):
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - monotonic_s()))
        if not ready:
            raise CannotStart(f"the platform was not ready within {START_S_MAX:.0f} s", advice)
        chunk = os.read(reading, _SAID_BYTES_MAX)
        if not chunk:  # it ended, and with it its side of the pipe
            process.wait()
            reason = _last_words(output, earlier_bytes) or f"the platform ended with status {process.returncode}"
            raise CannotStart(reason, advice)
        said += chunk
    content = json.loads(said)
    if "refused" in content:
        process.wait()
        raise CannotStart(content["refused"], advice)
    return Started(**content)


def _last_words(output: IO[bytes], earlier_bytes: int) -> str:
    """The last line of talk that is no log event, without our own prefix. The first bytes are what earlier platforms said."""
    size = os.fstat(output.fileno()).st_size
    text = os.pread(output.fileno(), _SAID_BYTES_MAX, max(earlier_bytes, size - _SAID_BYTES_MAX)).decode(errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("{")]
    return lines[-1].removeprefix("lambent: ") if lines else ""
