"""The nursery: which zygotes run, and which one forks next."""

import asyncio

from lambent.environments.zygotes import CHILDREN_BEFORE_NEXT, Kind, Zygote


class Nursery:
    """The zygotes of this machine, by kind. A further one of a kind is started before the last is full."""

    def __init__(self) -> None:
        self._zygotes: dict[Kind, list[Zygote]] = {}
        self._starting: dict[Kind, asyncio.Task[Zygote]] = {}

    async def zygote(self, kind: Kind) -> Zygote:
        """The one with the fewest children. Raises ZygoteFailed."""
        alive = [zygote for zygote in self._zygotes.get(kind, ()) if zygote.is_alive]
        self._zygotes[kind] = alive
        if alive:
            best = min(alive, key=lambda zygote: zygote.child_count)
            if best.child_count >= CHILDREN_BEFORE_NEXT:
                self._start(kind)
            return best
        return await asyncio.shield(self._start(kind))

    def close(self) -> None:
        for task in self._starting.values():
            task.cancel()
        for zygotes in self._zygotes.values():
            for zygote in zygotes:
                zygote.close()
        self._zygotes.clear()

    def _start(self, kind: Kind) -> "asyncio.Task[Zygote]":
        task = self._starting.get(kind)
        if task is None:
            task = self._starting[kind] = asyncio.create_task(self._started(kind))
            task.add_done_callback(lambda _: self._starting.pop(kind, None))
        return task

    async def _started(self, kind: Kind) -> Zygote:
        zygote = await Zygote.start(kind)
        self._zygotes.setdefault(kind, []).append(zygote)
        return zygote
