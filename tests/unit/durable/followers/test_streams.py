"""What followers know of streams."""

from lambent.core.arn import Arn
from lambent.durable.followers import streams

KINESIS = Arn("kinesis", "us-east-1", "111111111111", "stream/s")
CONSUMER = Arn("kinesis", "us-east-1", "111111111111", "stream/s/consumer/c:1")


def test_a_consumer_names_its_stream():
    assert streams.is_consumer(CONSUMER)
    assert not streams.is_consumer(KINESIS)
    assert streams.stream_arn(CONSUMER) == str(KINESIS) == streams.stream_arn(KINESIS)


def test_a_consumer_needs_to_be_allowed_what_its_stream_needs_and_more():
    of_stream, of_consumer = dict(streams.needs(KINESIS)), dict(streams.needs(CONSUMER))
    assert of_stream["GetRecords"] == of_consumer["GetRecords"] == (str(KINESIS),)
    assert of_consumer.keys() - of_stream.keys() == {"DescribeStreamConsumer", "SubscribeToShard"}
