"""What a plain process asks of the system it runs on. What the system lacks is done without."""

import os
import signal
import sys
import types

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_RSS_UNITS_PER_KB = 1024 if sys.platform == "darwin" else 1


def peak_rss_kb(usage):
    """The peak of a struct rusage; macOS counts it in bytes."""
    return usage.ru_maxrss // _RSS_UNITS_PER_KB


def _find_prctl():
    try:
        import ctypes

        function = ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return None
    number = ctypes.c_ulong
    return lambda option, value: function(ctypes.c_int(option), number(value), number(0), number(0), number(0)) == 0


_prctl = _find_prctl()


def die_with_parent():
    """Has the kernel kill us when our parent ends, where it can. Elsewhere who reads our socket's other end does it."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans():
    """Has what our descendants leave behind become our children, where the system can; whether it does."""
    return _prctl is not None and _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def children():
    """The pids of our own children, or none where the system does not say."""
    try:
        with open("/proc/self/task/%d/children" % os.getpid()) as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return _children_among_all()


def _children_among_all():
    """A kernel may be built without the list of a process' children."""
    own, found = os.getpid(), []
    try:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []
    for pid in pids:
        try:
            with open("/proc/%d/stat" % pid) as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has just ended
        if parent == own:
            found.append(pid)
    return found


def forget_proxies():
    """macOS' framework that knows the system's proxies may not be used after a fork, and a function on AWS has none."""
    if sys.platform == "darwin":
        nothing = types.ModuleType("_scproxy")
        nothing._get_proxies = dict
        nothing._get_proxy_settings = lambda: {"exclude_simple": False, "exceptions": ()}
        sys.modules["_scproxy"] = nothing
