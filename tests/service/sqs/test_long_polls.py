"""Long polls: answered by the first message, whatever makes it visible, and one arrival wakes one who waits."""

import threading
import time

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def poll(sqs, still):
    """``poll(url)``: a receive that waits, in a thread of its own; ``join()`` returns its messages' bodies or its error."""
    started = []

    class Poll(threading.Thread):
        def __init__(self, url, wait_s=20, **options):
            super().__init__(daemon=True)
            self.ask = {"QueueUrl": url, "WaitTimeSeconds": wait_s, **options}
            self.result = None

        def run(self):
            try:
                found = sqs.receive_message(**self.ask).get("Messages", [])
                self.result = [message["Body"] for message in found]
            except ClientError as error:
                self.result = error.response["Error"]["Code"]

        def join(self, timeout=30):
            super().join(timeout)
            assert not self.is_alive(), "the long poll was never answered"
            return self.result

    def start(url, *, waiting=1, **options):
        one = Poll(url, **options)
        started.append(one)
        one.start()
        until(lambda: sleepers(still) >= waiting)
        return one

    return start


def sleepers(still):
    rooms = still.platform.services["sqs"].rooms._rooms
    return sum(len(room.sleepers) for room in rooms.values())


def until(condition):
    deadline = time.monotonic() + 30
    gate = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        gate.wait(0.005)


def test_a_message_that_is_there_is_answered_at_once(sqs, queue, bodies):
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    assert bodies(queue, WaitTimeSeconds=20) == ["m"]


def test_a_message_that_is_sent_ends_the_wait(sqs, queue, poll):
    waiting = poll(queue)
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    assert waiting.join() == ["m"]


def test_a_wait_ends_with_nothing_when_its_time_is_over(queue, poll, advance):
    waiting = poll(queue, wait_s=5)
    advance(4.9)
    assert waiting.is_alive()
    advance(0.1)
    assert waiting.join() == []


def test_the_queue_may_say_how_long_to_wait(sqs, queue, poll, advance):
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"ReceiveMessageWaitTimeSeconds": "7"})
    waiting = poll(queue, wait_s=7)
    advance(7)
    assert waiting.join() == []


def test_a_message_that_returns_ends_the_wait(sqs, queue, bodies, poll, advance):
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    bodies(queue, VisibilityTimeout=10)
    waiting = poll(queue)
    advance(9.9)
    assert waiting.is_alive()
    advance(0.1)
    assert waiting.join() == ["m"]


def test_a_delayed_message_ends_the_wait_when_its_time_comes(sqs, queue, poll, advance):
    waiting = poll(queue)
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=15)
    sqs.send_message(QueueUrl=queue, MessageBody="sooner", DelaySeconds=5)
    advance(5)
    assert waiting.join() == ["sooner"]


def test_a_timeout_that_is_made_shorter_ends_the_wait_sooner(sqs, queue, receive, poll, advance):
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    handle = receive(queue)["ReceiptHandle"]
    waiting = poll(queue)
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=3)
    advance(3)
    assert waiting.join() == ["m"]


def test_a_message_made_visible_ends_the_wait(sqs, queue, receive, poll):
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    handle = receive(queue)["ReceiptHandle"]
    waiting = poll(queue)
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)
    assert waiting.join() == ["m"]


def test_a_group_that_is_released_ends_the_wait(sqs, fifo, receive, poll, advance):
    for text in "abc":
        sqs.send_message(QueueUrl=fifo, MessageBody=text, MessageGroupId="g", MessageDeduplicationId=text)
    first = receive(fifo)
    waiting = poll(fifo)
    sqs.delete_message(QueueUrl=fifo, ReceiptHandle=first["ReceiptHandle"])
    assert waiting.join() == ["b"]
    waiting = poll(fifo, wait_s=20)
    advance(10)
    assert waiting.is_alive()
    advance(10)
    assert waiting.join() == []
    waiting = poll(fifo)
    advance(10)
    assert waiting.join() == ["b"]


def test_a_dead_letter_ends_the_wait(sqs, queue, bodies, poll, account, advance):
    policy = f'{{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:{account}:queue","maxReceiveCount":1}}'
    source = sqs.create_queue(QueueName="source", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    sqs.send_message(QueueUrl=source, MessageBody="m")
    bodies(source, VisibilityTimeout=0)
    waiting = poll(queue)
    assert bodies(source) == []
    assert waiting.join() == ["m"]


def test_a_queue_that_is_deleted_ends_the_wait(sqs, queue, poll):
    waiting = poll(queue)
    sqs.delete_queue(QueueUrl=queue)
    assert waiting.join() == "AWS.SimpleQueueService.NonExistentQueue"


def test_a_purge_does_not_end_the_wait_and_what_comes_after_does(sqs, queue, poll):
    waiting = poll(queue)
    sqs.purge_queue(QueueUrl=queue)
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    assert waiting.join() == ["m"]


def test_each_of_many_who_wait_gets_one(sqs, queue, poll):
    waiting = [poll(queue, waiting=number + 1) for number in range(8)]
    entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(8)]
    sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    assert sorted(text for one in waiting for text in one.join()) == [str(number) for number in range(8)]


def test_a_reset_silences_the_alarms_of_its_account(sqs, queue, bodies, still, account):
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    bodies(queue)
    alarms = still.platform.services["sqs"].alarms._alarms
    assert any(account in topic for topic in alarms) or bodies(queue) == []
    assert any(account in topic for topic in alarms)
    still.run(still.platform.reset(account))
    assert not any(account in topic for topic in alarms)


def test_a_platform_that_stops_answers_who_waits(tmp_path):
    import boto3

    from lambent.testing import LocalPlatform

    platform = LocalPlatform(data=tmp_path, clock="virtual").start()
    sqs = boto3.client(
        "sqs", region_name="us-east-1", endpoint_url=platform.url, aws_access_key_id="111122223333", aws_secret_access_key="x"
    )
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)))
    waiting.start()
    until(lambda: sleepers(platform) == 1)
    platform.stop()
    waiting.join(30)
    assert [("Messages" in answer) for answer in answers] == [False]
