"""A function that was initialised once and from then on is forked: each environment of a SnapStart version begins as its copy.

Its code runs as unprivileged as any function's, but in a user namespace in which it may make further namespaces. What a copy
must not share with its siblings is made its own here: streams, connections, positions in files, randomness.
"""

import gc
import os
import signal
import sys

from _lambent import descriptors, forking, host

_WRITTEN_BITS = 64
_LOST_TOLD_MAX = 10  # of what a copy lacks


class Restored(BaseException):
    """Leads a copy out of the template's loop. ``args``: its assignment, channel and log pipe."""


def _named_threads():
    """The names of threads that a library has started and named, as the pools of Rust's and of gRPC are: no copy has them, and
    work that is given to them there is waited for for ever. Who knows of forks (OpenBLAS, OpenMP, Arrow) names none of its own.
    """
    names = set()
    with open("/proc/self/comm") as file:
        own = file.read().strip()
    for thread in os.listdir("/proc/self/task"):
        try:
            with open("/proc/self/task/%s/comm" % thread) as file:
                names.add(file.read().strip())
        except OSError:
            pass  # it has just ended
    return sorted(name for name in names if name != own and not name.startswith("jemalloc"))


class Left:
    """What INIT has left that is not to be alike in two copies. Made before the first fork: all stays as it is then.

    ``kept``: the runtime's descriptors, besides those that each copy is given.
    """

    def __init__(self, kept):
        gc.collect()
        self.generators = _generators_of_chance()
        self.descriptors = descriptors.Known(kept)
        gc.freeze()  # what the collector looks through it writes to


class Template(forking.Zygote):
    """``kept``, ``left``: as ``Left`` has them."""

    def __init__(self, connection, way, kept, left):
        forking.Zygote.__init__(self, forking.Control(connection), way, None)
        self._kept = kept
        self._left = left
        # What INIT has set, an event loop's above all: the template needs them otherwise, its copies have them again.
        self._wakeup, self._handler = -1, None
        way.begin()

    def _watch_children(self, wake_write):
        self._wakeup, self._handler = signal.set_wakeup_fd(-1), signal.getsignal(signal.SIGCHLD)
        forking.Zygote._watch_children(self, wake_write)

    def _leave(self):
        forking.Zygote._leave(self)
        if self._handler is not None:  # else a library has set one that Python knows nothing of
            signal.signal(signal.SIGCHLD, self._handler)
        try:
            signal.set_wakeup_fd(self._wakeup, warn_on_full_buffer=False)
        except (OSError, ValueError):
            pass  # what it was has been closed

    def _become(self, request, descriptors):
        try:
            self._leave()
            assigned = forking.shut_in(request, descriptors, self._way, self._be_oneself)
            if assigned is None:
                os._exit(70)
            tell(assigned[2], self._way.lost)  # not when the copy is made, which may be long before: lines have a time
        except BaseException:
            os._exit(70)
        raise Restored(*assigned)

    def _be_oneself(self, channel, log_pipe):
        self._way.lost += be_oneself({*self._kept, channel.fileno(), log_pipe}, self._left)
        for descriptor in self._left.descriptors.outputs:
            os.dup2(log_pipe, descriptor, inheritable=os.get_inheritable(descriptor))
        self._way.close_up()


def tell(log_pipe, lost):
    """What is not there, or not as INIT left it, in the log of the copy."""
    told = lost[:_LOST_TOLD_MAX]
    if len(lost) > len(told):
        told.append("differs in %d more ways" % (len(lost) - len(told)))
    for text in told:
        os.write(log_pipe, b"SnapStart: this environment %s\n" % os.fsencode(text))


def why_unfit():
    """Why the process cannot be forked so that its copies work; empty if it can."""
    threads = len(sys._current_frames()) - 1
    if threads:
        return "%d thread%s running" % (threads, " is" if threads == 1 else "s are")
    pools = _named_threads()
    if pools:
        return "threads of a library are running (%s)" % ", ".join(pools)
    children = list(host.children())
    if children:
        return "%d process%s running" % (
            len(children),
            " that it started is" if len(children) == 1 else "es that it started are",
        )
    open_ones = descriptors.unrenewable()
    if open_ones:
        return "what no copy can have for itself is open (%s)" % ", ".join(open_ones)
    return ""


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


def wait(connection, way, kept, left):
    """Forks whenever it is asked. Only copies return: with their assignment, channel and log pipe."""
    try:
        Template(connection, way, kept, left).run()
    except Restored as restored:
        return restored.args


def be_oneself(kept, left):
    """In a copy: what must not be the same in two. ``kept``: descriptors that are the runtime's. Returns what still is.

    ``random`` sees to itself after a fork, OpenSSL too, as the copy has another pid than the template.
    """
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
        for generator in left.generators:
            generator.state = type(generator)().state
    return descriptors.make_own(left.descriptors, kept)
