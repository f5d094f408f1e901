"""The form of resources' policies, and statements that come and go."""

import json
from typing import Any

import pytest

from lambent.lang.iam_policy import InvalidPolicy, statements

OTHERS = ["444455556666", "777788889999"]


def statement(**changes: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage"} | changes


def test_statements_are_added_behind_and_removed_by_their_id():
    before = {"Version": "2008-10-17", "Statement": statement(Sid="first")}
    added = statements.for_accounts("second", OTHERS[:1], ["SQS:SendMessage"], "arn:aws:sqs:us-east-1:111122223333:q")
    after = statements.with_statement(before, added)
    assert [statements.has(after, sid) for sid in ("first", "second", "third")] == [True, True, False]
    assert after["Statement"][1] == {
        "Sid": "second",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
        "Action": "SQS:SendMessage",
        "Resource": "arn:aws:sqs:us-east-1:111122223333:q",
    }
    assert statements.without(after, "second") == {**before, "Statement": [statement(Sid="first")]}
    assert before["Statement"] == statement(Sid="first")


def test_several_accounts_and_actions_are_lists():
    added = statements.for_accounts("s", OTHERS, ["SQS:SendMessage", "SQS:ReceiveMessage"], "*")
    assert added["Principal"] == {"AWS": [f"arn:aws:iam::{account}:root" for account in OTHERS]}
    assert added["Action"] == ["SQS:SendMessage", "SQS:ReceiveMessage"]


def test_a_policy_is_written_without_blanks():
    assert statements.text_of({"Statement": [statement()]}) == json.dumps({"Statement": [statement()]}, separators=(",", ":"))


@pytest.mark.parametrize(
    ("text", "kind"), [("{", statements.NotJson), ("[" * 100_000, statements.NotJson), ("[]", InvalidPolicy)]
)
def test_what_is_no_object_is_no_policy(text: str, kind: type[InvalidPolicy]):
    with pytest.raises(InvalidPolicy) as refused:
        statements.read(text)
    assert type(refused.value) is kind


@pytest.mark.parametrize(
    "found",
    [
        [],
        "nonsense",
        ["nonsense"],
        statement(Effect="Perhaps"),
        statement(Principal=None),
        statement(Principal={}),
        statement(Principal={"Planet": "Mars"}),
        statement(Principal={"Service": "sns"}),
        statement(Principal={"AWS": [7]}),
        statement(Action=None),
        statement(Condition={"StringSortOf": {"a": "b"}}),
        [statement(Sid="s"), statement(Sid="s")],
    ],
)
def test_what_could_not_be_judged_is_refused(found: Any):
    with pytest.raises(InvalidPolicy):
        statements.check({"Statement": found}, service="sqs")


def test_actions_are_the_services_own():
    for action in ("*", "SQS:SendMessage", ["sqs:*"]):
        statements.check({"Statement": statement(Action=action)}, service="sqs")
    with pytest.raises(statements.OutOfScope):
        statements.check({"Statement": statement(Action=["sqs:*", "sns:Publish"])}, service="sqs")


@pytest.mark.parametrize(
    ("principal", "wrong"),
    [
        ("*", None),
        ({"AWS": ["*", "444455556666", "arn:aws:iam::444455556666:root", "AIDA0000000000000000"]}, None),
        ({"Service": ["sns.amazonaws.com"], "Federated": "x"}, None),
        ({"AWS": "nobody"}, ("AWS", "nobody")),
        ({"Service": "sns"}, ("Service", "sns")),
        ("everybody", ("", "")),
        ({"AWS": {}}, ("", "")),
    ],
)
def test_a_principal_must_be_one(principal: Any, wrong: tuple[str, str] | None):
    assert statements.wrong_principal(principal) == wrong
