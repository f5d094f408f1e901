"""Calls over a few kept connections: one thread that reads all answers, one ``Caller`` an endpoint.

A boto3 client takes a millisecond of processor time for a call, most of it to build, sign and parse what is the same each time.
Here a call is a signed head, a write and a read on an event loop, and everything else is AWS' as it is: standard credentials,
TLS, proxies, retries with growing delays of what AWS says to retry, boto3's exceptions.
"""

import asyncio
import atexit
import base64
import os
import random
import re
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from lambent.sdk import futures, large
from lambent.sdk.clients import Target
from lambent.sdk.connections import Answer, Connection, ConnectionLost
from lambent.sdk.endpoints import Endpoint, endpoint_of
from lambent.sdk.futures import Future
from lambent.sdk.gates import TICK_S, Gate, Lane
from lambent.sdk.signing import Signer

R = TypeVar("R")

CONNECTIONS_MAX = 1_000
ANSWER_S_MAX = 930.0  # a function works for up to 900 s
THROTTLED_S_MAX = 60.0
CLOSE_S_MAX = 2.0
STALE_S_MAX = 1.0  # within which a kept connection, that the server had given up, is found to be none
CREDENTIALS_ASKED_EVERY_S = 30.0  # where new ones are due and cannot be had, the old ones are good for some minutes yet
RETRY_DELAY_S, RETRY_DELAY_S_MAX = 0.05, 5.0
READ_HERE_BYTES_MAX = 262_144  # larger answers are made into values in another thread

_THROTTLES = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"})
_TRANSIENT = frozenset({500, 502, 503, 504})


@dataclass(slots=True, eq=False)
class Call(Generic[R]):
    """One call: where to, what, and how its answer becomes the future's result."""

    path: str  # encoded; calls of the same path share a gate
    headers: Mapping[str, str]  # x-amz-…
    body: bytes
    read: Callable[[Answer], R]
    future: Future[R] = field(default_factory=Future)
    lane: "Lane[Call[Any]] | None" = None
    attempts: int = 0  # that failed, throttles aside
    delays: int = 0
    throttled_since_s: float | None = None
    sent_at_s: float = 0.0
    timer: asyncio.TimerHandle | None = None


