"""What a pipe's dead-letter target is told."""

import json

from tests.unit.services.pipes.engine.conftest import NAME, NOW, QUEUE, STREAM, TOPIC

from lambent.core.arn import Arn
from lambent.durable.followers.consumer import Failure
from lambent.durable.followers.failures import GivenUp
from lambent.durable.followers.stream_records import Entry
from lambent.services.pipes.engine import failure_records
from lambent.services.pipes.engine.events import PIPE_DIALECTS

GIVEN_UP = GivenUp(
    "s0", STREAM, [Entry("1", NOW, NOW, b"x")], Failure("RecordAgeExceeded", 0, "id", NOW), PIPE_DIALECTS["kinesis"]
)


def test_a_queue_and_a_topic_are_told_the_same():
    queue, topic = Arn.parse(QUEUE), Arn.parse(TOPIC)
    assert queue is not None
    assert topic is not None
    service, operation, parameters = failure_records.call(queue, NAME.arn, GIVEN_UP, endpoint_url="http://localhost")
    assert (service, operation) == ("sqs", "SendMessage")
    told = json.loads(parameters["MessageBody"])
    assert list(told) == ["context", "version", "timestamp", "KinesisBatchInfo"]
    assert told["context"] == {"partnerResourceArn": NAME.arn, "condition": "RecordAgeExceeded"}
    service, operation, parameters = failure_records.call(topic, NAME.arn, GIVEN_UP, endpoint_url="http://localhost")
    assert (service, operation, json.loads(parameters["Message"])) == ("sns", "Publish", told)
