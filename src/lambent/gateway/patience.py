"""How long clients are waited for: for a head, the next piece of a body, another request, or until they read their answers.

One timer looks over all connections now and then, so patience costs no request anything. What counts is how often in a row a
connection was seen waiting for the same thing: a process that stood still for a minute has not seen its clients stand still.
"""

import asyncio
import enum
import fcntl
import sys
import termios
from collections.abc import Set as AbstractSet
from typing import Protocol

LOOK_S = 10.0
"""How far looks lie apart. A client that is given up after a time is so at most this much later."""

HEAD_S_MAX = 60.0
"""From the first byte of a request to the end of its head, however busily it trickles.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-408-issues
"""

BODY_S_MAX = 60.0
"""Until the next piece of a body."""

NEXT_S_MAX = 350.0
"""Until the next request, or the first: as connections through AWS' network load balancers and NAT gateways are kept.

https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html#connection-idle-timeout
"""

READ_S_MAX = 350.0 if sys.platform == "linux" else 3_600.0
"""Until a client takes anything of what it is sent.

What it takes is what its system acknowledges, which tells of steady reading in steps: of a network's packets, or on loopback of
64 KiB. Other systems than Linux are not asked, and hide reading until it comes to megabytes: there clients have longer.
"""

LOOKED_AT_ONCE_MAX = 500
"""Connections, a millisecond or so. Between as many of them requests have their turn."""


class Awaited(enum.Enum):
    """What a client is waited for."""

    HEAD = enum.auto()
    BODY = enum.auto()
    NEXT = enum.auto()
    READING = enum.auto()


_S_MAX = {Awaited.HEAD: HEAD_S_MAX, Awaited.BODY: BODY_S_MAX, Awaited.NEXT: NEXT_S_MAX, Awaited.READING: READ_S_MAX}

Wait = tuple[Awaited, object, int]
"""With an object (what there is of a head, the request whose body is awaited, what a pause of writing ends with) and a number.

Either is another one as soon as the client has done something of what it should do.
"""


class Open(Protocol):
    """A connection, whatever is spoken over it."""

    def end(self) -> None:
        """Closes as soon as that does no harm."""
        ...

    def abort(self) -> None: ...

    def awaited(self) -> Wait | None:
        """None while it is the client that waits."""
        ...

    def give_up(self, awaited: Awaited) -> None:
        """It was waited for long enough."""
        ...


class Patience:
    """With the connections of one server, of which it keeps nothing but what was seen last."""

    def __init__(self, connections: AbstractSet[Open]) -> None:
        self._connections = connections
        self._seen: dict[Open, tuple[Wait, int]] = {}  # with how often
        self._timer: asyncio.TimerHandle | None = None

    def wake(self) -> None:
        """There is a connection. With none nothing is looked at, and an idle process sleeps."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._ring)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def look(self) -> None:
        """Gives up the clients that have been waited for too long; of many connections, some at each turn of the loop."""
        before, self._seen = self._seen, {}
        self._look_at(list(self._connections), before)

    def _look_at(self, left: list[Open], before: dict[Open, tuple[Wait, int]]) -> None:
        for connection in left[-LOOKED_AT_ONCE_MAX:]:
            wait = connection.awaited() if connection in self._connections else None
            if wait is None:
                continue
            last, count = before.get(connection, (None, 0))
            count = count + 1 if last is not None and _is_same(last, wait) else 0
            if count * LOOK_S >= _S_MAX[wait[0]]:
                connection.give_up(wait[0])
            else:
                self._seen[connection] = wait, count
        del left[-LOOKED_AT_ONCE_MAX:]
        if left:
            asyncio.get_running_loop().call_soon(self._look_at, left, before)

    def _ring(self) -> None:
        self._timer = None
        if self._connections:
            self.wake()
            self.look()


def unread_bytes(transport: asyncio.WriteTransport) -> int:
    """What was written for a client and waits: here and, on Linux, in the system until the client's has acknowledged it.

    The transport alone would not do: the system takes more from it only after a large part of its own buffer has left.
    https://man7.org/linux/man-pages/man7/tcp.7.html (SIOCOUTQ)
    """
    waits = transport.get_write_buffer_size()
    if sys.platform == "linux":
        descriptor = transport.get_extra_info("socket").fileno()
        waits += int.from_bytes(fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    return waits


def _is_same(one: Wait, other: Wait) -> bool:
    return one[0] is other[0] and one[1] is other[1] and one[2] == other[2]
