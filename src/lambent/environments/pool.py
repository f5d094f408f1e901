"""The pool: gives each event an environment, warm or new, and ends those that nobody needs."""

import asyncio
import itertools
import logging
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from lambent.core import clock as clocks
from lambent.core.clock import Clock
from lambent.core.config import Config
from lambent.core.ports import EnvironmentSpec, Invocation, LogSink, Metrics, Outcome, Provisioned, Sessions
from lambent.core.sessions import Credentials
from lambent.environments import variables
from lambent.environments.cgroups import Cgroups
from lambent.environments.code import Code
from lambent.environments.environment import Environment, Traits, assignment, stream_name
from lambent.environments.log_lines import JsonLines, TextLines
from lambent.environments.nursery import Nursery
from lambent.environments.process import RuntimeProcess
from lambent.environments.runtimes import Runtimes
from lambent.environments.zygotes import Kind

IDLE_S_MAX = 600.0
FREEZE_AFTER_S = 0.01
CREDENTIALS_S = 12 * 3600.0
CREDENTIALS_S_MIN = 15 * 60.0  # an environment whose credentials end sooner gets no more work

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Plan:
    """What one key's environments are made from, once it is prepared."""

    traits: Traits
    kind: Kind
    task: Path
    opt: Path | None
    idle: list[Environment] = field(default_factory=list)  # most recently used last
    busy: set[Environment] = field(default_factory=set)
    is_retired: bool = False
    provisioned: int = 0
    provision_failure: str = ""


