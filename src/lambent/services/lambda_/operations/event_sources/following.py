"""Has the followers follow what mappings name, and wakes them when a function has changed."""

from lambent.durable.followers.filters import Filters
from lambent.durable.followers.keeping import Book, Keeping
from lambent.durable.followers.stream_records import DIALECTS
from lambent.durable.followers.streams import stream_arn
from lambent.durable.followers.subject import Neighbours, Subject
from lambent.services.lambda_.engine.event_sources import mappings, settings, sources
from lambent.services.lambda_.operations.deliveries import Deliveries
from lambent.services.lambda_.operations.event_sources.consumer import FunctionConsumer
from lambent.services.lambda_.operations.runner import Runner
from lambent.services.lambda_.operations.targets import TOPIC_PREFIX
from lambent.services.lambda_.tables.event_source_mappings import CHANGED_TOPIC, MappingRow
from lambent.services.lambda_.tables.event_source_shards import MappingPlaces


class Following:
    """One worker for the mappings of all accounts."""

    def __init__(self, *, near: Neighbours, runner: Runner, deliveries: Deliveries) -> None:
        self._runner = runner
        self._deliveries = deliveries
        book = Book(CHANGED_TOPIC, mappings.enabled, mappings.to_take_up, mappings.settle, self._subject)
        self._keeping = Keeping[MappingRow](book, near)
        self.run = self._keeping.run
        self.problem = self._keeping.problem
        self.forget = self._keeping.forget
        near.store.on_signal(self._hear)

    def _subject(self, row: MappingRow) -> Subject:
        source = sources.source_of(row.source_arn)
        dialect = DIALECTS.get(source.kind)
        data_key = source.rules.json_key if source.kind == "kinesis" else ""
        return Subject(
            owner="lambda",
            arn=row.arn,
            id=row.id,
            account=row.scope.account,
            source=source.arn,
            settings=row.settings,
            filters=Filters(row.settings.filters, data_key="body" if dialect is None else data_key),
            consumer=FunctionConsumer(row, self._runner, self._deliveries, dialect, stream_arn(source.arn)),
            version=(row.settings, row.function),
            places=MappingPlaces(row),
            dialect=dialect,
            last_result=row.last_result,
            bounds=settings.bounds(row.settings),
        )

    def _hear(self, topic: str) -> None:
        if not topic.startswith(TOPIC_PREFIX):
            return
        account, region, name = topic.removeprefix(TOPIC_PREFIX).split("/")
        for row, follower in self._keeping.followed():
            function = row.function
            if (function.scope.account, function.scope.region) == (account, region) and name in ("*", function.name):
                follower.wake()
