"""Statements that come and go by their labels."""

import json

import pytest

from lambent.services.sqs import errors
from lambent.services.sqs.engine import permissions, queues


async def policy_of(world):
    queue = await world.store.read(queues.find, "111122223333", "us-east-1", "q")
    return json.loads(queue.row.attributes.get("Policy", "null"))


async def add(world, queue, label="l", accounts=("444455556666",), actions=("SendMessage",)):
    await world.store.write(permissions.add, queue, label, accounts, actions, world.clock.now())


async def test_a_permission_is_one_statement_of_the_policy(world):
    queue = await world.queue()
    await add(world, queue, actions=["SendMessage", "ReceiveMessage"])
    (statement,) = (await policy_of(world))["Statement"]
    assert statement["Action"] == ["SQS:SendMessage", "SQS:ReceiveMessage"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::444455556666:root"}


async def test_what_the_owner_wrote_stays(world):
    own = {"Version": "2012-10-17", "Statement": {"Sid": "own", "Effect": "Deny", "Principal": "*", "Action": "*"}}
    queue = await world.queue(Policy=json.dumps(own))
    await add(world, queue)
    assert [statement["Sid"] for statement in (await policy_of(world))["Statement"]] == ["own", "l"]
    await world.store.write(permissions.remove, queue, "l", world.clock.now())
    assert [statement["Sid"] for statement in (await policy_of(world))["Statement"]] == ["own"]


async def test_the_last_permission_takes_the_policy_with_it(world):
    queue = await world.queue()
    await add(world, queue)
    await world.store.write(permissions.remove, queue, "l", world.clock.now())
    assert await policy_of(world) is None


@pytest.mark.parametrize("accounts", [[], ["1"], ["444455556666", "x"]])
async def test_an_account_is_twelve_digits(world, accounts):
    with pytest.raises(errors.InvalidValue, match="PrincipalId"):
        await add(world, await world.queue(), accounts=accounts)


async def test_a_policy_has_twenty_statements_at_most(world):
    queue = await world.queue()
    for number in range(20):
        await add(world, queue, label=f"l{number}")
    with pytest.raises(errors.OverLimit):
        await add(world, queue)
