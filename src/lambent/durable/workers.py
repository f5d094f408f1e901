"""Loops that run beside the requests: each is started, restarted when it crashes, and ended with the platform."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from lambent.core.clock import Clock
from lambent.core.log import Log

RESTART_DELAY_S_FIRST = 0.1
RESTART_DELAY_S_MAX = 30.0
HEALTHY_AFTER_S = 60.0  # who ran so long before it crashed starts again with the first delay

log = Log("durable")


class Worker(Struct, frozen=True):
    """``run`` goes on until it is cancelled, or returns when there is nothing left to do."""

    name: str
    run: Callable[[], Awaitable[None]]


class Supervisor:
    """Runs workers. A crash is a defect: it is logged with its trace, and the worker starts anew after a growing delay."""

    def __init__(self, workers: Sequence[Worker], *, clock: Clock) -> None:
        self._workers = list(workers)
        self._clock = clock
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._keep_running(worker), name=worker.name) for worker in self._workers]

    async def stop(self) -> None:
        """Cancels every worker and returns when all have ended."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_running(self, worker: Worker) -> None:
        delay_s = RESTART_DELAY_S_FIRST
        while True:
            started_at = self._clock.now()
            try:
                await worker.run()
            except Exception as error:  # noqa: BLE001 - a crash of one loop must not end the others
                log.error("worker.crashed", error=error, worker=worker.name)
            else:
                return
            if self._clock.now() - started_at >= HEALTHY_AFTER_S:
                delay_s = RESTART_DELAY_S_FIRST
            await self._clock.sleep_until(self._clock.now() + delay_s)
            delay_s = min(delay_s * 2, RESTART_DELAY_S_MAX)
