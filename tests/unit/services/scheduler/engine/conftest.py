"""A transaction on scheduler's tables, and schedules to put into it."""

from collections.abc import Callable
from typing import Any

import pytest

from lambent.core.context import Context, Scope
from lambent.services.scheduler.engine.identifiers import GroupName, ScheduleName
from lambent.services.scheduler.engine.targets import completed
from lambent.services.scheduler.tables.schedules import ScheduleRow
from lambent.store.database import Transaction

ACCOUNT = "111122223333"
SCOPE = Scope(ACCOUNT, "us-east-1")
GROUP = GroupName(SCOPE)
NAME = ScheduleName(GROUP, "s")
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/path/r"
NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z
SERVICES = frozenset({"sqs", "sns", "lambda", "events", "kinesis", "stepfunctions", "logs"})
CONTEXT = Context(
    account=ACCOUNT,
    region="us-east-1",
    request_id="7a4c22d1-0000-4000-8000-000000000000",
    principal_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s",
    endpoint_url="http://localhost:4566",
    source_arn=NAME.arn,
)


@pytest.fixture
def tx(transaction_of: Callable[[str], Transaction]) -> Transaction:
    return transaction_of("scheduler")


def target(arn: str = QUEUE, **members: Any) -> dict[str, Any]:
    return completed({"Arn": arn, "RoleArn": ROLE, **members})


def settings(expression: str = "rate(1 hour)", *, of: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """What a schedule keeps; ``of``: its target."""
    return {
        "ScheduleExpression": expression,
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "NONE",
        "Target": of or target(),
        **members,
    }


def row(expression: str = "rate(1 hour)", *, state: str = "ENABLED", **members: Any) -> ScheduleRow:
    return ScheduleRow(NAME, state, settings(expression, **members), NOW, NOW, NOW)
