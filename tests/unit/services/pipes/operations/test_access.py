"""What is asked before a pipe is accepted, and as whom."""

from typing import Any

import pytest
from tests.unit.services.pipes.engine.conftest import MACHINE, NAME, QUEUE, ROLE, STREAM

from lambent.core.clock import VirtualClock
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.durable.roles import Roles
from lambent.services.pipes import errors
from lambent.services.pipes.operations.access import Access

OTHERS = "444455556666"
CONTEXT = Context(NAME.scope.account, NAME.scope.region, "id", f"arn:aws:iam::{NAME.scope.account}:root", "")


class Missing(ServiceError):
    code, status, wording = "NoSuchEntity", 404, "not there"


class Asked:
    """Remembers as which account each operation of another service than iam was asked for."""

    def __init__(self) -> None:
        self.accounts: dict[str, str] = {}

    async def __call__(self, context: Context, service: str, operation: str, _: Any) -> Any:
        if service != "iam":
            self.accounts[operation] = context.account
        raise Missing()


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("GetQueueAttributes", {"Source": QUEUE.replace(NAME.scope.account, OTHERS)}),
        ("DescribeStateMachine", {"Source": STREAM, "Enrichment": MACHINE.replace(NAME.scope.account, OTHERS)}),
        ("ListShards", {"Source": STREAM.replace(NAME.scope.account, OTHERS)}),
    ],
)
async def test_what_belongs_to_others_is_asked_about_as_the_pipes_own_account(operation: str, members: dict[str, str]) -> None:
    asked, clock = Asked(), VirtualClock()
    access = Access(call=asked, roles=Roles(call=asked), clock=clock, needs_role=False)
    reading = {"KinesisStreamParameters": {"StartingPosition": "LATEST"}}
    settings = {"RoleArn": ROLE, "Target": QUEUE, "TargetParameters": {}, "SourceParameters": reading, **members}

    async def ask() -> None:
        await access.check(CONTEXT, NAME, settings)
        await access.starts(CONTEXT, settings)

    with pytest.raises(errors.ValidationException):
        await ask()
    assert asked.accounts == {operation: NAME.scope.account}
