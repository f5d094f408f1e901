"""Whose output is whose, where a process has begun its next event before anybody looks."""

import os
from collections.abc import AsyncIterator

import pytest

from lambent.environments import event_queue
from lambent.environments.event_queue import AHEAD_MAX, EventQueue
from lambent.environments.inside import frames
from lambent.environments.process import RuntimeProcess
from lambent.environments.zygotes import Kind


class Zygote:
    """Forks nothing."""

    kind = Kind(None, None, None, has_sdk=False, is_isolated=False)  # type: ignore[arg-type]

    def kill(self, identity: int) -> None:
        pass


@pytest.fixture
async def process() -> AsyncIterator[RuntimeProcess]:
    process = RuntimeProcess(Zygote())  # type: ignore[arg-type]
    yield process
    process.close()


def write(process: RuntimeProcess, *data: bytes) -> None:
    os.write(process._pipe_theirs, b"".join(data))


def taken(process: RuntimeProcess) -> list[str]:
    return [event.message for event in process.take_events()]


async def test_output_behind_a_mark_is_that_of_the_next_event(process: RuntimeProcess) -> None:
    process.begin_queued()
    write(process, frames.MARK, b"one\nrest of one", frames.MARK, b"two\n", frames.MARK, b"three")
    assert taken(process) == ["one\n", "rest of one"]
    process.begin_queued()
    assert taken(process) == ["two\n"]
    process.begin_queued()
    write(process, b" and more\n")
    assert taken(process) == ["three and more\n"]


async def test_a_mark_that_comes_after_its_event_s_turn_divides_nothing(process: RuntimeProcess) -> None:
    process.begin_queued()
    write(process, frames.MARK, b"one\n")
    assert taken(process) == ["one\n"]
    process.begin_queued()
    write(process, b"late\n", frames.MARK, b"two\n")
    assert taken(process) == ["late\n", "two\n"]


async def test_marks_that_nobody_asked_for_divide_nothing(process: RuntimeProcess) -> None:
    write(process, b"a\n", frames.MARK, b"b\n")
    assert taken(process) == ["a\n", "b\n"]


async def test_what_stands_behind_marks_is_not_lost_when_it_rests(process: RuntimeProcess) -> None:
    process.begin_queued()
    write(process, frames.MARK, b"one\n", frames.MARK, b"two\n", frames.MARK, b"three\n")
    assert taken(process) == ["one\n"]
    process.end_queued()
    assert taken(process) == ["two\n", "three\n"]


async def test_forged_marks_do_not_pile_up(process: RuntimeProcess) -> None:
    process.begin_queued()
    write(process, frames.MARK * 1000, b"said\n")
    assert taken(process) == []
    assert len(process._next_events) == AHEAD_MAX + 1
    process.end_queued()
    assert taken(process) == ["said\n"]


async def test_output_that_is_known_to_be_whole_is_not_looked_for(
    process: RuntimeProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.begin_queued()
    write(process, frames.MARK, b"one\n", frames.MARK, b"two\n", frames.MARK)
    assert taken(process) == ["one\n"]
    process.begin_queued()
    with monkeypatch.context() as patched:
        patched.setattr(process, "_on_output", lambda: pytest.fail("it reads"))
        assert taken(process) == ["two\n"]
    process.begin_queued()
    write(process, b"three\n")
    assert taken(process) == ["three\n"]


async def test_an_answer_is_there_once_it_has_come_whole(process: RuntimeProcess) -> None:
    assert process.frame_there() is None
    frame = frames.pack(frames.RESULT, b"answer")
    process._inbox += frame[:7]
    assert process.frame_there() is None
    process._inbox += frame[7:]
    assert process.frame_there() == (frames.RESULT, b"answer")
    assert process.frame_there() is None


async def test_what_came_just_in_time_is_found_though_nobody_waits_for_it(process: RuntimeProcess) -> None:
    assert process.late_frame() is None
    large = b"late" * 30_000  # more than one read takes
    process._theirs.sendall(frames.pack(frames.RESULT, large))
    assert process.late_frame() == (frames.RESULT, large)
    assert process.late_frame() is None


async def test_a_frame_is_there_as_soon_as_it_was_sent(process: RuntimeProcess) -> None:
    assert not process.has_frame()
    answer = process.wait()
    assert not process.has_frame()
    process._theirs.sendall(frames.pack(frames.RESULT, b"{}") * 2)
    assert process.has_frame()  # which is delivered to who waits
    assert await answer == (frames.RESULT, b"{}")
    assert process.has_frame()  # and another
    assert process.late_frame() == (frames.RESULT, b"{}")


async def test_an_answer_that_its_waiter_did_not_see_is_the_next_one_s(process: RuntimeProcess) -> None:
    process._inbox += frames.pack(frames.RESULT, b"second")
    process.untake(frames.RESULT, b"first")
    assert await process.wait() == (frames.RESULT, b"first")
    assert await process.wait() == (frames.RESULT, b"second")


async def test_without_descriptors_there_is_no_queue(process: RuntimeProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(event_queue.socket, "socketpair", refuse)
    process.open_queue(128)
    assert process.queue is None


@pytest.mark.skipif(not EventQueue.IS_POSSIBLE, reason="this system has no local sockets that keep messages apart")
async def test_a_queue_comes_over_the_socket_and_is_there_only_where_that_went(process: RuntimeProcess) -> None:
    process.open_queue(128)
    frame = frames.pack(frames.QUEUE, frames.MEMORY.pack(128 * 1024))
    assert process._theirs.recv(100) == frame
    assert process.queue is not None
    process.queue.close()
    process.queue = None
    process._theirs.close()
    process.open_queue(128)
    assert process.queue is None
