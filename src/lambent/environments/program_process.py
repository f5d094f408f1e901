"""One runtime that is a program of its own, as the platform holds it: started beside its extensions, spoken to over HTTP.

Towards an environment it is what ``RuntimeProcess`` is, frames included; the frames are made here, from what the programs ask
of the Runtime API. The forked process itself is a supervisor (``inside/supervisor.py``): it starts programs and tells of their
ends.
"""

import asyncio
import collections
import json
import os
import signal
import socket
from collections.abc import Awaitable, Iterable
from pathlib import Path

from msgspec import Struct

from lambent.core import clock
from lambent.core.clock import Instant
from lambent.core.ports import LogEvent
from lambent.environments import extensions, outcomes, peers, programs, runtime_api, telemetry
from lambent.environments.extensions import Extensions, FunctionFacts
from lambent.environments.http_exchanges import Connection, Exchange
from lambent.environments.inside import frames
from lambent.environments.log_lines import MARK, Lines, OutputReader, Report
from lambent.environments.process import KeepEvents, RuntimeEnded, RuntimeProcess
from lambent.environments.programs import Program
from lambent.environments.runtime_api import RuntimeApi, State
from lambent.environments.telemetry import Telemetry
from lambent.environments.zygotes import Exit, Zygote

SHUTDOWN_EXTERNAL_S_MAX = 2.0
SHUTDOWN_INTERNAL_S_MAX = 0.5
SHUTDOWN_RUNTIME_PART = 0.3  # of that time, for the runtime
MEMORY_LOOK_S = 0.05  # reading what the kernel tells of a process costs as much as a frame

CONNECTIONS_MAX = 128  # to the Runtime API of one environment: each is a descriptor of the platform's
_RUNTIME = ""  # its name among the programs; extensions have file names
_BACKLOG = 64


class Start(Struct, frozen=True):
    """What a process of this kind is to become."""

    program: Program
    variables: dict[str, str]
    extensions_folder: str  # as the programs see it
    facts: FunctionFacts
    lines: Lines
    initialization_type: str
    user_id: int  # whose sockets may speak to us; 0: anybody's


