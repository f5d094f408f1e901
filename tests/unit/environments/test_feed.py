"""Which way an event goes to its process, and which come back when that ends or takes long."""

from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.environments.test_environment import SPEC

from lambent.core.ports import Invocation
from lambent.environments.event_queue import AHEAD_MAX
from lambent.environments.feed import Feed
from lambent.environments.inside import frames
from lambent.environments.turns import Turn


class Queue:
    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.room = 11

    def put(self, frame: bytes) -> bool:
        has_room = len(self.frames) < self.room
        if has_room:
            self.frames.append(frame)
        return has_room

    def next(self) -> bytes:
        return self.frames[0] if self.frames else b""

    def take_back(self) -> list[bytes]:
        taken, self.frames = self.frames, []
        return taken


class Process:
    """What was ``sent`` over its socket, and what lies in its queue."""

    def __init__(self, *, has_queue: bool = True) -> None:
        self.sent: list[bytes] = []
        self.queue = Queue() if has_queue else None
        self.is_alive = True
        self.has_queue = has_queue
        self.told: list[str] = []

        self.frame_came = False

    def has_frame(self) -> bool:
        return self.frame_came

    def open_queue(self, memory_mb: int) -> None:
        self.told.append(f"queue for {memory_mb} MB")
        self.queue = Queue()

    async def send(self, frame: bytes) -> None:
        self.sent.append(frame)

    def begin_queued(self) -> None:
        self.told.append("queued")

    def end_queued(self) -> None:
        self.told.append("rests")

    def watch_pipe(self) -> None:
        self.told.append("watched")


class Waiting:
    """The turns of a plan whose events are sought or not."""

    def __init__(self, *, is_sought: bool) -> None:
        self.is_sought = is_sought
        self.came_back: list[Any] = []

    def look_ahead(self) -> None:
        pass

    def back(self, turns: list[Any]) -> None:
        self.came_back += turns


def invocation(payload: bytes = b"{}") -> Invocation:
    return Invocation(request_id=str(len(payload)), payload=payload, invoked_function_arn=SPEC.function_arn)


def feed(process: Process, *, is_sought: bool = True, shift_s: float = 0.0, is_steered: bool = False) -> Feed:
    made = Feed(SPEC, lambda: shift_s, is_steered=is_steered)
    made.process = process  # type: ignore[assignment]
    made.turns = Waiting(is_sought=is_sought)  # type: ignore[assignment]
    return made


async def give(made: Feed, payload: bytes = b"{}") -> "Turn[Any]":
    turn: Turn[Any] = Turn(invocation(payload))
    made.begin(turn)
    await made.give(invocation(payload), 3.0, made._shift_s(), takes_pieces=False)
    return turn


def unpacked(frame: bytes) -> tuple[int, int, list[str], bytes]:
    length, kind = frames.HEAD.unpack_from(frame)
    assert length == len(frame) - frames.HEAD.size
    return kind, *frames.unpack_invoke(frame[frames.HEAD.size :])


async def test_an_event_behind_which_none_waits_goes_over_the_socket_with_its_deadline() -> None:
    process = Process()
    await give(feed(process, is_sought=False))
    assert not process.queue.frames  # type: ignore[union-attr]
    assert [unpacked(frame)[0] for frame in process.sent] == [frames.INVOKE]
    assert unpacked(process.sent[0])[1] > 1_000_000_000_000


async def test_the_first_event_that_others_wait_behind_opens_the_queue_and_the_next_goes_there() -> None:
    process = Process(has_queue=False)
    made = feed(process)
    await give(made)
    assert process.told == [f"queue for {SPEC.memory_mb} MB"]
    assert len(process.sent) == 1
    assert not made.offer(Turn(invocation()))  # it would be taken before what the socket holds
    await give(made)
    assert len(process.sent) == 2  # it has not said that it has the queue
    process.has_queue = True
    await give(made)
    assert [unpacked(frame)[:2] for frame in process.queue.frames] == [(frames.QUEUED, 3000)]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("options", "payload"),
    [({"shift_s": 60.0}, b"{}"), ({"is_steered": True}, b"{}"), ({}, b"x" * frames.QUEUED_BYTES_MAX)],
    ids=["its time is turned", "somebody stands before it", "it is large"],
)
async def test_what_may_not_or_cannot_lie_there_goes_over_the_socket(options: dict[str, Any], payload: bytes) -> None:
    process = Process()
    made = feed(process, **options)
    await give(made, payload)
    assert (len(process.sent), process.queue.frames) == (1, [])  # type: ignore[union-attr]
    assert not made.offer(Turn(invocation()))


async def test_so_many_lie_ahead_and_no_more() -> None:
    process = Process()
    made = feed(process)
    await give(made)
    assert [made.offer(Turn(invocation())) for _ in range(AHEAD_MAX + 1)] == [True] * AHEAD_MAX + [False]
    assert unpacked(process.queue.frames[-1])[:2] == (frames.QUEUED, SPEC.timeout_s * 1000)  # type: ignore[union-attr]


async def test_where_the_queue_has_no_room_nothing_lies_ahead() -> None:
    process = Process()
    made = feed(process)
    await give(made)
    process.queue.room = 1  # type: ignore[union-attr]
    assert not made.offer(Turn(invocation()))
    assert not made.ahead


