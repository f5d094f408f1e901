"""A message is in exactly one place at every instant, also across kill -9 at any instant."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tests.lives import ACCOUNT, Life, living

ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT}"


def make(sqs: Any, name: str, **attributes: Any) -> str:
    url: str = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "0"} | attributes)["QueueUrl"]
    return url


def drained(sqs: Any, url: str) -> list[str]:
    """All bodies of a queue, by hiding and never showing them again."""
    found: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600).get("Messages"):
        found += [message["Body"] for message in messages]
    return sorted(found, key=int)


def test_what_was_sent_is_there_and_what_was_deleted_is_not(tmp_path: Path) -> None:
    with living(tmp_path) as life:
        sqs = life.client("sqs")
        url = make(sqs, "q")
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": str(n)} for n in range(10)])
        sqs.send_message(QueueUrl=url, MessageBody="10" + " " * 5_000)
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=3, VisibilityTimeout=600)["Messages"]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        held = sqs.receive_message(QueueUrl=url, VisibilityTimeout=600)["Messages"][0]
    with living(tmp_path) as life:
        sqs = life.client("sqs")
        url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert counts["ApproximateNumberOfMessages"] == "7"
        assert counts["ApproximateNumberOfMessagesNotVisible"] == "1"
        sqs.delete_message(QueueUrl=url, ReceiptHandle=held["ReceiptHandle"])  # the handle is still good
        assert len(drained(sqs, url)) == 7


@pytest.mark.parametrize("delay_s", [0.05, 0.2, 0.45])
def test_no_acknowledged_message_is_lost_and_none_doubled_when_the_platform_dies_under_load(
    tmp_path: Path, delay_s: float
) -> None:
    acknowledged: list[int] = []
    with living(tmp_path) as life:
        url = make(life.client("sqs"), "q")
        senders = [threading.Thread(target=send_until_it_dies, args=(life, url, first, acknowledged)) for first in range(4)]
        for sender in senders:
            sender.start()
        threading.Event().wait(delay_s)
        life.kill()
        for sender in senders:
            sender.join()
    with living(tmp_path) as life:
        sqs = life.client("sqs")
        found = drained(sqs, sqs.get_queue_url(QueueName="q")["QueueUrl"])
    assert set(found) >= {str(number) for number in acknowledged}
    assert len(found) == len(set(found)), "a message is there twice"
    assert len(found) <= len(acknowledged) + len(senders), "each sender had at most one request under way"


def send_until_it_dies(life: Life, url: str, first: int, acknowledged: list[int]) -> None:
    sqs = life.client("sqs")
    for number in range(first, 100_000, 4):
        try:
            sqs.send_message(QueueUrl=url, MessageBody=str(number))
        except (BotoCoreError, ClientError):
            return
        acknowledged.append(number)


@pytest.mark.parametrize("delay_s", [0.02, 0.1, 0.25])
def test_a_dead_letter_is_in_one_of_its_two_queues_when_the_platform_dies_while_they_move(
    tmp_path: Path, delay_s: float
) -> None:
    with living(tmp_path) as life:
        sqs = life.client("sqs")
        make(sqs, "dead")
        policy = json.dumps({"deadLetterTargetArn": f"{ARN}:dead", "maxReceiveCount": 1})
        url = make(sqs, "source", RedrivePolicy=policy)
        for start in range(0, 200, 10):
            entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(start, start + 10)]
            sqs.send_message_batch(QueueUrl=url, Entries=entries)
        mover = threading.Thread(target=receive_until_it_dies, args=(life, url))
        mover.start()
        threading.Event().wait(delay_s)
        life.kill()
        mover.join()
    with living(tmp_path) as life:
        sqs = life.client("sqs")
        sqs.set_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName="source")["QueueUrl"], Attributes={"RedrivePolicy": ""})
        places = [drained(sqs, sqs.get_queue_url(QueueName=name)["QueueUrl"]) for name in ("source", "dead")]
    assert sorted(places[0] + places[1], key=int) == [str(number) for number in range(200)]


def receive_until_it_dies(life: Life, url: str) -> None:
    sqs = life.client("sqs")
    try:
        while True:
            sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    except (BotoCoreError, ClientError):
        return


def test_a_move_task_goes_on_in_the_next_life(tmp_path: Path) -> None:
    with living(tmp_path) as life:
        sqs = life.client("sqs")
        dead, back = make(sqs, "dead"), make(sqs, "back")
        make(sqs, "source", RedrivePolicy=json.dumps({"deadLetterTargetArn": f"{ARN}:dead", "maxReceiveCount": 1}))
        sqs.send_message_batch(QueueUrl=dead, Entries=[{"Id": str(n), "MessageBody": str(n)} for n in range(6)])
        ask = {"SourceArn": f"{ARN}:dead", "DestinationArn": f"{ARN}:back", "MaxNumberOfMessagesPerSecond": 3}
        sqs.start_message_move_task(**ask)
    with living(tmp_path) as life:
        sqs = life.client("sqs")
        until = time.monotonic() + 30
        while sqs.list_message_move_tasks(SourceArn=f"{ARN}:dead")["Results"][0]["Status"] == "RUNNING":
            assert time.monotonic() < until
        assert drained(sqs, sqs.get_queue_url(QueueName=back.rpartition("/")[2])["QueueUrl"]) == [str(n) for n in range(6)]
        assert drained(sqs, sqs.get_queue_url(QueueName="dead")["QueueUrl"]) == []
