"""A whole platform inside a test's process, on a loop of its own in a background thread."""

import asyncio
import shutil
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import uvloop

from lambent.app import Platform, build
from lambent.core.clock import ClockRefusal, Clocks, Fired, Mode, VirtualClock
from lambent.core.config import CLOCKS, Config
from lambent.core.context import REGION_DEFAULT
from lambent.core.errors import ServiceError
from lambent.core.moments import from_iso
from lambent.testing import crash, folders
from lambent.testing.watch import Watches

if TYPE_CHECKING:
    from lambent.testing.account import Account

__tracebackhide__ = True  # pytest shows the line of the test that asked, not the way through here; --full-trace shows all

T = TypeVar("T")

START_S_MAX = 60.0
STOP_S_MAX = 60.0


class LocalPlatform:
    """``with LocalPlatform() as platform:`` and ``platform.account()``, or ``boto3.client("s3", endpoint_url=platform.url)``.

    Without ``data`` it keeps its state in memory where the machine has a file system there, and in any case only while it runs.
    Every 12-digit access key id is an account of its own. ``clock="virtual"`` stands still until it is turned, "auto" jumps on
    whenever there is nothing to do; both begin where ``data`` left off, or at the start of 2026. Further options are those of
    ``core.config.Config``.
    """

    def __init__(self, data: Path | None = None, *, clock: str = "", **config: Any) -> None:
        assert clock in ("", *CLOCKS), f"clock is {' or '.join(CLOCKS)}, not {clock}"
        self._data = data
        given: dict[str, Any] = {"port": 0, "clock": clock}
        self._options = given | ({"durability": "os"} if data is None else {}) | config
        self._own_folder: Path | None = None
        self._clock = Clocks()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._platform: Platform | None = None
        self.watches = Watches()

    @property
    def platform(self) -> Platform:
        assert self._platform is not None, "the platform has not been started"
        return self._platform

    @property
    def config(self) -> Config:
        """As it runs: with the port that was free."""
        return self.platform.config

    @property
    def url(self) -> str:
        return self.platform.url

    @property
    def is_running(self) -> bool:
        return self._thread is not None

    def account(self, number: str | None = None, *, region: str = REGION_DEFAULT) -> "Account":
        """An account for one test: ``with platform.account() as aws:``. ``number``: its 12 digits, else any."""
        from lambent.testing.account import Account

        return Account(self, number=number, region=region)

    def client(self, service: str, *, account: str = "000000000000", region: str = REGION_DEFAULT, **options: Any) -> Any:
        """``boto3.client`` of an account."""
        return self.account(account, region=region).client(service, **options)

    def start(self) -> Self:
        """Returns when the platform is ready. Raises StartupError."""
        assert self._thread is None, "the platform has been started already"
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run_loop, args=(self._loop,), name="lambent", daemon=True)
        self._thread.start()
        data = self._data
        if data is None:
            data = self._own_folder = folders.make()
        self._clock = self._new_clock()
        self._platform = build(Config(data=data, **self._options), clock=self._clock, interceptor=self.watches)
        try:
            self.run(self._platform.start(), timeout_s=START_S_MAX)
        except BaseException:
            self._end()
            raise
        return self

    def stop(self) -> None:
        """Stops the platform and waits until all of it has ended."""
        if self._thread is None:
            return
        try:
            self.run(self.platform.stop(), timeout_s=STOP_S_MAX)
        finally:
            self._end()

    def crash(self) -> None:
        """Ends the platform as ``kill -9`` would, and starts it again on the same data, clock and port."""
        self.run(self._crash(), timeout_s=START_S_MAX + STOP_S_MAX)

    def run(self, coroutine: Coroutine[Any, Any, T], *, timeout_s: float | None = None) -> T:
        """Runs a coroutine on the platform's loop and returns what it returns.

        An answer is raised as a client would raise it, without its way through the platform. A defect keeps its own.
        """
        assert self._loop is not None, "the platform has not been started"
        future: Future[T] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        error = future.exception(timeout_s)
        try:
            if isinstance(error, ServiceError | ClockRefusal):
                raise error.with_traceback(None) from None
            if error is not None:
                raise error  # and not future.result(), which would add its own frames
            return future.result()
        finally:
            del error, future  # they hold a trace that holds this frame: a circle that would keep alive what the test has left

    # ---- the clock: the platform's, or an account's own, which is made when it is first turned -----------------------

    def now(self, *, account: str = "") -> datetime:
        """The platform's time, or an account's."""
        return datetime.fromtimestamp(self._clock.of(account).now(), UTC)

    def advance(self, seconds: float, *, account: str = "") -> list[Fired]:
        """Turns a virtual clock; returns when all that fell due meanwhile has been done, and what that was, in order.

        Raises ClockRefusal, as all of these do where a clock cannot be turned so.
        """
        return self.run(self._clock.advance(seconds, account))

    def set_time(self, to: datetime | str, *, account: str = "") -> list[Fired]:
        """The same, to an instant (or its ISO form; without a zone it is UTC) that is not past."""
        moment = to if isinstance(to, str) else to.isoformat()
        return self.run(self._clock.set_time(from_iso(moment), account))

    def run_until_idle(self, *, account: str = "") -> list[Fired]:
        """Jumps from timer to timer until none is left but housekeeping. Raises NeverIdle where something repeats for ever."""
        return self.run(self._clock.run_until_idle(account))

    def set_clock(self, mode: Mode, *, account: str = "") -> None:
        """From now on "virtual" stands still, "auto" jumps by itself, "real" goes on at the machine's pace, never back."""
        self.run(self._clock.set_mode(mode, account))

    def release_clock(self, account: str) -> None:
        """The account lives by the platform's clock again."""
        self.run(self._clock.release(account))

    def settle(self) -> None:
        """Returns when nothing is in flight and nothing happens any more without time going on."""
        self.run(self._clock.settle())

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _crash(self) -> None:
        config = self.config
        await crash.crash(self.platform)
        self._clock = self._new_clock()
        self._platform = build(config, clock=self._clock, interceptor=self.watches)
        await self._platform.start()

    def _new_clock(self) -> Clocks:
        return VirtualClock() if self._options["clock"] in ("virtual", "auto") else Clocks()

    @staticmethod
    def _run_loop(loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        loop.run_forever()

    def _end(self) -> None:
        assert self._loop is not None
        assert self._thread is not None
        self.run(self._loop.shutdown_asyncgens())
        self.run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None
        if self._own_folder is not None:
            shutil.rmtree(self._own_folder, ignore_errors=True)
            self._own_folder = None
