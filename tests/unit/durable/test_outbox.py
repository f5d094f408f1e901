"""The outbox: delivered after the commit, at least once, in order where asked, and given up where told."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from tests.unit.durable.conftest import count, counts

from lambent.core.errors import ServiceError
from lambent.durable.outbox import HELD_BACK_S, Call, Outbox, Retries, put
from lambent.durable.tables import count_entries
from lambent.durable.timekeeper import Timekeeper


class Absent(ServiceError):
    code = "NotImplemented"
    status = 501


class Refused(ServiceError):
    code = "Refused"
    status = 400
    wording = "No."


class Unavailable(ServiceError):
    code = "Unavailable"
    status = 503
    wording = "Later."


class Receiver:
    """A caller that keeps what it was asked, and answers what it is told to."""

    def __init__(self, clock):
        self.clock = clock
        self.calls = []
        self.at = []
        self.failures = {}
        self.gate = None
        self.under_way = 0
        self.under_way_max = 0

    async def __call__(self, context, service, operation, parameters):
        self.calls.append((service, operation, dict(parameters)))
        self.at.append(self.clock.now())
        self.under_way += 1
        self.under_way_max = max(self.under_way_max, self.under_way)
        try:
            if self.gate is not None:
                await self.gate.wait()
            if failures := self.failures.get(parameters.get("Name")):
                raise failures.pop(0)
            return {"MessageId": "1"}
        finally:
            self.under_way -= 1

    @property
    def names(self):
        return [parameters["Name"] for _, _, parameters in self.calls]


@pytest.fixture
def receiver(world):
    return Receiver(world.clock)


@pytest.fixture
def outbox(world, receiver):
    return outbox_of(world, receiver)


def outbox_of(world, receiver, **options):
    return Outbox(store=world.store, clock=world.clock, signals=world.signals, call=receiver, **options)


async def add(world, outbox, context, name, **options):
    await world.store.write(outbox.add, context, "sqs", "SendMessage", {"Name": name}, **options)


async def test_an_entry_is_delivered_after_its_commit_and_then_gone(world, outbox, receiver, context):
    world.run(outbox)
    await add(world, outbox, context, "a")
    await world.clock.settle()
    assert receiver.calls == [("sqs", "SendMessage", {"Name": "a"})]
    assert await world.store.read(count_entries) == 0


async def test_a_call_can_be_put_into_a_lane_by_its_name(world, receiver, context):
    world.run(outbox_of(world, receiver, lane="own"))
    await world.clock.settle()
    moments = {context.account: world.clock.now()}
    await world.store.write(put, [Call(context, "sqs", "SendMessage", {"Name": "a"}, "")], lane="own", moments=moments)
    await world.clock.settle()
    assert receiver.names == ["a"]


async def test_an_entry_whose_transaction_rolls_back_is_never_delivered(world, outbox, receiver, context):
    world.run(outbox)

    def add_then_fail(tx):
        outbox.add(tx, context, "sqs", "SendMessage", {})
        raise ValueError

    with pytest.raises(ValueError):
        await world.store.write(add_then_fail)
    await world.clock.settle()
    assert receiver.calls == []


async def test_parameters_and_context_come_back_as_they_were(world, outbox, context):
    parameters = {
        "Name": "a",
        "Blob": b"\x00\xff",
        "When": datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
        "List": [1, 2.5, None, True, {"Deep": "ä"}],
    }
    seen = []

    async def keep(*call):
        seen.append(call)
        return {}

    outbox._call = keep
    world.run(outbox)
    await world.store.write(outbox.add, context, "sqs", "SendMessage", parameters)
    await world.clock.settle()
    assert seen == [(context, "sqs", "SendMessage", parameters)]


async def test_a_failed_call_is_made_again_after_growing_delays(world, outbox, receiver, context):
    receiver.failures["a"] = [Unavailable(), Unavailable(), RuntimeError("a defect of the receiver")]
    world.run(outbox)
    await add(world, outbox, context, "a", retries=Retries(delay_s_first=60, delay_s_max=3600))
    await world.clock.advance(1000)
    assert receiver.at == [1000.0, 1060.0, 1180.0, 1420.0]
    assert await world.store.read(count_entries) == 0


async def test_a_refusal_is_not_repeated_unless_asked(world, outbox, receiver, context):
    receiver.failures["a"] = [Refused()]
    receiver.failures["b"] = [Refused()]
    world.run(outbox)
    await add(world, outbox, context, "a")
    await add(world, outbox, context, "b", retries=Retries(ends_on_refusal=False))
    await world.clock.advance(10)
    assert sorted(receiver.names) == ["a", "b", "b"]


async def test_an_operation_that_is_not_there_is_not_asked_for_again(world, outbox, receiver, context):
    receiver.failures["a"] = [Absent()]
    world.run(outbox)
    await add(world, outbox, context, "a")
    await world.clock.advance(10)
    assert receiver.names == ["a"]


@pytest.mark.parametrize(
    ("retries", "attempts"),
    [
        (Retries(attempts_max=3), 3),
        (Retries(attempts_max=1), 1),
        (Retries(age_s_max=10), 4),  # at 0, 1, 3, 7; 15 is too late
        (Retries(age_s_max=0), 1),
    ],
)
async def test_an_entry_is_given_up_at_the_first_limit(world, outbox, receiver, context, retries, attempts):
    receiver.failures["a"] = [Unavailable() for _ in range(100)]
    ended = []
    outbox.on_end("done", lambda tx, end: (ended.append(end), count(tx, "ended")))
    world.run(outbox)
    await add(world, outbox, context, "a", retries=retries, on_end="done")
    await world.clock.advance(10_000)
    assert len(receiver.calls) == attempts
    assert [(end.attempts, type(end.error)) for end in ended] == [(attempts, Unavailable)]
    assert await world.store.read(counts) == {"ended": 1}
    assert await world.store.read(count_entries) == 0


@pytest.mark.parametrize(
    ("parameters", "target"),
    [
        ({"QueueUrl": "http://localhost:4566/111122223333/q", "MessageBody": "secret"}, "http://localhost:4566/111122223333/q"),
        ({"Entries": [{"EventBusName": "bus", "Detail": "secret"}]}, "bus"),
        ({"Message": "secret"}, None),
    ],
)
async def test_what_is_given_up_is_logged_with_who_asked_and_for_whom_but_not_what(
    world, outbox, receiver, context, caplog, parameters, target
):
    receiver.failures["a"] = [Refused()]
    asking = replace(context, principal_arn="sns.amazonaws.com", source_arn="arn:aws:sns:eu-west-1:111122223333:t")
    world.run(outbox)
    await world.store.write(outbox.add, asking, "sqs", "SendMessage", {"Name": "a"} | parameters)
    await world.clock.settle()
    (line,) = [json.loads(record.message) for record in caplog.records if "outbox.given_up" in record.message]
    assert (line["account"], line["region"], line["principal"]) == ("111122223333", "eu-west-1", "sns.amazonaws.com")
    assert (line["source"], line.get("target")) == ("arn:aws:sns:eu-west-1:111122223333:t", target)
    assert "secret" not in caplog.text


async def test_who_asked_is_told_the_reply_in_the_transaction_that_ends_the_entry(world, outbox, context):
    ended = []
    outbox.on_end("done", lambda tx, end: ended.append((end.reply, end.attempts)))
    world.run(outbox)
    await add(world, outbox, context, "a", on_end="done")
    await world.clock.settle()
    assert ended == [({"MessageId": "1"}, 1)]


async def test_a_handlers_defect_keeps_the_entry_and_holds_it_back(world, outbox, receiver, context):
    attempts = []

    def fail_once(tx, end):
        attempts.append(end)
        if len(attempts) == 1:
            raise RuntimeError("boom")

    outbox.on_end("done", fail_once)
    world.run(outbox)
    await add(world, outbox, context, "a", on_end="done")
    await world.clock.settle()
    assert await world.store.read(count_entries) == 1
    await world.clock.advance(60)
    assert (len(attempts), await world.store.read(count_entries)) == (2, 0)


async def test_while_nothing_can_be_recorded_an_entry_is_held_back_too(world, outbox, receiver, context, caplog):
    await add(world, outbox, context, "a")
    world.store._writer._failure = "the disk failed"
    world.run(outbox)
    await world.clock.settle()
    assert receiver.names == ["a"]
    assert "outbox.record_failed" in caplog.text
    await world.clock.advance(HELD_BACK_S - 1)
    assert receiver.names == ["a"]
    world.store._writer._failure = ""
    await world.clock.advance(2)
    assert receiver.names == ["a", "a"]
    assert await world.store.read(count_entries) == 0


async def test_entries_of_one_order_are_delivered_one_after_another(world, outbox, receiver, context):
    receiver.failures["1"] = [Unavailable(), Unavailable()]

    def add_all(tx):
        for number in range(5):
            outbox.add(tx, context, "sqs", "SendMessage", {"Name": str(number)}, ordering_key="group")
        outbox.add(tx, context, "sqs", "SendMessage", {"Name": "free"})

    await world.store.write(add_all)
    world.run(outbox)
    await world.clock.settle()
    assert sorted(receiver.names) == ["0", "1", "free"]
    await world.clock.advance(10)
    ordered = [name for name in receiver.names if name != "free"]
    assert ordered == ["0", "1", "1", "1", "2", "3", "4"]


async def test_what_is_given_up_lets_the_next_of_its_order_go(world, outbox, receiver, context):
    receiver.failures["0"] = [Refused()]
    for number in range(3):
        await add(world, outbox, context, str(number), ordering_key="group")
    world.run(outbox)
    await world.clock.settle()
    assert receiver.names == ["0", "1", "2"]


async def test_no_more_calls_are_under_way_than_allowed(world, receiver, context):
    outbox = outbox_of(world, receiver, concurrency_max=5)
    receiver.gate = asyncio.Event()
    world.run(outbox)
    await asyncio.gather(*[add(world, outbox, context, str(number)) for number in range(40)])
    await world.clock.settle()
    assert receiver.under_way == 5
    receiver.gate.set()
    await world.clock.settle()
    assert (len(receiver.calls), receiver.under_way_max) == (40, 5)
    assert await world.store.read(count_entries) == 0


async def test_an_entry_is_delivered_once_while_nothing_fails(world, outbox, receiver, context):
    world.run(outbox)
    await asyncio.gather(*[add(world, outbox, context, str(number)) for number in range(300)])
    await world.clock.settle()
    assert sorted(receiver.names, key=int) == [str(number) for number in range(300)]


async def test_what_was_under_way_at_a_restart_is_delivered_again_with_its_attempts_kept(world, receiver, context):
    outbox = outbox_of(world, receiver)
    receiver.failures["a"] = [Unavailable()]
    world.run(outbox)
    await add(world, outbox, context, "a", retries=Retries(attempts_max=3))
    await world.clock.settle()
    receiver.gate = asyncio.Event()
    await world.clock.advance(1)
    assert receiver.under_way == 1
    world = await world.restart()
    receiver.gate = None
    receiver.failures["a"] = [Unavailable() for _ in range(10)]
    world.run(outbox_of(world, receiver))
    await world.clock.advance(100)
    assert len(receiver.calls) == 4  # one failed, one cut off and not counted, two more that fail
    await world.end()


async def test_a_delayed_entry_waits_for_its_time(world, outbox, receiver, context):
    world.run(outbox)
    await add(world, outbox, context, "a", delay_s=900)
    await world.clock.advance(899)
    assert receiver.calls == []
    await world.clock.advance(1)
    assert receiver.at == [1900.0]


async def test_a_reset_account_is_sent_nothing_more(world, outbox, receiver, context):
    receiver.failures["a"] = [Unavailable()]
    world.run(outbox)
    await add(world, outbox, context, "a")
    await world.clock.settle()
    await world.store.reset(context.account)
    await world.clock.advance(100)
    assert len(receiver.calls) == 1


async def test_an_idle_loop_asks_the_store_nothing(world, outbox, receiver, context):
    receiver.failures["a"] = [Unavailable()]
    world.run(outbox)
    await add(world, outbox, context, "a", retries=Retries(delay_s_first=3600, delay_s_max=3600))
    await world.clock.settle()
    changes = world.clock.busy.changes
    await world.clock.advance(3000)
    assert world.clock.busy.changes == changes


async def test_the_delays_before_retries_may_be_told_one_by_one(world, outbox, receiver, context):
    receiver.failures["a"] = [Unavailable() for _ in range(10)]
    world.run(outbox)
    await add(world, outbox, context, "a", retries=Retries(delays_s=(0.0, 0.0, 5.0, 20.0), attempts_max=7))
    await world.clock.advance(1000)
    assert receiver.at == [1000.0, 1000.0, 1000.0, 1005.0, 1025.0, 1045.0, 1065.0]


async def test_a_lane_is_delivered_by_its_own_worker_and_holds_up_no_other(world, outbox, receiver, context):
    slow = Receiver(world.clock)
    slow.gate = asyncio.Event()
    lane = outbox_of(world, slow, lane="slow", concurrency_max=1)
    world.run(outbox)
    world.run(lane)
    await add(world, lane, context, "a")
    await add(world, lane, context, "b")
    await add(world, outbox, context, "c")
    await world.clock.settle()
    assert (slow.names, receiver.names) == (["a"], ["c"])
    slow.gate.set()
    await world.clock.settle()
    assert slow.names == ["a", "b"]


async def test_many_calls_are_written_at_once(world, outbox, receiver, context):
    world.run(outbox)
    calls = [Call(context, "sqs", "SendMessage", {"Name": name}) for name in "abc"]
    await world.store.write(outbox.add_all, calls)
    await world.clock.settle()
    assert receiver.names == ["a", "b", "c"]


# ---- accounts with clocks of their own ----

OTHER = "444455556666"


async def test_an_entry_is_added_retried_and_given_up_by_its_accounts_clock(world, context, receiver):
    await Timekeeper(store=world.store, clocks=world.clock).restore("")
    outbox = Outbox(store=world.store, clock=world.clock, signals=world.signals, call=receiver)
    world.run(outbox)
    other = replace(context, account=OTHER)
    await world.clock.set_mode("virtual", context.account)
    await world.clock.settle()  # a look that began by the clocks as they were would find only theirs at first
    receiver.failures = {"mine": [Unavailable()], "theirs": [Unavailable()]}
    await world.store.write(outbox.add, context, "s", "Send", {"Name": "mine"}, retries=Retries(delay_s_first=60.0))
    await world.store.write(outbox.add, other, "s", "Send", {"Name": "theirs"}, retries=Retries(delay_s_first=60.0))
    await world.clock.settle()
    assert receiver.names == ["mine", "theirs"]
    told = await world.clock.advance(60)
    assert receiver.names == ["mine", "theirs", "theirs"]
    assert [(each.at, each.kind, each.account) for each in told] == [(1060.0, "s.Send", OTHER)]
    await world.clock.advance(59, context.account)
    assert receiver.names == ["mine", "theirs", "theirs"]
    told = await world.clock.advance(1, context.account)
    assert receiver.names == ["mine", "theirs", "theirs", "mine"]
    assert [(each.at, each.account) for each in told] == [(1060.0, context.account)]
    assert await world.store.read(count_entries) == 0


async def test_a_delay_begins_at_the_accounts_own_time(world, context, receiver):
    await Timekeeper(store=world.store, clocks=world.clock).restore("")
    outbox = Outbox(store=world.store, clock=world.clock, signals=world.signals, call=receiver)
    world.run(outbox)
    await world.clock.advance(500, context.account)
    await world.store.write(outbox.add, context, "s", "Send", {"Name": "a"}, delay_s=10.0)
    await world.clock.advance(100)
    assert receiver.names == []
    await world.clock.advance(10, context.account)
    assert receiver.names == ["a"]


async def test_a_lane_may_be_told_which_attempt_an_entry_is_at(world, receiver, context):
    attempts = []

    async def deliver(entry):
        attempts.append((entry.parameters["Name"], entry.attempts))
        if entry.attempts < 2:
            raise Unavailable()
        return {}

    outbox = outbox_of(world, receiver, lane="told", deliver=deliver)
    world.run(outbox)
    await add(world, outbox, context, "a")
    await world.clock.settle()
    await world.clock.advance(10)
    assert attempts == [("a", 0), ("a", 1), ("a", 2)]
    assert receiver.calls == []
