"""Platforms to measure: each a process of its own on a free loopback port, with a data directory of its own."""

import contextlib
import http.client
import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

READY_S_MAX = 60.0
ROLE = "arn:aws:iam::000000000000:role/bench"


@dataclass(slots=True)
class Platform:
    """A running platform: ``process`` is its control process."""

    process: subprocess.Popen[bytes]
    port: int
    ready_ms: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str, account: str = "000000000000") -> Any:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id=account,
            aws_secret_access_key="bench",
            config=Config(retries={"max_attempts": 0}, max_pool_connections=64, read_timeout=120),
        )

    def deploy(self, name: str, source: str, *, memory_mb: int = 128, timeout_s: int = 60) -> None:
        """Creates a function from one module and waits until it is active."""
        client = self.client("lambda")
        client.create_function(
            FunctionName=name,
            Runtime=f"python{sys.version_info[0]}.{sys.version_info[1]}",
            Role=ROLE,
            Handler="app.handler",
            Code={"ZipFile": zipped(source)},
            MemorySize=memory_mb,
            Timeout=timeout_s,
        )
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})


def zipped(source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", source)
    return buffer.getvalue()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def platform(*options: str) -> Iterator[Platform]:
    """Starts ``lambent start`` with further options, and ends it by its id."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="lambent-bench-") as folder:
        command = [sys.executable, "-m", "lambent.cli.main", "start", "--port", str(port), "--data", folder, *options]
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment())
        try:
            wait_until_ready(port, process)
            yield Platform(process, port, (time.perf_counter() - start) * 1000)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _environment() -> dict[str, str]:
    """Ours, but with compiled modules kept, as they are for who has the package installed."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_S_MAX
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the platform ended with {process.returncode} before it was ready")
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/_lambent/ready")
            if connection.getresponse().status == 200:
                connection.close()
                return
        time.sleep(0.005)
    raise RuntimeError("the platform did not become ready")


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_seconds_below(pid: int) -> float:
    """Of every process below ``pid`` that still lives."""
    total = 0.0
    for each in descendants(pid):
        with contextlib.suppress(OSError):
            total += cpu_seconds(each)
    return total


def descendants(pid: int) -> list[int]:
    """Every process below ``pid``."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, queue = [], [pid]
    while queue:
        for child in children.get(queue.pop(), []):
            found.append(child)
            queue.append(child)
    return found


def resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no resident size")
