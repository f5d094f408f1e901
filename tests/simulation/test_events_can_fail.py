"""The simulation of events finds what it is there to find: each test breaks one rule of the platform."""

import asyncio
from typing import Any

from tests.simulation.events.simulation import Violated, simulate

from lambent.durable import outbox
from lambent.durable.followers import lineage
from lambent.durable.followers.lane import Lane
from lambent.durable.followers.lineage import Plan
from lambent.durable.followers.progress import Progress
from lambent.durable.followers.queue_follower import QueueFollower
from lambent.durable.followers.shard_follower import ShardFollower
from lambent.durable.followers.stream_source import StreamSource
from lambent.durable.outbox import Ended, Outbox
from lambent.services.lambda_.engine import async_events, retries
from lambent.services.lambda_.operations.attempts import Attempts
from lambent.services.sqs.engine import fifo, redrive, sending
from lambent.services.sqs.operations import Sqs
from lambent.services.sqs.tables import messages

SEEDS_MAX = 60


def violation(*, first: int = 0, step: int = 1) -> str:
    """The first that comes up. ``first`` is a seed that is known to find it: the others are tried when it no longer does."""
    for tried in range(0, SEEDS_MAX, step):
        seed = (first + tried) % SEEDS_MAX
        try:
            simulate(seed)
        except Violated as violated:
            return str(violated.args[0])
    raise AssertionError(f"{SEEDS_MAX} seeds have found nothing")


def test_a_redrive_that_loses_the_message(monkeypatch):
    monkeypatch.setattr(redrive, "bury", lambda tx, queue, message, target, now: messages.delete(tx, [message.id]))
    assert "lost: " in violation(first=1)


def test_a_redrive_that_copies_the_message(monkeypatch):
    def copied(tx: Any, queue: Any, message: Any, target: Any, now: float) -> None:
        body = messages.with_body(tx, message).body
        row = (target.account, target.region, target.backlog_id, now, now, now, 1, message.message_id, "", message.group_id)
        messages.insert(tx, [messages.NewMessage(*row, "", "", queue.arn, None, body)])
        messages.set_visible_at(tx, message.id, now + 1_000)

    monkeypatch.setattr(redrive, "bury", copied)
    assert "in two places at once" in violation(first=1)


def test_a_delete_that_does_nothing(monkeypatch):
    monkeypatch.setattr(messages, "delete_received", lambda *args, **options: True)
    assert "acknowledged as deleted, and still there" in violation()


def test_a_receive_that_is_not_counted(monkeypatch):
    lease = messages.lease

    def uncounted(tx: Any, message: Any, **options: Any) -> Any:
        received = lease(tx, message, **options)
        tx.run("UPDATE sqs_messages SET receives = receives - 1 WHERE id = ?", (message.id,))
        return received._replace(receives=received.receives - 1)

    monkeypatch.setattr(messages, "lease", uncounted)
    assert "the receive count did not grow" in violation()


def test_a_group_that_is_free_although_some_of_it_is_in_flight(monkeypatch):
    monkeypatch.setattr(fifo, "is_in_flight", lambda message, now: False)
    assert "two receives of a group in flight" in violation(first=17)


def test_a_group_out_of_order(monkeypatch):
    head = messages.head_of_group
    monkeypatch.setattr(messages, "head_of_group", lambda *args: head(*args)[::-1])
    assert "out of order in its group" in violation()


def test_a_message_acknowledged_before_its_commit(monkeypatch):
    writes = []

    async def hasty(self: Sqs, queue: Any, new: Any, sender_id: str) -> Any:
        writes.append(asyncio.ensure_future(self.store.write(sending.send, queue, new, sender_id=sender_id, now=self.now())))
        return [sending.Sent(draft.message_id, 0) for draft in new]

    monkeypatch.setattr(Sqs, "_send_to", hasty)
    assert "lost: " in violation(first=11)


