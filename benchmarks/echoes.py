"""A lean client of WebSockets: many connections that send a message again as soon as it has come back.

Runs as a process of its own: ``python -m benchmarks.echoes PORT HOST PATH CONNECTIONS SECONDS`` prints one JSON object.
"""

import asyncio
import json
import sys
import time
from typing import cast

import uvloop

MESSAGE = b'{"action": "echo", "text": "hello"}'
# A mask of zeros leaves the bytes as they are, so that masking costs the client nothing.
FRAME = bytes([0x81, 0x80 | len(MESSAGE), 0, 0, 0, 0]) + MESSAGE
ANSWER = bytes([0x81, len(MESSAGE)]) + MESSAGE


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, head: bytes) -> None:
        self._head = head
        self._received = b""
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.count = 0
        self.is_stopped = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._head)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self.open.done():
            if b"\r\n\r\n" in self._received:
                head, _, self._received = self._received.partition(b"\r\n\r\n")
                if not head.startswith(b"HTTP/1.1 101"):
                    self.open.set_exception(RuntimeError(head.decode()))
                    return
                self.open.set_result(None)
            return
        while self._received.startswith(ANSWER):
            self._received = self._received[len(ANSWER) :]
            self.count += 1
            if not self.is_stopped:
                self._transport.write(FRAME)

    def begin(self) -> None:
        self._transport.write(FRAME)

    def end(self) -> None:
        assert not self._received, self._received
        self._transport.abort()


async def run(port: int, host: str, path: str, connections: int, seconds: float) -> float:
    """Messages a second."""
    head = (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    clients = [(await loop.create_connection(lambda: Client(head), "127.0.0.1", port))[1] for _ in range(connections)]
    await asyncio.gather(*(client.open for client in clients))
    started_s = time.perf_counter()
    for client in clients:
        client.begin()
    await asyncio.sleep(seconds)
    count = sum(client.count for client in clients)
    taken_s = time.perf_counter() - started_s
    for client in clients:
        client.is_stopped = True
    await asyncio.sleep(0.5)
    for client in clients:
        client.end()
    return count / taken_s


def main() -> None:
    port, host, path, connections, seconds = sys.argv[1:]
    rate = uvloop.run(run(int(port), host, path, int(connections), float(seconds)))
    print(json.dumps({"per_second": rate}))


if __name__ == "__main__":
    main()
