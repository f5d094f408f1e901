"""Keeps as many environments ready as provisioned concurrency asks for: after a change, and after a start."""

import asyncio

from lambent.core.log import Log
from lambent.core.ports import BadArchive, Environments, EnvironmentSpec, RuntimeUnavailable
from lambent.durable.signals import Signals
from lambent.services.lambda_.engine import concurrency
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.operations.archives import Archives
from lambent.services.lambda_.operations.specs import provisioned_key, provisioned_spec
from lambent.services.lambda_.tables import provisioned
from lambent.services.lambda_.tables.functions import VersionRow
from lambent.services.lambda_.tables.provisioned import ProvisionedRow
from lambent.store.database import Database

log = Log("lambda")

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
        self._under_way: set[str] = set()

    async def run(self) -> None:
        self._told.clear()
        self._under_way.clear()
        with self._signals.listen(provisioned.CHANGED_TOPIC) as listener:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    wanted = await self._wanted()
                    for key, (spec, _) in list(self._told.items()):
                        if key not in wanted:
                            del self._told[key]
                            tasks.create_task(self._let_go(spec))
                    for key, (spec, count) in wanted.items():
                        if self._told.get(key, (spec, 0))[1] != count:
                            self._told[key] = spec, count
                            self._under_way.add(key)
                            tasks.create_task(self._tell(spec, count))
                    await listener.wait()

    def wake(self) -> None:
        """Has it look again soon."""
        self._signals.notify(provisioned.CHANGED_TOPIC)

    def ask_again(self, function: FunctionName) -> None:
        """Has what has failed tried once more, though as many are wanted as before."""
        for key, (spec, _) in list(self._told.items()):
            is_meant = spec.function_arn == function.arn and key.endswith(f"/{function.qualifier}")
            if is_meant and key not in self._under_way and self._failure(key):
                del self._told[key]
                self.wake()

    def status(self, row: ProvisionedRow, version: VersionRow) -> tuple[str, str, int, int]:
        """How it stands: AWS' status and reason, and how many environments are available and allocated."""
        key = provisioned_key(version, row.qualifier)
        now = self._environments.provisioned(key)
        available, allocated = min(now.available, row.requested), min(now.allocated, row.requested)
        failure = self._failure(key)
        if key in self._under_way or self._told.get(key, (None, 0))[1] != row.requested:
            return IN_PROGRESS, "", 0, 0
        if failure:
            return FAILED, failure, available, allocated
        return READY if allocated == row.requested else IN_PROGRESS, "", available, allocated

    def _failure(self, key: str) -> str:
        return self._failures.get(key) or self._environments.provisioned(key).failure_reason

    async def _wanted(self) -> dict[str, tuple[EnvironmentSpec, int]]:
        rows = await self._store.read(concurrency.list_all_provisioned)
        specs = [
            (provisioned_spec(version, row.qualifier, self._archives.archive), row.requested)
            for row, version in rows
            if not version.is_preparing
        ]
        return {spec.key: (spec, count) for spec, count in specs}

    async def _tell(self, spec: EnvironmentSpec, count: int) -> None:
        self._failures.pop(spec.key, None)
        try:
            await self._environments.provision(spec, count)
        except RuntimeUnavailable as unavailable:
            self._failures[spec.key] = str(unavailable)
        except BadArchive as bad:
            self._failures[spec.key] = bad.reason
        except Exception as error:  # noqa: BLE001 - one function that cannot be kept ready must not stop the others
            log.error("provisioning.failed", error=error, function=spec.function_arn)
            self._failures[spec.key] = repr(error)
        self._under_way.discard(spec.key)

    async def _let_go(self, spec: EnvironmentSpec) -> None:
        self._failures.pop(spec.key, None)
        await self._environments.retire(spec.key)
