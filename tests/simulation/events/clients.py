"""Clients: each does one thing after another, drawn by chance, and waits a while in between."""

import json
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tests.simulation.events import streams, town
from tests.simulation.events.life import Life
from tests.simulation.events.town import (
    DEAD,
    DEAD_FIFO,
    FOLLOWED,
    FREE,
    GOOD,
    POISON,
    SKIPPED,
    Settings,
    arn_of,
    body,
    is_fifo,
    topic_arn,
    url_of,
)

from lambent.core.errors import ServiceError

Operation = Callable[[Life], Awaitable[None]]
GROUPS = ("a", "b")
LATEST = 4  # receipt handles: older ones are mostly stale
LARGE = 2_000  # bytes: such a body stands apart from its message's row
VISIBILITY_S = (0, 1, 20)


class Clients:
    """All clients of a simulation. What they know outlives the processes that they talk to: also receipt handles."""

    def __init__(self, settings: Settings, chance: random.Random, *, has_streams: bool) -> None:
        self._settings = settings
        self._chance = chance
        self._left = settings.operations * (2 if has_streams else 1)
        self._tokens = 0
        self._received: list[tuple[str, str]] = []  # (queue, receipt handle)
        weights: Mapping[Operation, int] = {
            self._send: 8,
            self._send_batch: 3,
            self._receive: 8,
            self._delete: 8,
            self._change_visibility: 4,
            self._publish: 5,
            self._invoke: 5,
            self._switch_mapping: 1,
            self._reserve: 1,
            self._move_back: 1,
        }
        self._reserved = ["worker", "listener", "reader", "orderer"]
        if has_streams:
            self._reserved += [*streams.FUNCTIONS.values()] * 2
            weights = {**weights, self._put_records: 8, self._put_item: 8, self._reshard: 4}
        self._operations, self._weights = list(weights), list(weights.values())

    @property
    def are_done(self) -> bool:
        return self._left <= 0

    async def run(self, life: Life) -> None:
        """One client, until all together have done what there is to do."""
        chance = self._chance
        while self._left > 0:
            self._left -= 1
            (operation,) = chance.choices(self._operations, self._weights)
            try:
                await operation(life)
            except ServiceError as error:
                life.watch.note("refused", error.code)
            if chance.random() < 0.6:
                await life.clock.sleep_until(life.clock.now() + chance.uniform(0, 12))

    # ---- queues ------------------------------------------------------------------------------------------------------

    async def _send(self, life: Life) -> None:
        queue = self._chance.choice((*FREE, *FOLLOWED))
        parameters = {"QueueUrl": url_of(queue), **self._message(queue)}
        for _ in range(3):  # a FIFO queue knows a message by its deduplication id, so one may send it again
            try:
                await life.ask("sqs", "SendMessage", **parameters)
            except ServiceError:
                if not is_fifo(queue):
                    raise
            else:
                return

    async def _send_batch(self, life: Life) -> None:
        queue = self._chance.choice((*FREE, *FOLLOWED))
        count = self._chance.randrange(1, 7)
        entries = [{"Id": str(number), **self._message(queue)} for number in range(count)]
        await life.ask("sqs", "SendMessageBatch", QueueUrl=url_of(queue), Entries=entries)

    def _message(self, queue: str) -> dict[str, Any]:
        chance = self._chance
        token, text = self._new(chance.choices((GOOD, POISON, SKIPPED), (8, 1, 1))[0])
        if is_fifo(queue):
            return {"MessageBody": text, "MessageGroupId": chance.choice(GROUPS), "MessageDeduplicationId": token}
        given: dict[str, Any] = {"MessageBody": text}
        if chance.random() < 0.2:
            given["DelaySeconds"] = chance.randrange(8)
        if chance.random() < 0.1:
            given["MessageGroupId"] = chance.choice(GROUPS)
        return given

    def _new(self, kind: str) -> tuple[str, str]:
        token = self._new_token(kind)
        return token, body(token, kind, LARGE if self._chance.random() < 0.1 else 0)

    def _new_token(self, kind: str) -> str:
        self._tokens += 1
        return f"~{SKIPPED if kind == SKIPPED else 'm'}-{self._tokens}~"

    async def _receive(self, life: Life) -> None:
        chance = self._chance
        queue = chance.choices((*FREE, DEAD, DEAD_FIFO), (3, 3, 4, 1, 1))[0]
        asked: dict[str, Any] = {
            "MaxNumberOfMessages": chance.choice((1, 2, 5, 10)),
            "WaitTimeSeconds": chance.choice((0, 0, 3)),
        }
        if chance.random() < 0.2:
            asked["VisibilityTimeout"] = chance.choice(VISIBILITY_S)
        handles = await self._received_from(life, queue, **asked)
        self._received += handles
        if handles and chance.random() < 0.4:
            await self._delete_all(life, queue, [handle for _, handle in handles])
        elif len(handles) > 1 and chance.random() < 0.3:  # gives the first back, while what follows it is in flight
            first = {"QueueUrl": url_of(queue), "ReceiptHandle": handles[0][1]}
            await life.ask("sqs", "ChangeMessageVisibility", VisibilityTimeout=0, **first)
            self._received += await self._received_from(life, queue, MaxNumberOfMessages=1)

    async def _received_from(self, life: Life, queue: str, **asked: Any) -> list[tuple[str, str]]:
        reply = await life.ask("sqs", "ReceiveMessage", QueueUrl=url_of(queue), MessageSystemAttributeNames=["All"], **asked)
        return [(queue, message["ReceiptHandle"]) for message in reply.get("Messages", ())]

    async def _delete(self, life: Life) -> None:
        if self._received:
            queue, handle = self._take_handle()
            await life.ask("sqs", "DeleteMessage", QueueUrl=url_of(queue), ReceiptHandle=handle)

    async def _delete_all(self, life: Life, queue: str, handles: list[str]) -> None:
        entries = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(handles)]
        await life.ask("sqs", "DeleteMessageBatch", QueueUrl=url_of(queue), Entries=entries)

    async def _change_visibility(self, life: Life) -> None:
        if self._received:
            queue, handle = self._chance.choice(self._received[-LATEST:])
            hidden_s = self._chance.choice(VISIBILITY_S)
            url = url_of(queue)
            await life.ask("sqs", "ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=hidden_s)

    def _take_handle(self) -> tuple[str, str]:
        """Mostly one of the latest; sometimes an old one, or one that was used before."""
        chance, received = self._chance, self._received
        place = chance.randrange(len(received)) if chance.random() < 0.3 else -1
        return received[place] if chance.random() < 0.2 else received.pop(place)

    # ---- topics and functions ----------------------------------------------------------------------------------------

    async def _publish(self, life: Life) -> None:
        topic = self._chance.choice(town.TOPICS)
        token, text = self._new(self._chance.choice((GOOD, GOOD, POISON)))
        parameters = {"TopicArn": topic_arn(topic), "Message": text}
        if is_fifo(topic):
            parameters |= {"MessageGroupId": self._chance.choice(GROUPS), "MessageDeduplicationId": token}
        await life.ask("sns", "Publish", **parameters)

    async def _invoke(self, life: Life) -> None:
        _, text = self._new(self._chance.choice((GOOD, GOOD, POISON)))
        await life.ask("lambda", "Invoke", FunctionName="worker", InvocationType="Event", Payload=text.encode())

    async def _switch_mapping(self, life: Life) -> None:
        listed = await life.ask("lambda", "ListEventSourceMappings")
        chosen = self._chance.choice(listed["EventSourceMappings"])["UUID"]
        await life.ask("lambda", "UpdateEventSourceMapping", UUID=chosen, Enabled=self._chance.random() < 0.6)

    async def _reserve(self, life: Life) -> None:
        name = self._chance.choice(self._reserved)
        most = self._chance.choice((None, 0, 1, 2))
        if most is None:
            await life.ask("lambda", "DeleteFunctionConcurrency", FunctionName=name)
        else:
            await life.ask("lambda", "PutFunctionConcurrency", FunctionName=name, ReservedConcurrentExecutions=most)

    async def _move_back(self, life: Life) -> None:
        queue = self._chance.choice((DEAD, DEAD_FIFO))
        rate = {"MaxNumberOfMessagesPerSecond": 2} if self._chance.random() < 0.5 else {}
        await life.ask("sqs", "StartMessageMoveTask", SourceArn=arn_of(queue), **rate)

    # ---- streams -----------------------------------------------------------------------------------------------------

    async def _put_records(self, life: Life) -> None:
        await streams.put_records(life.ask, self._chance, self._new_token)

    async def _put_item(self, life: Life) -> None:
        await streams.put_item(life.ask, self._chance, self._new_token)

    async def _reshard(self, life: Life) -> None:
        await streams.reshard(life.ask, self._chance)


async def calm(life: Life) -> None:
    """What whoever runs the place does in the end: everything is switched on, without limits."""
    names = {each["FunctionArn"].rpartition(":")[2] for each in await _mappings(life)}
    for name in (*town.FUNCTIONS, *sorted(names.difference(town.FUNCTIONS))):
        await life.ask("lambda", "DeleteFunctionConcurrency", FunctionName=name)
    for mapping in await _mappings(life):
        await life.ask("lambda", "UpdateEventSourceMapping", UUID=mapping["UUID"], Enabled=True)
        await life.clock.settle()


async def _mappings(life: Life) -> Any:
    return (await life.ask("lambda", "ListEventSourceMappings"))["EventSourceMappings"]


async def receive_everything(life: Life, queue: str) -> int:
    """Receives and deletes until the queue has nothing left; how many messages that were."""
    count = 0
    asked = {"QueueUrl": url_of(queue), "MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"]}
    while messages := (await life.ask("sqs", "ReceiveMessage", **asked)).get("Messages"):
        entries = [{"Id": str(number), "ReceiptHandle": each["ReceiptHandle"]} for number, each in enumerate(messages)]
        reply = await life.ask("sqs", "DeleteMessageBatch", QueueUrl=url_of(queue), Entries=entries)
        assert not reply.get("Failed"), json.dumps(reply)
        count += len(messages)
    return count
