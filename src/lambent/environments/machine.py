"""What the machine has for environments: memory, processors, isolation, and how many descriptors it lets us open."""

import contextlib
import os
import resource
import sys

from lambent.core.log import Log

_READ_BYTES = 16_384

log = Log("environments")


def memory_mb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1048576


def processors() -> int:
    return os.cpu_count() or 1


def is_running(pid: int) -> bool:
    """Whether a process runs or wants to, and does not wait for anything; False where the system does not tell."""
    try:
        return _read(f"/proc/{pid}/stat").rpartition(b") ")[2].startswith(b"R")
    except OSError:
        return False


def waits(pid: int) -> int | None:
    """How often a process has waited for something so far; None where the system does not tell."""
    try:
        status = _read(f"/proc/{pid}/status")
        return int(status.rpartition(b"\nvoluntary_ctxt_switches:")[2].split(None, 1)[0])
    except (OSError, ValueError, IndexError):
        return None


def _read(path: str) -> bytes:
    """What the system tells, which is less than that: of processes that are asked after all the time, while they run."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, _READ_BYTES)
    finally:
        os.close(descriptor)


def tell_isolation(reason: str, *, has_cgroups: bool) -> str:
    """How functions are kept apart, given what stands in the way of isolation; says so where they are not."""
    limits = "cgroups" if has_cgroups else "memory by address space where the system can, CPU not shared by memory size"
    if reason:
        log.warning("not_isolated", effect="functions run as plain processes of this user", reason=reason, limits=limits)
    elif not has_cgroups:
        log.warning("no_cgroups", limits=limits)
    return f"none, functions are plain processes: {reason}" if reason else "sandbox"


def raise_descriptor_limit() -> None:
    """Three descriptors an environment, five of one that is under load: up to the hard limit, which stays as it is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = hard if hard != resource.RLIM_INFINITY else 1_048_576
    if sys.platform == "darwin":
        limit = min(limit, 10_240)
    with contextlib.suppress(OSError, ValueError):  # a container may refuse even this; what there is has to do
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
