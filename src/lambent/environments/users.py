"""Whom environments become: each a user of its own, where we are root and may be anybody; else what we are."""

import os
from pathlib import Path

USER_ID_FIRST = 1_879_048_192  # far from any account of the host's
USER_IDS = 100_000_000

_OWN = Path("/proc/self")


def can_change() -> bool:
    """Not in a container that is root in name only: there few users exist, and ours are none of them."""
    if os.geteuid() != 0:
        return False
    try:
        may_set_groups = (_OWN / "setgroups").read_text().strip() == "allow"
        return may_set_groups and all(_is_mapped((_OWN / name).read_text()) for name in ("uid_map", "gid_map"))
    except OSError:
        return False


def _is_mapped(table: str) -> bool:
    """Lines of a first id inside, the same outside, how many."""
    for line in table.splitlines():
        inside, _, count = map(int, line.split())
        if inside <= USER_ID_FIRST and inside + count >= USER_ID_FIRST + USER_IDS:
            return True
    return False
