"""ReceiveMessage: how it gets to what lies behind expired messages, in as many transactions as that takes."""

import asyncio

import pytest
from tests.unit.services.sqs.conftest import ACCOUNT, CONTEXT

from lambent.services.sqs.engine import standard
from lambent.services.sqs.operations import receiving

URL = f"http://localhost:4566/{ACCOUNT}/q"


@pytest.fixture
async def queue(world, monkeypatch):
    """Sixty expired messages, of which one transaction gets through a few, and one that has not expired."""
    monkeypatch.setattr(standard, "ROUNDS_MAX", 2)
    monkeypatch.setattr(standard, "EXPIRED_PER_ROUND", 1)
    queue = await world.queue(MessageRetentionPeriod="60")
    await world.send(queue, *map(str, range(60)))
    await world.clock.advance(60)
    await world.send(queue, "young")
    return queue


async def receive(world, **options):
    return [
        told["Body"] for told in (await world.sqs.receive_message(CONTEXT, {"QueueUrl": URL} | options)).get("Messages", [])
    ]


@pytest.mark.usefixtures("queue")
async def test_a_receive_gets_through_to_what_has_not_expired(world):
    assert await receive(world) == ["young"]


@pytest.mark.usefixtures("queue")
async def test_a_long_poll_that_did_not_get_through_looks_again(world, monkeypatch):
    monkeypatch.setattr(receiving, "LOOKS_MAX", 1)
    assert await asyncio.wait_for(receive(world, WaitTimeSeconds=20), timeout=10) == ["young"]


async def test_who_did_not_get_through_is_told_to_look_again(world, queue, monkeypatch):
    monkeypatch.setattr(receiving, "LOOKS_MAX", 1)
    with world.signals.listen(queue.topic) as listener:
        assert await receive(world) == []
        await asyncio.wait_for(listener.wait(), timeout=10)
