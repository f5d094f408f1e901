"""Follows a queue: receives messages when the queue says that there are some, gathers batches, and has them handled.

Nothing waits by asking. One worker is a task that makes one batch: it receives, has the next worker started where more may be
there, has the batch handled, and deletes. When one has found less than it asked for the queue is dry: no worker is started
until sqs signals.
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

import asyncio
import contextvars
import math
from collections.abc import Coroutine, Sequence
from typing import Any

from lambent.core.clock import NEVER, Alarm, Instant, acting_for
from lambent.core.errors import ServiceError
from lambent.core.log import Log
from lambent.core.ports import messages_topic
from lambent.durable.followers import consumer, messages, queues, scaling
from lambent.durable.followers.batches import Entry, Gathered
from lambent.durable.followers.consumer import Batch, Handled, Handler
from lambent.durable.followers.subject import Neighbours, Subject
from lambent.durable.signals import Listener

ENTRIES_MAX = 10
"""Messages in one DeleteMessageBatch."""
DELAY_S_FIRST = 1.0
DELAY_S_MAX = 300.0
"""Between tries of what could not reach the function or the queue; twice as long after each."""
NOT_RUNNABLE = "InvalidRuntimeException"
"""What lambda says of a function whose runtime the machine lacks."""
CODES_OF_NO_ROOM = frozenset({"TooManyRequestsException", NOT_RUNNABLE})
"""Of a handler that has taken nothing, so that messages are given back at once, to be received again after a while."""
CODE_OF_TOO_MUCH_IN_FLIGHT = "OverLimit"
"""A refusal that passes with time: nobody signals that."""
CODES_OF_BARS = frozenset({"AccessDeniedException", NOT_RUNNABLE})
"""Refusals that last until somebody changes a queue's policy or the machine, of which this follower is not told."""

log = Log("followers")


