"""What followers know of streams: where reading may begin, what must be allowed, and how a consumer's ARN names its stream."""

from collections.abc import Iterator, Mapping

from lambent.core.arn import Arn

TRIM_HORIZON, LATEST, AT_TIMESTAMP = "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"
POSITIONS: Mapping[str, tuple[str, ...]] = {
    "kinesis": (TRIM_HORIZON, LATEST, AT_TIMESTAMP),
    "dynamodb": (TRIM_HORIZON, LATEST),
}
"""Where reading may begin, by the service that the stream's ARN names."""

AGE_S_MIN = 60
"""The least MaximumRecordAgeInSeconds, where there is any."""

MISSING = "PROBLEM: Stream not found: {arn}"

ACTIONS = {
    "kinesis": ("GetRecords", "GetShardIterator", "DescribeStream", "ListShards"),
    "dynamodb": ("GetRecords", "GetShardIterator", "DescribeStream"),
}
"""What a role must be allowed to do to a stream that is followed in its name."""
LIST_STREAMS = "ListStreams"
"""An action on no stream: policies allow it on "*", and AWS' own templates on the stream."""
CONSUMER_ACTIONS = ("DescribeStreamConsumer", "SubscribeToShard")

_CONSUMER = "/consumer/"


def stream_arn(source: Arn) -> str:
    """The stream itself, also where the source is a consumer of it."""
    return str(source).partition(_CONSUMER)[0]


def is_consumer(source: Arn) -> bool:
    return _CONSUMER in source.resource


def needs(source: Arn) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The actions that a role needs, each with the resources of which one is enough."""
    stream = stream_arn(source)
    yield from ((action, (stream,)) for action in ACTIONS[source.service])
    yield LIST_STREAMS, ("*", stream)
    if is_consumer(source):
        yield from ((action, (str(source),)) for action in CONSUMER_ACTIONS)