def test_an_attempt_too_many(monkeypatch):
    judged = retries.after_function_error

    def generous(*args: Any, function_errors: int, **options: Any) -> Any:
        return judged(*args, function_errors=max(1, function_errors - 1), **options)

    monkeypatch.setattr(retries, "after_function_error", generous)
    violated = violation()
    assert "too many attempts" in violated or "tried again too early" in violated


def test_an_event_that_ends_before_its_dead_letter_is_written(monkeypatch):
    async def in_two(self: Attempts, event: Any, *args: Any, **options: Any) -> bool:
        await self._store.write(async_events.end_many, [event])
        await ended(self, event, *args, **options)
        return False

    ended = Attempts._end
    monkeypatch.setattr(Attempts, "_end", in_two)
    assert "ended without a word" in violation()


def test_an_outbox_that_forgets_before_it_has_called(monkeypatch):
    async def forgetful(self: Outbox, entry: Any) -> None:
        await self._store.write(self._record, Ended(entry, 1, {}, None), self._clock.now())
        await self._attempt(entry)

    monkeypatch.setattr(outbox.Outbox, "_deliver", forgetful)
    violated = violation()
    assert any(told in violated for told in ("lost: ", "never arrived", "ended without a word", "never sent on"))


def test_a_mapping_that_deletes_before_it_has_handled(monkeypatch):
    handle = QueueFollower._handle

    async def hasty(self: QueueFollower, batch: Any) -> None:
        await self._delete([entry.handle for entry in batch])
        await handle(self, batch)

    monkeypatch.setattr(QueueFollower, "_handle", hasty)
    assert "although nobody has handled it" in violation()


# ---- streams, of which every second seed has some --------------------------------------------------------------------


def stream_violation(*, first: int = 1) -> str:
    return violation(first=first, step=2)


def test_a_checkpoint_ahead_of_what_was_handled(monkeypatch):
    handled = ShardFollower.handled

    async def hasty(self: ShardFollower, done: Any, **options: Any) -> None:
        ahead = list(self._outstanding)[:1]
        await handled(self, [*done, *ahead], **options)

    monkeypatch.setattr(ShardFollower, "handled", hasty)
    assert "the checkpoint is ahead of what was handled" in stream_violation()


def test_records_that_are_given_up_without_a_word(monkeypatch):
    async def silent(self: Lane, *args: Any) -> Any:
        return ()

    monkeypatch.setattr(Lane, "_posts", silent)
    assert "the checkpoint is ahead of what was handled" in stream_violation()


def test_keys_that_change_their_lanes(monkeypatch):
    def any_lane(self: ShardFollower, record: Any) -> Lane:
        return self._lanes[len(self._outstanding) % len(self._lanes)]

    monkeypatch.setattr(ShardFollower, "_lane_of", any_lane)
    violated = stream_violation(first=3)
    assert any(told in violated for told in ("a key runs beside itself", "out of order for its key"))


def test_children_that_are_read_before_their_parents(monkeypatch):
    plan = lineage.plan

    def hasty(known: Any, listed: Any) -> Plan:
        planned = plan(known, listed)
        ready = [shard.id for shard in listed if not known.get(shard.id, Progress()).is_ended]
        return Plan(planned.new, planned.gone, tuple(sorted(ready, reverse=True)))

    monkeypatch.setattr(lineage, "plan", hasty)
    violated = stream_violation()
    assert any(told in violated for told in ("out of order for its key", "a key runs beside itself"))


def test_a_stream_that_is_always_read_from_its_end(monkeypatch):
    iterator = StreamSource.iterator

    async def late(self: StreamSource, shard_id: str, progress: Progress) -> str:
        return await iterator(self, shard_id, Progress("LATEST"))

    monkeypatch.setattr(StreamSource, "iterator", late)
    violated = stream_violation()
    assert any(told in violated for told in ("lost: ", "the checkpoint is ahead of what was handled"))
