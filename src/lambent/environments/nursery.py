"""The nursery: which zygotes run, which one forks next, and the processes forked and isolated ahead of need."""

import asyncio
import collections
import os
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

from lambent.core import clock
from lambent.core.log import Log
from lambent.environments.cgroups import Cgroup, Cgroups
from lambent.environments.interpreters import Interpreter
from lambent.environments.process import RuntimeEnded, RuntimeProcess
from lambent.environments.program_process import ProgramProcess
from lambent.environments.zygotes import CHILDREN_BEFORE_NEXT, SPAWNS_WAITING_MAX, Kind, Template, Zygote, ZygoteFailed

STOCK = 4  # processes of a kind forked and isolated ahead
TEMPLATE_STOCK = 2  # copies of a template made ahead
TEMPLATES_STOCKED_MAX = 8  # those that were used last; each copy made ahead holds some 3 MB
STOCK_PAUSE_S = 0.02  # after one was taken, so that its own start is over before the next one is made

Assign = Callable[[RuntimeProcess, Cgroup | None], bytes]
"""Makes the ASSIGN frame of this process in this cgroup, whose limits it sets."""

log = Log("nursery")


class Nursery:
    """The zygotes of this machine, by kind. A further one of a kind is started before the last is full."""

    def __init__(self, *, stock: int = STOCK) -> None:
        self.cgroups: Cgroups | None = None
        self._stock_size = stock
        self._zygotes: dict[Kind, list[Zygote]] = {}
        self._starting: dict[Kind, asyncio.Task[Zygote]] = {}
        self._stock: dict[Kind | Template, collections.deque[tuple[RuntimeProcess, Cgroup | None]]] = {}
        self._stocking: dict[Kind | Template, asyncio.Task[None]] = {}
        self._stocked: collections.OrderedDict[Template, None] = collections.OrderedDict()  # the one used last stands last
        self._slots = asyncio.Semaphore(SPAWNS_WAITING_MAX)
        self._spawning = 0
        self._upkeep: asyncio.Task[None] | None = None
        self._is_open = True
        self._leaving: set[asyncio.Task[None]] = set()  # processes that do something before they end

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

    async def ready(self, kind: Kind, template: Template | None = None) -> None:
        """Returns when a zygote of this kind, or the template, runs; its stock fills meanwhile. Raises ZygoteFailed."""
        if template is None:
            await self.zygote(kind)
        self._restock_soon(kind, template)

    async def take(self, kind: Kind, assign: Assign, template: Template | None = None) -> tuple[RuntimeProcess, Cgroup | None]:
        """A process in a cgroup of its own that was sent its assignment; isolated ahead, if there is such a one.

        A copy of ``template``, if any. Raises ZygoteFailed, RuntimeEnded.
        """
        stock = self._stock.get(template or kind)
        while stock:
            process, cgroup = stock.popleft()
            if process.exit is None:
                await self._assign(process, cgroup, assign)
                self._restock_soon(kind, template)
                return process, cgroup
            self.discard(process, cgroup)
        process, cgroup = await self._fork(kind, assign, template)
        self._restock_soon(kind, template)
        return process, cgroup

    def forget(self, template: Template) -> None:
        """Ends the copies that were made ahead of a template that ends, or was not used for long."""
        self._stocked.pop(template, None)
        task = self._stocking.get(template)
        if task is not None:
            task.cancel()
        for process, cgroup in self._stock.pop(template, ()):
            self.discard(process, cgroup)

    async def _fork(self, kind: Kind, assign: Assign, template: Template | None) -> tuple[RuntimeProcess, Cgroup | None]:
        cgroup = self.cgroups.take() if self.cgroups is not None else None
        try:
            return await self.spawn(kind, cgroup, assign=assign, template=template), cgroup
        except BaseException:
            self.discard(None, cgroup)
            raise

    async def spawn(
        self,
        kind: Kind,
        cgroup: Cgroup | None,
        mount_namespace: int = -1,
        *,
        assign: Assign | None = None,
        template: Template | None = None,
    ) -> RuntimeProcess:
        """A new process in this cgroup, and with ``mount_namespace`` in its predecessor's /tmp; a copy of ``template``, if any.

        Without ``assign`` it waits for its assignment. Raises ZygoteFailed, RuntimeEnded.
        """
        self._spawning += 1
        try:
            async with self._slots:
                if template is not None and not template.is_alive:
                    raise ZygoteFailed("the template has ended")
                process = self._process(template or await self.zygote(kind))
                return await self._spawn(process, cgroup, mount_namespace, assign)
        finally:
            self._spawning -= 1

    async def _spawn(
        self, process: RuntimeProcess, cgroup: Cgroup | None, mount_namespace: int, assign: Assign | None
    ) -> RuntimeProcess:
        members = cgroup.open_members() if cgroup is not None else []
        try:
            process.spawn(members, mount_namespace, is_ahead=assign is None)
        finally:
            for descriptor in members:
                os.close(descriptor)
        try:
            if assign is not None:  # it lies there when the child has shut itself in
                await self._assign(process, cgroup, assign)
            await process.greeted()
        except BaseException:
            process.close()
            raise
        return process

    def _process(self, zygote: Zygote) -> RuntimeProcess:
        return ProgramProcess(zygote, self._leaving) if zygote.kind.is_bare else RuntimeProcess(zygote)

    async def _assign(self, process: RuntimeProcess, cgroup: Cgroup | None, assign: Assign) -> None:
        process.assigned_s = clock.monotonic_s()
        await process.send(assign(process, cgroup))

    def discard(self, process: RuntimeProcess | None, cgroup: Cgroup | None) -> None:
        """Ends a process and gives its cgroup back."""
        if process is not None:
            process.close()
        if cgroup is not None and self.cgroups is not None:
            self.cgroups.give_back(cgroup)
            self._upkeep_soon()

    async def probe(self, scratch: Path) -> str:
        """Tries whether this machine lets us isolate; returns what stands in the way, or nothing."""
        if sys.platform != "linux":
            return f"{'macOS' if sys.platform == 'darwin' else sys.platform} has no namespaces"
        kind = Kind(own_interpreter(), scratch, scratch, has_sdk=False, is_isolated=True, is_rehearsal=True)
        try:
            (await Zygote.start(kind)).close()
        except ZygoteFailed as failure:
            return str(failure)
        return ""

    async def close(self) -> None:
        """Ends every zygote and with them every process, and removes the cgroups."""
        self._is_open = False
        tasks = [*self._starting.values(), *self._stocking.values(), *((self._upkeep,) if self._upkeep else ())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._leaving, return_exceptions=True)
        for stock in self._stock.values():
            for process, _ in stock:
                process.close()
        zygotes = [zygote for each in self._zygotes.values() for zygote in each]
        self._stock.clear()
        self._zygotes.clear()
        for zygote in zygotes:
            zygote.close()
        if self.cgroups is not None:
            await asyncio.to_thread(self.cgroups.close)

    # ---- zygotes -----------------------------------------------------------------------------------------------------

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

    # ---- the stock ---------------------------------------------------------------------------------------------------

    def _restock_soon(self, kind: Kind, template: Template | None = None) -> None:
        self._upkeep_soon()
        if not self._is_open or not self._stock_size:
            return
        source = template or kind
        if template is not None:
            self._stocked[template] = None
            self._stocked.move_to_end(template)
            if len(self._stocked) > TEMPLATES_STOCKED_MAX:
                self.forget(next(iter(self._stocked)))
        if source not in self._stocking:
            task = self._stocking[source] = asyncio.create_task(self._restock(kind, template))
            task.add_done_callback(lambda _: self._stocking.pop(source, None))

    async def _restock(self, kind: Kind, template: Template | None) -> None:
        """Fills the stock one by one, and only while nobody waits for a process."""
        stock = self._stock.setdefault(template or kind, collections.deque())
        wanted = self._stock_size if template is None else min(TEMPLATE_STOCK, self._stock_size)
        await asyncio.sleep(STOCK_PAUSE_S)
        while len(stock) < wanted and self._is_open and (template is None or template.is_alive):
            if self._spawning:
                await asyncio.sleep(STOCK_PAUSE_S)
                continue
            cgroup = self.cgroups.take() if self.cgroups is not None else None
            try:
                stock.append((await self.spawn(kind, cgroup, template=template), cgroup))
            except asyncio.CancelledError:
                self.discard(None, cgroup)
                raise
            except (ZygoteFailed, RuntimeEnded, OSError) as failure:
                self.discard(None, cgroup)
                log.warning("stock_failed", runtime=kind.interpreter.runtime, reason=str(failure))
                return

    def _upkeep_soon(self) -> None:
        """Cgroups are made and removed beside the loop, for the kernel takes its time."""
        if self.cgroups is not None and self.cgroups.needs_upkeep and self._upkeep is None and self._is_open:
            self._upkeep = asyncio.create_task(self._keep_up(self.cgroups))

    async def _keep_up(self, cgroups: Cgroups) -> None:
        await asyncio.sleep(STOCK_PAUSE_S)
        try:
            await asyncio.to_thread(cgroups.upkeep)
        finally:
            self._upkeep = None


def own_interpreter() -> Interpreter:
    """The Python that runs the platform."""
    executable = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    version = ".".join(map(str, sys.version_info[:3]))
    return Interpreter(version, executable, Path(sys.base_prefix).resolve(), (Path(sysconfig.get_path("stdlib")).resolve(),))
