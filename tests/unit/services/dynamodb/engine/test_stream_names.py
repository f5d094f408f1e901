"""ARNs of streams."""

import pytest

from lambent.services.dynamodb import stream_errors
from lambent.services.dynamodb.engine import stream_names
from lambent.services.dynamodb.engine.stream_names import StreamName

ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/songs/stream/2026-01-01T00:00:00.000"


def test_a_stream_is_what_its_arn_says():
    name = stream_names.parse(ARN)
    assert name == StreamName("111122223333", "eu-west-1", "songs", "2026-01-01T00:00:00.000")
    assert name.arn == ARN


@pytest.mark.parametrize(
    "arn", ["", "songs", ARN.replace("dynamodb", "kinesis"), ARN.partition("/stream")[0], ARN + "/x", ARN + "\n"]
)
def test_what_names_no_stream_is_refused(arn):
    with pytest.raises(stream_errors.InvalidStreamArn):
        stream_names.parse(arn)
