"""What follows a source, from one change of it to the next, and what every follower works with."""

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.clock import Clock
from lambent.core.context import Context
from lambent.core.ports import Caller, Metrics
from lambent.durable.followers import scaling, streams
from lambent.durable.followers.consumer import Consumer, Places
from lambent.durable.followers.filters import Filters
from lambent.durable.followers.scaling import Bounds
from lambent.durable.followers.settings import Settings
from lambent.durable.followers.stream_records import Dialect
from lambent.durable.signals import Signals
from lambent.store.database import Database


class Neighbours(Struct, frozen=True):
    """What every follower works with."""

    store: Database
    call: Caller
    signals: Signals
    clock: Clock
    metrics: Metrics


class Subject(Struct, frozen=True):
    """``owner`` is the service ("lambda"), ``arn`` and ``id`` are of its mapping or pipe.

    ``version`` is equal to that of before where nothing has changed that followers would have to begin anew for. ``places``
    and ``dialect`` are for streams.
    """

    owner: str
    arn: str
    id: str
    account: str
    source: Arn
    settings: Settings
    filters: Filters
    consumer: Consumer
    version: object
    places: Places
    dialect: Dialect | None = None
    last_result: str = ""
    bounds: Bounds = scaling.ORDINARY

    @property
    def stream_arn(self) -> str:
        return streams.stream_arn(self.source)

    @property
    def asks_as(self) -> Context:
        """Who reads: the platform itself, in the source's region. What its role may read was asked before."""
        return Context(self.account, self.source.region, self.id, "", "")

    @property
    def alarm_kind(self) -> str:
        """Of what fires by the clock."""
        return f"{self.owner}.event-source"

    def window_kind(self, name: str) -> str:
        """The same of a window: "batching" or "tumbling"."""
        return f"{self.owner}.{name}-window"
