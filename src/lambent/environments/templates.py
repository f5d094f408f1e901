"""Templates of SnapStart versions: made by INIT, made anew when they have died, ended with their plan."""

import asyncio
from collections.abc import Awaitable, Callable

from lambent.core.log import Log
from lambent.core.ports import Outcome, RestoreFailed
from lambent.environments import outcomes
from lambent.environments.environment import Environment
from lambent.environments.nursery import Nursery
from lambent.environments.plans import Plan
from lambent.environments.traits import TemplateEnded

_NOT_OF_INIT = ("", outcomes.LOST, "Runtime.NoSnapshot")  # with these a version starts as others do

DEATHS_MAX = 3  # of templates while one event wants a copy

log = Log("environments")


class Templates:
    """``new`` makes an environment of a plan, ``keep`` counts the memory of one that stays, ``end`` ends one."""

    def __init__(
        self,
        nursery: Nursery,
        *,
        new: Callable[[Plan], Environment],
        keep: Callable[[Environment], None],
        end: Callable[[Environment], None],
    ) -> None:
        self._nursery = nursery
        self._new = new
        self._keep = keep
        self._end = end
        self._renewing: dict[Plan, asyncio.Task[None]] = {}

    async def make(self, plan: Plan) -> None:
        """Initialises the version once; where it cannot be forked its environments start as others do."""
        environment = self._new(plan)
        environment.is_template = True
        failure = "functions are not isolated here"
        if plan.kind.is_isolated:
            try:
                failure = await environment.provision()
            except BaseException:
                self._end(environment)
                raise
            if not failure and not environment.is_usable:
                failure = outcomes.LOST  # it was killed as soon as it was initialised
            plan.init_failure = "" if failure in _NOT_OF_INIT else failure
        if failure:
            log.warning("no_template", function=plan.traits.spec.function_arn, version=plan.traits.spec.version, reason=failure)
            self._end(environment)
            plan.template = plan.original = None
            return
        if environment.cgroup is not None:
            environment.cgroup.lift()
        plan.original, plan.template = environment, environment.become_template(plan.kind)
        self._keep(environment)

    async def copied(self, plan: Plan, attempt: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """What ``attempt`` comes to with a living template: tried again where that dies before the copy has begun."""
        for _ in range(DEATHS_MAX):
            await self.renew(plan)
            try:
                return await attempt()
            except TemplateEnded:
                continue
        raise RestoreFailed(is_timeout=False)

    async def renew(self, plan: Plan) -> None:
        """In the place of one that has died: killed, or with its zygote. Once, however many events come meanwhile."""
        if plan.template is None or plan.template.is_alive:
            return
        task = self._renewing.get(plan)
        if task is None:
            task = self._renewing[plan] = asyncio.create_task(self._renewed(plan))
            task.add_done_callback(lambda _: self._renewing.pop(plan, None))
        await asyncio.shield(task)

    async def _renewed(self, plan: Plan) -> None:
        self._end_both(plan)  # the plan keeps the dead one until there is another: who comes meanwhile waits for that
        await self.make(plan)
        if plan.is_retired and not plan.users:
            self.end(plan)

    def end(self, plan: Plan) -> None:
        self._end_both(plan)
        plan.template = plan.original = None

    def _end_both(self, plan: Plan) -> None:
        if plan.template is not None and plan.original is not None:
            self._nursery.forget(plan.template)
            plan.template.close()
            self._end(plan.original)

    async def close(self) -> None:
        """Gives up those that are being made."""
        tasks = list(self._renewing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
