"""A bus' policy: statements by id, and whom of other accounts it lets do what.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html
"""

from collections.abc import Mapping
from typing import Any

from lambent.lang import iam_policy
from lambent.lang.iam_policy import statements
from lambent.services.events import errors
from lambent.services.events.engine.identifiers import BusName

POLICY_BYTES_MAX = 10_240
ACTIONS = ("events:PutEvents",)  # what PutPermission can grant; a whole policy may say more


def checked(text: str) -> str:
    """A policy as it is kept. Raises ValidationException, PolicyLengthExceeded."""
    if len(text.encode()) > POLICY_BYTES_MAX:
        raise errors.PolicyLengthExceeded(bytes_max=POLICY_BYTES_MAX)
    try:
        iam_policy.parse(text)
    except iam_policy.InvalidPolicy as error:
        raise errors.ValidationException(reason=f"Parameter Policy is not valid. Reason: {error.reason}") from None
    return text


def added(policy: str, bus: BusName, parameters: Mapping[str, Any]) -> str:
    """The policy with a statement more, in place of one of the same id. Raises ValidationException, PolicyLengthExceeded."""
    missing = [name for name in ("Action", "Principal", "StatementId") if not parameters.get(name)]
    if missing:
        raise errors.ValidationException(reason=f"Parameter(s) {', '.join(missing)} must be specified.")
    if parameters["Action"] not in ACTIONS:
        raise errors.ValidationException(reason="Provided value in parameter 'action' is not supported.")
    principal, sid = parameters["Principal"], parameters["StatementId"]
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else {"AWS": statements.root_of(principal)},
        "Action": parameters["Action"],
        "Resource": bus.arn,
    }
    condition = parameters.get("Condition")
    if condition:
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    return checked(statements.text_of(statements.with_statement(statements.without(_document(policy), sid), statement)))


def removed(policy: str, statement_id: str) -> str:
    """The policy without a statement; empty where it was the last. Raises ResourceNotFound."""
    if not policy:
        raise errors.ResourceNotFound(reason="EventBus does not have a policy.")
    document = _document(policy)
    if not statements.has(document, statement_id):
        raise errors.ResourceNotFound(reason="Statement with the provided id does not exist.")
    left = statements.without(document, statement_id)
    return statements.text_of(left) if left["Statement"] else ""


def _document(policy: str) -> statements.Document:
    return statements.read(policy) if policy else {"Version": "2012-10-17", "Statement": []}
