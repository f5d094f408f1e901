"""A program that waits for its debugger's port keeps nobody else waiting, and is told of if the port stays another's."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.environments.inside.conftest import INSIDE

from lambent.environments.inside import frames

RUN = """
import os, socket, sys, types
package = sys.modules["_lambent"] = types.ModuleType("_lambent")
package.__path__ = [sys.argv[1]]
from _lambent import channel, debugger, supervisor
debugger.PORT_FREE_S_MAX = float(sys.argv[4])
assignment = {"folder": "/", "is_isolated": False, "debug_port": int(sys.argv[3])}
supervisor.become(assignment, channel.Channel(socket.socket(fileno=int(sys.argv[2]))), os.dup(2), None)
"""


class Supervised:
    """The supervisor as a process, and the platform's end of its channel."""

    def __init__(self, port: int, *, limit_s: float) -> None:
        self._channel, theirs = socket.socketpair()
        self._channel.settimeout(20)
        with theirs:
            command = [sys.executable, "-I", "-S", "-c", RUN, str(INSIDE), str(theirs.fileno()), str(port), str(limit_s)]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])

    def order(self, **order: Any) -> None:
        self._channel.sendall(frames.pack(frames.ORDER, json.dumps(order).encode()))

    def start(self, name: str) -> None:
        """There is no such program, so that it is told as soon as it is looked for."""
        facts = {"commands": [["/nowhere"]], "missing": "looked for", "variables": {}, "has_log_descriptor": False}
        self.order(name=name, is_extension=name != "runtime", **facts)

    def told(self) -> dict[str, Any]:
        length, kind = frames.HEAD.unpack(self._channel.recv(frames.HEAD.size, socket.MSG_WAITALL))
        assert kind == frames.TOLD
        told: dict[str, Any] = json.loads(self._channel.recv(length, socket.MSG_WAITALL))
        return told

    def close(self) -> None:
        self._channel.close()
        assert self._process.wait(20) == 0


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_who_waits_for_a_port_begins_when_it_is_free_and_keeps_no_extension_waiting(taken: socket.socket) -> None:
    supervised = Supervised(taken.getsockname()[1], limit_s=600)
    for name in ("runtime", "extension"):
        supervised.start(name)
    assert supervised.told() == {"name": "extension", "error": "looked for"}
    taken.close()
    assert supervised.told() == {"name": "runtime", "error": "looked for"}
    supervised.close()


def test_a_port_that_stays_anothers_is_told(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    supervised = Supervised(port, limit_s=0)
    supervised.start("runtime")
    assert f"port {port}, where a debugger is to attach, is not free: " in supervised.told()["error"]
    supervised.close()
