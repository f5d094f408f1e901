"""A row as typed values."""

from lambent.services.sqs.engine.queue import Redrive, changed_topic, of_row, redrive_of
from lambent.services.sqs.tables.queues import QueueRow


def row(name: str = "q", **attributes: str) -> QueueRow:
    return QueueRow("111122223333", "us-east-1", 1, name, 7, 0.0, 0.0, 0.0, attributes, {})


def test_a_queue_that_was_told_nothing_has_the_defaults():
    queue = of_row(row())
    assert (queue.visibility_timeout_s, queue.delay_s, queue.wait_s) == (30, 0, 0)
    assert (queue.retention_s, queue.message_bytes_max) == (345_600, 1_048_576)
    assert (queue.is_fifo, queue.redrive, queue.backlog_id) == (False, None, 7)
    assert queue.arn == "arn:aws:sqs:us-east-1:111122223333:q"
    assert queue.topic == f"sqs.messages/{queue.arn}"


def test_attributes_become_values():
    queue = of_row(row("q.fifo", DelaySeconds="5", ContentBasedDeduplication="true", DeduplicationScope="messageGroup"))
    assert (queue.is_fifo, queue.delay_s, queue.deduplicates_by_content, queue.deduplicates_by_group) == (True, 5, True, True)
    assert queue.sent_until(400_000.0) == 54_400.0


def test_a_redrive_policy_becomes_a_target_and_a_count():
    policy = '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:dead","maxReceiveCount":3}'
    redrive = redrive_of(policy)
    assert isinstance(redrive, Redrive)
    assert (redrive.dead_letter.resource, redrive.receives_max) == ("dead", 3)
    assert redrive_of("") is None


def test_a_change_has_a_topic_of_its_own():
    assert changed_topic("1", "r", "q") == "sqs.queue/1/r/q"
