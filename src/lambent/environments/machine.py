"""What the machine has for environments: memory, and how many descriptors it lets us open."""

import contextlib
import os
import resource
import sys


def memory_mb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1048576


def processors() -> int:
    return os.cpu_count() or 1


def raise_descriptor_limit() -> None:
    """Three descriptors an environment: up to the hard limit, which stays as it is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = hard if hard != resource.RLIM_INFINITY else 1_048_576
    if sys.platform == "darwin":
        limit = min(limit, 10_240)
    with contextlib.suppress(OSError, ValueError):  # a container may refuse even this; what there is has to do
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
