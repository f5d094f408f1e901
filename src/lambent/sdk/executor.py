"""An executor of concurrent.futures whose workers are execution environments.

What was written for ``ProcessPoolExecutor`` runs on the platform with ``Executor()`` in its place.
"""

import concurrent.futures
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from lambent.sdk.errors import NotDeployed
from lambent.sdk.functions import Function
from lambent.sdk.futures import Future

P = ParamSpec("P")
R = TypeVar("R")


class Executor(concurrent.futures.Executor):
    """Runs deployed functions. Given one, it also takes the plain Python function that this was made of.

    ``max_workers`` is how many calls may be under way at once [default: as many as pays]. Unlike processes, functions
    take only what JSON can carry.
    """

    def __init__(self, function: Function[..., Any] | None = None, max_workers: int | None = None) -> None:
        if isinstance(function, int):
            raise TypeError("give the number of workers by name: Executor(max_workers=…)")
        if max_workers is not None and max_workers < 1:
            raise ValueError("max_workers must be greater than 0")
        if function is not None and not function.is_deployed:
            raise NotDeployed(f"{function.name} is not deployed: {function.title}.deploy() or {function.title}.at()")
        self._function = function
        self._room = max_workers
        self._lock = threading.Lock()
        self._settled = threading.Condition(self._lock)
        self._waiting: deque[tuple[Future[Any], Callable[[], Future[Any]]]] = deque()
        self._under_way = 0
        self._is_shut_down = False

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Raises NotDeployed, and RuntimeError after ``shutdown``."""
        function = self._deployed(fn)
        future: Future[R] = Future()
        with self._lock:
            if self._is_shut_down:
                raise RuntimeError("cannot schedule new futures after shutdown")
            self._waiting.append((future, lambda: function.submit(*args, **kwargs)))
        self._pump()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        with self._lock:
            self._is_shut_down = True
            cancelled = list(self._waiting) if cancel_futures else []
        for future, _ in cancelled:
            future.cancel()
        self._pump()
        if wait:
            with self._lock:
                self._settled.wait_for(lambda: not self._under_way and not self._waiting)

    def _deployed(self, fn: Callable[..., Any]) -> Function[..., Any]:
        own = self._function
        if isinstance(fn, Function):
            if fn.is_deployed:
                return fn
            if own is not None and own.plain is fn.plain:
                return own
            raise NotDeployed(f"{fn.name} is not deployed: {fn.title}.deploy() or {fn.title}.at()")
        if own is not None and fn is own.plain:
            return own
        name = getattr(fn, "__qualname__", repr(fn))
        raise NotDeployed(f"{name} is a Python function of this process only: write @function above it and deploy it")

    def _pump(self) -> None:
        while True:
            with self._lock:
                if not self._waiting or (self._room is not None and self._under_way >= self._room):
                    self._settled.notify_all()
                    return
                future, begin = self._waiting.popleft()
                self._under_way += 1
            if not future.set_running_or_notify_cancel():
                self._end()
                continue
            try:
                call = begin()
            except Exception as error:  # noqa: BLE001 - arguments that cannot be sent, say: a future tells
                future.set_exception(error)
                self._end()
                continue
            call.add_done_callback(lambda done, future=future: self._done(done, future))  # type: ignore[misc]

    def _done(self, call: Future[Any], future: Future[Any]) -> None:
        future.request_id = call.request_id
        error = call.exception()
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(call.result())
        self._end()
        self._pump()

    def _end(self) -> None:
        with self._lock:
            self._under_way -= 1
            self._settled.notify_all()