class Pool:
    """Execution environments of this machine (``core.ports.Environments``)."""

    def __init__(
        self,
        *,
        config: Config,
        cache: Path,
        log_sink: LogSink,
        sessions: Sessions,
        clock: Clock,
        endpoint_url: str,
        metrics: Metrics | None = None,
        is_isolated: bool = True,
        idle_s_max: float = IDLE_S_MAX,
    ) -> None:
        self._config = config
        self._cache = cache
        self._sink = log_sink
        self._sessions = sessions
        self._clock = clock
        self._endpoint_url = endpoint_url
        self._metrics = metrics or Metrics()
        self._is_isolated = is_isolated
        self._idle_s_max = idle_s_max
        self._runtimes = Runtimes(cache)
        self._code = Code(cache / "code")
        self._plans: dict[str, Plan] = {}
        self._planning: dict[str, asyncio.Task[Plan]] = {}
        self._nursery = Nursery()
        self._cgroups: Cgroups | None = None
        self._users = itertools.count()

    async def start(self) -> None:
        self._cgroups = Cgroups.open()

    async def stop(self) -> None:
        for plan in self._plans.values():
            for environment in (*plan.idle, *plan.busy):
                environment.close()
        self._plans.clear()
        self._nursery.close()
        if self._cgroups is not None:
            self._cgroups.close()

    # ---- core.ports.Environments -------------------------------------------------------------------------------------

    async def prepare(self, spec: EnvironmentSpec) -> None:
        plan = await self._plan(spec)
        await self._nursery.zygote(plan.kind)

    async def invoke(self, spec: EnvironmentSpec, invocation: Invocation) -> Outcome:
        plan = self._plans.get(spec.key) or await self._plan(spec)
        environment = self._warm(plan) or self._new(plan)
        plan.busy.add(environment)
        try:
            return await environment.invoke(invocation)
        finally:
            plan.busy.discard(environment)
            self._release(plan, environment)

    async def provision(self, spec: EnvironmentSpec, count: int) -> Provisioned:
        raise NotImplementedError

    def provisioned(self, key: str) -> Provisioned:
        return Provisioned(0, 0, 0)

    async def retire(self, key: str) -> None:
        plan = self._plans.pop(key, None)
        if plan is not None:
            plan.is_retired = True
            for environment in plan.idle:
                self._end(environment)
            plan.idle.clear()

    # ---- environments ------------------------------------------------------------------------------------------------

    def _warm(self, plan: Plan) -> Environment | None:
        while plan.idle:
            environment = plan.idle.pop()
            if self._clock.now() < environment.expires_at - CREDENTIALS_S_MIN:
                return environment
            self._end(environment)
        return None

    def _new(self, plan: Plan) -> Environment:
        now = self._clock.now()
        return Environment(plan.traits, self, stream_name(plan.traits.spec, now), expires_at=now + CREDENTIALS_S)

    def _release(self, plan: Plan, environment: Environment) -> None:
        if plan.is_retired or environment.is_retired:
            self._end(environment)
            return
        environment.idle_since = self._clock.now()
        environment.released_s = clocks.monotonic_s()
        plan.idle.append(environment)

    def _end(self, environment: Environment) -> None:
        environment.close()
        if environment.cgroup is not None and self._cgroups is not None:
            self._cgroups.give_back(environment.cgroup)
            environment.cgroup = None

    async def process(self, environment: Environment) -> RuntimeProcess:
        """A process for this environment, forked and told what to become."""
        plan = self._plans[environment.spec.key]
        zygote = await self._nursery.zygote(plan.kind)
        process = RuntimeProcess(zygote)
        if self._cgroups is not None and environment.cgroup is None:
            environment.cgroup = self._cgroups.take()
        members = environment.cgroup.open_members() if environment.cgroup is not None else []
        process.spawn(members, environment.mount_namespace)
        for descriptor in members:
            os.close(descriptor)
        if environment.cgroup is not None:
            spec = environment.spec
            environment.cgroup.limit(memory_mb=spec.memory_mb, ephemeral_storage_mb=spec.ephemeral_storage_mb)
        await process.send(self._assignment(plan, environment))
        await process.wait()  # HELLO
        return process

    def _assignment(self, plan: Plan, environment: Environment) -> bytes:
        spec, kind = plan.traits.spec, plan.kind
        if kind.is_isolated:
            task, opt, runtime = variables.TASK_FOLDER, variables.OPT_FOLDER, variables.RUNTIME_FOLDER
        else:
            task, opt, runtime = str(plan.task), str(plan.opt or ""), str(kind.runtime_folder)
        below = kind.code_folder
        return assignment(
            variables=variables.variables(
                spec,
                stream=environment.stream,
                credentials=self._credentials(environment),
                endpoint_url=self._endpoint_url,
                task=task,
                runtime=runtime,
            ),
            handler=spec.handler,
            folder=task,
            path=variables.import_path(kind.interpreter, task=task, opt=opt, runtime=runtime),
            task=str(plan.task.relative_to(below)),
            opt=str(plan.opt.relative_to(below)) if plan.opt else "",
            tmp_mb=spec.ephemeral_storage_mb,
            user_id=1_879_048_192 + next(self._users) % 100_000_000,
            address_space_bytes=0,
        )

    def _credentials(self, environment: Environment) -> Credentials | None:
        spec = environment.spec
        role = spec.role_arn.rpartition("/")[2]
        if not role:
            return None
        return self._sessions.issue(
            account=spec.account,
            principal_arn=f"arn:aws:sts::{spec.account}:assumed-role/{role}/{spec.function_name}",
            principal_id=f"AROA{role.upper()}:{spec.function_name}",
            expires_at=environment.expires_at,
        )

    # ---- plans -------------------------------------------------------------------------------------------------------

    async def _plan(self, spec: EnvironmentSpec) -> Plan:
        """The plan of this key, prepared once however many ask."""
        if spec.key in self._plans:
            return self._plans[spec.key]
        task = self._planning.get(spec.key)
        if task is None:
            task = self._planning[spec.key] = asyncio.create_task(self._make_plan(spec))
            task.add_done_callback(lambda _: self._planning.pop(spec.key, None))
        return await asyncio.shield(task)

    async def _make_plan(self, spec: EnvironmentSpec) -> Plan:
        files = await self._runtimes.installed(spec.runtime)
        task = await self._code.task_dir(spec.code)
        opt = await self._code.opt_dir(spec.layers) if spec.layers else None
        kind = Kind(
            interpreter=files.interpreter,
            runtime_folder=files.full,
            code_folder=self._cache / "code",
            has_sdk=not await self._code.bundles_sdk(spec.code, spec.layers),
            is_isolated=self._is_isolated and sys.platform == "linux",
        )
        plan = Plan(Traits(spec, _lines(spec), self._sink), kind, task, opt)
        self._plans[spec.key] = plan
        return plan


def _lines(spec: EnvironmentSpec) -> TextLines | JsonLines:
    if spec.log_format != "JSON":
        return TextLines(spec.version, spec.runtime, spec.runtime_version_arn)
    return JsonLines(
        spec.version,
        spec.runtime,
        spec.runtime_version_arn,
        level=spec.log_level_system,
        initialization_type=spec.initialization_type,
    )
