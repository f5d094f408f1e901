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

LOCAL_THREADS_MAX = 256

_threads: concurrent.futures.ThreadPoolExecutor | None = None
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
    _pool().submit(_run, future, work)
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
    _pool().submit(settle, future, work)


def in_thread(work: Callable[[], None]) -> None:
    """Runs it, and nobody waits for it."""
    _pool().submit(work)


def done(result: T) -> Future[T]:
    future: Future[T] = Future()
    future.set_result(result)
    return future


def failed(error: Exception) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(error)
    return future


def _pool() -> concurrent.futures.ThreadPoolExecutor:
    global _threads
    with _lock:
        if _threads is None:
            _threads = concurrent.futures.ThreadPoolExecutor(LOCAL_THREADS_MAX, thread_name_prefix="lambent-local")
        return _threads


def _forked() -> None:
    """Threads do not come along into a process that is forked from this one."""
    global _threads, _lock
    _threads, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
