"""From an event to its deliveries: which rules want it, the rows of the outbox for their targets, and where those end.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from lambent.core import ids
from lambent.core.arn import Arn
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import queue_url
from lambent.durable.outbox import Call, Ended, Outbox, Retries, is_refusal
from lambent.lang.event_pattern import EventPattern
from lambent.services.events.engine import rules
from lambent.services.events.engine.identifiers import BusName, RuleName
from lambent.services.events.engine.inputs import Event
from lambent.services.events.engine.targets import Target, ready
from lambent.services.events.tables import buses as bus_rows
from lambent.services.events.tables import rules as rule_rows
from lambent.services.events.tables import targets as target_rows
from lambent.store.database import Transaction

PRINCIPAL = "events.amazonaws.com"
ON_END = "events.delivery"
FAILED_TOPIC = "events.delivery-failed"
TOO_MANY_REQUESTS, NOT_IMPLEMENTED, FORBIDDEN, NOT_FOUND = 429, 501, 403, 404
_MISSING = ("ResourceNotFound", "NotFound", "NonExistentQueue", "QueueDoesNotExist", "StateMachineDoesNotExist")
_DENIED = ("AccessDenied", "AuthorizationError")


class Rule(Struct, frozen=True):
    """An enabled rule with a pattern, and its targets."""

    name: RuleName
    pattern: EventPattern
    targets: Sequence[Target]


class Audience(Struct, frozen=True):
    """A bus, as much of it as an event needs."""

    bus: BusName
    policy: str
    by_source: Mapping[str, Sequence[Rule]]  # rules that name the sources they want
    of_any_source: Sequence[Rule]

    def asked(self, event: Event) -> Iterator[Rule]:
        """The rules that may want an event: most name a source, so that few have to be asked."""
        yield from self.by_source.get(event.document["source"], ())
        yield from self.of_any_source


Plan = dict[Retries, list[Call]]
"""What events set going: calls, by how they are tried again."""


@dataclass(slots=True)
class Planned:
    """The deliveries of some events, as they come together."""

    calls: Plan = field(default_factory=dict)

    def add(self, audience: Audience, event: Event, context: Context) -> None:
        for rule in audience.asked(event):
            if rule.pattern.matches(event.document):
                self.add_rule(rule.name, rule.targets, event, context)

    def add_rule(self, rule: RuleName, targets: Sequence[Target], event: Event, context: Context) -> None:
        """To all targets of one rule."""
        for target in targets:
            self.calls.setdefault(target.retries, []).append(_call(rule, target, event, context))

    @property
    def count(self) -> int:
        return sum(map(len, self.calls.values()))


def audience(tx: Transaction, bus: BusName) -> Audience | None:
    """None where there is no such bus."""
    row = bus_rows.find(tx, bus)
    if row is None:
        return None
    targets: dict[str, list[Target]] = {}
    for target in target_rows.of_bus(tx, bus):
        targets.setdefault(target.rule.name, []).append(ready(target))
    wanted = [rule for rule in rule_rows.of_bus(tx, bus) if rule.is_enabled and rule.pattern and rule.name.name in targets]
    by_source: dict[str, list[Rule]] = {}
    of_any_source: list[Rule] = []
    for found in wanted:
        rule = Rule(found.name, rules.pattern_of(found.pattern), targets[found.name.name])
        sources = _sources(rule.pattern)
        if sources is None:
            of_any_source.append(rule)
        else:
            for source in sources:
                by_source.setdefault(source, []).append(rule)
    return Audience(bus, row.policy, by_source, of_any_source)


def _sources(pattern: EventPattern) -> set[str] | None:
    """The sources of which one must be an event's, or None where the pattern does not just list them."""
    listed = pattern.document.get("source")
    if not isinstance(listed, list) or not all(isinstance(source, str) for source in listed):
        return None
    return set(listed)


