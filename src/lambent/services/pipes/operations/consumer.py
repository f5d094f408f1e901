"""A pipe as the consumer of its source: who gives batches to executions, and tells of records that are given up."""

import functools
from collections.abc import Callable, Sequence

from msgspec import Struct, structs

from lambent.core import ids
from lambent.core.arn import Arn
from lambent.core.clock import Clock
from lambent.core.context import Context
from lambent.core.ports import Caller, LogSink, Metrics
from lambent.core.sessions import session_arn
from lambent.durable.followers import streams
from lambent.durable.followers.consumer import Batch, Failure, Handled, Handler, Post
from lambent.durable.followers.failures import GivenUp
from lambent.durable.followers.stream_records import Dialect, Entry
from lambent.durable.outbox import Outbox
from lambent.services.pipes.engine import failure_records, sources
from lambent.services.pipes.operations.execution import Execution
from lambent.services.pipes.tables.pipes import PipeRow

HANDLING_S = 30
"""For how long messages that a window gathered stay hidden beyond it at least."""


class Means(Struct, frozen=True):
    """What executions of all pipes work with."""

    call: Caller
    clock: Clock
    outbox: Outbox
    log_sink: LogSink
    metrics: Metrics
    endpoint_url: Callable[[], str]


class PipeHandler(Struct, frozen=True):
    """A pipe as it is set now. It has room for whatever its source brings: what it calls says when that is too much."""

    row: PipeRow
    means: Means

    @property
    def role_arn(self) -> str:
        return str(self.row.settings["RoleArn"])

    @property
    def timeout_s(self) -> int:
        return HANDLING_S

    async def ready(self) -> None:
        """It always is."""

    def claim(self, tell: Callable[[], None]) -> bool:  # noqa: ARG002 - nobody has to wait
        return True

    def unclaim(self) -> None:
        """Nothing was kept."""

    async def handle(self, batch: Batch) -> Handled:
        means = self.means
        context = in_role(self.row, endpoint_url=means.endpoint_url())
        execution = Execution(
            self.row.name.arn,
            self.row.settings,
            context,
            call=means.call,
            clock=means.clock.of(context.account),
            log_sink=means.log_sink,
        )
        handled = await execution.run(batch)
        means.metrics.add("lambent_pipes_executions_total", outcome="failed" if handled.failed else "succeeded")
        return handled


class PipeConsumer(Struct, frozen=True):
    """One pipe, from one change of it to the next."""

    row: PipeRow
    means: Means
    dialect: Dialect | None

    async def find(self) -> PipeHandler:
        return PipeHandler(self.row, self.means)

    async def posts_of(
        self,
        shard_id: str,
        entries: Sequence[Entry],
        failure: Failure,
        handler: Handler | None,  # noqa: ARG002 - a pipe's role is the same whoever failed
    ) -> Sequence[Post]:
        source = sources.source_of(self.row.settings["Source"])
        target = Arn.parse(sources.dead_letter_arn(source, self.row.settings["SourceParameters"]))
        if target is None or self.dialect is None:
            return ()
        context = in_role(self.row, endpoint_url=self.means.endpoint_url())
        given_up = GivenUp(shard_id, streams.stream_arn(source), entries, failure, self.dialect)
        call = failure_records.call(target, self.row.name.arn, given_up, endpoint_url=context.endpoint_url)
        at = structs.replace(context, region=target.region)
        return [functools.partial(self.means.outbox.add, context=at, service=call[0], operation=call[1], parameters=call[2])]


def in_role(row: PipeRow, *, endpoint_url: str) -> Context:
    """The role of a pipe, in a session of the pipe's own."""
    role = Arn.parse(row.settings["RoleArn"])
    assert role is not None, "the model says how roles are spelt"
    return Context(
        account=row.name.scope.account,
        region=row.name.scope.region,
        request_id=ids.uuid4(),
        principal_arn=session_arn(role.account, role.resource.rpartition("/")[2], row.name.name, partition=role.partition),
        endpoint_url=endpoint_url,
        source_arn=row.name.arn,
    )
