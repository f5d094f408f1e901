"""A function that was initialised once and from then on is forked: each environment of a SnapStart version begins as its copy.

Its code runs as unprivileged as any function's, but in a user namespace in which it may make further namespaces. What a copy
must not share with its siblings is made its own here: streams, connections, positions in files, randomness.
"""

import fcntl
import os
import random
import socket
import stat
import sys

from _lambent import forking, host


class Restored(BaseException):
    """Leads a copy out of the template's loop. ``args``: its assignment, channel and log pipe."""


class Template(forking.Zygote):
    def __init__(self, connection, way):
        forking.Zygote.__init__(self, forking.Control(connection), way, None)

    def _become(self, request, descriptors):
        try:
            self._leave()
            assigned = forking.shut_in(request, descriptors, self._way, _nothing)
            if assigned is None:
                os._exit(70)
        except BaseException:
            os._exit(70)
        raise Restored(*assigned)


def _nothing():
    """The template has walked all the way already."""


def why_unfit():
    """Why the process cannot be forked so that its copies work; empty if it can."""
    threads = len(sys._current_frames()) - 1
    if threads:
        return "%d thread%s running" % (threads, " is" if threads == 1 else "s are")
    children = list(host.children())
    if children:
        return "%d process%s running" % (
            len(children),
            " that it started is" if len(children) == 1 else "es that it started are",
        )
    return ""


def wait(connection, way):
    """Forks whenever it is asked. Only copies return: with their assignment, channel and log pipe."""
    try:
        Template(connection, way).run()
    except Restored as restored:
        return restored.args


def be_oneself(kept):
    """In a copy: what must not be the same in two. ``kept``: descriptors that are the runtime's."""
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor not in kept:
            try:
                _make_own(descriptor, os.fstat(descriptor).st_mode)
            except OSError:
                pass  # the list's own


def _make_own(descriptor, mode):
    if stat.S_ISSOCK(mode):
        # In its place stands one whose other end is closed: who would write to it or read from it connects anew.
        dead, other = socket.socketpair()
        other.close()
        os.dup2(dead.fileno(), descriptor, inheritable=False)
        dead.close()
    elif stat.S_ISREG(mode):
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        if flags & os.O_ACCMODE == os.O_RDONLY:
            again = os.open("/proc/self/fd/%d" % descriptor, os.O_RDONLY | os.O_CLOEXEC)
            os.lseek(again, os.lseek(descriptor, 0, os.SEEK_CUR), os.SEEK_SET)
            os.dup2(again, descriptor, inheritable=False)
            os.close(again)
