"""A transaction on s3's tables with one bucket in it."""

from collections.abc import Callable

import pytest

from lambent.services.s3.engine import buckets
from lambent.services.s3.tables.buckets import Bucket
from lambent.store.database import Transaction

ACCOUNT = "111122223333"


@pytest.fixture
def tx(transaction_of: Callable[[str], Transaction]) -> Transaction:
    return transaction_of("s3")


@pytest.fixture
def bucket(tx: Transaction) -> Bucket:
    return buckets.create(tx, ACCOUNT, "things", location="us-east-1", now=1.0)
