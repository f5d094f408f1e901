"""Futures of calls: those of concurrent.futures, which can also be awaited."""

import asyncio
import concurrent.futures
import os
import threading
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from lambent.sdk.errors import RemoteError

R = TypeVar("R")
T = TypeVar("T")

LOCAL_THREADS_MAX, OWN_THREADS_MAX = 256, 64
"""For functions that run here, and for what calls need themselves: the former may wait for the latter."""

_pools: dict[int, concurrent.futures.ThreadPoolExecutor] = {}
_lock = threading.Lock()


class Future(concurrent.futures.Future[R]):
    """What a call will have returned. ``await`` gives the result too. ``cancel`` succeeds until the call has been sent."""

    request_id: str = ""
    """Lambda's, once the call has been answered."""

    def result(self, timeout: float | None = None) -> R:
        self._check_that_it_can_come()
        return super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        self._check_that_it_can_come()
        return super().exception(timeout)

    def __await__(self) -> Generator[Any, None, R]:
        return asyncio.wrap_future(self).__await__()

    def _check_that_it_can_come(self) -> None:
        """Callbacks of futures run where answers are read: there, waiting for another answer would never end."""
        if not self.done() and getattr(threading.current_thread(), "reads_answers", False):
            raise RuntimeError("a future's callback waits for another call; give that one a callback too, or wait elsewhere")


def run_in_thread(work: Callable[[], T]) -> Future[T]:
    """``work`` in a thread of this process."""
    future: Future[T] = Future()
    _begin(lambda: _run(future, work), LOCAL_THREADS_MAX)
    return future


def _run(future: Future[T], work: Callable[[], T]) -> None:
    if future.set_running_or_notify_cancel():
        settle(future, work)


def settle(future: Future[T], work: Callable[[], T]) -> None:
    """The future's result is what ``work`` returns or raises."""
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - whoever waits is told, whatever it is
        is_from_afar = isinstance(error, RemoteError) or isinstance(error.__cause__, RemoteError)
        future.set_exception(error.with_traceback(None) if is_from_afar else error)  # its stack is the remote one
    else:
        future.set_result(result)


def settle_in_thread(future: Future[T], work: Callable[[], T]) -> None:
    _begin(lambda: settle(future, work), OWN_THREADS_MAX)


def in_thread(work: Callable[[], None]) -> None:
    """Runs it, and nobody waits for it."""
    _begin(work, OWN_THREADS_MAX)


def done(result: T) -> Future[T]:
    future: Future[T] = Future()
    future.set_result(result)
    return future


def failed(error: Exception) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(error)
    return future


def _begin(work: Callable[[], object], threads_max: int) -> None:
    with _lock:
        if threads_max not in _pools:
            _pools[threads_max] = concurrent.futures.ThreadPoolExecutor(threads_max, thread_name_prefix="lambent-local")
        pool = _pools[threads_max]
    try:
        pool.submit(work)
    except RuntimeError:  # the main thread has ended, and pools take no more, while other threads still wait for answers
        threading.Thread(target=work, name="lambent-late", daemon=True).start()


def _forked() -> None:
    """Threads do not come along into a process that is forked from this one."""
    global _pools, _lock
    _pools, _lock = {}, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
