"""The modes of --auth."""

from typing import Any

import pytest

from lambent.core.clock import VirtualClock
from lambent.core.context import Context
from lambent.core.errors import ServiceError, StartupError
from lambent.core.ports import Attempt, Denial
from lambent.gateway.authenticate import Identity
from lambent.gateway.authorize import Policies, check_mode, guard_of, policies_of, refusal
from lambent.gateway.needs import Need
from lambent.wire import models
from lambent.wire.route import Route

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/ada"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
IMPLICIT = Denial("identity-based policy", is_explicit=False)


class FakeJudge:
    def __init__(self, **denials: Denial) -> None:
        self.attempts: list[Attempt] = []
        self._denials = denials

    async def denial(self, attempt: Attempt) -> Denial | None:
        self.attempts.append(attempt)
        return self._denials.get(attempt.action.partition(":")[2])


class Keeper:
    """A service that knows one queue."""

    async def resource_policy(self, arn: str) -> str | None:
        return "its policy" if arn == QUEUE else ""


def policies(judge: FakeJudge) -> Policies:
    return Policies(judge=judge, keepers={"sqs": Keeper(), "s3": object()}, clock=VirtualClock(1_577_836_800))


async def ask(judge: FakeJudge, service: str, operation: str, *, arn: str = USER, **parameters: Any) -> None:
    context = Context(ACCOUNT, "us-east-1", "request", arn, "http://localhost:4566", source_ip="127.0.0.9", user_agent="x/1")
    identity = Identity(ACCOUNT, "us-east-1", arn, "AKIA", "{}", ("arn:aws:iam::aws:policy/p",))
    model = models.service(service)
    route = Route(operation=model.operation(operation), protocol=model.protocol, labels={})
    await policies(judge).check(context, identity, route, parameters)


@pytest.mark.parametrize("auth", ["open", "signed"])
def test_who_is_let_in_may_do_everything(auth: str) -> None:
    check_mode(auth)
    assert policies_of(auth, judge=FakeJudge(), keepers={}, clock=VirtualClock()) is None


def test_with_iam_policies_are_asked() -> None:
    assert policies_of("iam", judge=FakeJudge(), keepers={}, clock=VirtualClock()) is not None


def test_a_mode_that_there_is_not_is_refused_at_start() -> None:
    with pytest.raises(StartupError, match="open, signed, iam"):
        check_mode("none")


async def test_the_root_of_an_account_may_do_everything() -> None:
    judge = FakeJudge(ListFunctions=IMPLICIT)
    await ask(judge, "lambda", "ListFunctions", arn=f"arn:aws:iam::{ACCOUNT}:root")
    assert judge.attempts == []


async def test_the_judge_is_told_all_that_is_known_of_the_request() -> None:
    judge = FakeJudge()
    await ask(judge, "lambda", "ListFunctions")
    [attempt] = judge.attempts
    assert (attempt.principal_arn, attempt.action, attempt.resource) == (USER, "lambda:ListFunctions", "*")
    assert (attempt.session_policy, attempt.session_policy_arns) == ("{}", ("arn:aws:iam::aws:policy/p",))
    assert (attempt.keys["aws:SourceIp"], attempt.keys["aws:UserAgent"]) == ("127.0.0.9", "x/1")
    assert attempt.keys["aws:CurrentTime"] == "2020-01-01T00:00:00Z"


async def test_all_that_an_operation_needs_must_be_allowed() -> None:
    judge = FakeJudge(PassRole=IMPLICIT)
    role = f"arn:aws:iam::{ACCOUNT}:role/worker"
    with pytest.raises(ServiceError) as refused:
        await ask(judge, "lambda", "CreateFunction", FunctionName="f", Role=role, Code={})
    assert refused.value.message == (
        f"User: {USER} is not authorized to perform: iam:PassRole on resource: {role}"
        " because no identity-based policy allows the iam:PassRole action"
    )


