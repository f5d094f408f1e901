"""What followers know of queues."""

from lambent.core.arn import Arn
from lambent.durable.followers import queues

FIFO = Arn("sqs", "us-east-1", "111111111111", "q.fifo")


def test_a_window_that_the_visibility_timeout_does_not_cover_hides_messages_longer():
    assert queues.gathered_visibility_s(0, 60, 30) == 30
    assert queues.gathered_visibility_s(20, 10, 30) == 30
    assert queues.gathered_visibility_s(21, 10, 30) == 61


def test_a_queue_url_names_account_and_queue():
    assert queues.queue_url(FIFO).endswith("/111111111111/q.fifo")
