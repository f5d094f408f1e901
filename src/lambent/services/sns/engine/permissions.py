"""A topic's policy: AWS' default, statements by label, and whom of other accounts it lets do what.

https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from lambent.services.sns import errors
from lambent.services.sns.engine.identifiers import TopicName

POLICY_BYTES_MAX = 30_720
_ACCOUNT = re.compile(r"\d{12}")
_ACTIONS = (
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
)
_GRANTABLE = frozenset((*_ACTIONS, "Receive"))

Policy = dict[str, Any]


def default(topic: TopicName) -> Policy:
    """The owner's account may do everything."""
    return {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [f"SNS:{action}" for action in _ACTIONS],
                "Resource": topic.arn,
                "Condition": {"StringEquals": {"AWS:SourceOwner": topic.scope.account}},
            }
        ],
    }


def checked(text: str, where: str) -> str:
    """A policy as it is kept. ``where`` begins the errors' reason. Raises InvalidParameter."""
    if len(text.encode()) > POLICY_BYTES_MAX:
        raise errors.InvalidParameter(reason=f"{where}Policy is too long")
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise errors.InvalidParameter(reason=f"{where}Policy: failed to parse JSON. {error}") from None
    if not isinstance(policy, dict) or not policy.get("Statement"):
        raise errors.InvalidParameter(reason=f"{where}Policy Error: null")
    for statement in _listed(policy["Statement"]):
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            raise errors.InvalidParameter(reason=f"{where}Policy Error: null")
        actions = _listed(statement.get("Action", statement.get("NotAction", [])))
        if any(not isinstance(action, str) or not _is_ours(action) for action in actions):
            raise errors.InvalidParameter(reason=f"{where}Policy statement action out of service scope!")
    return text


def added(policy: Policy, topic: TopicName, label: str, accounts: Sequence[str], actions: Sequence[str]) -> Policy:
    """The policy with a statement more. Raises InvalidParameter."""
    if not label:
        raise errors.InvalidParameter(reason="Label")
    if any(statement.get("Sid") == label for statement in _listed(policy["Statement"])):
        raise errors.InvalidParameter(reason="Statement already exists")
    if not accounts or any(_ACCOUNT.fullmatch(account) is None for account in accounts):
        raise errors.InvalidParameter(reason="AWSAccountId")
    if not actions or any(action not in _GRANTABLE and action != "*" for action in actions):
        raise errors.InvalidParameter(reason="Policy statement action out of service scope!")
    statement = {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": _single([f"arn:aws:iam::{account}:root" for account in accounts])},
        "Action": _single([f"SNS:{action}" for action in actions]),
        "Resource": topic.arn,
    }
    return {**policy, "Statement": [*_listed(policy["Statement"]), statement]}


def removed(policy: Policy, label: str) -> Policy:
    """The policy without the statement of that label, which need not be there."""
    return {**policy, "Statement": [kept for kept in _listed(policy["Statement"]) if kept.get("Sid") != label]}


def is_granted(policy: Policy, *, account: str, principal_arn: str, action: str) -> bool:
    """Whether a principal of another account may do ``action`` ("Publish"). Only what can be known of a call is judged:
    a statement that asks for more grants nothing, and one that denies is taken to be meant."""
    statements = [one for one in _listed(policy.get("Statement", [])) if _is_about(one, account, principal_arn, action)]
    if any(statement["Effect"] == "Deny" for statement in statements):
        return False
    return any(_is_met(statement.get("Condition") or {}, account) for statement in statements)


def _is_about(statement: Mapping[str, Any], account: str, principal_arn: str, action: str) -> bool:
    patterns = [pattern.lower() for pattern in _listed(statement.get("Action", []))]
    if not any(fnmatchcase(f"sns:{action}".lower(), pattern) for pattern in patterns):
        return False
    principal = statement.get("Principal")
    named = _listed(principal.get("AWS", [])) if isinstance(principal, dict) else _listed(principal)
    return any(name in ("*", account, principal_arn, f"arn:aws:iam::{account}:root") for name in named)


def _is_met(condition: Mapping[str, Mapping[str, Any]], account: str) -> bool:
    keys = ("aws:sourceaccount", "aws:sourceowner", "aws:principalaccount")
    return all(
        operator.startswith("StringEquals") and key.lower() in keys and account in _listed(values)
        for operator, operands in condition.items()
        for key, values in operands.items()
    )


def _is_ours(action: str) -> bool:
    return action == "*" or action.lower().startswith("sns:")


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _single(values: Iterable[str]) -> str | list[str]:
    """AWS writes a list of one as the one."""
    listed = list(values)
    return listed[0] if len(listed) == 1 else listed
