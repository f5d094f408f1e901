"""A queue that keeps its messages in a list, and says as sqs does when some become visible."""

import asyncio
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from lambent.core.clock import Instant
from lambent.core.errors import ServiceError
from lambent.core.ports import messages_topic

ARN = "arn:aws:sqs:us-east-1:111111111111:q"


class QueueDoesNotExist(ServiceError):
    code, status, wording = "QueueDoesNotExist", 400, "The specified queue does not exist."


class NoSuchEntity(ServiceError):
    code, status, wording = "NoSuchEntity", 404, "The role with name r cannot be found."


@dataclass(slots=True)
class Message:
    id: str
    body: str
    visible_at: Instant
    receives: int = 0
    handle: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)


class Queue:
    """Standard, with a visibility timeout of 30 s. ``calls`` counts what was asked by operation."""

    def __init__(self, house: Any) -> None:
        self._house = house
        self._numbers = itertools.count()
        self.messages: list[Message] = []
        self.calls: dict[str, int] = {}
        self.asked: list[tuple[str, Any]] = []
        self.is_there = True
        self.visibility_s = 30
        self.refused_actions: set[str] = set()
        self.raises: Exception | None = None

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.messages.append(Message(f"m{next(self._numbers)}", body, self._house.clock.now()))
        self._house.signals.notify(messages_topic(ARN))

    def receives(self) -> list[int]:
        return [message.receives for message in self.messages]

    async def __call__(self, context: Any, service: str, operation: str, parameters: Any) -> Any:
        if service == "iam":
            decision = "implicitDeny" if parameters["ActionNames"][0] in self.refused_actions else "allowed"
            return {"EvaluationResults": [{"EvalDecision": decision}]}
        self.calls[operation] = self.calls.get(operation, 0) + 1
        self.asked.append((operation, parameters))
        await asyncio.sleep(0)
        if not self.is_there:
            raise QueueDoesNotExist()
        if self.raises is not None:
            raise self.raises
        return getattr(self, f"_{operation}")(parameters)

    def _GetQueueAttributes(self, parameters: Any) -> Any:  # noqa: N802
        return {"Attributes": {"VisibilityTimeout": str(self.visibility_s)}}

    def _ReceiveMessage(self, parameters: Any) -> Any:  # noqa: N802
        now = self._house.clock.now()
        taken = [each for each in self.messages if each.visible_at <= now][: parameters["MaxNumberOfMessages"]]
        for message in taken:
            message.receives += 1
            message.handle = f"{message.id}-{message.receives}"
            message.visible_at = now + parameters.get("VisibilityTimeout", self.visibility_s)
        if len(taken) < parameters["MaxNumberOfMessages"]:
            self._alarm()
        if not taken:
            return {}
        return {"Messages": [self._told(message) for message in taken]}

    def _told(self, message: Message) -> Any:
        attributes = {"SenderId": "me", "ApproximateReceiveCount": str(message.receives)}
        return {
            "MessageId": message.id,
            "ReceiptHandle": message.handle,
            "MD5OfBody": "md5",
            "Body": message.body,
            "Attributes": attributes,
        } | message.attributes

    def _DeleteMessageBatch(self, parameters: Any) -> Any:  # noqa: N802
        handles = {entry["ReceiptHandle"] for entry in parameters["Entries"]}
        self.messages = [each for each in self.messages if each.handle not in handles]
        return {"Successful": [], "Failed": []}

    def _ChangeMessageVisibilityBatch(self, parameters: Any) -> Any:  # noqa: N802
        timeouts = {entry["ReceiptHandle"]: entry["VisibilityTimeout"] for entry in parameters["Entries"]}
        for message in self.messages:
            if message.handle in timeouts:
                message.visible_at = self._house.clock.now() + timeouts[message.handle]
        self._alarm()
        return {"Successful": [], "Failed": []}

    def _alarm(self) -> None:
        now = self._house.clock.now()
        hidden = [message.visible_at for message in self.messages if message.visible_at > now]
        if hidden:
            self._ringing = asyncio.ensure_future(self._ring(min(hidden)))

    async def _ring(self, at: Instant) -> None:
        await self._house.clock.sleep_until(at)
        self._house.signals.notify(messages_topic(ARN))


@pytest.fixture
async def queue(house: Any) -> Queue:
    """A queue, and the function "f" that is ready to follow it."""
    queue = Queue(house)
    house.answer = queue
    await house.create()
    return queue


@pytest.fixture
def follow(house: Any, queue: Queue) -> Any:
    """Maps the queue to a function, and returns when that is taken up."""

    async def make(**options: Any) -> str:
        given = {"FunctionName": "f", "EventSourceArn": ARN}
        told = await house("create_event_source_mapping", **(given | options))
        await house.settle()
        return str(told["UUID"])

    return make


def events(house: Any) -> list[Any]:
    """What the function was invoked with."""
    return [json.loads(invocation.payload) for _, invocation in house.environments.invoked]


def bodies(house: Any) -> list[list[str]]:
    return [[record["body"] for record in event["Records"]] for event in events(house)]
