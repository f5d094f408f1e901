"""Who watches from outside, and remembers over crashes what was accepted, delivered, handled and deleted.

It hears of a call when the platform takes it and when it answers it: what is answered is committed, whether or not the answer
arrives. What is wrong is kept in ``violations``: raised where it is seen, it might be caught by who is to blame.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.events import town
from tests.simulation.events.rows import Rows
from tests.simulation.events.streams import Records
from tests.simulation.events.town import arn_of, is_fifo, tokens_in

from lambent.core.clock import VirtualClock
from lambent.core.context import Context
from lambent.services.sqs.engine import receipts

ATTEMPTS_MAX = 3
DELAYS_S = (60.0, 120.0)
ROUNDING_S = 1e-3


@dataclass
class Held:
    """A message as it was last received."""

    message_id: str
    token: str
    queue: str
    receives: int
    hidden_until: float


@dataclass
class Event:
    """An asynchronous invocation, by its request id."""

    function: str
    payload: bytes
    asked: int = 0  # how often it may have been accepted: a call whose answer was lost is made again
    accepted: int = 0
    attempts: int = 0  # that failed by the function's fault
    successes: int = 0
    is_running: bool = False
    lost: int = 0  # attempts of which a crash took the outcome: made again, and not counted
    counted_before: int = 0  # function errors that had been written when this life began
    failed_at: list[float] = field(default_factory=list)  # in this life


@dataclass
class Copy:
    """What became of a message in a queue."""

    queue: str
    group: str
    token: str
    number: int = 0


class Watch:
    """All that is known outside of the processes."""

    def __init__(self) -> None:
        self.trace: list[str] = []
        self.violations: list[str] = []
        self.sent: dict[str, Copy] = {}  # by token: sent by clients, and acknowledged
        self.published: dict[str, tuple[str, str, int]] = {}  # by token: topic, group, number
        self.events: dict[str, Event] = {}
        self.ended: set[tuple[str, str]] = set()  # (queue, token) of messages that somebody asked to be deleted
        self.deleted: dict[str, str] = {}  # message ids, and where, of messages that are deleted for certain
        self.handled: set[str] = set()  # receipt handles of what a function has handled
        self.handles: dict[str, Held] = {}
        self.receives: Counter[str] = Counter()
        self.first: dict[tuple[str, str], int] = {}  # by queue and group: the number of the last first delivery
        self.first_published: dict[tuple[str, str], int] = {}
        self.in_flight: dict[tuple[str, str], dict[str, Held]] = {}
        self.running: set[tuple[str, str, str]] = set()
        self.audited: Counter[str] = Counter()
        self.has_moved_back = False  # from a dead-letter queue that keeps an order: behind what came later
        self.counts: Counter[str] = Counter()
        self.records = Records(self.check)
        self._clock: VirtualClock
        self._rows: Rows

    def begin(self, clock: VirtualClock, rows: Rows) -> None:
        """Another process begins."""
        if hasattr(self, "_rows"):
            rows.follow(self._rows)
        self._clock, self._rows = clock, rows
        self.running.clear()
        self.records.begin()

    def note(self, *what: object) -> None:
        self.trace.append(f"{self._clock.now():.3f} {' '.join(map(str, what))}")

    def check(self, is_right: bool, *what: object) -> None:
        if not is_right:
            self.note("VIOLATION", *what)
            self.violations.append(" ".join(map(str, what)))

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()

    def now(self) -> float:
        return self._clock.now()

    # ---- calls -------------------------------------------------------------------------------------------------------

    def asked(self, context: Context, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        self.note("ask", service, operation, _short(parameters))
        if (service, operation) == ("lambda", "Invoke"):
            name = parameters["FunctionName"].rpartition(":")[2]
            event = self.events.setdefault(context.request_id, Event(name, parameters["Payload"]))
            event.asked += 1
        elif operation == "StartMessageMoveTask":
            self.has_moved_back |= is_fifo(parameters["SourceArn"])
        elif service == "sqs" and operation.startswith(("DeleteMessage", "ChangeMessageVisibility")):
            for handle in _handles(parameters):
                self._asked_to_free(context, operation, handle, parameters)

    def answered(self, context: Context, service: str, operation: str, parameters: Mapping[str, Any], reply: Any) -> None:
        self.note("answer", service, operation)
        self.counts[f"{service}.{operation}"] += 1
        method = getattr(self, f"_{operation.removesuffix('Batch').lower()}", None)
        if service in ("sqs", "sns", "lambda") and method is not None:
            method(context, parameters, reply)
        elif service in ("kinesis", "dynamodb", "dynamodbstreams"):
            self.records.answered(context, operation, parameters, reply)

    def _sendmessage(self, context: Context, parameters: Mapping[str, Any], reply: Any) -> None:
        if context.principal_arn != town.ROOT:
            return
        replies = {each["Id"]: each for each in reply.get("Successful", ())}
        for entry in parameters.get("Entries", (parameters,)):
            told = replies[entry["Id"]] if "Id" in entry else reply
            token = tokens_in(entry["MessageBody"])[0]
            queue = _queue(parameters)
            self.sent.setdefault(token, Copy(queue, entry.get("MessageGroupId", ""), token, int(told.get("SequenceNumber", 0))))

    def _publish(self, context: Context, parameters: Mapping[str, Any], reply: Any) -> None:
        topic = parameters["TopicArn"].rpartition(":")[2]
        number = int(reply.get("SequenceNumber", 0))
        self.published.setdefault(tokens_in(parameters["Message"])[0], (topic, parameters.get("MessageGroupId", ""), number))

    def _invoke(self, context: Context, parameters: Mapping[str, Any], reply: Any) -> None:
        self.events[context.request_id].accepted += 1

    def _receivemessage(self, context: Context, parameters: Mapping[str, Any], reply: Any) -> None:
        queue = _queue(parameters)
        hidden_s = parameters.get("VisibilityTimeout", self.visibility_s if queue in (*town.FREE, *town.FOLLOWED) else 30)
        groups: dict[str, list[Held]] = {}
        for message in reply.get("Messages", ()):
            id_, told = message["MessageId"], message["Attributes"]
            receives = int(told["ApproximateReceiveCount"])
            token = (tokens_in(message["Body"]) or [id_])[0]  # what is told of records that were given up does not name them
            self.note("received", queue, token, receives)
            self.check(id_ not in self.deleted, "delivered after its delete was acknowledged:", queue, token)
            self.check(receives > self.receives[id_], "the receive count did not grow:", token, self.receives[id_], receives)
            self.receives[id_] = max(receives, self.receives[id_])
            held = Held(id_, token, queue, receives, self.now() + hidden_s)
            self.handles[message["ReceiptHandle"]] = held
            if is_fifo(queue):
                groups.setdefault(told["MessageGroupId"], []).append(held)
                self._received_in_order(queue, told, token)
        for group, received in groups.items():
            self._received_of_group(queue, group, received)

    def _received_in_order(self, queue: str, told: Mapping[str, str], token: str) -> None:
        key, number = (queue, told["MessageGroupId"]), int(told["SequenceNumber"])
        if (row := self._row_named(token, queue)) is not None and row.receives - row.receives_before == 1:
            last = self.first.get(key, 0)
            self.check(number > last, "out of order in its group:", *key, token, number, "after", last)
            self.first[key] = max(number, last)
        if queue == "f0.fifo" and token in self.published and not self.has_moved_back:
            _, group, number = self.published[token]
            last = self.first_published.get((queue, group), 0)
            is_again = int(told["ApproximateReceiveCount"]) > 1
            self.check(number > last or is_again, "out of the order in which it was published:", group, token)
            self.first_published[queue, group] = max(number, last)

    def _received_of_group(self, queue: str, group: str, received: list[Held]) -> None:
        others = self.in_flight.setdefault((queue, group), {})
        for id_, other in list(others.items()):
            is_over = other.hidden_until <= self.now()
            self.check(is_over, "two receives of a group in flight:", queue, group, other.token, "and", received[0].token)
            del others[id_]
        others.update({held.message_id: held for held in received})

    def _asked_to_free(self, context: Context, operation: str, handle: str, parameters: Mapping[str, Any]) -> None:
        """From now on the message may be free for others, or gone."""
        held = self.handles[handle]
        for (queue, _), others in self.in_flight.items():
            if queue == held.queue and others.get(held.message_id) is held:
                del others[held.message_id]
        if operation.startswith("Delete"):
            self.ended.add((held.queue, held.token))
            if not context.principal_arn and held.queue in town.FOLLOWED:
                is_done = handle in self.handled or (self.filters and town.SKIPPED in held.token)
                self.check(is_done, "to be deleted although nobody has handled it:", held.queue, held.token)

    def _deletemessage(self, context: Context, parameters: Mapping[str, Any], reply: Any) -> None:
        failed = {each["Id"] for each in reply.get("Failed", ())} if reply else set()
        for entry in parameters.get("Entries", (parameters,)):
            if entry.get("Id") not in failed:
                self._is_deleted(entry["ReceiptHandle"])

    def _is_deleted(self, handle: str) -> None:
        held = self.handles[handle]
        receipt = receipts.read(receipts.seed_of(arn_of(held.queue)), handle)
        row = self._rows.message(receipt.id)
        if row is None:
            self.note("deleted", held.queue, held.token)
            self.deleted[held.message_id] = held.queue
        else:  # a later receive has made the handle stale, or the message has moved on
            is_stale = row.receives > receipt.receives or row.queue != held.queue
            self.check(is_stale, "acknowledged as deleted, and still there:", held.queue, held.token)

    def _row_named(self, token: str, queue: str) -> Any:
        return next((row for row in self._rows.messages() if row.queue == queue and token in row.body), None)

    # ---- functions ---------------------------------------------------------------------------------------------------

    def entered(self, name: str, request_id: str, records: list[Any]) -> None:
        self.note("enter", name, request_id, *(tokens_in(record["body"])[0] for record in records))
        for record in records:
            token = tokens_in(record["body"])[0]
            self.check(record["messageId"] not in self.deleted, "handled after its delete was acknowledged:", token)
            self.check(not (town.SKIPPED in token and self.filters), "handled although the filter refuses it:", token)
            if name == "orderer":
                group = record["attributes"]["MessageGroupId"]
                key = (name, group, request_id)
                beside = [other for other in self.running if other[:2] == key[:2] and other != key]
                self.check(not beside, "a group runs beside itself:", name, group)
                self.running.add(key)
        if not records:
            self._entered_event(request_id)

    def _entered_event(self, request_id: str) -> None:
        event = self.events.get(request_id)
        self.check(event is not None, "an event that nobody has sent:", request_id)
        if event is None:
            return
        self.check(not event.is_running, "two attempts of one event at once:", request_id)
        event.is_running = True
        if event.asked == 1 and event.failed_at:
            waited_s, wanted_s = (
                self.now() - event.failed_at[-1],
                DELAYS_S[min(event.counted_before + len(event.failed_at), 2) - 1],
            )
            self.check(waited_s >= wanted_s - ROUNDING_S, "tried again too early:", request_id, waited_s)

    def left(self, name: str, request_id: str, records: list[Any], handled: list[Any], *, has_failed: bool) -> None:
        self.note("leave", name, request_id, len(handled), "failed" if has_failed else "")
        self.running = {key for key in self.running if key[2] != request_id}
        self.handled.update(record["receiptHandle"] for record in handled)
        event = self.events.get(request_id)
        if records or event is None:
            return
        event.is_running = False
        if not has_failed:
            event.successes += 1
            if name == "auditor":
                self.audited[json.loads(event.payload)["requestContext"]["requestId"]] += 1
            return
        event.attempts += 1
        event.failed_at.append(self.now())
        most = ATTEMPTS_MAX * event.asked + event.lost
        self.check(event.attempts <= most, "too many attempts:", request_id, event.attempts)

    # ---- set by the simulation ---------------------------------------------------------------------------------------

    visibility_s = 30
    filters = False


def _queue(parameters: Mapping[str, Any]) -> str:
    return str(parameters["QueueUrl"]).rpartition("/")[2]


def _handles(parameters: Mapping[str, Any]) -> list[str]:
    return [entry["ReceiptHandle"] for entry in parameters.get("Entries", (parameters,))]


def _short(parameters: Mapping[str, Any]) -> str:
    named = {
        "QueueUrl",
        "TopicArn",
        "FunctionName",
        "UUID",
        "VisibilityTimeout",
        "Entries",
        "MessageBody",
        "Message",
        "Payload",
    }
    named |= {"MaxNumberOfMessages", "ReceiptHandle", "Enabled", "MessageGroupId", "ReservedConcurrentExecutions"}
    return " ".join(f"{name}={str(value).replace('x' * 20, '')[:300]}" for name, value in parameters.items() if name in named)
