"""The pool: gives each event an environment, warm or new, and ends those that nobody needs."""

import asyncio
import functools
import itertools
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from lambent.core.clock import Clock, Work
from lambent.core.config import Config
from lambent.core.log import Log
from lambent.core.ports import (
    EnvironmentSpec,
    InitFailed,
    Interceptor,
    Invocation,
    LogEvent,
    LogSink,
    Metrics,
    Outcome,
    Provisioned,
    ResponseStream,
    RestoreFailed,
    Sessions,
)
from lambent.core.source_folders import SourceFolders
from lambent.environments import machine, users
from lambent.environments.assignments import Assignments
from lambent.environments.cgroups import Cgroups
from lambent.environments.code import Code
from lambent.environments.debugged import Debugged
from lambent.environments.environment import Environment
from lambent.environments.folder_changes import FolderChanges
from lambent.environments.freezer import Freezer
from lambent.environments.languages import Languages
from lambent.environments.log_lines import stream_name
from lambent.environments.memory import Memory
from lambent.environments.nursery import STOCK, Nursery
from lambent.environments.planning import Planner
from lambent.environments.plans import Plan
from lambent.environments.police import Police
from lambent.environments.process import RuntimeProcess
from lambent.environments.reaper import Reaper
from lambent.environments.templates import Templates
from lambent.environments.traits import TemplateEnded
from lambent.environments.turns import Starts, Turn

IDLE_S_MAX = 600.0
CREDENTIALS_S = 12 * 3600.0
CREDENTIALS_S_MIN = 15 * 60.0  # an environment whose credentials end sooner gets no more work

log = Log("environments")


