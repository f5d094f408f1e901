"""What all operations of pipes share: the neighbours, and the worker that has pipes followed."""

from lambent.core.clock import Clock
from lambent.core.config import Config
from lambent.core.context import Context, Scope
from lambent.core.ports import Caller, LogSink, Metrics
from lambent.durable.followers.filters import Filters
from lambent.durable.followers.keeping import Book, Keeping
from lambent.durable.followers.subject import Neighbours, Subject
from lambent.durable.outbox import Outbox
from lambent.durable.roles import Roles
from lambent.durable.signals import Signals
from lambent.durable.workers import Worker
from lambent.services.pipes.engine import events, pipes, sources
from lambent.services.pipes.operations.access import Access
from lambent.services.pipes.operations.consumer import Means, PipeConsumer
from lambent.services.pipes.tables import pipes as tables
from lambent.services.pipes.tables.pipes import CHANGED_TOPIC, PipeRow
from lambent.services.pipes.tables.shards import PipePlaces
from lambent.store.database import Database


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
        log_sink: LogSink,
        metrics: Metrics,
        config: Config,
    ) -> None:
        self._store = store
        self._clock = clock
        self._access = Access(call=call, roles=Roles(call=call), clock=clock, needs_role=config.auth == "iam")
        self._means = Means(
            call=call, clock=clock, outbox=outbox, log_sink=log_sink, metrics=metrics, endpoint_url=lambda: config.url
        )
        book = Book(CHANGED_TOPIC, tables.list_enabled, tables.list_to_take_up, pipes.settle, self._subject)
        near = Neighbours(store=store, call=call, signals=signals, clock=clock, metrics=metrics)
        self._keeping = Keeping[PipeRow](book, near)

    def workers(self) -> list[Worker]:
        return [Worker("pipes.followers", self._keeping.run)]

    async def forget(self, account: str | None) -> None:
        """After a reset."""
        await self._keeping.forget(account)

    def _subject(self, row: PipeRow) -> Subject:
        source = sources.source_of(row.settings["Source"])
        parameters = row.settings["SourceParameters"]
        dialect = events.PIPE_DIALECTS.get(source.service)
        return Subject(
            owner="pipes",
            arn=row.name.arn,
            id=row.id,
            account=row.name.scope.account,
            source=source,
            settings=sources.reading(source, parameters),
            filters=Filters(sources.patterns(parameters), data_key=sources.FILTERED[source.service]),
            consumer=PipeConsumer(row, self._means, dialect),
            version=row.settings,
            places=PipePlaces(row.key),
            dialect=dialect,
        )


def scope_of(context: Context) -> Scope:
    return Scope(context.account, context.region)
