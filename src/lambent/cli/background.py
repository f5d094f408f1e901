"""Starts a platform as a process of its own and knows when it is ready: it writes a line to a pipe that it was given."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from lambent.cli.failures import CannotStart
from lambent.core.clock import monotonic_s
from lambent.core.config import environment

START_S_MAX = 60.0
LOG_NAME = "platform.log"
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


def start(arguments: Sequence[str], output: IO[bytes]) -> tuple["subprocess.Popen[bytes]", Started]:
    """Runs ``lambent start`` with these arguments, its talk in ``output``; returns when it is ready. Raises CannotStart."""
    reading, writing = os.pipe()
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
        return process, _await_ready(process, reading, Path(output.name))
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        os.close(reading)


def stop(pid: int) -> None:
    """Asks a platform to end; who waits for it does so by other means."""
    os.kill(pid, signal.SIGTERM)


def variables_for(url: str, *, access_key_id: str, secret_access_key: str, region: str) -> dict[str, str]:
    """What the environment of an AWS tool must say so that it talks to the platform at ``url``."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": access_key_id,
        "AWS_SECRET_ACCESS_KEY": secret_access_key,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }


def _await_ready(process: "subprocess.Popen[bytes]", reading: int, output: Path) -> Started:
    deadline = monotonic_s() + START_S_MAX
    said = b""
    while not said.endswith(b"\n"):
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - monotonic_s()))
        if not ready:
            raise CannotStart(f"the platform was not ready within {START_S_MAX:.0f} s", f"Its log: {output}")
        chunk = os.read(reading, _SAID_BYTES_MAX)
        if not chunk:  # it ended, and with it its side of the pipe
            process.wait()
            raise CannotStart(
                _last_words(output) or f"the platform ended with status {process.returncode}", f"Its log: {output}"
            )
        said += chunk
    return Started(**json.loads(said))


def _last_words(output: Path) -> str:
    """The last paragraph of talk, without our own prefix."""
    lines = [line for line in output.read_text(errors="replace").splitlines() if line.strip() and not line.startswith("{")]
    words = lines[-1] if lines else ""
    return words.strip().removeprefix("lambent: ")


def inherited_environment() -> dict[str, str]:
    """The environment for AWS tools that are started here: without what would point them elsewhere."""
    return {name: value for name, value in environment().items() if not name.startswith("AWS_")}