class _Planning(Struct, frozen=True):
    """A plan that is being made, and what for."""

    spec: EnvironmentSpec
    task: "asyncio.Task[Plan]"


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
        interceptor: Interceptor | None = None,
        source_folders: SourceFolders | None = None,
        code_folder: Path | None = None,
        is_isolated: bool = True,
        idle_s_max: float = IDLE_S_MAX,
        stock: int = STOCK,
    ) -> None:
        self._clock = clock
        self._metrics = metrics or Metrics()
        self._wants_isolation = is_isolated
        self._languages = Languages(cache)
        self._code_folder = (code_folder or cache / "code").absolute()
        self._code = Code(self._code_folder)
        self._changes = FolderChanges()
        self._planner = Planner(
            code=self._code,
            code_folder=self._code_folder,
            languages=self._languages,
            changes=self._changes,
            source_folders=source_folders or SourceFolders(is_loopback=False),
            log_sink=log_sink,
            clock_of=clock.of,
            interceptor=interceptor,
        )
        self._plans: dict[str, Plan] = {}
        self._planning: dict[str, _Planning] = {}
        self._debugged = Debugged(self._plan, self._begin)
        self._nursery = Nursery(stock=stock)
        self._memory = Memory(
            config.environments_memory_mb_max or machine.memory_mb() * 4 // 5,
            end_idle=self._end_longest_idle,
            metrics=self._metrics,
        )
        self._templates = Templates(self._nursery, new=self._new, keep=self._memory.charge, end=self._end)
        self._police = Police()
        self._starts = Starts(machine.processors())
        self._assignments = Assignments(sessions=sessions, endpoint_url=endpoint_url, know=self._know)
        self._isolation: asyncio.Task[bool] | None = None
        self.isolation = "being found out"  # then "sandbox", or "none" and why
        self._users = itertools.count()
        self._can_change_user = users.can_change()
        self._reaper = Reaper(clock, idle_s_max, idle=self._idle, end=self._end_idle)
        self._freezer = Freezer(is_on=config.is_freezing)
        self._background: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Finds out what the machine lets us do; forks nothing that stays."""
        machine.raise_descriptor_limit()
        self._code_folder.mkdir(parents=True, exist_ok=True)
        self._nursery.cgroups = await asyncio.to_thread(Cgroups.open)
        self._isolation = asyncio.create_task(self._find_isolation())

    async def stop(self) -> None:
        """Ends every environment."""
        tasks = [
            task
            for task in (
                self._isolation,
                *(planning.task for planning in self._planning.values()),
                *self._background,
            )
            if task
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, self._debugged.close(), self._reaper.close(), return_exceptions=True)
        await self._templates.close()
        self._freezer.close()
        for plan in self._plans.values():
            for environment in list(plan.all()):
                self._end(environment)
            self._templates.end(plan)
        self._plans.clear()
        self._changes.close()
        self._police.close()
        await self._nursery.close()

    # ---- core.ports.Environments -------------------------------------------------------------------------------------

    async def prepare(self, spec: EnvironmentSpec) -> None:
        with self._clock.busy.working(), self._debugged.following(spec):
            plan = await self._plan(spec)
            if plan.init_failure:
                await self.retire(spec.key)
                raise InitFailed(plan.init_failure)
            await self._nursery.ready(plan.kind, plan.template)

    async def ready_runtime(self, runtime: str) -> None:
        with self._clock.busy.working():
            await self._languages.ground(runtime)

    def invoke(
        self, spec: EnvironmentSpec, invocation: Invocation, stream: ResponseStream | None = None
    ) -> Coroutine[Any, Any, Outcome]:
        return (self._invoke_debugged if spec.debug_port else self._invoke)(spec, invocation, stream)

    async def _invoke_debugged(self, spec: EnvironmentSpec, invocation: Invocation, stream: ResponseStream | None) -> Outcome:
        with Work(spec.account, busy=self._clock.busy):
            with self._debugged.following(spec):
                # What waits for a debugger with an older state of the folder is ended by this, and not waited for.
                await self._plan(spec)
            async with self._debugged.turn(spec.debug_port):
                return await self._invoke(spec, invocation, stream)

    async def _invoke(self, spec: EnvironmentSpec, invocation: Invocation, stream: ResponseStream | None) -> Outcome:
        # Function code runs in real time: a virtual clock waits for it, but not while it waits for the clock itself.
        with Work(spec.account, busy=self._clock.busy) as work:
            plan = self._plans.get(spec.key)
            if plan is None or not self._is_current(plan):
                plan = await self._plan(spec)
            plan.users += 1
            try:
                if plan.template is None:
                    return await self._invoke_by(plan, invocation, stream, work)
                return await self._templates.copied(plan, functools.partial(self._invoke_by, plan, invocation, stream, work))
            finally:
                self._leave(plan)

    async def _invoke_by(self, plan: Plan, invocation: Invocation, stream: ResponseStream | None, work: Work) -> Outcome:
        turn: Turn[Environment] = Turn(invocation if stream is None else None)
        try:
            await plan.turns.begin(turn)
            environment = turn.environment = turn.environment or await self._environment(plan)
        except BaseException:
            if turn.environment is None:
                plan.turns.end(turn)
            else:
                self._abandon(plan, turn)
            raise
        try:
            outcome, said = await self._invoke_in(plan, environment, invocation, stream, work, turn)
        finally:
            if not turn.is_abandoned:
                plan.turns.end(turn)
        # It may have its next event already. Where others wait for a processor, this answer's delay delays nobody.
        await environment.keep(said, is_patient=plan.turns.is_crowded)
        return outcome

    def _abandon(self, plan: Plan, turn: Turn[Environment]) -> None:
        """Nobody waits any more for an event that an environment may have begun: it runs to its end, as on AWS."""
        turn.is_abandoned = True
        plan.users += 1
        self._in_background(self._see_through(plan, turn))

    async def _see_through(self, plan: Plan, turn: Turn[Environment]) -> None:
        try:
            if turn.told is not None:
                await turn.told
            environment, invocation = turn.environment, turn.invocation
            if environment is not None and invocation is not None:
                with Work(plan.traits.spec.account, busy=self._clock.busy) as work:
                    _, said = await self._invoke_in(plan, environment, invocation, None, work, turn)
                    await environment.keep(said)
        except (TemplateEnded, RestoreFailed):
            pass  # nobody is to be told
        finally:
            plan.turns.end(turn)
            self._leave(plan)

    async def _invoke_in(
        self,
        plan: Plan,
        environment: Environment,
        invocation: Invocation,
        stream: ResponseStream | None,
        work: Work,
        turn: Turn[Environment],
    ) -> tuple[Outcome, list[LogEvent]]:
        plan.busy.add(environment)
        self._police.watch(environment)
        self._know(environment, work)
        try:
            outcome, said = await environment.invoke(invocation, stream, turn)
            plan.turns.learn(environment.take_window())
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and environment.feed.is_awaited and not turn.is_abandoned:
                turn.told = None
                self._abandon(plan, turn)
                raise
            environment.is_retired = True  # nobody knows what its runtime is doing now
            self._done(plan, environment, turn)
            raise
        self._done(plan, environment, turn)
        return outcome, said

    def _done(self, plan: Plan, environment: Environment, turn: Turn[Environment]) -> None:
        """An event is over: the next one is there, or its environment is idle."""
        self._know(environment, None)
        self._police.leave(environment)
        may_go_on = self._may_go_on(environment)
        if not may_go_on:
            environment.feed.close()
        if plan.turns.hand_on(turn, environment, is_usable=may_go_on):
            self._memory.charge(environment)
        else:
            plan.busy.discard(environment)
            self._release(plan, environment)

    def _may_go_on(self, environment: Environment) -> bool:
        return environment.is_usable and environment.now() < environment.expires_at - CREDENTIALS_S_MIN

    async def provision(self, spec: EnvironmentSpec, count: int) -> Provisioned:
        plan = await self._plan(spec)
        plan.provisioned, plan.provision_failure = count, ""
        await self._replenish(plan)
        return self.provisioned(spec.key)

    def provisioned(self, key: str) -> Provisioned:
        plan = self._plans.get(key)
        if plan is None:
            return Provisioned(0, 0, 0)
        ready = sum(environment.is_provisioned and environment.is_initialised for environment in plan.all())
        return Provisioned(plan.provisioned, ready, ready, plan.provision_failure)

    async def retire(self, key: str) -> None:
        self._debugged.forget(key)
        planning = self._planning.get(key)
        if planning is not None:
            self._in_background(self._retire_when_planned(planning))
        plan = self._retire(key)
        if plan is not None and plan.traits.spec.debug_port:
            for environment in plan.busy:  # it may stand still, and would do so for ever
                environment.kill()
        if plan is not None:
            self._forget_folder(plan.traits.spec.folder)

    def _forget_folder(self, folder: Path | None) -> None:
        """Of a plan that was retired: nobody looks there any more, unless another is, or will be, served from it."""
        if folder is not None and all(spec.folder != folder for spec in self._specs()):
            self._planner.forget(folder)

    def _specs(self) -> Iterator[EnvironmentSpec]:
        """Of all plans that there are, and that are being made."""
        yield from (plan.traits.spec for plan in self._plans.values())
        yield from (planning.spec for planning in self._planning.values())

    def _retire(self, key: str) -> Plan | None:
        plan = self._plans.pop(key, None)
        if plan is not None:
            plan.is_retired = True
            for environment in plan.idle:
                self._end(environment)
            plan.idle.clear()
            if plan.traits.spec.debug_port:
                for environment in [each for each in plan.busy if not each.is_busy]:
                    self._end(environment)
            self._forget_unused(plan)
        return plan

    async def _retire_when_planned(self, planning: _Planning) -> None:
        """Nobody asks for it again; who waits for it now has it before this goes on, and it stays as long as it is used."""
        await asyncio.wait([planning.task])
        self._retire(planning.spec.key)
        self._forget_folder(planning.spec.folder)

    async def retire_account(self, account: str | None) -> None:
        specs = [*self._specs(), *self._debugged.specs()]
        for key in dict.fromkeys(spec.key for spec in specs if account in (None, spec.account)):
            await self.retire(key)

    def kill_busy(self, function_arn: str) -> int:
        """Kills the environments that run an event of the function now. Returns how many: for tests of what then happens."""
        plans = [plan for plan in self._plans.values() if plan.traits.spec.function_arn == function_arn]
        return sum(environment.kill() for plan in plans for environment in plan.busy)

    def _know(self, environment: Environment, work: Work | None) -> None:
        """Whose requests are those that are signed with the environment's key: of the work that it does just then."""
        runs = self._clock.busy.runs
        environment.work = work
        if work is not None and environment.access_key_id:
            runs[environment.access_key_id] = work
        else:
            runs.pop(environment.access_key_id, None)

    # ---- from idle to busy and back ----------------------------------------------------------------------------------

    async def _environment(self, plan: Plan) -> Environment:
        start = None
        while start is None:
            environment = self._warm(plan)
            if environment is not None:
                return environment
            start = await self._starts.begin(plan)
        try:
            async with self._memory.room():
                if plan.template is not None and not plan.template.is_alive:
                    raise TemplateEnded("the template has ended")  # while this event waited
                environment = self._new(plan)
        except BaseException:
            self._starts.end(start)
            raise
        self._starts.runs_on(start, environment)
        environment.on_first_init = functools.partial(self._starts.end, start)
        return environment

    def _warm(self, plan: Plan) -> Environment | None:
        while plan.idle:
            environment = plan.idle.pop()
            if self._may_go_on(environment):
                return environment
            self._end(environment)
            self._replenish_soon(plan)
        return None

    def _new(self, plan: Plan) -> Environment:
        now = plan.traits.clock.now()
        stream = stream_name(plan.traits.spec, now)
        environment = Environment(plan.traits, functools.partial(self._process, plan), stream, expires_at=now + CREDENTIALS_S)
        # Only root can become somebody else; an ordinary user's environments are set apart by their namespaces alone.
        environment.user_id = users.USER_ID_FIRST + next(self._users) % users.USER_IDS if self._can_change_user else 0
        environment.feed.turns = plan.turns
        environment.template = plan.template if plan.template is not None and plan.template.is_alive else None
        self._memory.add(environment)
        self._metrics.add("lambent_environments_started_total")
        self._metrics.add("lambent_environments_alive")
        return environment

    def _release(self, plan: Plan, environment: Environment) -> None:
        if plan.is_retired or environment.is_retired or not environment.is_usable:
            self._end(environment)
            self._replenish_soon(plan)
        else:
            environment.feed.rest()
            environment.idle_since = environment.now()
            plan.idle.append(environment)
            self._memory.charge(environment)
            if not plan.traits.spec.debug_port:  # else its debugger would have nobody to talk to
                self._freezer.soon(environment)
            self._starts.freed(plan)
            if not environment.is_provisioned:
                self._reaper.soon(plan.traits.spec.account)

    def _end(self, environment: Environment) -> None:
        environment.close()
        if self._memory.remove(environment):
            self._metrics.add("lambent_environments_alive", -1)
        self._nursery.discard(None, environment.cgroup)
        environment.cgroup = None

    def _leave(self, plan: Plan) -> None:
        plan.users -= 1
        if plan.is_retired:
            self._forget_unused(plan)

    def _forget_unused(self, plan: Plan) -> None:
        """Lets go of a retired plan's code as soon as nobody runs it: else each update of a function would stay on disk."""
        if not plan.users:
            self._templates.end(plan)
            self._in_background(self._code.release(plan.folders))

    def _end_longest_idle(self) -> bool:
        """Whether there was one to end."""
        oldest = min(self._idle(), key=lambda each: each[1].idle_since, default=None)
        if oldest is None:
            return False
        self._end_idle(*oldest)
        return True

    def _end_idle(self, plan: Plan, environment: Environment) -> None:
        plan.idle.remove(environment)
        self._end(environment)

    def _idle(self, account: str = "") -> Iterator[tuple[Plan, Environment]]:
        """Those that may be ended for want of use: an account's, or all."""
        for plan in self._plans.values():
            if account not in ("", plan.traits.spec.account) or plan.traits.spec.debug_port:
                continue
            for environment in plan.idle:
                if not environment.is_provisioned:
                    yield plan, environment

    # ---- provisioned concurrency -------------------------------------------------------------------------------------

    def _replenish_soon(self, plan: Plan) -> None:
        if plan.provisioned and self._plans.get(plan.traits.spec.key) is plan and not plan.provision_failure:
            self._in_background(self._replenish(plan))

    async def _replenish(self, plan: Plan) -> None:
        """Brings the number of this plan's initialised environments to what is asked for.

        Each that dies asks for this: those count that others have begun to add, also before there is an environment.
        """
        for environment in [each for each in plan.idle if each.is_provisioned and not each.is_usable]:
            plan.idle.remove(environment)
            self._end(environment)
        kept = self._trim(plan)
        added = [asyncio.create_task(self._add_provisioned(plan)) for _ in range(plan.provisioned - kept - len(plan.arriving))]
        for task in added:
            plan.arriving.add(task)
            task.add_done_callback(plan.arriving.discard)  # where it was cancelled before it began
        await asyncio.gather(*added)

    def _trim(self, plan: Plan) -> int:
        """Lets those that are more than is asked for be like others. Returns how many stay provisioned."""
        kept = [environment for environment in plan.all() if environment.is_provisioned]
        for environment in kept[plan.provisioned :]:
            environment.is_provisioned = False
            environment.idle_since = environment.now()
        if len(kept) > plan.provisioned:
            self._reaper.soon(plan.traits.spec.account)
            self._memory.look()
        return min(len(kept), plan.provisioned)

    async def _add_provisioned(self, plan: Plan) -> None:
        """One more, unless it has become one too many by the time that there is room."""
        this = asyncio.current_task()
        assert this is not None, "of its own, by which it is counted"
        if plan.is_retired:
            return
        plan.users += 1
        try:
            async with self._memory.room():
                is_wanted = not plan.is_retired and self._trim(plan) < plan.provisioned
                environment = self._new(plan) if is_wanted else None
            plan.arriving.discard(this)  # from here on it is found in plan.busy
            if environment is not None:
                await self._provision(plan, environment)
        finally:
            self._leave(plan)

    async def _provision(self, plan: Plan, environment: Environment) -> None:
        environment.is_provisioned = True
        plan.busy.add(environment)
        try:
            if await environment.provision():
                plan.provision_failure = "FUNCTION_ERROR_INIT_FAILURE"
                environment.is_retired = True
            environment.on_idle_end = functools.partial(self._replenish_soon, plan)
        except BaseException:
            environment.is_retired = True  # it is not initialised
            raise
        finally:
            plan.busy.discard(environment)
            self._release(plan, environment)

    async def _begin(self, plan: Plan) -> None:
        """Initialises an environment for the events to come, and lets it be one like others."""
        plan.users += 1
        environment = self._new(plan)
        try:
            await self._provision(plan, environment)
        finally:
            environment.is_provisioned = False
            self._leave(plan)

    # ---- processes ---------------------------------------------------------------------------------------------------

    async def _process(self, plan: Plan, environment: Environment) -> RuntimeProcess:
        """A process for this environment, told what to become; in the /tmp and cgroup of its predecessor, if it had one."""
        assign = functools.partial(self._assignments.make, plan, environment)
        template = environment.template
        if environment.mount_namespace >= 0 or environment.cgroup is not None:
            return await self._nursery.spawn(
                plan.kind, environment.cgroup, environment.mount_namespace, assign=assign, template=template
            )
        process, environment.cgroup = await self._nursery.take(plan.kind, assign, template)
        return process

    # ---- plans -------------------------------------------------------------------------------------------------------

    async def _plan(self, spec: EnvironmentSpec) -> Plan:
        """The plan of this key, prepared once however many ask; of a folder as it is now."""
        plan = self._plans.get(spec.key)
        is_current = plan is not None and (self._is_current(plan) or await self._planner.is_current(plan))
        if plan is not None and is_current and not plan.is_retired:  # which it may have been while its folder was looked at
            return plan
        planning = self._planning.get(spec.key)
        if planning is not None:
            await asyncio.shield(planning.task)
            return await self._plan(spec)  # it may not have seen what this event has to see
        task = asyncio.create_task(self._make_plan(spec))
        self._planning[spec.key] = _Planning(spec, task)
        task.add_done_callback(lambda _: self._planning.pop(spec.key, None))
        plan = await asyncio.shield(task)
        return plan if not plan.is_retired else await self._plan(spec)

    def _is_current(self, plan: Plan) -> bool:
        """Whether the folder that it is served from, if it is, is as it was when the plan was made, for all that is known."""
        folder = plan.traits.spec.folder
        return folder is None or self._changes.is_current(folder, plan.source_version)

    async def _make_plan(self, spec: EnvironmentSpec) -> Plan:
        assert self._isolation is not None, "start() comes first"
        is_isolated = await asyncio.shield(self._isolation)
        plan = await self._planner.plan(spec, is_isolated=is_isolated)
        if spec.initialization_type == "snap-start" and plan.program is None:
            try:
                await self._templates.make(plan)
            except BaseException:
                self._in_background(self._code.release(plan.folders))
                raise
        before = self._retire(spec.key)  # of the same function, from an earlier state of its folder
        self._plans[spec.key] = plan
        if before is not None and before.provisioned:
            plan.provisioned = before.provisioned
            self._replenish_soon(plan)
        return plan

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def isolation_found(self) -> str:
        """How environments are kept apart, as soon as that is known."""
        assert self._isolation is not None, "start() comes first"
        await asyncio.shield(self._isolation)
        return self.isolation

    async def _find_isolation(self) -> bool:
        """Whether environments are isolated; says so once where they are not."""
        reason = "it was switched off" if not self._wants_isolation else await self._nursery.probe(self._code_folder)
        self.isolation = machine.tell_isolation(reason, has_cgroups=self._nursery.cgroups is not None)
        return not reason
