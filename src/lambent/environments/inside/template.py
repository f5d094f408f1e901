"""A function that was initialised once and from then on is forked: each environment of a SnapStart version begins as its copy.

Its code runs as unprivileged as any function's, but in a user namespace in which it may make further namespaces. What a copy
must not share with its siblings is made its own here: streams, connections, positions in files, randomness.
"""

import fcntl
import gc
import os
import socket
import stat
import sys

from _lambent import forking, host

_WRITTEN_BITS = 64


class Restored(BaseException):
    """Leads a copy out of the template's loop. ``args``: its assignment, channel and log pipe."""


class Template(forking.Zygote):
    """``kept``: the runtime's descriptors, besides those that each copy is given. ``generators``: as ``settled`` gives them."""

    def __init__(self, connection, way, kept, generators):
        forking.Zygote.__init__(self, forking.Control(connection), way, None)
        self._kept = kept
        self._generators = generators

    def _become(self, request, descriptors):
        try:
            self._leave()
            assigned = forking.shut_in(request, descriptors, self._way, self._be_oneself)
            if assigned is None:
                os._exit(70)
        except BaseException:
            os._exit(70)
        raise Restored(*assigned)

    def _be_oneself(self, channel, log_pipe):
        be_oneself({*self._kept, channel.fileno(), log_pipe}, self._generators)


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


def settled():
    """Before the first fork: the generators that are not to be alike in two copies. All that there is stays as it is then."""
    gc.collect()
    generators = _generators_of_chance()
    gc.freeze()  # what the collector looks through it writes to
    return generators


def _generators_of_chance():
    """NumPy's, where nobody has seeded them: chance seeds with 128 bits, people with numbers that they can write down."""
    numpy_random = sys.modules.get("numpy.random")
    kind = getattr(numpy_random, "BitGenerator", None)
    if kind is None:
        return []
    entropies = {}
    for each in gc.get_objects():
        if issubclass(type(each), kind):  # not isinstance, which asks objects that stand for others
            seed = getattr(each, "seed_seq", None) or getattr(each, "_seed_seq", None)
            entropies[each] = getattr(seed, "entropy", None)
    return [each for each, entropy in entropies.items() if isinstance(entropy, int) and entropy.bit_length() > _WRITTEN_BITS]


def wait(connection, way, kept, generators):
    """Forks whenever it is asked. Only copies return: with their assignment, channel and log pipe."""
    try:
        Template(connection, way, kept, generators).run()
    except Restored as restored:
        return restored.args


def be_oneself(kept, generators):
    """In a copy: what must not be the same in two. ``kept``: descriptors that are the runtime's.

    ``random`` sees to itself after a fork, OpenSSL too, as the copy has another pid than the template.
    """
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
        for generator in generators:
            generator.state = type(generator)().state
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
