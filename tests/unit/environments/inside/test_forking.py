"""What a zygote's children have of it."""

import signal
import socket
import types

import pytest


class Ended(BaseException):
    """In the place of the end of the process."""


def left(zygote):
    """What is done with the ends of children by a child of this zygote: a handler, and who is woken."""
    with pytest.raises(Ended):
        zygote.run()
    zygote._leave()
    return signal.getsignal(signal.SIGCHLD), signal.set_wakeup_fd(-1)


def end():
    raise Ended


def test_only_copies_of_a_template_do_with_their_childrens_ends_what_was_done_before(inside, monkeypatch):
    forking, template = inside("forking"), inside("template")
    monkeypatch.setattr(forking.os, "setsid", lambda: None)
    way = types.SimpleNamespace(descriptors=[], begin=lambda: None, end=end)
    handler = signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # as whoever started the platform may have left it
    loops, woken = socket.socketpair()
    woken.setblocking(False)
    descriptor = signal.set_wakeup_fd(woken.fileno())
    try:
        for make, expected in (
            (lambda connection: forking.Zygote(forking.Control(connection), way, None), (signal.SIG_DFL, -1)),
            (lambda connection: template.Template(connection, way, (), None), (signal.SIG_IGN, woken.fileno())),
        ):
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.set_wakeup_fd(woken.fileno())
            ours, theirs = socket.socketpair()
            theirs.close()
            assert left(make(ours)) == expected
    finally:
        signal.set_wakeup_fd(descriptor)
        signal.signal(signal.SIGCHLD, handler)
        loops.close()
        woken.close()