@pytest.mark.parametrize(
    ("service", "protocol", "action", "code", "status", "spelt"),
    [
        ("lambda", "rest-json", "lambda:InvokeFunction", "AccessDeniedException", 403, "lambda:InvokeFunction"),
        ("logs", "json", "logs:GetLogEvents", "AccessDeniedException", 400, "logs:GetLogEvents"),
        ("iam", "query", "iam:GetUser", "AccessDenied", 403, "iam:GetUser"),
        ("sqs", "json", "sqs:SendMessage", "AccessDenied", 403, "sqs:sendmessage"),
        ("sqs", "query", "sqs:SendMessage", "AccessDenied", 403, "sqs:sendmessage"),
        ("sns", "query", "sns:Publish", "AuthorizationError", 403, "SNS:Publish"),
    ],
)
def test_a_denial_has_the_form_of_its_service(
    service: str, protocol: str, action: str, code: str, status: int, spelt: str
) -> None:
    error = refusal(USER, service, protocol, Need(action, QUEUE), IMPLICIT)
    assert (error.code, error.status) == (code, status)
    assert error.message == (
        f"User: {USER} is not authorized to perform: {spelt} on resource: {QUEUE}"
        f" because no identity-based policy allows the {spelt} action"
    )


def test_s3_puts_its_resources_in_quotes() -> None:
    error = refusal(USER, "s3", "rest-xml", Need("s3:GetObject", "arn:aws:s3:::b/k"), IMPLICIT)
    assert (error.code, error.status) == ("AccessDenied", 403)
    assert 'on resource: "arn:aws:s3:::b/k" because' in error.message


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("identity-based policy", "with an explicit deny in an identity-based policy"),
        ("permissions boundary", "with an explicit deny in a permissions boundary"),
        ("session policy", "with an explicit deny in a session policy"),
    ],
)
def test_an_explicit_denial_says_where_it_stands(policy: str, words: str) -> None:
    error = refusal(USER, "iam", "query", Need("iam:GetUser", USER), Denial(policy, is_explicit=True))
    assert error.message.endswith(words)


async def test_what_a_resource_says_of_who_may_use_it_is_judged_too() -> None:
    judge = FakeJudge()
    await ask(judge, "sqs", "SendMessage", QueueUrl=f"http://localhost:4566/{ACCOUNT}/orders")
    await ask(judge, "sqs", "SendMessage", QueueUrl=f"http://localhost:4566/{ACCOUNT}/other")
    await ask(judge, "sqs", "ListQueues")
    await ask(judge, "s3", "GetObject", Bucket="b", Key="k")
    assert [attempt.resource_policy for attempt in judge.attempts] == ["its policy", "", None, None]


async def test_a_service_is_judged_for_the_resource_that_it_acts_for() -> None:
    judge = FakeJudge(SendMessage=Denial("resource-based policy", is_explicit=False))
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:news"
    context = Context(ACCOUNT, "us-east-1", "request", "sns.amazonaws.com", "http://localhost:4566", source_arn=topic)
    with pytest.raises(ServiceError, match="because no resource-based policy allows the sqs:sendmessage action"):
        await policies(judge).check_service(
            context, "sqs", "SendMessage", {"QueueUrl": f"http://localhost:4566/{ACCOUNT}/orders"}
        )
    [attempt] = judge.attempts
    assert (attempt.principal_arn, attempt.keys["aws:SourceArn"]) == ("sns.amazonaws.com", topic)
    assert attempt.resource_policy == "its policy"


def service(source_account: str) -> Context:
    source = f"arn:aws:events:us-east-1:{source_account}:rule/r"
    return Context(ACCOUNT, "us-east-1", "request", "events.amazonaws.com", "http://localhost:4566", source_arn=source)


@pytest.mark.parametrize(
    ("auth", "source_account", "is_judged"),
    [
        ("open", ACCOUNT, False),
        ("open", "444455556666", True),
        ("signed", ACCOUNT, False),
        ("signed", "444455556666", True),
        ("signed", "", True),
        ("iam", ACCOUNT, True),
        ("iam", "444455556666", True),
    ],
)
async def test_between_accounts_a_service_is_judged_whatever_the_mode(auth: str, source_account: str, is_judged: bool) -> None:
    judge = FakeJudge()
    guard = guard_of(auth, judge=judge, keepers={"sqs": Keeper()}, clock=VirtualClock())
    asked = guard(service(source_account), "sqs", "SendMessage", {"QueueUrl": f"http://localhost:4566/{ACCOUNT}/orders"})
    if asked is not None:
        await asked
    assert bool(judge.attempts) is is_judged


@pytest.mark.parametrize(("source_account", "is_judged"), [(ACCOUNT, False), ("444455556666", True)])
async def test_what_can_have_no_policy_needs_give_no_leave_within_its_account(source_account: str, is_judged: bool) -> None:
    judge = FakeJudge()
    given = {"logGroupName": "/news", "logStreamName": "s", "logEvents": []}
    await policies(judge).check_service(service(source_account), "logs", "PutLogEvents", given)
    assert bool(judge.attempts) is is_judged
