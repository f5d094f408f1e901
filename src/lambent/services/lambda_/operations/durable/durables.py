"""All that durable executions need, plugged together: their timers, their calls of other functions, and what runs them."""

from lambent.durable.followers.subject import Neighbours
from lambent.durable.outbox import Ended, Outbox
from lambent.durable.timers import Timers
from lambent.durable.workers import Worker
from lambent.services.lambda_.engine.durable.checkpoints import CALL_END, Checkpoints
from lambent.services.lambda_.engine.durable.lifecycle import Lifecycle
from lambent.services.lambda_.operations.deliveries import Deliveries
from lambent.services.lambda_.operations.durable.runner import DurableRunner
from lambent.services.lambda_.operations.durable.starts import Starts
from lambent.services.lambda_.operations.runner import Runner
from lambent.store.database import Transaction

TIMERS_LANE, RETENTION_LANE, CALLS_LANE = "lambda.durable", "lambda.durable-retention", "lambda.durable-calls"
CALLS_MAX = 1_000


class Durables:
    """Made once; from then on what ``runner`` runs of a durable function is a whole execution."""

    def __init__(
        self,
        *,
        near: Neighbours,
        outbox: Outbox,
        runner: Runner,
        deliveries: Deliveries,
        endpoint_url: str,
    ) -> None:
        store, clock, signals = near.store, near.clock, near.signals
        self._clock = clock
        self._timers = Timers(store=store, clock=clock, signals=signals, lane=TIMERS_LANE)
        # Nobody waits for an execution to be forgotten.
        self._retention = Timers(store=store, clock=clock, signals=signals, lane=RETENTION_LANE, is_background=True)
        # Functions may take minutes, so calls of them have a lane of their own.
        self._calls = Outbox(
            store=store, clock=clock, signals=signals, call=near.call, lane=CALLS_LANE, concurrency_max=CALLS_MAX
        )
        self.lifecycle = Lifecycle(timers=self._timers, retention=self._retention, outbox=outbox)
        self.checkpoints = Checkpoints(lifecycle=self.lifecycle, calls=self._calls)
        self._calls.on_end(CALL_END, self._end_call)
        self.starts = runner.starts = Starts(
            store=store, clock=clock, signals=signals, lifecycle=self.lifecycle, endpoint_url=endpoint_url
        )
        self._runner = DurableRunner(near=near, runner=runner, lifecycle=self.lifecycle, deliveries=deliveries)

    def workers(self) -> list[Worker]:
        return [
            Worker("lambda.durable", self._runner.run),
            self._timers.worker(),
            self._retention.worker(),
            self._calls.worker(),
        ]

    def _end_call(self, tx: Transaction, ended: Ended) -> None:
        # On the writer's thread, where nobody acts for an account.
        self.checkpoints.call_ended(tx, ended, self._clock.of(ended.entry.account).now())
