"""What all operations of dynamodb share: the neighbours, the table that a request means, and who may ask for what."""

from collections.abc import Mapping

from lambent.core.clock import Clock, Instant
from lambent.core.context import Context, Scope
from lambent.core.ports import Caller
from lambent.durable.outbox import Outbox
from lambent.durable.signals import Signals
from lambent.durable.tables import Timer
from lambent.durable.timers import Timers
from lambent.durable.workers import Worker
from lambent.lang.iam_policy import lets_in
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import backups, destinations, expiring, identifiers, tables, updating
from lambent.services.dynamodb.engine.descriptions import Sizes
from lambent.services.dynamodb.engine.identifiers import TableName
from lambent.services.dynamodb.engine.places import Place
from lambent.services.dynamodb.engine.table import Table
from lambent.services.dynamodb.keeper import Keeper
from lambent.services.dynamodb.operations.known import known_tables
from lambent.services.dynamodb.tables.expiries import TOPIC as EXPIRIES
from lambent.store.database import Database, Transaction

Counted = tuple[float, Mapping[str, Sizes]]
"""Until when (on the machine's clock), and what was counted."""


class Base:
    """Built by app.py."""

    def __init__(self, *, store: Database, clock: Clock, signals: Signals, timers: Timers, call: Caller) -> None:
        self._store = store
        self._clock = clock
        self._signals = signals
        self._timers = timers
        self._known = known_tables(store)
        self._sizes: dict[int, Counted] = {}
        timers.on(tables.SWEEP, self._sweep)
        timers.on(updating.SWEEP_INDEX, self._sweep_index)
        timers.on(updating.FILL, self._fill_index)
        timers.on(backups.BACK_UP, self._back_up)
        timers.on(backups.RESTORE, self._restore)
        self._to_kinesis = Outbox(store=store, clock=clock, signals=signals, call=call, lane=destinations.LANE)
        self._to_kinesis.on_end(destinations.ON_ENABLED, destinations.enabled)
        self._expiring = Keeper(
            store=store, clock=clock, signals=signals, topic=EXPIRIES, dues=expiring.dues, keep_some=expiring.delete_some
        )

    def workers(self) -> list[Worker]:
        return [self._to_kinesis.worker(), Worker("dynamodb.expiries", self._expiring.run)]

    def forget(self, account: str | None) -> None:
        """After a reset: nothing remembered of the account."""
        self._known.forget_account(account)

    async def resource_policy(self, arn: str) -> str | None:
        """What a table says of who may use it (core.ports.ResourcePolicies)."""
        try:
            return (await self._known.find(identifiers.table_of_arn(arn))).definition.policy
        except (errors.ResourceNotFound, errors.ValidationFailed):
            return ""

    def _now(self) -> Instant:
        return self._clock.now()

    async def _table(self, context: Context, text: str, action: str) -> Table:
        """The table of a name or an ARN, for a caller who may do ``action`` ("GetItem") to it.

        Raises ResourceNotFound, ValidationFailed, AccessDenied.
        """
        named = identifiers.table_named(text, scope_of(context))
        if named.scope.region != context.region:
            raise errors.ResourceNotFound
        table = self._known.values.get(named) or await self._known.find(named)
        if named.scope.account != context.account:
            self._check_access(table, context, action)
        return table

    async def _named(self, context: Context, text: str, action: str) -> TableName:
        """The table that an operation on tables means, there or not: another account's only where its policy allows ``action``.

        Raises ValidationFailed, TableNotFound, ResourceNotFound, AccessDenied.
        """
        named = identifiers.table_named(text, scope_of(context))
        if named.scope.region != context.region:
            raise errors.TableNotFound(name=named.name)
        if named.scope.account != context.account:
            self._check_access(await self._known.find(named), context, action)
        return named

    def _check_access(self, table: Table, context: Context, action: str) -> None:
        if not lets_in(table.definition.policy, context, f"dynamodb:{action}", table.arn, self._now()):
            raise errors.AccessDenied(principal=context.principal_arn, action=action, arn=table.arn)

    # ---- what takes more than one transaction ------------------------------------------------------------------------

    def _sweep(self, tx: Transaction, timer: Timer) -> None:
        if tables.sweep(tx, int(timer.key)):
            self._again(tx, timer)

    def _sweep_index(self, tx: Transaction, timer: Timer) -> None:
        if updating.sweep_further(tx, timer.key):
            self._again(tx, timer)

    def _fill_index(self, tx: Transaction, timer: Timer) -> None:
        updating.fill_further(tx, timer.key, Place(*timer.payload), self._timers, timer.due_at)

    def _back_up(self, tx: Transaction, timer: Timer) -> None:
        backups.back_up_further(tx, timer.key, timer.payload, self._timers, timer.due_at)

    def _restore(self, tx: Transaction, timer: Timer) -> None:
        backups.restore_further(tx, int(timer.key), timer.payload, self._timers, timer.due_at)

    def _again(self, tx: Transaction, timer: Timer) -> None:
        self._timers.set(tx, timer.kind, timer.key, timer.due_at, account=timer.account, region=timer.region)


def scope_of(context: Context) -> Scope:
    return Scope(context.account, context.region)
