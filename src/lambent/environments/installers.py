"""uv, pip and npm as programs that are started: which can be, and what they say. The machine's own settings of each hold."""

import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from lambent.core.config import environment
from lambent.core.errors import LambentError

ANSWER_S_MAX = 300
_LINES_KEPT = 200
_ERRORS = ("error", "cause", "npm error", "\u00d7", "\u2570")  # uv draws its own

PIP_INSTALL = (
    "install",
    "--disable-pip-version-check",
    "--no-input",
    "--no-compile",
    "--retries",
    "1",
    "--timeout",
    "15",
)

Say = Callable[[str], None]
"""Takes a line of progress."""


class InstallationFailed(LambentError):
    """``advice`` is the next step, in sentences."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


def has_pip(executable: Path) -> bool:
    return run([str(executable), "-c", "import pip"]).returncode == 0


def run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            command,
            env=variables(),
            capture_output=True,
            text=True,
            timeout=ANSWER_S_MAX,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no answer within {ANSWER_S_MAX} s")


def follow(command: Sequence[str], say: Say, *, folder: Path | None = None) -> list[str]:
    """Runs it, handing on each line as it comes. What it said, where it failed, and nothing where it did not.

    Has no limit of time but the user's patience: packages are large.
    """
    said: deque[str] = deque(maxlen=_LINES_KEPT)
    with subprocess.Popen(
        command,
        cwd=folder,
        env=variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            text = line.strip()
            if text:
                said.append(text)
                say(text)
    return list(said) or ["it said nothing"] if process.returncode else []


def variables() -> dict[str, str]:
    """This process' variables, without those that steer a Python."""
    kept = {name: value for name, value in environment().items() if not name.startswith("PYTHON")}
    return kept | {"PIP_REQUIRE_VIRTUALENV": "0", "PIP_ROOT_USER_ACTION": "ignore", "PIP_PROGRESS_BAR": "off"}


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and "notice" not in line]
    return lines[-1] if lines else "no message"


def errors_of(said: Sequence[str]) -> str:
    """Those lines of a failed program's that say what was wrong; else its last."""
    wrong = [line for line in said if line.lower().startswith(_ERRORS)]
    told = dict.fromkeys(wrong[:3])
    if wrong and wrong[-1].rstrip(":").endswith("Exception"):  # pip's own defects: what it was stands at the traceback's end
        told[said[-1]] = None
    return "; ".join(told) or said[-1]