class QueueFollower:
    """The follower of one queue for one subject."""

    def __init__(self, subject: Subject, near: Neighbours, tasks: asyncio.TaskGroup) -> None:
        self._call = near.call
        self._signals = near.signals
        self._clock = near.clock.of(subject.account)
        self._metrics = near.metrics
        self._tasks = tasks
        self._url = queues.queue_url(subject.source)
        self._is_fifo = queues.is_fifo(subject.source)
        self._context = subject.asks_as
        self._scale = scaling.Scale(subject.bounds)
        self._gathered = Gathered()
        self._listening: asyncio.Task[None] | None = None
        self._gathering: Listener | None = None
        self._waiting: dict[Listener, None] = {}  # of workers with a gathered batch for which there is no room
        self._idle = asyncio.Event()
        self._workers = 0  # whose invocation has not ended
        self._looking = 0  # workers that have no batch yet
        self._heard = 0  # signals so far
        self._is_dry = False  # a worker has found less than it asked for, and nothing was heard since
        self._is_deep = False  # the last receive brought all that it asked for
        self._failures = 0  # in a row, of what could not reach the function or the queue
        self._not_before: Instant = 0.0
        self._alarm: Alarm | None = None
        self._alarm_at: Instant = NEVER
        self._second_look: Alarm | None = None  # while it is barred
        self._is_barred = False
        self.problem = ""
        # Whoever wakes this follower may act for another account: what it does it does for its own, and for no request.
        self._variables = contextvars.Context()
        self._variables.run(lambda: acting_for(subject.account).__enter__())
        self._set(subject)

    # ---- begin, change, end ------------------------------------------------------------------------------------------

    def follow(self, subject: Subject) -> None:
        self._set(subject)
        self.problem = ""
        self._failures, self._not_before = 0, 0.0
        if self._listening is None:
            self._listening = self._spawn(self._listen())
        else:
            self.wake()

    def end(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm, self._alarm_at = None, NEVER
        self._drop_second_look()
        if self._gathering is not None:
            self._gathering.notify()
        self._tell_waiting()

    async def leave(self) -> None:
        self.end()
        while self._looking:
            self._idle.clear()
            await self._idle.wait()
        self._gathered.clear()  # what no batch took returns by itself

    def wake(self) -> None:
        self._drop_second_look()
        self._heard += 1
        self._is_dry = False
        self._tell_waiting()
        self._start()

    def _tell_waiting(self) -> None:
        for listener in self._waiting:
            listener.notify()

    def _start(self) -> None:
        self._variables.run(self._start_worker)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._tasks.create_task(work, context=self._variables.copy())

    def _set(self, subject: Subject) -> None:
        self._subject = subject
        self._settings = subject.settings
        self._consumer = subject.consumer
        self._has_window = subject.settings.window_s > 0
        self._scale.bound(subject.bounds)

    async def _listen(self) -> None:
        with self._signals.listen(messages_topic(str(self._subject.source))) as listener:
            while True:
                self.wake()
                await listener.wait()

    # ---- workers -----------------------------------------------------------------------------------------------------

    def _start_worker(self) -> None:
        """Starts one more worker, where there may be something for it and it may run."""
        if self._listening is None or (self._is_dry and not self._gathered):
            return
        # One looks at a time until there turns out to be more than one can carry: who finds nothing has worked for nothing.
        if self._looking and (self._has_window or not self._is_deep):
            return
        now = self._clock.now()
        if now < self._not_before:
            self._start_at(self._not_before)
        elif self._workers < self._scale.allowed(now):
            self._workers += 1
            self._looking += 1
            self._spawn(self._work())
        else:
            self._start_at(self._scale.run_short(now))

    def _start_at(self, due_at: Instant) -> None:
        if self._listening is None or due_at >= self._alarm_at:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = due_at
        self._alarm = self._clock.call_at(due_at, self._ring, kind=self._subject.alarm_kind, key=self._subject.arn)

    def _ring(self) -> None:
        self._alarm, self._alarm_at = None, NEVER
        self._start()

    async def _work(self) -> None:
        heard = self._heard
        batch: Sequence[Entry] = ()
        try:
            batch = await self._next_batch()
        except Exception as error:  # noqa: BLE001 - one follower's trouble must not stop the others
            self._gathered.clear()
            self._note(error, heard)
        finally:  # also when it is cancelled: a reset may wait for it
            self._looking -= 1
            self._idle.set()
        if not batch:
            self._workers -= 1
            return
        # Somebody must look whether there is more, but after this batch is on its way to the function.
        asyncio.get_running_loop().call_soon(self._start)
        await self._handle(batch)

    def _note(self, error: Exception, heard: int) -> None:
        """Says in ``problem`` what is wrong. The next try waits for a signal, or for its time where none will come."""
        if isinstance(error, ServiceError):
            self.problem = f"PROBLEM: {error.message}"
        else:
            log.error("follower.failed", error=error, of=self._subject.arn)
            self.problem = consumer.PLATFORM_FAILED
        if not isinstance(error, ServiceError) or _passes_with_time(error):
            self._back_off()
        elif heard == self._heard:
            self._is_dry = True  # a queue or a function that is not there: who changes it signals
            if error.code in CODES_OF_BARS:
                self._look_again()
        else:
            asyncio.get_running_loop().call_soon(self._start)

    def _back_off(self) -> float:
        """Puts the next try off, and returns by how many seconds."""
        delay_s = self._next_delay_s()
        self._not_before = self._clock.now() + delay_s
        self._start_at(self._not_before)
        return delay_s

    def _next_delay_s(self) -> float:
        delay_s = min(DELAY_S_FIRST * 2.0 ** min(self._failures, 16), DELAY_S_MAX)
        self._failures += 1
        return delay_s

    def _look_again(self) -> None:
        """Wakes it later, unless a signal does before. In the background: a clock may not run on for what may never end."""
        self._drop_second_look()
        self._is_barred = True
        due_at = self._clock.now() + self._next_delay_s()
        self._second_look = self._clock.call_at(
            due_at, self.wake, is_background=True, kind=self._subject.alarm_kind, key=self._subject.arn
        )

    def _drop_second_look(self) -> None:
        if self._second_look is not None:
            self._second_look.cancel()
            self._second_look = None

    # ---- from the queue ----------------------------------------------------------------------------------------------

    async def _next_batch(self) -> Sequence[Entry]:
        """What goes into one invocation; nothing where nothing is there, or none may run."""
        handler = await self._consumer.find()
        # Readiness and room are asked for before messages are: what cannot run stays in the queue, not counted as received.
        await handler.ready()
        if not handler.claim(self._start):
            return ()
        try:
            if not self._has_window and not self._gathered:
                await self._receive(min(self._settings.batch_size, queues.RECEIVED_MAX))
        finally:
            handler.unclaim()
        if self._has_window:
            await self._gather(handler)  # without the claim: others may use the room for as long as the window is open
        batch = self._gathered.take(self._settings.batch_size)
        if self._is_fifo and self._gathered:
            # More than an event can carry. What is left may not run beside what comes before it in its group.
            self._spawn(self._give_back(self._gathered.clear(), 0))
        return batch

    async def _gather(self, handler: Handler) -> None:
        """Receives until the batch is full, or the window has passed that opened with the first message."""
        visibility_s = await self._visibility_s(handler.timeout_s)
        closes_at = NEVER
        with self._signals.listen(messages_topic(str(self._subject.source))) as self._gathering:
            while self._listening is not None and self._clock.now() < closes_at:
                missing = self._gathered.missing(self._settings.batch_size)
                if missing == 0:
                    break
                await self._receive(min(missing, queues.RECEIVED_MAX), visibility_s)
                if not self._gathered:
                    break  # nothing is there
                if closes_at == NEVER:
                    closes_at = self._clock.now() + self._settings.window_s
                if self._is_dry:
                    await self._gathering.wait(closes_at, kind=self._subject.window_kind("batching"), key=self._subject.arn)

    async def _visibility_s(self, timeout_s: int) -> int:
        given = await self._call(
            self._context, "sqs", "GetQueueAttributes", {"QueueUrl": self._url, "AttributeNames": ["VisibilityTimeout"]}
        )
        return queues.gathered_visibility_s(self._settings.window_s, timeout_s, int(given["Attributes"]["VisibilityTimeout"]))

    async def _receive(self, count_max: int, visibility_s: int | None = None) -> None:
        """Adds to what is gathered; nothing only where the queue is dry."""
        asked: dict[str, Any] = {
            "QueueUrl": self._url,
            "MaxNumberOfMessages": count_max,
            "WaitTimeSeconds": 0,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        if visibility_s is not None:
            asked["VisibilityTimeout"] = visibility_s
        while self._listening is not None:
            heard = self._heard
            hidden_until = NEVER if visibility_s is None else self._clock.now() + visibility_s
            reply = await self._call(self._context, "sqs", "ReceiveMessage", asked)
            if self._is_barred:
                self._is_barred, self.problem, self._failures = False, "", 0
            received = reply.get("Messages") or ()
            self._is_deep = len(received) == count_max
            if not self._is_deep and heard == self._heard:
                self._is_dry = True
                self._scale.rest(self._workers)
            if (received and self._admit(received, hidden_until)) or self._is_dry:
                return

    def _admit(self, received: Sequence[Any], hidden_until: Instant) -> bool:
        """Gathers what the filters let through, and has the rest deleted. False where nothing was let through."""
        entries, refused = [], []
        for message in received:
            record = messages.record(
                message, queue_arn=str(self._subject.source), region=self._subject.source.region, is_gathered=self._has_window
            )
            if self._subject.filters.admit(record):
                entries.append(Entry(message["MessageId"], message["ReceiptHandle"], messages.encode(record), hidden_until))
            else:
                refused.append(message["ReceiptHandle"])
        self._count("PolledEventCount", len(received))
        if refused:
            self._count("FilteredOutEventCount", len(refused))
            self._spawn(self._delete(refused))
        self._gathered.add(entries)
        return bool(entries)

    # ---- to the consumer ---------------------------------------------------------------------------------------------

    async def _handle(self, batch: Sequence[Entry]) -> None:
        try:
            handler = await self._find_with_room(batch)
            handled = await handler.handle(Batch([entry.text for entry in batch], [entry.id for entry in batch]))
        except Exception as error:  # noqa: BLE001 - the messages return by themselves
            self._workers -= 1
            if isinstance(error, ServiceError) and error.code in CODES_OF_NO_ROOM:
                self.problem = f"PROBLEM: {error.message}"
                await self._give_back(batch, self._back_off())
            else:
                self._note(error, self._heard)
            return
        self.problem, self._failures = "", 0
        self._count("InvokedEventCount", len(batch))
        done = self._done(batch, handled)
        if self._is_fifo:
            await self._delete(done)  # first, for until then its groups are held
            self._end_worker()
        else:
            self._end_worker()  # the next receive shares the deletion's commit
            await self._delete(done)

    async def _find_with_room(self, batch: Sequence[Entry]) -> Handler:
        """Who handles it: for what a window has gathered once there is room, which it awaits while the messages stay hidden.

        That is as long as none of them could become visible while it is handled.
        """
        hidden_until = min(entry.hidden_until for entry in batch)
        listener = Listener(self._clock)
        self._waiting[listener] = None
        try:
            while True:
                handler = await self._consumer.find()
                if hidden_until == NEVER:
                    return handler
                if handler.claim(listener.notify):
                    handler.unclaim()
                    return handler
                until = hidden_until - handler.timeout_s
                if self._listening is None or self._clock.now() >= until:
                    return handler
                await listener.wait(until, kind=self._subject.alarm_kind, key=self._subject.arn)
        finally:
            del self._waiting[listener]

    def _end_worker(self) -> None:
        self._workers -= 1
        self._start()

    def _done(self, batch: Sequence[Entry], handled: Handled) -> Sequence[str]:
        """The receipt handles of what was handled; the rest returns after its visibility timeout."""
        failed = frozenset(handled.failed)
        self._count("FailedInvokeEventCount", len(failed))
        return [entry.handle for place, entry in enumerate(batch) if place not in failed]

    async def _delete(self, handles: Sequence[str]) -> None:
        for first in range(0, len(handles), ENTRIES_MAX):
            some = handles[first : first + ENTRIES_MAX]
            entries = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(some)]
            if await self._change("DeleteMessageBatch", entries):
                self._count("DeletedEventCount", len(some))

    async def _give_back(self, batch: Sequence[Entry], delay_s: float) -> None:
        """Has messages that did not reach the function return after the delay."""
        hidden = {"VisibilityTimeout": math.ceil(delay_s)}
        for first in range(0, len(batch), ENTRIES_MAX):
            some = batch[first : first + ENTRIES_MAX]
            entries = [{"Id": str(number), "ReceiptHandle": each.handle} | hidden for number, each in enumerate(some)]
            await self._change("ChangeMessageVisibilityBatch", entries)

    async def _change(self, operation: str, entries: list[dict[str, Any]]) -> bool:
        """False where it could not be done: then the messages return after their visibility timeout."""
        try:
            await self._call(self._context, "sqs", operation, {"QueueUrl": self._url, "Entries": entries})
        except ServiceError as error:
            self.problem = f"PROBLEM: {error.message}"
            return False
        except Exception as error:  # noqa: BLE001 - one follower's trouble must not stop the others
            log.error("follower.failed", error=error, of=self._subject.arn)
            return False
        return True

    def _count(self, name: str, count: int) -> None:
        if self._settings.counts_events and count:
            self._metrics.add("lambent_event_source_events_total", count, mapping=self._subject.id, metric=name)


def _passes_with_time(error: ServiceError) -> bool:
    if error.code in CODES_OF_BARS:
        return False
    return not error.is_senders_fault or error.code == CODE_OF_TOO_MUCH_IN_FLIGHT