class Caller:
    """Calls of one endpoint with one set of credentials. ``submit`` may be called from any thread; all else is the loop's."""

    def __init__(self, endpoint: Endpoint, loop: "LoopThread") -> None:
        self.endpoint = endpoint
        self._thread, self._loop = loop, loop.loop
        self._signer = Signer(host=endpoint.host, region=endpoint.region)
        self._credentials: Any = None
        self._credentials_asked_at_s = float("-inf")
        self._arrivals: deque[Call[Any]] = deque()
        self._unsettled: set[Call[Any]] = set()
        self._is_woken = False
        self._gates: dict[str, Gate[Call[Any]]] = {}
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._opening = 0
        self._tasks: set[asyncio.Task[None]] = set()  # a loop does not keep them
        self._refreshing: asyncio.Task[None] | None = None
        self._ticker: asyncio.TimerHandle | None = None
        self._connections_max = _connections_max()
        loop.callers.append(self)
        from lambent import __version__

        proxy = endpoint.place.proxy_authorization if endpoint.target_prefix else ""
        self._constant = f"user-agent: lambent/{__version__}\r\ncontent-type: application/json\r\n" + (
            f"proxy-authorization: {proxy}\r\n" if proxy else ""
        )

    @property
    def is_alive(self) -> bool:
        """False in a process that has been forked from the one that made it."""
        return self._thread.is_alive()

    def submit(self, call: Call[R]) -> Future[R]:
        self._unsettled.add(call)
        self._arrivals.append(call)
        if not self._is_woken:
            self._is_woken = True
            self._loop.call_soon_threadsafe(self._take)
        return call.future

    def hang_up(self) -> None:
        """Whoever still waits, in a handler of ``atexit`` say, waits in vain and is told: the process ends."""
        for task in self._tasks:
            task.cancel()
        for connection in list(self._open):
            connection.abort()
        for call in list(self._unsettled):
            self._fail(call, self._gate(call), RuntimeError("the process ends before this call has been answered"))

    # ---- sending -----------------------------------------------------------------------------------------------------------

    def _take(self) -> None:
        self._is_woken = False
        touched: set[Gate[Call[Any]]] = set()
        while self._arrivals:
            call = self._arrivals.popleft()
            gate = self._gate(call)
            if call.lane is None:
                gate.waiting.append(call)
            elif call.lane.under_way < call.lane.limit:
                call.lane.under_way += 1
                gate.ask_for(call.lane.limit)
                gate.waiting.append(call)
            else:
                call.lane.parked.append(call)
            touched.add(gate)
        for gate in touched:
            self._pump(gate)

    def _gate(self, call: Call[Any]) -> Gate[Call[Any]]:
        gate = self._gates.get(call.path)
        if gate is None:
            gate = self._gates[call.path] = Gate(self._loop.time())
        return gate

    def _pump(self, gate: Gate[Call[Any]]) -> None:
        """Sends what waits and may go."""
        if not self._has_credentials():
            return
        while gate.waiting and gate.room:
            connection = self._take_connection()
            if connection is None:
                self._open_more()
                break
            call = gate.waiting.popleft()
            if call.future.running() or call.future.set_running_or_notify_cancel():
                self._send(call, gate, connection)
            else:
                self._idle.append(connection)
                self._unsettled.discard(call)
                self._left(call, gate)
        if gate.waiting and self._ticker is None:
            self._ticker = self._loop.call_later(TICK_S, self._tick)

    def _tick(self) -> None:
        self._ticker = None
        for gate in list(self._gates.values()):
            gate.tick(self._loop.time())
            if gate.waiting:
                self._pump(gate)

    def _send(self, call: Call[Any], gate: Gate[Call[Any]], connection: Connection) -> None:
        gate.under_way += 1
        call.sent_at_s = self._loop.time()
        path = self.endpoint.path + call.path
        lines = self._signer.signed(path, call.headers, call.body, self._credentials, time.time())
        head = (
            f"POST {self.endpoint.target_prefix}{path} HTTP/1.1\r\n{self._constant}"
            f"content-length: {len(call.body)}\r\n" + "\r\n".join(lines) + "\r\n\r\n"
        )
        call.timer = self._loop.call_later(ANSWER_S_MAX, self._time_out, call, gate, connection)
        connection.ask(head.encode("latin-1") + call.body, lambda outcome: self._answered(call, gate, connection, outcome))

    def _has_credentials(self) -> bool:
        """Whether there are some that are good for now. Others are asked for in a thread: providers ask over the network."""
        # By the clock of the wall, which goes on while a process is frozen, or a snapshot of it is kept.
        is_recent = abs(time.time() - self._credentials_asked_at_s) < CREDENTIALS_ASKED_EVERY_S
        if self._credentials is not None and (is_recent or not self.endpoint.is_stale()):
            return True
        if self._refreshing is None:
            self._refreshing = self._loop.create_task(self._refresh())
        return False

    async def _refresh(self) -> None:
        error: Exception | None = None
        try:
            self._credentials = await self._loop.run_in_executor(None, self.endpoint.credentials)
        except Exception as failure:  # noqa: BLE001 - whatever a provider raises is told to those who wait
            error = failure
        self._credentials_asked_at_s = time.time()
        self._refreshing = None
        for gate in list(self._gates.values()):
            while error is not None and gate.waiting:
                self._fail(gate.waiting.popleft(), gate, error)
            if gate.waiting:
                self._pump(gate)

    # ---- connections -------------------------------------------------------------------------------------------------------

    def _take_connection(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        return None

    def _open_more(self) -> None:
        wanted = sum(min(len(gate.waiting), gate.room) for gate in self._gates.values())
        while self._opening < wanted and len(self._open) + self._opening < self._connections_max:
            self._opening += 1
            task = self._loop.create_task(self._connect())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _connect(self) -> None:
        error: Exception | None = None
        try:
            connection = await self.endpoint.place.connect(self._closed)
            if not connection.is_open:  # what takes connections for a server that is not there ends them at once
                raise ConnectionLost(None, was_idle=False)
        except Exception as failure:  # noqa: BLE001 - of a host's name that is none, say; who waits has to be told
            error = failure
        self._opening -= 1
        if error is not None:
            self._not_connected(error)
        else:
            self._open.add(connection)
            self._idle.append(connection)
        self._pump_all()

    def _pump_all(self) -> None:
        for gate in list(self._gates.values()):
            if gate.waiting:
                self._pump(gate)

    def _closed(self, connection: Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)

    def _not_connected(self, error: Exception) -> None:
        """One of the calls that wait has lost an attempt."""
        from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, SSLError

        kinds = ((TimeoutError, ConnectTimeoutError), (ssl.SSLError, SSLError), (Exception, EndpointConnectionError))
        kind = next(botocores for ours, botocores in kinds if isinstance(error, ours))
        gate = next((each for each in self._gates.values() if each.waiting and each.room), None)
        if gate is not None:
            self._again_or_fail(gate.waiting.popleft(), gate, kind(endpoint_url=self.endpoint.url, error=error))

    # ---- answers -----------------------------------------------------------------------------------------------------------

    def _answered(self, call: Call[Any], gate: Gate[Call[Any]], connection: Connection, outcome: Answer | Exception) -> None:
        gate.under_way -= 1
        if call.timer is not None:
            call.timer.cancel()
        if connection.is_open:
            self._idle.append(connection)
        if not isinstance(outcome, Answer):
            self._lost(call, gate, outcome)
        elif outcome.status == 429 or (outcome.status >= 400 and error_code(outcome) in _THROTTLES):
            self._throttled(call, gate, outcome)
        elif outcome.status in _TRANSIENT and call.attempts + 1 < self.endpoint.attempts_max:
            self._again(call, gate)
        else:
            now_s = self._loop.time()
            gate.answered(now_s, work_s(outcome, now_s - call.sent_at_s) if gate.wants_to_know else None)
            self._read(call, gate, outcome)
        self._pump(gate)
        if self._idle and len(self._gates) > 1:
            self._pump_all()

    def _read(self, call: Call[Any], gate: Gate[Call[Any]], answer: Answer) -> None:
        self._unsettled.discard(call)
        self._left(call, gate)
        call.future.request_id = answer.headers.get("x-amzn-requestid", "")
        settle = futures.settle
        if len(answer.body) > READ_HERE_BYTES_MAX or large.is_reference(answer.body):
            settle = futures.settle_in_thread
        settle(call.future, lambda: call.read(answer))

    def _time_out(self, call: Call[Any], gate: Gate[Call[Any]], connection: Connection) -> None:
        from botocore.exceptions import ReadTimeoutError

        connection.abort()
        gate.under_way -= 1
        self._fail(call, gate, ReadTimeoutError(endpoint_url=self.endpoint.url, error=f"no answer within {ANSWER_S_MAX:.0f} s"))
        self._pump(gate)

    def _lost(self, call: Call[Any], gate: Gate[Call[Any]], error: Exception) -> None:
        from botocore.exceptions import ConnectionClosedError

        is_quick = self._loop.time() - call.sent_at_s < STALE_S_MAX
        if isinstance(error, ConnectionLost) and error.was_idle and is_quick:
            self._at_once(call, gate)  # the server had given the connection up before this call was on its way
        else:
            self._again_or_fail(call, gate, ConnectionClosedError(endpoint_url=self.endpoint.url, error=error))

    def _throttled(self, call: Call[Any], gate: Gate[Call[Any]], answer: Answer) -> None:
        now_s = self._loop.time()
        gate.throttled(call.sent_at_s, now_s)
        if call.throttled_since_s is None:
            call.throttled_since_s = now_s
        if now_s - call.throttled_since_s > THROTTLED_S_MAX:
            self._read(call, gate, answer)
        else:
            self._later(call, gate)

    def _again_or_fail(self, call: Call[Any], gate: Gate[Call[Any]], error: Exception) -> None:
        if call.attempts + 1 < self.endpoint.attempts_max:
            self._again(call, gate)
        else:
            self._fail(call, gate, error)

    def _again(self, call: Call[Any], gate: Gate[Call[Any]]) -> None:
        call.attempts += 1
        self._later(call, gate)

    def _later(self, call: Call[Any], gate: Gate[Call[Any]]) -> None:
        delay_s = min(RETRY_DELAY_S * 2 ** min(call.delays, 16), RETRY_DELAY_S_MAX)
        call.delays += 1
        self._loop.call_later(delay_s * random.uniform(0.5, 1), self._at_once, call, gate)  # noqa: S311 - spreads retries

    def _at_once(self, call: Call[Any], gate: Gate[Call[Any]]) -> None:
        gate.waiting.appendleft(call)
        self._pump(gate)

    def _left(self, call: Call[Any], gate: Gate[Call[Any]]) -> None:
        """It will not be sent again: the next of its lane may go."""
        if call.lane is not None:
            call.lane.under_way -= 1
            if call.lane.parked:
                call.lane.under_way += 1
                gate.waiting.append(call.lane.parked.popleft())

    def _fail(self, call: Call[Any], gate: Gate[Call[Any]], error: Exception) -> None:
        self._unsettled.discard(call)
        self._left(call, gate)
        if not call.future.running() and not call.future.set_running_or_notify_cancel():
            return
        call.future.set_exception(error)


def error_code(answer: Answer) -> str:
    """AWS' name of what an answer complains about."""
    return answer.headers.get("x-amzn-errortype", "").partition(":")[0].rpartition("#")[2]


def work_s(answer: Answer, otherwise_s: float) -> float:
    """How long the function worked, as the log's last record says; where that is not known, how long the answer took."""
    log = base64.b64decode(answer.headers.get("x-amz-log-result", "")).decode(errors="replace")
    found = _REPORT.findall(log)
    return float(found[-1]) / 1000 if found else otherwise_s


_REPORT = re.compile(r'(?:REPORT RequestId: \S+\s+Duration: |"durationMs": ?)([0-9.]+)')


def _connections_max() -> int:
    """At most half of the files that this process may open."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return CONNECTIONS_MAX
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return CONNECTIONS_MAX if soft == resource.RLIM_INFINITY else max(1, min(CONNECTIONS_MAX, soft // 2))


# ---- one thread a process, one caller an endpoint ---------------------------------------------------------------------------


class LoopThread(threading.Thread):
    """The event loop on which all calls of this process are sent and answered."""

    reads_answers = True  # who waits for an answer here waits for ever

    def __init__(self) -> None:
        super().__init__(name="lambent-calls", daemon=True)
        self.loop = asyncio.new_event_loop()
        self.callers: list[Caller] = []
        self._is_closing = False
        self.start()

    def run(self) -> None:
        while not self._is_closing:
            try:
                self.loop.run_forever()
            except BaseException as error:  # noqa: BLE001 - sys.exit() in a future's callback ends neither calls nor process
                self.loop.call_exception_handler({"message": "a callback of a call's future failed", "exception": error})
        self.loop.run_until_complete(self._hang_up())
        self.loop.close()

    async def _hang_up(self) -> None:
        for caller in self.callers:
            caller.hang_up()
        await asyncio.sleep(0)  # in which transports end

    def close(self) -> None:
        self._is_closing = True
        if self.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.join(CLOSE_S_MAX)


class _Process:
    """What this process has. A process that is forked from it has nothing of it: threads do not come along."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.thread: LoopThread | None = None
        self.callers: dict[Any, Caller] = {}


_process = _Process()
_left_behind: list[_Process] = []  # a loop that is collected would be closed, and its selector is the parent's too


def caller_of(target: Target) -> Caller:
    """The caller for this place, as the process' identity is at present. Raises botocore's errors of configuration."""
    with _process.lock:
        found = _process.callers.get(target.key)
        if found is not None:
            return found
    endpoint = endpoint_of(target)
    with _process.lock:
        if _process.thread is None:
            _process.thread = LoopThread()
            atexit.register(_process.thread.close)
        return _process.callers.setdefault(target.key, Caller(endpoint, _process.thread))


def _forked() -> None:
    global _process
    _left_behind.append(_process)
    _process = _Process()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
