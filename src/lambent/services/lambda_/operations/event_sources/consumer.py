"""A function as the consumer of an event source: found, given room, invoked, and its answer read."""

from collections.abc import Callable, Collection, Sequence

from msgspec import Struct

from lambent.core import ids
from lambent.durable.followers import batches, responses, windows
from lambent.durable.followers.consumer import Batch, Failure, Handled, Handler, Post
from lambent.durable.followers.stream_records import Dialect, Entry
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import records
from lambent.services.lambda_.engine.event_sources import failure_records
from lambent.services.lambda_.engine.event_sources.settings import Settings
from lambent.services.lambda_.operations.deliveries import Deliveries
from lambent.services.lambda_.operations.runner import Ran, Runner
from lambent.services.lambda_.operations.targets import Resolved
from lambent.services.lambda_.tables.async_events import Response
from lambent.services.lambda_.tables.event_source_mappings import MappingRow


class FunctionHandler(Struct, frozen=True):
    """The function as it is now. ``is_of_stream``: a failure of the platform leaves the retries as they are."""

    target: Resolved
    settings: Settings
    runner: Runner
    is_of_stream: bool

    @property
    def role_arn(self) -> str:
        return self.target.first.role_arn

    @property
    def timeout_s(self) -> int:
        return self.target.first.timeout_s

    async def ready(self) -> None:
        await self.runner.ready_runtimes(self.target)

    def claim(self, tell: Callable[[], None]) -> bool:
        return self.runner.claim(self.target, tell)

    def unclaim(self) -> None:
        self.runner.unclaim(self.target)

    async def handle(self, batch: Batch) -> Handled:
        """Raises what kept the event from reaching the function."""
        request_id = ids.uuid4()
        ran = await self.runner.run(self.target, batches.event(batch.texts, batch.members), request_id=request_id)
        function_error = ran.outcome.function_error
        if self.is_of_stream and function_error is not None and records.is_system_failure(_response(ran)):
            raise errors.SystemFailed()
        failed, state = self._failed(ran, batch.ids), None
        if self.settings.tumbling_s and function_error is None:
            state = windows.returned_state(ran.outcome.payload)
            if state is None:
                failed = range(len(batch.ids))
        return Handled(failed, request_id, ran.version, function_error, state)

    def _failed(self, ran: Ran, names: Sequence[str]) -> Collection[int]:
        if ran.outcome.function_error is not None:
            return range(len(names))
        if not self.settings.reports_failures or not names:
            return ()
        failed = responses.failed_ids(ran.outcome.payload, names)
        return [place for place, name in enumerate(names) if name in failed]


class FunctionConsumer(Struct, frozen=True):
    """The function of one mapping, whatever it is at the time."""

    row: MappingRow
    runner: Runner
    deliveries: Deliveries
    dialect: Dialect | None
    stream_arn: str

    async def find(self) -> FunctionHandler:
        scope, function = self.row.scope, self.row.function
        target = await self.runner.find((scope.account, scope.region, function.name, function.qualifier))
        return FunctionHandler(target, self.row.settings, self.runner, self.dialect is not None)

    async def posts_of(
        self, shard_id: str, entries: Sequence[Entry], failure: Failure, handler: Handler | None
    ) -> Sequence[Post]:
        arn = self.row.settings.on_failure
        destination = failure_records.destination(arn) if arn else None
        if destination is None or self.dialect is None:
            return ()
        role_arn = (handler or await self.find()).role_arn
        batch = failure_records.Batch(self.row.id, self.row.function.arn, shard_id, self.stream_arn, entries)
        return await self.deliveries.posts_of(
            self.row.function,
            [failure_records.delivery(batch, failure, self.dialect, destination)],
            role_arn=role_arn,
            request_id=failure.request_id,
            endpoint_url=failure_records.ENDPOINT,
        )


def _response(ran: Ran) -> Response:
    return Response(ran.outcome.payload, ran.version, ran.outcome.function_error)
