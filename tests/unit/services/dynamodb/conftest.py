"""A transaction in which dynamodb's tables are, and a table with a stream in it."""

from collections.abc import Callable

import pytest
from tests.unit.services.dynamodb.streamed import Streamed

from lambent.store.database import Transaction


@pytest.fixture
def tx(transaction_of: Callable[[str], Transaction]) -> Transaction:
    return transaction_of("dynamodb")


@pytest.fixture
def streamed(tx: Transaction) -> Streamed:
    """A table whose stream tells both images."""
    return Streamed(tx, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})


@pytest.fixture
def unstreamed(tx: Transaction) -> Streamed:
    """A table without a stream."""
    return Streamed(tx)
