"""What a receive is told of each message."""

import pytest

from lambent.services.sqs import errors
from lambent.services.sqs.engine import selection


async def message(world, **members):
    queue = await world.queue()
    await world.send(queue, "m", **members)
    (found,) = (await world.receive(queue)).messages
    return found


async def test_all_tells_what_the_message_has(world):
    found = await message(world)
    told = selection.system_attributes(found, selection.system_names(["All"]))
    assert list(told) == ["SenderId", "ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount", "SentTimestamp"]
    assert told["SentTimestamp"] == "1767225600000"


def test_names_are_those_of_messages_and_the_older_parameters():
    assert selection.system_names([]) == ()
    assert selection.system_names(["SenderId", "Policy"]) == ("SenderId",)
    with pytest.raises(errors.UnknownAttribute):
        selection.system_names(["Altitude"])


async def test_attributes_are_digested_as_they_are_told(world):
    text = {"DataType": "String", "StringValue": "v"}
    found = await message(world, MessageAttributes={"a.b": text, "a.c": text, "d": text})
    told = selection.user_attributes(found, ["a.*"])
    assert told["MessageAttributes"] == {"a.b": text, "a.c": text}
    whole = selection.user_attributes(found, ["All"])
    assert whole["MD5OfMessageAttributes"] != told["MD5OfMessageAttributes"]
    assert selection.user_attributes(found, ["x"]) == selection.user_attributes(found, []) == {}
