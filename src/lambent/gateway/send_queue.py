"""What one turn of the event loop has to send, sent when the turn is over.

To wake a client that sleeps takes the sender longer than to send. Where answers for one client's many connections come
together, as a load balancer's or a test's, those that follow closely on the first find it awake.
"""

import asyncio
import contextvars
from typing import Protocol

from lambent.core.log import Log

log = Log("gateway")


class Sender(Protocol):
    def send_now(self) -> None: ...

    def abort(self) -> None: ...


class SendQueue:
    """Of the connections of one event loop."""

    def __init__(self) -> None:
        self._senders: list[Sender] = []

    def add(self, sender: Sender) -> None:
        """``send_now`` is called once, soon."""
        self._senders.append(sender)
        if len(self._senders) == 1:
            # As nobody's work: it sends for others too.
            asyncio.get_running_loop().call_soon(self._send, context=contextvars.Context())

    def _send(self) -> None:
        senders, self._senders = self._senders, []
        for sender in senders:
            try:
                sender.send_now()
            except Exception as error:  # noqa: BLE001 - the others send all the same
                log.error("send.defect", error=error)
                sender.abort()
