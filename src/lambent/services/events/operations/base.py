"""What all operations of events share: the neighbours, what is remembered, and who may ask for what."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from lambent.core.clock import Clock
from lambent.core.config import Config
from lambent.core.context import Context, Scope
from lambent.core.ports import Caller, Metrics, Parameters
from lambent.durable.outbox import Outbox
from lambent.durable.signals import Signals
from lambent.durable.timers import Timers
from lambent.durable.workers import Worker
from lambent.lang.iam_policy import lets_in
from lambent.services.events import errors
from lambent.services.events.engine import buses
from lambent.services.events.engine.deliveries import Deliveries
from lambent.services.events.engine.identifiers import BusName, RuleName, bus_named
from lambent.services.events.engine.schedules import Schedules
from lambent.services.events.operations.known import known_buses
from lambent.services.events.operations.senders import Senders
from lambent.services.events.operations.tokens import Tokens
from lambent.store.database import Database

LANE = "events"
PAGE_ITEMS_MAX = 100


class Base:
    """Built by app.py."""

    def __init__(
        self,
        *,
        store: Database,
        clock: Clock,
        call: Caller,
        signals: Signals,
        outbox: Outbox,
        metrics: Metrics,
        config: Config,
    ) -> None:
        self._store = store
        self._clock = clock
        self._known = known_buses(store)
        self._tokens = Tokens(clock)
        self._senders = Senders(store=store, clock=clock, call=call, metrics=metrics, known=self._known)
        self._lane = Outbox(store=store, clock=clock, signals=signals, call=self._senders.deliver, lane=LANE)
        self._timers = Timers(store=store, clock=clock, signals=signals, lane=LANE, is_background=True)
        self._deliveries = Deliveries(lane=self._lane, dead_letters=outbox)
        self._senders.write = self._deliveries.add
        self._schedules = Schedules(timers=self._timers, clock=clock, ways=self._deliveries, endpoint_url=lambda: config.url)

    def workers(self) -> list[Worker]:
        return [Worker("outbox events", self._deliver), self._timers.worker()]

    def forget(self, account: str | None) -> None:
        """After a reset: nothing remembered of the account."""
        self._known.forget_account(account)
        self._tokens.forget()

    async def _deliver(self) -> None:
        try:
            await self._lane.run()
        finally:
            await self._tokens.close()

    async def _bus(self, context: Context, name: str | None, action: str) -> BusName:
        """The bus of a name or ARN, for a caller who may do ``action`` ("PutRule") to it."""
        bus = bus_named(name, scope_of(context))
        await self._check_access(context, bus, action)
        return bus

    async def _rule(self, context: Context, parameters: Parameters, action: str, *, member: str = "Name") -> RuleName:
        bus = await self._bus(context, parameters.get("EventBusName"), action)
        return RuleName(bus, parameters[member])

    async def _check_access(self, context: Context, bus: BusName, action: str) -> None:
        """Raises EventBusNotFound, AccessDenied."""
        if bus.scope.region != context.region:
            raise errors.EventBusNotFound(name=bus.name)
        if bus.scope.account == context.account:
            return
        row = await self._store.read(buses.find, bus)
        if not lets_in(row.policy, context, f"events:{action}", bus.arn, self._clock.now()):
            raise errors.AccessDenied(principal=context.principal_arn, action=action, arn=bus.arn)


def scope_of(context: Context) -> Scope:
    return Scope(context.account, context.region)


def told(values: Mapping[str, Any]) -> dict[str, Any]:
    """AWS does not tell what was not set."""
    return {name: value for name, value in values.items() if value}


def page_size(parameters: Parameters) -> int:
    return int(parameters.get("Limit") or PAGE_ITEMS_MAX)


def token(name: str) -> str:
    """Names the last item of a page."""
    return base64.urlsafe_b64encode(json.dumps(name).encode()).decode()


def start(parameters: Parameters) -> str:
    """The item behind which the page begins. Raises ValidationException for a token that is none of ours."""
    given = parameters.get("NextToken")
    if not given:
        return ""
    try:
        name = json.loads(base64.urlsafe_b64decode(given))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise errors.ValidationException(reason="The value of parameter NextToken is not valid.") from error
    if not isinstance(name, str):
        raise errors.ValidationException(reason="The value of parameter NextToken is not valid.")
    return name


def paged(member: str, shown: Sequence[Any], names: Sequence[str], count_max: int) -> dict[str, Any]:
    """A page, and where the next begins. ``names`` are those of the page, and one more where there is a next."""
    reply: dict[str, Any] = {member: list(shown[:count_max])}
    if len(names) > count_max:
        reply["NextToken"] = token(names[count_max - 1])
    return reply


def tags_of(parameters: Parameters) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in parameters.get("Tags") or ()}
