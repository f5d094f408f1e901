"""What an execution role may do is asked of iam, in the role's account."""

from typing import ClassVar

import pytest

from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Parameters, Reply
from lambent.durable.roles import Roles

CONTEXT = Context("111122223333", "us-east-1", "request", "arn:aws:iam::111122223333:root", "http://localhost:4566")
ROLE = "arn:aws:iam::444455556666:role/team/worker"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:queue"


class Refusal(ServiceError):
    code: ClassVar[str] = "NoSuchEntity"


class Failure(ServiceError):
    pass


class FakeIam:
    """Answers with a decision, or raises an error."""

    def __init__(self, answer: str | ServiceError) -> None:
        self._answer = answer
        self.asked: list[tuple[str, str, str, Parameters]] = []

    async def __call__(self, context: Context, service: str, operation: str, parameters: Parameters) -> Reply:
        self.asked.append((context.account, service, operation, parameters))
        if isinstance(self._answer, ServiceError):
            raise self._answer
        return {"EvaluationResults": [{"EvalDecision": self._answer}]}


async def test_a_role_is_judged_by_iam_in_its_own_account():
    iam = FakeIam("allowed")
    assert await Roles(call=iam).allows(CONTEXT, ROLE, "sqs:SendMessage", QUEUE)
    parameters = {"PolicySourceArn": ROLE, "ActionNames": ["sqs:SendMessage"], "ResourceArns": [QUEUE]}
    assert iam.asked == [("444455556666", "iam", "SimulatePrincipalPolicy", parameters)]


@pytest.mark.parametrize("decision", ["implicitDeny", "explicitDeny"])
async def test_what_is_denied_is_not_allowed(decision: str):
    assert not await Roles(call=FakeIam(decision)).allows(CONTEXT, ROLE, "sqs:SendMessage", QUEUE)


async def test_a_role_that_iam_does_not_know_is_not_judged():
    assert await Roles(call=FakeIam(Refusal())).allows(CONTEXT, ROLE, "sqs:SendMessage", QUEUE)


async def test_another_error_of_iam_is_no_answer():
    with pytest.raises(Failure):
        await Roles(call=FakeIam(Failure())).allows(CONTEXT, ROLE, "sqs:SendMessage", QUEUE)
