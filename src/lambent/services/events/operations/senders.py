"""The last step of a delivery: the call of a target, and the way from one bus to another."""

from collections.abc import Callable

from lambent.core.arn import Arn
from lambent.core.clock import Clock, Instant
from lambent.core.context import Context, Scope
from lambent.core.errors import ServiceError
from lambent.core.ports import Caller, Metrics, Parameters, Reply
from lambent.lang.iam_policy import lets_in
from lambent.lang.iam_policy.statements import root_of
from lambent.services.events import errors
from lambent.services.events.engine import calls, entries
from lambent.services.events.engine.deliveries import FAILED_TOPIC, Audience, Planned
from lambent.services.events.engine.identifiers import bus_named
from lambent.services.events.operations.known import Known
from lambent.store.database import Database, Transaction

HOPS_MAX = 16
"""From bus to bus; then an event goes round in a circle."""

STREAM_EXISTS = "ResourceAlreadyExistsException"
Write = Callable[[Transaction, Planned], None]


class Senders:
    """What the lane of the outbox calls. ``write`` writes the deliveries that an event causes on a further bus."""

    write: Write

    def __init__(self, *, store: Database, clock: Clock, call: Caller, metrics: Metrics, known: Known) -> None:
        self._store = store
        self._clock = clock
        self._call = call
        self._metrics = metrics
        self._known = known
        store.on_signal(self._hear)

    async def deliver(self, context: Context, service: str, operation: str, parameters: Parameters) -> Reply:
        """Raises the ServiceError that the target answers."""
        if service == "events":
            reply = await self._to_bus(context, parameters)
        else:
            given = calls.call(context, service, parameters, self._clock.of(context.account).now())
            if service == "logs":
                await self._make_stream(context, given)
            reply = await self._call(context, service, operation, given)
        self._metrics.add("lambent_events_delivered_total", to=service)
        return reply

    async def _make_stream(self, context: Context, given: Parameters) -> None:
        stream = {name: given[name] for name in ("logGroupName", "logStreamName")}
        try:
            await self._call(context, "logs", "CreateLogStream", stream)
        except ServiceError as error:
            if error.code != STREAM_EXISTS:
                raise

    async def _to_bus(self, context: Context, parameters: Parameters) -> Reply:
        """The event stays what it is, with the account and region where it began. Raises EventBusNotFound, AccessDenied."""
        hops = parameters["Hops"] + 1
        if hops > HOPS_MAX:
            raise errors.TooManyHops(hops_max=HOPS_MAX)
        bus = bus_named(parameters["TargetArn"], Scope(context.account, context.region))
        audience = await self._known.find(bus)
        if audience is None:
            raise errors.EventBusNotFound(name=bus.name)
        now = self._clock.of(context.account).now()
        _check_access(audience, parameters["RuleArn"], context, now)
        event = entries.again(parameters["Event"], now, trace_header=parameters["TraceHeader"], hops=hops)
        planned = Planned()
        planned.add(audience, event, context)
        if planned.calls:
            await self._store.write(self.write, planned)
        return {}

    def _hear(self, signal: str) -> None:
        if signal == FAILED_TOPIC:
            self._metrics.add("lambent_events_failed_total")


def _check_access(audience: Audience, rule_arn: str, context: Context, now: Instant) -> None:
    """Raises AccessDenied where the rule is another account's, and the bus' policy does not let it."""
    rule = Arn.parse(rule_arn)
    assert rule is not None, "rules name themselves"
    if rule.account == audience.bus.scope.account:
        return
    principal_arn = root_of(rule.account)
    if not lets_in(audience.policy, context.on_behalf_of(principal_arn), "events:PutEvents", audience.bus.arn, now):
        raise errors.AccessDenied(principal=principal_arn, action="PutEvents", arn=audience.bus.arn)
