"""A transaction on sns' tables, and topics and subscriptions to put into it."""

from collections.abc import Callable
from typing import Any

import pytest

from lambent.core.context import Context, Scope
from lambent.services.sns.engine import subscriptions, topics
from lambent.services.sns.engine.identifiers import TopicName
from lambent.services.sns.engine.subscriptions import Wish
from lambent.services.sns.tables.subscriptions import SubscriptionRow
from lambent.store.database import Transaction

ACCOUNT = "111122223333"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
CONTEXT = Context(
    account=ACCOUNT,
    region="us-east-1",
    request_id="r",
    principal_arn=f"arn:aws:iam::{ACCOUNT}:root",
    endpoint_url="http://localhost:4566",
)


@pytest.fixture
def tx(transaction_of: Callable[[str], Transaction]) -> Transaction:
    return transaction_of("sns")


@pytest.fixture
def topic(tx: Transaction) -> TopicName:
    name = TopicName(Scope(ACCOUNT, "us-east-1"), "orders")
    topics.create(tx, name, {}, None)
    return name


@pytest.fixture
def fifo(tx: Transaction) -> TopicName:
    name = TopicName(Scope(ACCOUNT, "us-east-1"), "orders.fifo")
    topics.create(tx, name, {"FifoTopic": "true"}, None)
    return name


@pytest.fixture
def subscribe(tx: Transaction) -> Callable[..., SubscriptionRow]:
    """``subscribe(topic, "sqs", QUEUE, FilterPolicy=…)``."""

    def make(topic: TopicName, protocol: str = "sqs", endpoint: str = QUEUE, *, now: float = 0.0, **attributes: str) -> Any:
        return subscriptions.subscribe(tx, Wish(topic, protocol, endpoint, attributes, ACCOUNT, CONTEXT.principal_arn), now)

    return make