def targets_of(tx: Transaction, rule: RuleName) -> list[Target]:
    return [ready(row) for row in target_rows.of_rule(tx, rule)]


def _call(rule: RuleName, target: Target, event: Event, context: Context) -> Call:
    """A row of the outbox. What the target is called with is made of it when it is delivered, so that nothing is kept twice."""
    parameters = {
        "RuleArn": rule.arn,
        "TargetArn": target.arn,
        "RoleArn": target.role_arn,
        "DeadLetterArn": target.dead_letter_arn,
        "GroupId": target.group_id,
        "PartitionKey": target.partition_key(event) if target.kind.service == "kinesis" else "",
        "Event": event.text,
        "EventId": event.id,
        "Input": None if target.input is None else target.input(event),
        "TraceHeader": event.trace_header,
        "Hops": event.hops,
    }
    return Call(at(context, target.parsed, source_arn=rule.arn), target.kind.service, target.kind.operation, parameters)


def at(context: Context, target: Arn, *, source_arn: str) -> Context:
    """EventBridge itself for a rule, in the account and region of a target, under a request id of the call's own."""
    return Context(
        account=target.account,
        region=target.region,
        request_id=ids.uuid4(),
        principal_arn=PRINCIPAL,
        endpoint_url=context.endpoint_url,
        source_arn=source_arn,
    )


class Deliveries:
    """Writes plans into the lane, and failures into dead-letter queues, inside the transactions of others."""

    def __init__(self, *, lane: Outbox, dead_letters: Outbox) -> None:
        self._lane = lane
        self._dead_letters = dead_letters
        lane.on_end(ON_END, self._ended)

    def add(self, tx: Transaction, planned: Planned) -> None:
        for retries, calls in planned.calls.items():
            self._lane.add_all(tx, calls, retries=retries, on_end=ON_END)

    def _ended(self, tx: Transaction, ended: Ended) -> None:
        if ended.error is None:
            return
        tx.signal(FAILED_TOPIC)
        given = ended.entry.parameters
        queue = Arn.parse(given["DeadLetterArn"])
        if queue is None:
            return
        context = at(ended.entry.context, queue, source_arn=given["RuleArn"])
        message = {
            "QueueUrl": queue_url(context.endpoint_url, queue.account, queue.resource),
            "MessageBody": given["Event"],
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in _facts(ended, given) if value
            },
        }
        self._dead_letters.add(tx, context, "sqs", "SendMessage", message)


def _facts(ended: Ended, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What AWS tells of a delivery that failed."""
    error = ended.error
    assert error is not None, "only failures become dead letters"
    yield "RULE_ARN", given["RuleArn"]
    yield "TARGET_ARN", given["TargetArn"]
    yield "ERROR_CODE", error_code(error)
    yield "ERROR_MESSAGE", error.message if isinstance(error, ServiceError) else "The target failed."
    retries = ended.entry.retries
    if not is_refusal(error):
        has_tried_all = retries.attempts_max is not None and ended.attempts >= retries.attempts_max
        yield "EXHAUSTED_RETRY_CONDITION", "MaximumRetryAttempts" if has_tried_all else "MaximumEventAgeInSeconds"
        yield "RETRY_ATTEMPTS", str(ended.attempts - 1)


def error_code(error: Exception) -> str:
    """AWS' word for why a target could not be called."""
    if not isinstance(error, ServiceError):
        return "INTERNAL_ERROR"
    if error.status == NOT_FOUND or any(word in error.code for word in _MISSING):
        return "NO_RESOURCE"
    if error.status == FORBIDDEN or any(word in error.code for word in _DENIED):
        return "NO_PERMISSIONS"
    if error.status == TOO_MANY_REQUESTS:
        return "THROTTLING"
    if error.status == NOT_IMPLEMENTED:
        return "SDK_CLIENT_ERROR"
    return "INVALID_PARAMETER" if error.is_senders_fault else "ERROR_FROM_TARGET"
