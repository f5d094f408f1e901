"""A transaction with a stream of one shard."""

import pytest
from tests.unit.services.kinesis.conftest import ACCOUNT, KEY, REGION

from lambent.services.kinesis.engine import streams
from lambent.services.kinesis.engine.streams import NewStream

NOW = 1_767_225_600.0


@pytest.fixture
def tx(transaction_of):
    return transaction_of("kinesis")


@pytest.fixture
def make(tx):
    """``make(4)``: the stream "s" with four shards."""

    def stream(count=1, *, mode=None, now=NOW, **settings):
        streams.create(tx, ACCOUNT, REGION, NewStream("s", count, mode, settings, {}), now)
        return streams.find(tx, KEY)

    return stream
