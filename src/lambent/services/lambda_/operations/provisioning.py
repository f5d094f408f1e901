"""Keeps as many environments ready as provisioned concurrency asks for: after a change, and after a start."""

import asyncio
from dataclasses import replace

from lambent.core.ports import Environments, EnvironmentSpec, RuntimeUnavailable
from lambent.durable.signals import Signals
from lambent.services.lambda_.engine import concurrency
from lambent.services.lambda_.operations.archives import Archives
from lambent.services.lambda_.operations.specs import environment_spec
from lambent.services.lambda_.tables import provisioned
from lambent.store.database import Database

IN_PROGRESS, READY, FAILED = "IN_PROGRESS", "READY", "FAILED"


class Provisioning:
    """Compares what is asked for with what was told to the environments, and tells them the difference."""

    def __init__(self, *, store: Database, signals: Signals, environments: Environments, archives: Archives) -> None:
        self._store = store
        self._signals = signals
        self._environments = environments
        self._archives = archives
        self._told: dict[str, tuple[EnvironmentSpec, int]] = {}
        self._failures: dict[str, str] = {}

    async def run(self) -> None:
        self._told.clear()
        with self._signals.listen(provisioned.CHANGED_TOPIC) as listener:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    wanted = await self._wanted()
                    for key, (spec, _) in list(self._told.items()):
                        if key not in wanted:
                            del self._told[key]
                            tasks.create_task(self._tell(spec, 0))
                    for key, (spec, count) in wanted.items():
                        if self._told.get(key, (spec, 0))[1] != count:
                            self._told[key] = spec, count
                            tasks.create_task(self._tell(spec, count))
                    await listener.wait()

    def wake(self) -> None:
        """Has it look again soon."""
        self._signals.notify(provisioned.CHANGED_TOPIC)

    def status(self, key: str, requested: int) -> tuple[str, str, int, int]:
        """How it stands: AWS' status and reason, and how many environments are available and allocated."""
        now = self._environments.provisioned(key)
        failure = self._failures.get(key) or now.failure_reason
        available, allocated = min(now.available, requested), min(now.allocated, requested)
        if failure:
            return FAILED, failure, available, allocated
        if now.requested == requested and now.allocated >= requested:
            return READY, "", available, allocated
        return IN_PROGRESS, "", available, allocated

    async def _wanted(self) -> dict[str, tuple[EnvironmentSpec, int]]:
        wanted: dict[str, tuple[EnvironmentSpec, int]] = {}
        for row, version in await self._store.read(concurrency.list_all_provisioned):
            if not version.is_preparing:
                spec = environment_spec(version, self._archives.archive)
                _, count = wanted.get(spec.key, (spec, 0))
                wanted[spec.key] = replace(spec, initialization_type="provisioned-concurrency"), count + row.requested
        return wanted

    async def _tell(self, spec: EnvironmentSpec, count: int) -> None:
        self._failures.pop(spec.key, None)
        try:
            await self._environments.provision(spec, count)
        except RuntimeUnavailable as unavailable:
            self._failures[spec.key] = str(unavailable)
