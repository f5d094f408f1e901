"""A transaction on events' tables, and rules and targets to put into it."""

from collections.abc import Callable
from typing import Any

import pytest

from lambent.core.context import Context, Scope
from lambent.services.events.engine import rules, targets
from lambent.services.events.engine.identifiers import BusName, RuleName
from lambent.services.events.engine.inputs import Event
from lambent.services.events.tables.rules import RuleRow
from lambent.store.database import Transaction

ACCOUNT = "111122223333"
SCOPE = Scope(ACCOUNT, "us-east-1")
BUS = BusName(SCOPE, "default")
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
CONTEXT = Context(
    account=ACCOUNT,
    region="us-east-1",
    request_id="r",
    principal_arn=f"arn:aws:iam::{ACCOUNT}:root",
    endpoint_url="http://localhost:4566",
)
PATTERN = '{"source":["shop"]}'


@pytest.fixture
def tx(transaction_of: Callable[[str], Transaction]) -> Transaction:
    return transaction_of("events")


def wish(name: str = "r", *, bus: BusName = BUS, **members: Any) -> RuleRow:
    given = {
        "pattern": PATTERN,
        "schedule": "",
        "state": "ENABLED",
        "description": "",
        "role_arn": "",
        "created_by": ACCOUNT,
        "tags": {},
    }
    return RuleRow(RuleName(bus, name), **{**given, **members})


@pytest.fixture
def rule(tx: Transaction) -> Callable[..., RuleName]:
    """``rule("r", {"Id": …, "Arn": …}, pattern=…)``."""

    def make(name: str = "r", *given: dict[str, Any], **members: Any) -> RuleName:
        _, row = rules.put(tx, wish(name, **members))
        if given:
            targets.put(tx, row.name, given)
        return row.name

    return make


def event(source: str = "shop", **members: Any) -> Event:
    document = {
        "version": "0",
        "id": "e1",
        "detail-type": "sold",
        "source": source,
        "account": ACCOUNT,
        "time": "2026-01-01T00:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:1", "arn:2"],
        "detail": {"price": 5, "name": 'a "b"', "tags": [{"k": "x"}, {"k": "y"}]},
    }
    return Event("e1", {**document, **members}, '{"the":"text"}', 1_767_225_601.5)
