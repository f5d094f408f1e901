"""Has a function wait for a debugger before its code is imported: debugpy, which the function or a layer brings."""

import importlib
import os
import socket
import time

PORT_FREE_S_MAX = 10.0  # the environment before this one has been ended, and its port is free as soon as it is gone
LOOK_S = 0.02  # how often that is looked at


def wait(port):
    """Returns when a debugger is attached and has set its breakpoints."""
    # The path of Python's own frozen modules differs from that of their files, which the debugger else warns of.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    try:
        debugpy = importlib.import_module("debugpy")
    except ImportError as error:
        _say("no debugger can attach, because debugpy cannot be imported (%s). The function runs without." % error)
        return
    wait_for_port(port)
    debugpy.listen(("127.0.0.1", port))
    _say("waiting for a debugger at 127.0.0.1:%d" % port)
    debugpy.wait_for_client()


def wait_for_port(port):
    """Returns when a debugger can be waited for there. Raises RuntimeError where the port stays another's."""
    end = time.monotonic() + PORT_FREE_S_MAX
    while (reason := why_taken(port)) is not None:
        if time.monotonic() > end:
            raise RuntimeError(reason)
        time.sleep(LOOK_S)


def why_taken(port):
    """Why a debugger cannot be waited for there just now; None where it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return "port %d, where a debugger is to attach, is not free: %s" % (port, error)
    return None


def _say(text):
    print("Lambent: " + text, flush=True)  # awslambdaric makes the output unbuffered, but later
