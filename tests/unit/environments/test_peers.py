"""Whose socket it is that has connected."""

import os
import socket
import sys

import pytest

from lambent.environments import peers


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells on Linux only")
def test_the_kernel_names_the_owner_of_the_other_end():
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
        answer = peers.owner(client.getsockname(), server.getsockname())
        if answer is None:
            pytest.skip("this kernel has no sock_diag")
        assert answer == os.geteuid()


def test_nobody_owns_a_connection_that_is_not_there():
    assert peers.owner(("127.0.0.1", 1), ("127.0.0.1", 2)) is None
