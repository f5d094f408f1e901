"""A transaction on iam's tables."""

from collections.abc import Callable

import pytest

from lambent.store.database import Transaction


@pytest.fixture
def tx(transaction_of: Callable[[str], Transaction]) -> Transaction:
    return transaction_of("iam")
