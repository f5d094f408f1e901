"""FIFO queues: order within a group, one group at a time, once each."""

import hashlib

import pytest


@pytest.fixture
def send(sqs, fifo):
    """``send("g", "a", "b")``: messages of one group, each with its body as its deduplication id."""

    def to_group(group, *texts, url=fifo):
        return [
            sqs.send_message(QueueUrl=url, MessageBody=text, MessageGroupId=group, MessageDeduplicationId=text)
            for text in texts
        ]

    return to_group


@pytest.fixture
def delete(sqs, fifo):
    def received(messages):
        for message in messages:
            sqs.delete_message(QueueUrl=fifo, ReceiptHandle=message["ReceiptHandle"])

    return received


@pytest.fixture
def take(sqs, fifo):
    """``take(3)``: the messages of one receive."""

    def receive(count=10, **options):
        return sqs.receive_message(QueueUrl=fifo, MaxNumberOfMessages=count, **options).get("Messages", [])

    return receive


def texts(messages):
    return [message["Body"] for message in messages]


def test_a_message_tells_its_group_its_deduplication_id_and_its_number(send, fifo, receive):
    (sent,) = send("g", "a")
    attributes = receive(fifo)["Attributes"]
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == ("g", "a")
    assert attributes["SequenceNumber"] == sent["SequenceNumber"]


def test_numbers_have_twenty_digits_and_grow(send, sqs, fifo, advance):
    numbers = [sent["SequenceNumber"] for sent in send("g", "a", "b") + send("h", "c")]
    sqs.purge_queue(QueueUrl=fifo)
    numbers += [sent["SequenceNumber"] for sent in send("g", "d")]
    assert all(len(number) == 20 for number in numbers)
    assert numbers == sorted(set(numbers))


def test_a_group_is_received_in_order_and_locked_meanwhile(send, take, delete):
    send("g", *"abcde")
    first = take(2)
    assert texts(first) == ["a", "b"]
    assert take() == []
    delete(first[:1])
    assert take() == []
    delete(first[1:])
    assert texts(take()) == ["c", "d", "e"]


def test_a_receive_takes_as_many_as_it_can_of_one_group_before_the_next(send, take):
    send("g", "g1", "g2", "g3")
    send("h", "h1", "h2")
    assert texts(take(4)) == ["g1", "g2", "g3", "h1"]


def test_other_groups_go_on_while_one_is_locked(send, take):
    send("g", "g1", "g2")
    send("h", "h1")
    assert texts(take(1)) == ["g1"]
    assert texts(take()) == ["h1"]
    assert take() == []


def test_what_was_not_deleted_returns_in_order(send, take, delete, advance):
    send("g", *"abc")
    first = take(3)
    delete(first[1:2])
    advance(30)
    assert texts(take()) == ["a", "c"]


def test_a_message_that_returns_early_waits_for_its_group(sqs, fifo, send, take, advance):
    send("g", *"abc")
    first = take(2)
    change = {"QueueUrl": fifo, "VisibilityTimeout": 0}
    sqs.change_message_visibility(**change, ReceiptHandle=first[0]["ReceiptHandle"])
    assert take() == []
    sqs.change_message_visibility(**change, ReceiptHandle=first[1]["ReceiptHandle"])
    assert texts(take()) == ["a", "b", "c"]


def test_a_group_that_was_served_stands_behind_those_that_waited(send, take, delete, advance):
    send("g", "g1", "g2")
    advance(1)
    send("h", "h1")
    advance(1)
    delete(take(1))
    assert texts(take(1)) == ["h1"]


def test_a_long_group_does_not_hide_the_others(send, take):
    send("g", *(f"g{number}" for number in range(30)))
    send("h", "h1")
    assert len(take()) == 10
    assert texts(take()) == ["h1"]


# ---- once each -------------------------------------------------------------------------------------------------------


def test_a_message_sent_again_within_five_minutes_is_the_same(send, sqs, fifo, take, delete, advance):
    (first,) = send("g", "a")
    delete(take())
    advance(299)
    again = sqs.send_message(QueueUrl=fifo, MessageBody="other", MessageGroupId="h", MessageDeduplicationId="a")
    assert again["MessageId"] == first["MessageId"]
    assert again["SequenceNumber"] == first["SequenceNumber"]
    assert again["MD5OfMessageBody"] == hashlib.md5(b"other").hexdigest()
    assert take() == []
    advance(1)
    assert send("g", "a")[0]["MessageId"] != first["MessageId"]
    assert texts(take()) == ["a"]


def test_content_may_be_the_deduplication_id(sqs, receive, bodies):
    settings = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="content.fifo", Attributes=settings)["QueueUrl"]
    for text in ("a", "a", "b"):
        sqs.send_message(QueueUrl=url, MessageBody=text, MessageGroupId="g")
    sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="own")
    message = receive(url, MaxNumberOfMessages=1)
    assert message["Attributes"]["MessageDeduplicationId"] == hashlib.sha256(b"a").hexdigest()
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert bodies(url) == ["b", "a"]


def test_deduplication_may_be_by_group(sqs, bodies):
    settings = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    url = sqs.create_queue(QueueName="fast.fifo", Attributes=settings)["QueueUrl"]
    for group in ("g", "h", "g"):
        sqs.send_message(QueueUrl=url, MessageBody=group, MessageGroupId=group, MessageDeduplicationId="d")
    assert bodies(url) == ["g", "h"]


