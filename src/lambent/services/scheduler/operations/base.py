"""What all operations of scheduler share: the neighbours, names, dates and pages."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from lambent.core import page_tokens
from lambent.core.clock import Clock, Instant
from lambent.core.config import Config
from lambent.core.context import Context, Scope
from lambent.core.ports import Caller, Metrics, Parameters
from lambent.durable.outbox import Outbox
from lambent.durable.signals import Signals
from lambent.durable.timers import Timers
from lambent.durable.workers import Worker
from lambent.services.scheduler import errors
from lambent.services.scheduler.engine.deliveries import Deliveries
from lambent.services.scheduler.engine.firing import Firing
from lambent.services.scheduler.engine.identifiers import DEFAULT_GROUP, GroupName
from lambent.services.scheduler.operations.roles import Roles
from lambent.services.scheduler.operations.senders import Senders
from lambent.store.database import Database

LANE = "scheduler"
PAGE_ITEMS_MAX = 100

T = TypeVar("T")


class Base:
    """Built by app.py. ``service_names``: the services that schedules may call."""

    def __init__(
        self,
        *,
        store: Database,
        clock: Clock,
        call: Caller,
        signals: Signals,
        timers: Timers,
        outbox: Outbox,
        metrics: Metrics,
        config: Config,
        service_names: Collection[str],
    ) -> None:
        self._store = store
        self._clock = clock
        self._service_names = service_names
        self._roles = Roles(call=call, clock=clock, needs_to_exist=config.auth == "iam")
        senders = Senders(store=store, call=call, metrics=metrics, services=service_names)
        self._lane = Outbox(store=store, clock=clock, signals=signals, call=call, lane=LANE, deliver=senders.deliver)
        self._recurring = Timers(store=store, clock=clock, signals=signals, lane=LANE, is_background=True)
        ways = Deliveries(lane=self._lane, dead_letters=outbox, services=service_names)
        self._firing = Firing(recurring=self._recurring, once=timers, clock=clock, ways=ways, endpoint_url=lambda: config.url)

    def workers(self) -> list[Worker]:
        return [self._lane.worker(), self._recurring.worker()]


def scope_of(context: Context) -> Scope:
    return Scope(context.account, context.region)


def group_of(context: Context, name: str | None) -> GroupName:
    return GroupName(scope_of(context), name or DEFAULT_GROUP)


def date(moment: Instant | None) -> datetime | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC)


def page_size(parameters: Parameters) -> int:
    return int(parameters.get("MaxResults") or PAGE_ITEMS_MAX)


def start(parameters: Parameters, like: T) -> T:
    """The key behind which the page begins. Raises ValidationException for a token that is none of ours."""
    given = parameters.get("NextToken")
    if not given:
        return like
    try:
        return page_tokens.key_of(given, like)
    except page_tokens.BadPageToken as error:
        raise errors.ValidationException(reason="Invalid NextToken.") from error


def paged(member: str, shown: Sequence[Any], keys: Sequence[str | list[str]], count_max: int) -> dict[str, Any]:
    """A page, and where the next begins. ``keys`` are those of the page, and one more where there is a next."""
    reply: dict[str, Any] = {member: list(shown[:count_max])}
    if len(keys) > count_max:
        reply["NextToken"] = page_tokens.token_of(keys[count_max - 1])
    return reply
