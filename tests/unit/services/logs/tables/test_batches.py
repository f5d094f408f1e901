"""How batches are found: by an index that has them in the order of the answer."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from lambent.services.logs.tables import batches
from lambent.store.schema import schema_of


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as opened:
        opened.executescript(schema_of("lambent.services.logs").sql)
        yield opened


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (batches.LIST_FORWARD, "log_batches_of_group (group_id=? AND first_ms>? AND first_ms<?)"),
        (batches.LIST_BACKWARD, "log_batches_of_group (group_id=? AND first_ms>? AND first_ms<?)"),
        (batches.LIST_FORWARD_OF_STREAM, "log_batches_of_stream (stream_id=? AND first_ms>? AND first_ms<?)"),
        (batches.LIST_BACKWARD_OF_STREAM, "log_batches_of_stream (stream_id=? AND first_ms>? AND first_ms<?)"),
        (batches.LIST_EXPIRED, "log_batches_of_group (group_id=? AND first_ms<?)"),
        (batches.DELETE_BATCHES_OF_STREAM, "log_batches_of_stream (stream_id=?)"),
        (batches.SUM_BYTES_OF_STREAM, "log_batches_of_stream (stream_id=?)"),
    ],
)
def test_a_search_goes_along_one_index_and_sorts_nothing(connection, statement, index):
    plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", [0] * statement.count("?")).fetchall()
    assert [step[3] for step in plan] == [f"SEARCH log_batches USING INDEX {index}"]
