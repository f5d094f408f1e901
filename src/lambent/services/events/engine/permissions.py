"""A bus' policy: statements by id, and whom of other accounts it lets do what.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html
"""

import json
from collections.abc import Mapping
from typing import Any

from lambent.lang import iam_policy
from lambent.lang.iam_policy import Decision, Kind, Principal, Request, Source
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
        "Principal": "*" if principal == "*" else {"AWS": f"arn:aws:iam::{principal}:root"},
        "Action": parameters["Action"],
        "Resource": bus.arn,
    }
    condition = parameters.get("Condition")
    if condition:
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    kept = [one for one in _statements(policy) if one.get("Sid") != sid]
    return checked(_text([*kept, statement]))


def removed(policy: str, statement_id: str) -> str:
    """The policy without a statement; empty where it was the last. Raises ResourceNotFound."""
    if not policy:
        raise errors.ResourceNotFound(reason="EventBus does not have a policy.")
    statements = _statements(policy)
    kept = [one for one in statements if one.get("Sid") != statement_id]
    if len(kept) == len(statements):
        raise errors.ResourceNotFound(reason="Statement with the provided id does not exist.")
    return _text(kept) if kept else ""


def is_granted(policy: str, bus: BusName, *, principal_arn: str, action: str) -> bool:
    """Whether the policy lets a principal of another account do ``action`` ("PutEvents")."""
    if not policy:
        return False
    request = Request(Principal.of(principal_arn), f"events:{action}", bus.arn, resource_account=bus.scope.account)
    verdict = iam_policy.evaluate(request, [Source(Kind.RESOURCE, bus.name, iam_policy.parse(policy))])
    return verdict.by_kind.get(Kind.RESOURCE) is Decision.ALLOWED


def _statements(policy: str) -> list[dict[str, Any]]:
    if not policy:
        return []
    found = json.loads(policy)["Statement"]
    return list(found) if isinstance(found, list) else [found]


def _text(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
