"""A transaction on the tables of pipes, and what pipes lead from and to."""

from collections.abc import Callable
from typing import Any

import pytest

from lambent.core.context import Scope
from lambent.services.pipes.engine.identifiers import PipeName
from lambent.store.database import Transaction

ACCOUNT = "111122223333"
SCOPE = Scope(ACCOUNT, "us-east-1")
NAME = PipeName(SCOPE, "p")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
FIFO = f"{QUEUE}.fifo"
STREAM = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t/stream/2026-01-01T00:00:00.000"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
MACHINE = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m"
BUS = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/b"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:t"
GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/g/h:*"
NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z


@pytest.fixture
def tx(transaction_of: Callable[[str], Transaction]) -> Transaction:
    return transaction_of("pipes")


def message(body: str = "{}", **members: Any) -> dict[str, Any]:
    """A record of a queue."""
    return {"messageId": "m1", "body": body, "eventSource": "aws:sqs", **members}
