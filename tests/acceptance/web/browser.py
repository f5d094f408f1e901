"""A headless Chromium, driven as WebDriver says, over HTTP: https://www.w3.org/TR/webdriver2/."""

import contextlib
import itertools
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

ANSWER_S_MAX = 60.0
COMMANDS = (("chromium", "chromium-browser", "google-chrome"), ("chromedriver",))


def missing() -> str:
    """What of a browser and its driver is not on this machine; empty where both are."""
    return " and ".join(names[0] for names in COMMANDS if _found(names) is None)


class Browser:
    """One window."""

    def __init__(self, driver: httpx.Client, session: str) -> None:
        self._driver = driver
        self._session = session

    def open(self, url: str) -> None:
        self._ask("url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """What the body of an asynchronous function returns in the page, ``arguments`` being its ``arguments``."""
        wrapped = (
            "const done = arguments[arguments.length - 1];"
            f"(async function () {{ {script} }}).apply(null, arguments).then(done, error => done({{raised: String(error)}}));"
        )
        return self._ask("execute/async", {"script": wrapped, "args": list(arguments)})

    def _ask(self, command: str, given: dict[str, Any]) -> Any:
        answer = self._driver.post(f"/session/{self._session}/{command}", json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]


@contextlib.contextmanager
def started(folder: Path, *hosts: str) -> Iterator[Browser]:
    """``hosts`` are names that lead to this machine, for this browser only."""
    port = _free_port()
    driver_path = _found(COMMANDS[1])
    assert driver_path is not None
    log = folder / "chromedriver.log"
    command = [driver_path, f"--port={port}", f"--log-path={log}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=ANSWER_S_MAX, trust_env=False) as driver:
                _wait_until_ready(process)
                session = _session(driver, folder, hosts)
                yield Browser(driver, session)
                driver.delete(f"/session/{session}")
        finally:
            process.terminate()
            process.wait()


def _session(driver: httpx.Client, folder: Path, hosts: tuple[str, ...]) -> str:
    arguments = [
        "--headless=new",
        "--no-sandbox",  # CI is root in a container
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-proxy-server",
        f"--user-data-dir={folder / 'profile'}",
        "--host-resolver-rules=" + ", ".join(f"MAP {host} 127.0.0.1" for host in (*hosts, "*.localhost")),
    ]
    options = {"args": arguments, "binary": _found(COMMANDS[0])}
    wanted = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options, "timeouts": {"script": 30_000}}}
    answer = driver.post("/session", json={"capabilities": wanted})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["value"]["sessionId"])


def _wait_until_ready(driver: "subprocess.Popen[str]") -> None:
    """It says so, and then no more."""
    assert driver.stdout is not None
    said = list(itertools.takewhile(lambda line: "started successfully" not in line, driver.stdout))
    assert driver.poll() is None, "".join(said)


def _found(names: tuple[str, ...]) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
