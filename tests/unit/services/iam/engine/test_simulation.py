"""The rules of simulations."""

import json

import pytest

from lambent.lang.iam_policy import Decision, Kind, Principal, Source, parse
from lambent.services.iam.engine import simulation
from lambent.services.iam.engine.holdings import Held, Holdings
from lambent.services.iam.engine.simulation import Exclusion, Simulation
from lambent.services.iam.errors import InvalidInput

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/team/ada"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
SEND = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE}]})
DENY = SEND.replace("Allow", "Deny")


def simulated(*texts: str, resource_policy: str | None = None, owner: str = "") -> Simulation:
    sources = simulation.given_policies(texts) + simulation.given_resource_policy(resource_policy)
    return Simulation(Principal.of(USER), sources, {}, owner)


def test_without_a_resource_policy_only_the_callers_policies_are_asked():
    theirs = QUEUE.replace(ACCOUNT, "444455556666")
    request, verdict = simulated(SEND.replace(ACCOUNT, "444455556666")).judge("sqs:SendMessage", theirs)
    assert verdict.is_allowed
    assert not request.is_cross_account


def test_the_owner_of_a_resource_is_read_from_its_arn_or_given():
    policy = SEND.replace('"Resource"', '"Principal": "*", "Resource"').replace(QUEUE, "*")
    request, _ = simulated(resource_policy=policy, owner="444455556666").judge("s3:GetObject", "arn:aws:s3:::b/x")
    assert (request.resource_account, request.is_cross_account) == ("444455556666", True)
    request, verdict = simulated(resource_policy=policy, owner="444455556666").judge("sqs:SendMessage", QUEUE)
    assert (request.resource_account, verdict.is_allowed) == (ACCOUNT, True)


def test_of_several_decisions_the_most_restrictive_is_told():
    assert simulation.worst([Decision.ALLOWED, Decision.IMPLICIT_DENY]) is Decision.IMPLICIT_DENY
    assert simulation.worst([Decision.IMPLICIT_DENY, Decision.EXPLICIT_DENY]) is Decision.EXPLICIT_DENY


def test_the_statements_behind_the_worst_decision_are_told_once():
    both = simulated(SEND, DENY)
    verdicts = [both.judge("sqs:SendMessage", QUEUE)[1] for _ in range(2)]
    assert [match.source.id for match in simulation.deciding(verdicts)] == ["PolicyInputList.2"]
    allowed = simulated(SEND).judge("sqs:SendMessage", QUEUE)[1]
    denied = simulated(SEND).judge("sqs:SendMessage", "*")[1]
    assert simulation.deciding([allowed, denied]) == []


def test_what_is_known_of_a_caller_needs_no_context_entries():
    holdings = Holdings(USER, "AIDAEXAMPLE", {"Team": "blue"}, ())
    known = simulation.known_context(Principal.of(USER), 1_577_836_800.5, holdings)
    assert known == {
        "aws:principalarn": (USER,),
        "aws:principalaccount": (ACCOUNT,),
        "aws:principaltype": ("User",),
        "aws:principaltag/team": ("blue",),
        "aws:username": ("ada",),
        "aws:userid": ("AIDAEXAMPLE",),
        "aws:currenttime": ("2020-01-01T00:00:00Z",),
        "aws:epochtime": ("1577836800",),
    }


def test_of_another_caller_only_the_name_is_known():
    holdings = Holdings(USER, "AIDAEXAMPLE", {"Team": "blue"}, ())
    known = simulation.known_context(Principal.of(f"arn:aws:iam::{ACCOUNT}:role/worker"), 0, holdings)
    assert "aws:principaltag/team" not in known
    assert known["aws:principaltype"] == ("AssumedRole",)


def held(name: str, kind: Kind = Kind.IDENTITY, *, arn: str = "", holder: tuple[str, str] = ("", "")) -> Held:
    return Held(Source(kind, name, parse(SEND)), name, arn, holder)


BOUNDARY = held("bound", Kind.BOUNDARY, arn="arn:aws:iam::aws:policy/bound")
IDENTITY = (
    held("inline", holder=("role", "worker")),
    held("other", holder=("role", "worker")),
    held("aws", arn="arn:aws:iam::aws:policy/aws"),
    held("own", arn=f"arn:aws:iam::{ACCOUNT}:policy/team/own"),
)


@pytest.mark.parametrize(
    ("exclusion", "left"),
    [
        (Exclusion(type="inline"), ["aws", "own", "bound"]),
        (Exclusion(type="aws-managed"), ["inline", "other", "own", "bound"]),
        (Exclusion(type="user-managed"), ["inline", "other", "aws", "bound"]),
        (Exclusion(type="permission-boundary"), ["inline", "other", "aws", "own"]),
        (Exclusion(type="scp"), ["inline", "other", "aws", "own", "bound"]),
        (Exclusion(arn=f"arn:aws:iam::{ACCOUNT}:policy/team/o*"), ["inline", "other", "aws", "bound"]),
        (Exclusion(arn="arn:aws:iam::aws:policy/a?s"), ["inline", "other", "own", "bound"]),
        (Exclusion(inline=("role", "worker", "inline")), ["other", "aws", "own", "bound"]),
        (Exclusion(inline=("user", "worker", "inline")), ["inline", "other", "aws", "own", "bound"]),
    ],
)
def test_policies_are_left_out_by_type_by_arn_or_by_name(exclusion: Exclusion, left: list[str]):
    holdings = Holdings(USER, "AIDAEXAMPLE", {}, IDENTITY, BOUNDARY)
    assert [source.id for source in simulation.remaining(holdings, [exclusion])] == left


def test_an_identifier_with_several_stars_is_refused():
    holdings = Holdings(USER, "AIDAEXAMPLE", {}, IDENTITY)
    with pytest.raises(InvalidInput):
        simulation.remaining(holdings, [Exclusion(arn="arn:*:*")])


def test_without_exclusions_everything_is_left():
    holdings = Holdings(USER, "AIDAEXAMPLE", {}, IDENTITY, BOUNDARY, sources=(BOUNDARY.source,))
    assert simulation.remaining(holdings, []) is holdings.sources


def test_an_account_is_named_by_its_number_or_its_root():
    caller = Principal.of(USER)
    assert simulation.given_owner(None, caller) == ACCOUNT
    assert simulation.given_owner("444455556666", caller) == "444455556666"
    assert simulation.given_owner("arn:aws:iam::444455556666:root", caller) == "444455556666"
    with pytest.raises(InvalidInput):
        simulation.given_owner("4444", caller)


def test_context_keys_are_told_once_over_all_policies():
    text = SEND.replace(QUEUE, "arn:aws:sqs:::${aws:username}")
    policies = [parse(text), parse(text.replace("username", "UserName"))]
    assert simulation.context_keys(policies) == ["aws:username"]
