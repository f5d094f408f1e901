"""What a process says of itself when it has shut itself in."""

import os
import socket
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sandboxes are Linux'")


def test_a_copy_without_a_tmp_of_its_own_hands_over_no_namespace_to_be_reset_into(inside, monkeypatch):
    sandboxed = inside("sandboxed")
    ours, theirs = socket.socketpair()
    way = sandboxed.OfTemplate(None, {"mounts": {"tmp_mb": 1}, "limits": {}})

    def fail(*_):
        raise PermissionError("no /tmp")

    monkeypatch.setattr(sandboxed.isolation, "enter_sandbox", lambda _: None)
    monkeypatch.setattr(sandboxed.isolation, "renew_tmp", fail)
    with ours, theirs:
        with pytest.raises(PermissionError):
            way.greet(ours, None)
        with pytest.raises(BlockingIOError):
            theirs.recv(1, socket.MSG_DONTWAIT)
    os.close(*way.descriptors)
