"""A topic's policy: AWS' default, statements by label, and whom of other accounts it lets do what.

https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
"""

from collections.abc import Sequence

from lambent.lang.iam_policy import InvalidPolicy, statements
from lambent.lang.iam_policy.statements import Document
from lambent.services.sns import errors
from lambent.services.sns.engine.identifiers import TopicName

POLICY_BYTES_MAX = 30_720
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


def default(topic: TopicName) -> Document:
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
        statements.check(statements.read(text), service="sns")
    except statements.NotJson as error:
        raise errors.InvalidParameter(reason=f"{where}Policy: {error.reason}") from error
    except statements.OutOfScope as error:
        raise errors.InvalidParameter(reason=f"{where}Policy statement action out of service scope!") from error
    except InvalidPolicy as error:
        raise errors.InvalidParameter(reason=f"{where}Policy Error: null") from error
    return text


def added(policy: Document, topic: TopicName, label: str, accounts: Sequence[str], actions: Sequence[str]) -> Document:
    """The policy with a statement more. Raises InvalidParameter."""
    if not label:
        raise errors.InvalidParameter(reason="Label")
    if statements.has(policy, label):
        raise errors.InvalidParameter(reason="Statement already exists")
    if not accounts or any(statements.ACCOUNT.fullmatch(account) is None for account in accounts):
        raise errors.InvalidParameter(reason="AWSAccountId")
    if not actions or any(action not in _GRANTABLE and action != "*" for action in actions):
        raise errors.InvalidParameter(reason="Policy statement action out of service scope!")
    statement = statements.for_accounts(label, accounts, [f"SNS:{action}" for action in actions], topic.arn)
    return statements.with_statement(policy, statement)