class ProgramProcess(RuntimeProcess):
    """From the fork to the end; also the desk at which the HTTP requests of its programs arrive."""

    def __init__(self, zygote: Zygote, leaving: set["asyncio.Task[None]"]) -> None:
        super().__init__(zygote)
        self._leaving = leaving  # those that have something to do before they end
        self._start: Start | None = None
        self._listener: socket.socket | None = None
        self._address = ("", 0)
        self._server: asyncio.Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._connections: set[Connection] = set()
        self._orders: set[asyncio.Task[None]] = set()
        self._answers: collections.deque[tuple[int, bytes]] = collections.deque()
        self._asker: asyncio.Future[tuple[int, bytes]] | None = None
        self._outcome: tuple[int, bytes] | None = None  # that extensions are still busy with
        self._runtime_exit: Exit | None = None
        self._pids: dict[str, int] = {}  # of the programs, as this machine numbers them
        self._outputs: dict[str, OutputReader] = {}
        self._ended: dict[str, asyncio.Event] = {}
        self._has_runtime = self._is_ready = self._is_faulty = self._is_leaving = False
        self._request_id = ""
        self._began_s = 0.0
        self._looked_s = -MEMORY_LOOK_S  # when its memory was last looked at
        self._used_kb = 0
        self._api = RuntimeApi(put=self._put, hold_back=self._hold_back, has_changed=self._step)

    def listen(self) -> str:
        """Where the Runtime API of this environment is from now on: host and port."""
        self._listener = socket.socket()
        self._listener.setblocking(False)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(_BACKLOG)
        self._address = self._listener.getsockname()
        self._serving = self._loop.create_task(self._serve(self._listener))
        return f"{self._address[0]}:{self._address[1]}"

    def begin(self, start: Start) -> None:
        """Says what to start, before the assignment is sent."""
        self._start = start
        self._extensions = Extensions(start.facts, has_changed=self._step, fail=self._fail)
        self._telemetry = Telemetry(self._extensions, now=self._now, say=self._say_subscription)
        self._extensions.expect(start.program.extensions)
        facts: dict[str, object] = {"initializationType": start.initialization_type, "phase": "init"}
        self._telemetry.platform(
            "initStart", facts | {"functionName": start.facts.name, "functionVersion": start.facts.version}
        )

    # ---- towards the environment -------------------------------------------------------------------------------------

    def wait(self) -> "asyncio.Future[tuple[int, bytes]]":
        assert self._asker is None or self._asker.done(), "one frame is waited for at a time"
        self._asker = self._loop.create_future()
        self._satisfy()
        return self._asker

    def has_frame(self) -> bool:
        return self._asker is not None and self._asker.done()

    async def send(self, frame: bytes) -> None:
        if frames.HEAD.unpack_from(frame)[1] == frames.INVOKE:
            self._invoke(frame[frames.HEAD.size :])
            return
        await super().send(frame)
        for name in self._extensions.all:
            self._order_start(name)
        self._step()

    def freeze(self) -> None:
        if self._is_stopped or not self.is_alive:
            return
        self._telemetry.pause()
        if self.zygote.kind.is_isolated:
            self._is_stopped = True
            self._signal_programs(signal.SIGSTOP)
        else:
            super().freeze()

    def thaw(self) -> None:
        if not self._is_stopped:
            return
        if self.zygote.kind.is_isolated:
            self._is_stopped = False
            self._signal_programs(signal.SIGCONT)
        else:
            super().thaw()
        self._telemetry.resume()

    def reported(self, report: Report) -> None:
        self._telemetry.platform("report", report.record())

    async def end(self, limit_s: float) -> None:
        """A reset: extensions are told of it."""
        reason = "failure" if self._runtime_exit is not None or self._is_faulty else "timeout"
        if self._request_id and self._api.state is State.RUNNING:
            self._telemetry.platform("runtimeDone", {"requestId": self._request_id, "status": reason})
        await self._shut_down(reason)
        await super().end(limit_s)

    def leave(self, keep: KeepEvents) -> None:
        if self._start is not None and self._extensions.all and self.is_alive:
            task = self._loop.create_task(self._take_leave(keep))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
        else:
            self.close()

    def close(self) -> None:
        super().close()
        if self._serving is not None:
            self._serving.cancel()
        if self._server is not None:
            self._server.close()
        elif self._listener is not None:
            self._listener.close()
        for connection in list(self._connections):
            connection.close()
        if self._start is not None:
            self._telemetry.close()

    # ---- the desk ----------------------------------------------------------------------------------------------------

    def admits(self, transport: asyncio.Transport) -> bool:
        """All environments share the machine's loopback: only this one's own user may come here, and not with a crowd."""
        if len(self._connections) > CONNECTIONS_MAX:
            return False
        user_id = self._start.user_id if self._start is not None else 0
        owner = peers.owner(transport.get_extra_info("peername"), self._address) if user_id else None
        return owner is None or owner == user_id

    def opened(self, exchange: Exchange) -> None:
        if exchange.path.startswith(runtime_api.PREFIX):
            self._api.opened(exchange)

    def received(self, exchange: Exchange) -> None:
        if exchange.path.startswith(runtime_api.PREFIX):
            self._api.received(exchange)
        elif exchange.path.startswith(extensions.PREFIX):
            self._extensions.received(exchange)
        elif exchange.path in telemetry.PATHS:
            self._telemetry.received(exchange)
        else:
            runtime_api.not_found(exchange)

    async def _serve(self, listener: socket.socket) -> None:
        self._server = await self._loop.create_server(self._connection, sock=listener)

    def _connection(self) -> Connection:
        connection = Connection(self, self._connections.discard)
        self._connections.add(connection)
        return connection

    # ---- from INIT to the end of an event ----------------------------------------------------------------------------

    def _step(self) -> None:
        """Goes on as far as the programs have come."""
        if not self._has_runtime and self._extensions.have_registered() and not self._is_faulty:
            self._has_runtime = True
            self._order_start(_RUNTIME)
        if self._api.state is State.READY and not self._is_ready and self._extensions.are_ready():
            self._is_ready = True
            self._tell_ready()
        if self._outcome is not None and self._are_extensions_done():
            (kind, body), self._outcome = self._outcome, None
            self._put(kind, body)

    def _are_extensions_done(self) -> bool:
        if self._runtime_exit is not None:
            return True
        if self._api.state is State.READY:
            return self._extensions.are_done()
        # A runtime often ends after an error: the next event is not to meet it while it does.
        return not self._extensions.wait_for_events() and self._outcome is not None and self._outcome[0] == frames.RESULT

    def _tell_ready(self) -> None:
        assert self._start is not None
        self._extensions.is_closed = True
        for extension in self._extensions.all.values():
            self._say(self._start.lines.extension(extension.name, "Ready", extension.events))
            record: dict[str, object] = {"name": extension.name, "state": "Ready", "events": list(extension.events)}
            self._telemetry.platform("extension", record)
        facts: dict[str, object] = {"initializationType": self._start.initialization_type, "phase": "init"}
        duration = {"durationMs": round((clock.monotonic_s() - self.assigned_s) * 1000, 3)}
        self._telemetry.platform("initRuntimeDone", facts | {"status": "success"})
        self._telemetry.platform("initReport", facts | {"status": "success", "metrics": duration})
        self._telemetry.close_history()
        self._put(frames.READY, b"")

    def _invoke(self, body: bytes) -> None:
        assert self._start is not None
        deadline_ms, fields, payload = frames.unpack_invoke(body)
        deadline_ms -= int(float(fields[4] or 0) * 1000)  # such a program lives in the machine's time
        self._request_id, self._outcome, self._began_s = fields[0], None, clock.monotonic_s()
        self._telemetry.platform("start", {"requestId": fields[0], "version": self._start.facts.version})
        if self._extensions.all:
            event: dict[str, object] = {"deadlineMs": deadline_ms, "requestId": fields[0], "invokedFunctionArn": fields[1]}
            event["tracing"] = {"type": "X-Amzn-Trace-Id", "value": fields[2]}
            self._extensions.tell("INVOKE", event)
        self._api.invoke(runtime_api.event_head(fields, deadline_ms), payload, fields[0])
        if self._runtime_exit is not None:
            self._put(frames.GONE, b"")

    def _hold_back(self, kind: int, body: bytes) -> None:
        """The runtime has answered; extensions may not be done with the event."""
        self._outcome = (kind, body)
        if self._telemetry.is_wanted:
            self._on_output()  # what was written before the answer comes before its end
            facts: dict[str, object] = {"requestId": self._request_id, "status": "success"}
            if kind == frames.ERROR:
                facts |= {"status": "error", "errorType": outcomes.from_runtime(body).error_type}
            duration_ms = round((clock.monotonic_s() - self._began_s) * 1000, 3)
            self._telemetry.platform(
                "runtimeDone", facts | {"metrics": {"durationMs": duration_ms, "producedBytes": len(body.partition(b"\0")[2])}}
            )
        self._step()

    def _put(self, kind: int, body: bytes) -> None:
        if kind in frames.PIECES or kind == frames.FAILED:
            self._answers.append((kind, body))
        else:
            self._answers.append((kind, frames.USED.pack(self._memory_kb(), 0, False) + body))
        self._satisfy()

    def _satisfy(self) -> None:
        asker = self._asker
        if asker is None or asker.done():
            return
        if self._answers:
            kind, body = self._answers.popleft()
            if kind == frames.CHUNK:
                self._api.taken(len(body))
            asker.set_result((kind, body))
        elif self._runtime_exit is not None and not self._is_faulty:
            asker.set_exception(RuntimeEnded(self._runtime_exit))
        elif self.exit is not None:
            asker.set_exception(RuntimeEnded(self.exit))

    def _fail(self, error_type: str, text: str) -> None:
        """The environment cannot go on: a program did not start, or an extension has failed."""
        if not self._is_faulty and not self._is_leaving:
            self._is_faulty, self.is_alive = True, False
            self._put(frames.FAULT, f"{error_type}\0{text}".encode())

    # ---- the supervisor ----------------------------------------------------------------------------------------------

    def _order_start(self, name: str) -> None:
        assert self._start is not None
        start, program = self._start, self._start.program
        self._ended[name] = asyncio.Event()
        is_extension = name != _RUNTIME
        self._order(
            {
                "name": name,
                "commands": [[f"{start.extensions_folder}/{name}"]] if is_extension else program.commands,
                "missing": program.missing,
                "variables": programs.extension_variables(start.variables) if is_extension else start.variables,
                "is_extension": is_extension,
                "has_log_descriptor": program.has_log_descriptor and not is_extension,
            }
        )

    def _order(self, order: dict[str, object]) -> None:
        task = self._loop.create_task(super().send(frames.pack(frames.ORDER, json.dumps(order).encode())))
        self._orders.add(task)
        task.add_done_callback(self._orders.discard)

    def _read_frame_bytes(self) -> bool:
        has_read = super()._read_frame_bytes()
        while self._waiter is not None and self._waiter.done() and (frame := self._take_frame()) is not None:
            self._hear(*frame)
        return has_read

    def _hear(self, kind: int, body: bytes) -> None:
        if kind == frames.TOLD:
            facts = json.loads(body)
            if "port" in facts:
                self._telemetry.ports[facts["port"]] = facts["actual"]
            elif "pid" in facts:
                self._pids[facts["name"]] = self._machine_pid(facts["pid"])
            elif "error" in facts:
                self._did_not_start(facts["name"], facts["error"])
            else:
                self._program_ended(facts["name"], Exit(facts["status"], facts["rss_kb"]))
        elif kind == frames.OUTPUT:
            name, _, data = body.partition(b"\0")
            self._keep_of_extension(name.decode(), data)
        else:
            self._put(kind, body)

    def _did_not_start(self, name: str, reason: str) -> None:
        if name == _RUNTIME:
            is_folder = reason.startswith("chdir ")
            return self._fail("Runtime.InvalidWorkingDir" if is_folder else "Runtime.InvalidEntrypoint", reason)
        assert self._start is not None
        self._say(
            self._start.lines.extension(name, "LaunchError", (), "PermissionDenied" if "denied" in reason else "UnknownError")
        )
        return self._fail("Extension.LaunchError", reason)

    def _program_ended(self, name: str, exit_: Exit) -> None:
        self._pids.pop(name, None)
        self._ended[name].set()
        if name == _RUNTIME:
            self._runtime_exit, self.is_alive = exit_, False
            self.rss_kb = max(self.rss_kb, exit_.rss_kb)
            self._step()
            if self._api.has_untaken_event and not self._is_leaving:
                self._put(frames.GONE, b"")
            self._satisfy()
        else:
            self._extensions.ended(name)
            text = outcomes.exit_text(exit_.status).removeprefix("Runtime exited with error: ")
            self._fail("Extension.Crash", text if exit_.status else "exit code 0")

    def _on_exit(self, exit_: Exit) -> None:
        super()._on_exit(exit_)
        for ended in self._ended.values():
            ended.set()
        self._satisfy()

    # ---- the end -----------------------------------------------------------------------------------------------------

    async def _take_leave(self, keep: KeepEvents) -> None:
        try:
            await self._shut_down("spindown")
            events = self.take_events()
            if events:
                await keep(events)
        finally:
            self.close()

    async def _shut_down(self, reason: str) -> None:
        """SHUTDOWN as AWS has it, where there is any extension: the runtime ends first, then the external extensions."""
        if self._start is None or not self._extensions.all or self.exit is not None:
            return
        self._is_leaving = True
        self.thaw()
        external = [extension for extension in self._extensions.external if extension.name in self._pids]
        limit_s = SHUTDOWN_EXTERNAL_S_MAX if self._extensions.external else SHUTDOWN_INTERNAL_S_MAX
        until_s = clock.monotonic_s() + limit_s
        if _RUNTIME in self._pids:
            if reason == "spindown":
                self._order({"name": _RUNTIME, "signal": signal.SIGTERM})
                await self._until(self._ended[_RUNTIME].wait(), limit_s * SHUTDOWN_RUNTIME_PART)
            if _RUNTIME in self._pids:
                self._order({"name": _RUNTIME, "signal": signal.SIGKILL})
        deadline_ms = int((clock.wall_s() + until_s - clock.monotonic_s()) * 1000)
        await self._telemetry.flush(limit_s * SHUTDOWN_RUNTIME_PART)  # so that all of it is there when they are told
        self._extensions.tell("SHUTDOWN", {"shutdownReason": reason, "deadlineMs": deadline_ms})
        told = [self._ended[each.name].wait() for each in external if "SHUTDOWN" in each.events]
        if told:
            await self._until(asyncio.gather(*told), until_s - clock.monotonic_s())

    async def _until(self, event: Awaitable[object], limit_s: float) -> None:
        try:
            async with asyncio.timeout(max(limit_s, 0)):
                await event
        except TimeoutError:
            pass

    # ---- output and memory -------------------------------------------------------------------------------------------

    def _keep(self, events: Iterable[LogEvent]) -> None:
        events = [event for event in events if event is not MARK]
        self.events.extend(events)
        if self._start is not None:
            self._telemetry.output("function", events)

    def _keep_of_extension(self, name: str, data: bytes) -> None:
        reader = self._outputs.get(name)
        if reader is None:
            reader = self._outputs[name] = OutputReader()
            reader.now = self._now
        events = list(reader.feed(data))
        self.events.extend(events)
        self._telemetry.output("extension", events)

    def _now(self) -> Instant:
        return self._output.now()

    def _say(self, line: str | None) -> None:
        if line is not None:
            self.events.append(LogEvent(int(self._now() * 1000), line))

    def _say_subscription(self, api: str, name: str, types: Iterable[str]) -> None:
        assert self._start is not None
        self._say(self._start.lines.subscription(api, name, list(types)))

    def _signal_programs(self, number: int) -> None:
        for pid in self._pids.values():
            try:
                if pid:  # 0 would be ourselves
                    os.killpg(pid, number)
            except (ProcessLookupError, PermissionError):
                pass  # it has just ended

    def _machine_pid(self, pid: int) -> int:
        """The supervisor numbers its children as its own namespace does. Each is listed below the thread that started it."""
        if not self.zygote.kind.is_isolated:
            return pid
        for _ in range(2):  # a thread that ends meanwhile leaves its children to one that may have been looked at before
            for listed in Path(f"/proc/{self.pid}/task").glob("*/children"):
                for child in _text(listed).split():
                    _, _, numbers = _text(Path(f"/proc/{child}/status")).partition("NSpid:")
                    if numbers.partition("\n")[0].split()[-1:] == [str(pid)]:
                        return int(child)
        return 0

    def _memory_kb(self) -> int:
        """The runtime's peak, and what its extensions hold for themselves. A peak stays: what is over at once need not look."""
        now_s = clock.monotonic_s()
        if now_s - self._looked_s > MEMORY_LOOK_S:
            self._looked_s = now_s
            self._used_kb = 0
            for name, pid in self._pids.items():
                self._used_kb += _status_kb(pid, "VmHWM:" if name == _RUNTIME else "RssAnon:")
        return min(self._used_kb, 0xFFFFFFFF)


def _status_kb(pid: int, member: str) -> int:
    text = _text(Path(f"/proc/{pid}/status"))
    at = text.find(member)
    return int(text[at + len(member) :].split(None, 1)[0]) if at >= 0 else 0


def _text(path: Path) -> str:
    """Empty where what it tells of has ended."""
    try:
        return path.read_text()
    except OSError:
        return ""