async def crowded(process: Process) -> tuple[Feed, list["Turn[Any]"]]:
    made = feed(process)
    turns = [await give(made, b"1")]
    for number in range(3):
        turns.append(Turn(invocation(b"2" * (number + 2))))
        assert made.offer(turns[-1])
    return made, turns


async def test_only_what_has_not_been_begun_comes_back() -> None:
    process = Process()
    made, turns = await crowded(process)
    del process.queue.frames[:2]  # type: ignore[union-attr]
    assert made.take_back() == turns[2:]
    assert list(made.ahead) == [turns[1]]
    assert not made.offer(Turn(invocation()))
    assert "watched" in process.told


async def test_nothing_comes_back_while_the_event_itself_has_not_been_begun() -> None:
    process = Process()
    made, turns = await crowded(process)
    assert made.take_back() == []
    assert process.queue.frames == [turn.frame for turn in turns]  # type: ignore[union-attr]
    assert not made.is_unbegun


async def test_what_is_begun_between_two_reads_stays_and_its_place_is_kept() -> None:
    process = Process()
    made, turns = await crowded(process)
    del process.queue.frames[0]  # type: ignore[union-attr]
    process.queue.take_back = lambda: [turns[1].frame, turns[3].frame]  # type: ignore[union-attr,method-assign]
    assert made.take_back() == [turns[1], turns[3]]
    assert list(made.ahead) == [turns[2]]


async def test_nothing_is_put_ahead_in_a_dead_process() -> None:
    process = Process()
    process.is_alive = False
    made = feed(process)
    await give(made)
    assert not made.offer(Turn(invocation()))


async def test_an_event_that_its_process_did_not_live_to_begin_is_known_as_such() -> None:
    process = Process()
    made, turns = await crowded(process)
    process.is_alive = False
    made.give_back()
    assert made.is_unbegun
    assert made.turns.came_back == turns[1:]  # type: ignore[union-attr]


async def test_a_process_that_ended_after_its_answer_may_have_begun_the_next_event() -> None:
    process = Process()
    made, turns = await crowded(process)
    process.is_alive = False
    del process.queue.frames[:2]  # type: ignore[union-attr]
    made.give_back()
    assert (list(made.ahead), made.is_unbegun) == ([turns[1]], False)
    assert made.turns.came_back == turns[2:]  # type: ignore[union-attr]


@pytest.mark.parametrize("begun", [0, 1, 2], ids=["nothing", "the event", "the next one too"])
async def test_what_a_process_that_is_given_up_has_begun_is_lost_and_all_else_waits_again(begun: int) -> None:
    process = Process()
    made, turns = await crowded(process)
    del process.queue.frames[:begun]  # type: ignore[union-attr]
    made.let_go()
    assert process.queue.frames == []  # type: ignore[union-attr]
    assert [turn.is_lost for turn in turns[1:]] == [begun == 2, False, False]
    assert made.turns.came_back == turns[max(begun, 1) :]  # type: ignore[union-attr]
    assert (turns[0].frame, made.take_back()) == (b"", [])


async def test_nothing_is_put_into_one_that_is_closing() -> None:
    process = Process()
    made, _ = await crowded(process)
    made.close()
    assert not made.offer(Turn(invocation()))
    await give(made)
    assert not made.offer(Turn(invocation()))


async def test_an_event_is_begun_once_in_its_process_however_many_wait_for_its_answer() -> None:
    process = Process()
    made = feed(process)
    turn = await give(made)
    made.begin(turn)
    await made.give(invocation(), 3.0, 0.0, takes_pieces=False)
    assert process.told.count("queued") == 1
    assert made.is_awaited
    turn.frame = b""  # it has answered
    assert not made.is_awaited


async def test_an_event_that_lies_there_is_not_sent_again() -> None:
    process = Process()
    made, turns = await crowded(process)
    following = made.ahead.popleft()
    made.begin(following)
    await made.give(invocation(b"22"), 3.0, 0.0, takes_pieces=False)
    assert process.sent == []
    assert len(process.queue.frames) == len(turns)  # type: ignore[union-attr]
    assert "queued" in process.told


async def test_the_log_pipe_is_watched_unless_others_wait_behind_the_event() -> None:
    process = Process()
    made = feed(process)
    await give(made)
    assert process.told == ["queued", "watched"]
    made.turns = SimpleNamespace(is_sought=True, look_ahead=lambda: made.offer(Turn(invocation(b"22"))))  # type: ignore[assignment]
    await give(made)
    assert process.told == ["queued", "watched", "queued"]


async def test_only_what_came_through_the_queue_ends_that_when_it_rests() -> None:
    process = Process()
    made = feed(process, is_sought=False)
    await give(made)
    made.rest()
    assert process.told == []
    made.turns = SimpleNamespace(is_sought=True, look_ahead=lambda: None)  # type: ignore[assignment]
    await give(made)
    made.rest()
    assert process.told == ["queued", "watched", "rests"]


async def test_an_answer_is_there_when_something_has_come_from_its_process() -> None:
    process = Process()
    made = feed(process)
    assert not made.has_answered()
    process.frame_came = True
    assert made.has_answered()
    made.process = None
    assert not made.has_answered()
