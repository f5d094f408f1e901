"""Remembers buses with their rules and targets, so that an event reads no row. A commit that changes one forgets it."""

from typing import TypeAlias

from lambent.core.context import Scope
from lambent.services.events.engine import deliveries
from lambent.services.events.engine.deliveries import Audience
from lambent.services.events.engine.identifiers import BusName
from lambent.services.events.tables.buses import CHANGED_PREFIX
from lambent.store.database import Database
from lambent.store.known import Named

Known: TypeAlias = Named[BusName, Audience | None]

BUSES_MAX = 10_000


def known_buses(store: Database) -> Known:
    """``find`` gives None where there is no such bus."""
    return Named(
        store=store,
        count_max=BUSES_MAX,
        prefix=CHANGED_PREFIX,
        key=lambda account, region, name: BusName(Scope(account, region), name),
        account_of=lambda named: named.scope.account,
        look=deliveries.audience,
    )
