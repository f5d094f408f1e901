"""ReceiveMessage, with its long polls."""

from typing import Any, NamedTuple

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.sqs import errors
from lambent.services.sqs.engine import digests, fifo, receipts, selection, standard
from lambent.services.sqs.engine.attributes import VISIBILITY_TIMEOUT_S_MAX, WAIT_S_MAX
from lambent.services.sqs.engine.queue import Queue
from lambent.services.sqs.engine.standard import IN_FLIGHT_MAX, Asked, Received
from lambent.services.sqs.operations.base import BACKLOGS_KNOWN_MAX, Base
from lambent.services.sqs.tables.messages import Message

MESSAGES_MAX = 10
LOOKS_MAX = 100
"""Transactions of one receive: each but the last has cleared away what had expired, and has not got through it."""


class Request(NamedTuple):
    """A ReceiveMessage whose parameters are in order."""

    count_max: int
    wait_s: int
    visibility_timeout_s: int
    attempt_id: str
    system_names: tuple[str, ...]
    user_names: list[str]


class ReceivingOperations(Base):
    async def receive_message(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "ReceiveMessage")
        request = _request(parameters, queue)
        if request.wait_s == 0:
            found = await self._look(queue, request)
        else:
            found = await self._wait(context, parameters, queue, request)
        return {"Messages": [_told(queue, message, request) for message in found]} if found else {}

    async def _wait(self, context: Context, parameters: Parameters, queue: Queue, request: Request) -> list[Message]:
        """Looks, and where there is nothing waits and looks again. Who enters before it looks misses nothing."""
        until = self.now() + request.wait_s
        with self.rooms.enter(queue.topic, queue.account, until) as guest:
            found = await self._look(queue, request)
            while not found:
                if not await guest.wait():
                    return []
                queue = await self.queue_of(context, parameters, "ReceiveMessage")  # it may have been changed or purged
                found = await self._look(queue, request)
            guest.found()
        return found

    async def _look(self, queue: Queue, request: Request) -> list[Message]:
        """Looks until it finds something or has seen all. What is left after too many looks rings: who waits looks again."""
        for _ in range(LOOKS_MAX):
            received = await self._look_once(queue, request)
            if received.messages or received.next_visible_at > self.now():
                break
        if len(received.messages) < request.count_max:
            self.alarms.arm(queue, received.next_visible_at)
        return received.messages

    async def _look_once(self, queue: Queue, request: Request) -> Received:
        backlog_id = queue.backlog_id
        in_flight = self.in_flight.get(backlog_id)
        now = self.now()
        asked = Asked(
            request.count_max,
            now,
            now + request.visibility_timeout_s,
            self.turns.get(backlog_id),
            counts_in_flight=in_flight is None or in_flight + request.count_max > IN_FLIGHT_MAX,
        )
        received: Received
        if queue.is_fifo:
            received = await self.store.write(fifo.receive, queue, asked, request.attempt_id)
        else:
            received = await self.store.write(standard.receive, queue, asked)
        self._count(backlog_id, received)
        if received.has_groups:
            self.is_fair(backlog_id)
        return received

    def _count(self, backlog_id: int, received: Received) -> None:
        """Keeps an upper bound of what is in flight, so that it need not be counted each time."""
        before = received.in_flight_before
        if before is None:
            before = self.in_flight.get(backlog_id, 0)
        elif len(self.in_flight) >= BACKLOGS_KNOWN_MAX:
            self.in_flight.clear()
        self.in_flight[backlog_id] = before + len(received.messages)


def _request(parameters: Parameters, queue: Queue) -> Request:
    get = parameters.get
    count_max = get("MaxNumberOfMessages")
    if count_max is None:
        count_max = 1
    elif not 1 <= count_max <= MESSAGES_MAX:
        reason = f"Must be between 1 and {MESSAGES_MAX}, if provided."
        raise errors.InvalidValue(value=count_max, name="MaxNumberOfMessages", reason=reason)
    names = (*(get("AttributeNames") or ()), *(get("MessageSystemAttributeNames") or ()))
    return Request(
        count_max,
        _within(get("WaitTimeSeconds"), "WaitTimeSeconds", WAIT_S_MAX, queue.wait_s),
        _within(get("VisibilityTimeout"), "VisibilityTimeout", VISIBILITY_TIMEOUT_S_MAX, queue.visibility_timeout_s),
        _attempt_id(get("ReceiveRequestAttemptId"), queue),
        selection.system_names(names) if names else (),
        get("MessageAttributeNames") or [],
    )


def _within(value: int | None, name: str, most: int, default: int) -> int:
    if value is None:
        return default
    if not 0 <= value <= most:
        raise errors.InvalidValue(value=value, name=name, reason=f"Must be >= 0 and <= {most}, if provided.")
    return value


def _attempt_id(given: str | None, queue: Queue) -> str:
    if not given:
        return ""
    if not queue.is_fifo:
        reason = "The request include parameter that is not valid for this queue type."
        raise errors.InvalidValue(value=given, name="ReceiveRequestAttemptId", reason=reason)
    return given


def _told(queue: Queue, message: Message, request: Request) -> dict[str, Any]:
    body = message.body
    assert body is not None
    told: dict[str, Any] = {
        "MessageId": message.message_id,
        "ReceiptHandle": receipts.handle(queue.receipt_seed, message.id, message.receives, is_body_apart=message.is_body_apart),
        "MD5OfBody": digests.of_body(body.encode()),
        "Body": body,
    }
    if request.system_names:
        told["Attributes"] = selection.system_attributes(message, request.system_names)
    if request.user_names:
        told.update(selection.user_attributes(message, request.user_names))
    return told
