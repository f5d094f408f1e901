"""Batches: each entry by itself, and what is wrong with all of them."""

import pytest


def entries(*texts):
    return [{"Id": f"id-{number}", "MessageBody": text} for number, text in enumerate(texts)]


def test_a_batch_is_sent_received_and_deleted(sqs, queue, bodies, advance):
    sent = sqs.send_message_batch(QueueUrl=queue, Entries=entries(*"abcdefghij"))
    assert [each["Id"] for each in sent["Successful"]] == [f"id-{number}" for number in range(10)]
    assert "Failed" not in sent
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert sorted(message["Body"] for message in received) == list("abcdefghij")
    assert {message["MessageId"] for message in received} == {each["MessageId"] for each in sent["Successful"]}
    gone = [{"Id": str(number), "ReceiptHandle": each["ReceiptHandle"]} for number, each in enumerate(received)]
    deleted = sqs.delete_message_batch(QueueUrl=queue, Entries=gone)
    assert len(deleted["Successful"]) == 10
    advance(30)
    assert bodies(queue) == []


def test_large_and_small_messages_go_in_one_batch(sqs, queue, bodies):
    texts = ["small", "x" * 100_000, "y" * 2_000]
    sqs.send_message_batch(QueueUrl=queue, Entries=entries(*texts))
    assert sorted(bodies(queue)) == sorted(texts)


def test_an_entry_fails_alone(sqs, queue, bodies):
    bad = {"Id": "bad", "MessageBody": "b", "MessageAttributes": {"X": {"DataType": "Number", "StringValue": "six"}}}
    sent = sqs.send_message_batch(QueueUrl=queue, Entries=[*entries("a"), bad, {"Id": "void", "MessageBody": "\x00"}])
    assert [each["Id"] for each in sent["Successful"]] == ["id-0"]
    first, second = sent["Failed"]
    assert first == {
        "Id": "bad",
        "SenderFault": True,
        "Code": "InvalidParameterValue",
        "Message": "Can't cast the value of message (user) attribute 'X' to a number.",
    }
    assert (second["Id"], second["Code"]) == ("void", "InvalidMessageContents")
    assert bodies(queue) == ["a"]


def test_each_entry_has_its_own_delay_and_attributes(sqs, queue, bodies, advance):
    first, second = entries("now", "late")
    sqs.send_message_batch(QueueUrl=queue, Entries=[first, second | {"DelaySeconds": 10}])
    assert bodies(queue) == ["now"]
    advance(10)
    assert bodies(queue) == ["late"]


def test_a_fifo_batch_keeps_its_order_and_is_all_or_nothing(sqs, fifo, bodies, refused):
    good = [each | {"MessageGroupId": "g", "MessageDeduplicationId": each["Id"]} for each in entries(*"abc")]
    ask = {"QueueUrl": fifo}
    assert refused("send_message_batch", **ask, Entries=[*good, {"Id": "x", "MessageBody": "x"}]) == (
        "InvalidParameterValue",
        "The request must contain the parameter MessageGroupId.",
    )
    assert refused("send_message_batch", **ask, Entries=[{"Id": "x", "MessageBody": "x", "MessageGroupId": "g"}]) == (
        "InvalidParameterValue",
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    )
    sent = sqs.send_message_batch(**ask, Entries=[*good, good[0] | {"Id": "again"}])["Successful"]
    assert sent[3]["MessageId"] == sent[0]["MessageId"]
    assert bodies(fifo) == ["a", "b", "c"]


def test_visibility_changes_in_batches(sqs, queue, bodies, refused):
    sqs.send_message_batch(QueueUrl=queue, Entries=entries(*"ab"))
    handles = [each["ReceiptHandle"] for each in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=2)["Messages"]]
    changed = sqs.change_message_visibility_batch(
        QueueUrl=queue,
        Entries=[
            {"Id": "1", "ReceiptHandle": handles[0], "VisibilityTimeout": 0},
            {"Id": "2", "ReceiptHandle": handles[1], "VisibilityTimeout": 50_000},
            {"Id": "3", "ReceiptHandle": "none", "VisibilityTimeout": 0},
            {"Id": "4", "ReceiptHandle": handles[1]},
        ],
    )
    assert changed["Successful"] == [{"Id": "1"}]
    codes = [(each["Id"], each["Code"]) for each in changed["Failed"]]
    assert codes == [("2", "InvalidParameterValue"), ("3", "ReceiptHandleIsInvalid"), ("4", "MissingParameter")]
    assert len(bodies(queue)) == 1


def test_a_handle_that_is_none_fails_alone(sqs, queue, bodies):
    sqs.send_message(QueueUrl=queue, MessageBody="a")
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    gone = [{"Id": "1", "ReceiptHandle": "dummy"}, {"Id": "2", "ReceiptHandle": message["ReceiptHandle"]}]
    deleted = sqs.delete_message_batch(QueueUrl=queue, Entries=gone)
    assert deleted["Successful"] == [{"Id": "2"}]
    assert deleted["Failed"] == [
        {
            "Id": "1",
            "SenderFault": True,
            "Code": "ReceiptHandleIsInvalid",
            "Message": 'The input receipt handle "dummy" is not a valid receipt handle.',
        }
    ]


KINDS = [
    ("send_message_batch", "SendMessageBatchRequestEntry", {"MessageBody": "m"}),
    ("delete_message_batch", "DeleteMessageBatchRequestEntry", {"ReceiptHandle": "h"}),
    ("change_message_visibility_batch", "ChangeMessageVisibilityBatchRequestEntry", {"ReceiptHandle": "h"}),
]


@pytest.mark.parametrize(("operation", "kind", "entry"), KINDS)
def test_a_batch_that_is_none_is_refused(refused, queue, operation, kind, entry):
    def of(*ids):
        return refused(operation, QueueUrl=queue, Entries=[entry | {"Id": each} for each in ids])

    prefix = "AWS.SimpleQueueService."
    assert of() == (f"{prefix}EmptyBatchRequest", f"There should be at least one {kind} in the request.")
    assert of(*map(str, range(20))) == (
        f"{prefix}TooManyEntriesInBatchRequest",
        "Maximum number of entries per request are 10. You have sent 20.",
    )
    assert of("same", "other", "same") == (f"{prefix}BatchEntryIdsNotDistinct", "Id same repeated.")
    for id_ in ("", "in:valid", "x" * 81):
        assert of(id_) == (
            f"{prefix}InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores."
            " It can be at most 80 letters long.",
        )


def test_a_batch_that_is_too_long_is_refused_as_a_whole(queue, refused, bodies):
    assert refused("send_message_batch", QueueUrl=queue, Entries=entries("x" * 524_288, "y" * 524_289)) == (
        "AWS.SimpleQueueService.BatchRequestTooLong",
        "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.",
    )
    assert bodies(queue) == []
