"""Makes the environments of new and changed versions ready, then says so: Pending becomes Active.

The row says that there is something to prepare, so a crash in between loses nothing: the next start goes on.
"""

import asyncio

from lambent.core.log import Log
from lambent.core.ports import BadArchive, Environments, InitFailed, RuntimeUnavailable
from lambent.durable.signals import Signals
from lambent.services.lambda_.engine import functions
from lambent.services.lambda_.engine.functions import Failure
from lambent.services.lambda_.operations import replies
from lambent.services.lambda_.operations.archives import Archives
from lambent.services.lambda_.operations.specs import environment_spec
from lambent.services.lambda_.tables.functions import VersionRow
from lambent.store.database import Database

log = Log("lambda")


class Preparation:
    """One worker; each version is prepared on its own, so that a slow one keeps nobody waiting."""

    def __init__(self, *, store: Database, signals: Signals, environments: Environments, archives: Archives) -> None:
        self._store = store
        self._signals = signals
        self._environments = environments
        self._archives = archives
        self._under_way: set[str] = set()

    async def run(self) -> None:
        self._under_way.clear()
        with self._signals.listen(functions.PREPARE_TOPIC) as listener:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    for version in await self._store.read(functions.list_preparing):
                        if version.environment_id not in self._under_way:
                            self._under_way.add(version.environment_id)
                            tasks.create_task(self._prepare(version))
                    await listener.wait()

    async def _prepare(self, version: VersionRow) -> None:
        failure: Failure | None = None
        spec = environment_spec(version, self._archives.archive)
        try:
            await self._environments.prepare(spec)
        except RuntimeUnavailable as unavailable:
            # AWS has every runtime, so it has no state for this: the function is there, and invoking it says what to install.
            log.warning("runtime.unavailable", function=version.function.arn, advice=unavailable.advice)
        except BadArchive as bad:
            if version.settings.image is not None:
                failure = Failure("InvalidImage", bad.reason)
            else:
                failure = Failure("InvalidZipFileException", f"{replies.NOT_UNZIPPED}: {bad.reason}")
        except InitFailed as failed:
            log.warning("init.failed", function=version.function.arn, version=version.label, error_type=failed.error_type)
            failure = Failure("FunctionError", replies.INIT_FAILED)
        except Exception as error:  # noqa: BLE001 - one function that cannot be prepared must not stop the others
            log.error("preparation.failed", error=error, function=version.function.arn)
            cause = error.strerror if isinstance(error, OSError) else None
            failure = Failure("InternalError", f"{replies.NOT_PREPARED} {cause}." if cause else replies.NOT_PREPARED)
        is_there = await self._store.write(functions.prepared, version, failure=failure)
        before = version.before_update
        if not is_there or failure is not None:
            await self._environments.retire(spec.key)  # it was deleted meanwhile, or cannot run: nobody will ask for it
        elif before is not None:
            await self._environments.retire(before.environment_key)
        self._under_way.discard(version.environment_id)