def test_a_receive_that_is_repeated_gets_the_same_messages(send, take, advance):
    send("g", *"ab")
    send("h", "c")
    first = take(2, ReceiveRequestAttemptId="try")
    advance(20)
    again = take(2, ReceiveRequestAttemptId="try")
    assert [message["ReceiptHandle"] for message in again] == [message["ReceiptHandle"] for message in first]
    advance(20)  # the repetition has reset the timeout
    assert texts(take()) == ["c"]
    assert texts(take(2, ReceiveRequestAttemptId="other")) == []


def test_a_receive_that_is_repeated_after_something_changed_starts_anew(send, take, delete):
    send("g", *"ab")
    send("h", "c")
    delete(take(2, ReceiveRequestAttemptId="try")[:1])
    assert texts(take(2, ReceiveRequestAttemptId="try")) == ["c"]


def test_a_receive_that_is_repeated_after_five_minutes_starts_anew(sqs, fifo, send, take, advance):
    sqs.set_queue_attributes(QueueUrl=fifo, Attributes={"VisibilityTimeout": "1000"})
    send("g", "a")
    take(1, ReceiveRequestAttemptId="try")
    advance(299)
    assert texts(take(1, ReceiveRequestAttemptId="try")) == ["a"]
    advance(1)
    assert take(1, ReceiveRequestAttemptId="try") == []


# ---- delays, retention, purge ----------------------------------------------------------------------------------------


def test_the_queues_delay_holds_for_every_message(sqs, fifo, send, take, delete, advance):
    sqs.set_queue_attributes(QueueUrl=fifo, Attributes={"DelaySeconds": "10"})
    send("g", "a")
    advance(5)
    send("g", "b")
    assert take() == []
    advance(5)
    first = take()
    assert texts(first) == ["a"]
    delete(first)
    assert take() == []
    advance(5)
    assert texts(take()) == ["b"]


def test_what_is_too_old_makes_way_for_what_is_behind_it(sqs, fifo, send, take, advance):
    sqs.set_queue_attributes(QueueUrl=fifo, Attributes={"MessageRetentionPeriod": "60"})
    send("g", *(f"old-{number}" for number in range(25)))
    send("gone", "old")
    advance(30)
    send("g", "young")
    advance(30)
    assert texts(take()) == ["young"]


def test_a_purged_queue_goes_on(sqs, fifo, send, take):
    send("g", "a", "b")
    take(1)
    sqs.purge_queue(QueueUrl=fifo)
    send("g", "c")
    assert texts(take()) == ["c"]


# ---- what is refused -------------------------------------------------------------------------------------------------


def test_a_handle_expires_with_its_visibility_timeout(sqs, fifo, send, take, refused, advance):
    send("g", "a")
    handle = take()[0]["ReceiptHandle"]
    advance(30)
    expected = (
        "InvalidParameterValue",
        f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.",
    )
    assert refused("delete_message", QueueUrl=fifo, ReceiptHandle=handle) == expected
    change = {"QueueUrl": fifo, "ReceiptHandle": handle, "VisibilityTimeout": 5}
    assert "not available for visibility timeout change" in refused("change_message_visibility", **change)[1]
    take()
    assert refused("delete_message", QueueUrl=fifo, ReceiptHandle=handle) == expected


def test_a_message_that_was_deleted_may_be_deleted_again(send, take, delete):
    send("g", "a")
    messages = take()
    delete(messages)
    delete(messages)


def test_a_message_needs_a_group_and_a_deduplication_id(fifo, refused):
    assert refused("send_message", QueueUrl=fifo, MessageBody="m", MessageDeduplicationId="d") == (
        "MissingParameter",
        "The request must contain the parameter MessageGroupId.",
    )
    assert refused("send_message", QueueUrl=fifo, MessageBody="m", MessageGroupId="g") == (
        "InvalidParameterValue",
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    )


def test_a_message_cannot_be_delayed_by_itself(fifo, refused):
    ask = {"QueueUrl": fifo, "MessageBody": "m", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    assert refused("send_message", **ask, DelaySeconds=2) == (
        "InvalidParameterValue",
        "Value 2 for parameter DelaySeconds is invalid."
        " Reason: The request include parameter that is not valid for this queue type.",
    )


@pytest.mark.parametrize("value", ["é", "a b", "x" * 129])
def test_ids_have_letters_digits_and_punctuation_only(fifo, refused, value):
    ask = {"QueueUrl": fifo, "MessageBody": "m"}
    for name, other in (("MessageGroupId", "MessageDeduplicationId"), ("MessageDeduplicationId", "MessageGroupId")):
        assert refused("send_message", **ask, **{name: value, other: "fine"}) == (
            "InvalidParameterValue",
            f"Value {value} for parameter {name} is invalid."
            f" Reason: {name} can only include alphanumeric and punctuation characters. 1 to 128 in length.",
        )


def test_an_attempt_id_is_for_fifo_queues(queue, refused):
    assert refused("receive_message", QueueUrl=queue, ReceiveRequestAttemptId="a")[0] == "InvalidParameterValue"
