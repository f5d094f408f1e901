"""The supervisor: a crash is logged and the worker starts anew, and all end with the platform."""

import asyncio
import json
import logging

import pytest

from lambent.core.clock import VirtualClock
from lambent.durable.workers import RESTART_DELAY_S_FIRST, Supervisor, Worker


@pytest.fixture
def clock():
    return VirtualClock(start=0.0)


async def test_a_crashed_worker_starts_anew_after_a_growing_delay(clock, caplog):
    starts = []

    async def crash():
        starts.append(clock.now())
        raise RuntimeError("boom")

    supervisor = Supervisor([Worker("crasher", crash)], clock=clock)
    with caplog.at_level(logging.CRITICAL, logger="lambent"):
        await supervisor.start()
        await clock.advance(RESTART_DELAY_S_FIRST * 7.5)
    assert starts == pytest.approx([0.0, RESTART_DELAY_S_FIRST, RESTART_DELAY_S_FIRST * 3, RESTART_DELAY_S_FIRST * 7])
    await supervisor.stop()


async def test_a_crash_is_logged_with_the_workers_name_and_its_trace(clock, caplog):
    async def crash():
        raise RuntimeError("boom")

    supervisor = Supervisor([Worker("crasher", crash)], clock=clock)
    with caplog.at_level(logging.ERROR, logger="lambent"):
        await supervisor.start()
        await clock.settle()
    await supervisor.stop()
    (line,) = [json.loads(record.message) for record in caplog.records]
    assert (line["event"], line["worker"]) == ("durable.worker.crashed", "crasher")
    assert "boom" in line["trace"]


async def test_one_workers_crash_leaves_the_others_running(clock):
    beats = []

    async def crash():
        raise RuntimeError("boom")

    async def beat():
        while True:
            beats.append(clock.now())
            await clock.sleep_until(clock.now() + 1)

    supervisor = Supervisor([Worker("crasher", crash), Worker("heart", beat)], clock=clock)
    await supervisor.start()
    await clock.advance(3)
    await supervisor.stop()
    assert beats == [0.0, 1.0, 2.0, 3.0]


async def test_stopping_ends_every_worker_and_waits_for_its_last_words(clock):
    ended = []

    async def run():
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await asyncio.sleep(0)
            ended.append(True)

    supervisor = Supervisor([Worker("a", run), Worker("b", run)], clock=clock)
    await supervisor.start()
    await clock.settle()
    await supervisor.stop()
    assert ended == [True, True]


async def test_a_worker_that_returns_is_not_started_again(clock):
    starts = []

    async def once():
        starts.append(True)

    supervisor = Supervisor([Worker("once", once)], clock=clock)
    await supervisor.start()
    await clock.advance(1000)
    await supervisor.stop()
    assert starts == [True]
