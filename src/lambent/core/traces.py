"""Trace ids as X-Ray spells them: what one request sets off, from its visitor to the last function, is told by one Root.

https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

import re
from collections.abc import Mapping

from lambent.core import ids
from lambent.core.clock import Instant

HEADER = "x-amzn-trace-id"
HEADER_CHARS_MAX = 1_024

# Capitals are as good; classes that name both are searched in half the time that re.IGNORECASE takes.
_ROOT = re.compile(r"(?:^|;)\s*([Rr][Oo][Oo][Tt]=1-[0-9A-Fa-f]{8}-[0-9A-Fa-f]{24})\s*(?:;|$)")


def root(now: Instant) -> str:
    """A new trace."""
    return f"Root=1-{int(now):08x}-{ids.hex_digits(24)}"


def of_visitor(headers: Mapping[str, str], now: Instant) -> str:
    """The trace that a request belongs to: its own header, or a new one where it has none that is one."""
    given = headers.get(HEADER, "")
    return given if given and _is_trace(given) else root(now)


def of_invocation(given: str, now: Instant) -> str:
    """What a function finds in ``_X_AMZN_TRACE_ID``: the trace it was called in, where that is one, with nothing left out."""
    if not given or not _is_trace(given):
        return f"{root(now)};Parent={ids.hex_digits(16)};Sampled=0"
    trace = given if "Parent=" in given else f"{given};Parent={ids.hex_digits(16)}"
    return trace if "Sampled=" in trace else f"{trace};Sampled=0"


def root_of(trace: str) -> str:
    """What all that belongs to a trace has in common, without who asked whom in it."""
    found = _ROOT.search(trace)
    assert found is not None, "it is a trace"
    return found[1]


def _is_trace(header: str) -> bool:
    return len(header) <= HEADER_CHARS_MAX and _ROOT.search(header) is not None
