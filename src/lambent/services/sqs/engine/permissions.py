"""AddPermission and RemovePermission: statements of the queue's policy, known by their labels.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
"""

import re
from collections.abc import Sequence

from lambent.core.clock import Instant
from lambent.lang.iam_policy import statements
from lambent.lang.iam_policy.statements import Document
from lambent.services.sqs import errors
from lambent.services.sqs.engine import queues
from lambent.services.sqs.engine.queue import Queue
from lambent.services.sqs.tables import queues as rows
from lambent.store.database import Transaction

ACTIONS_MAX = 7
STATEMENTS_MAX = 20
SHARED = (
    *("*", "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"),
    *("GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue"),
)
"""What may be allowed to others; the rest is the owner's."""

OWNERS = (
    *("AddPermission", "CancelMessageMoveTask", "CreateQueue", "DeleteQueue", "ListMessageMoveTasks", "ListQueues"),
    *("ListQueueTags", "RemovePermission", "SetQueueAttributes", "StartMessageMoveTask", "TagQueue", "UntagQueue"),
)
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,80}")


def add(tx: Transaction, queue: Queue, label: str, accounts: Sequence[str], actions: Sequence[str], now: Instant) -> None:
    _check(label, accounts, actions)
    row = rows.find(tx, *queue.key)
    if row is None:
        raise errors.QueueDoesNotExist()
    policy = _policy_of(queue, row.attributes.get("Policy", ""))
    if statements.has(policy, label):
        raise errors.InvalidValue(value=label, name="Label", reason="Already exists.")
    count = len(statements.statements_of(policy)) + 1
    if count > STATEMENTS_MAX:
        raise errors.OverLimit(reason=f"{count} statements were found, maximum allowed is {STATEMENTS_MAX}.")
    statement = statements.for_accounts(label, accounts, [f"SQS:{action}" for action in actions], queue.arn)
    _keep(tx, row, statements.with_statement(policy, statement), now)


def remove(tx: Transaction, queue: Queue, label: str, now: Instant) -> None:
    row = rows.find(tx, *queue.key)
    if row is None:
        raise errors.QueueDoesNotExist()
    policy = _policy_of(queue, row.attributes.get("Policy", ""))
    if not statements.has(policy, label):
        raise errors.InvalidValue(value=label, name="Label", reason="can't find label.")
    _keep(tx, row, statements.without(policy, label), now)


def _check(label: str, accounts: Sequence[str], actions: Sequence[str]) -> None:
    if not _LABEL.fullmatch(label):
        reason = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        raise errors.InvalidValue(value=label, name="Label", reason=reason)
    if not accounts or not all(statements.ACCOUNT.fullmatch(account) for account in accounts):
        raise errors.InvalidValue(value=_listed(accounts), name="PrincipalId", reason="Unable to verify.")
    if not actions:
        raise errors.MissingParameter(name="Actions")
    if len(actions) > ACTIONS_MAX:
        raise errors.TooManyActions(count=len(actions), count_max=ACTIONS_MAX)
    for action in actions:
        if action not in SHARED:
            reason = (
                "Only the queue owner is allowed to invoke this action."
                if action in OWNERS
                else "Please refer to the appropriate WSDL for a list of valid actions."
            )
            raise errors.InvalidValue(value=f"SQS:{action}", name="ActionName", reason=reason)


def _policy_of(queue: Queue, text: str) -> Document:
    if not text:
        return {"Version": "2008-10-17", "Id": f"{queue.arn}/SQSDefaultPolicy", "Statement": []}
    return statements.read(text)


def _keep(tx: Transaction, row: rows.QueueRow, policy: Document, now: Instant) -> None:
    kept = dict(row.attributes)
    if policy["Statement"]:
        kept["Policy"] = statements.text_of(policy)
    else:
        kept.pop("Policy", None)
    queues.store_attributes(tx, row, kept, now)


def _listed(values: Sequence[str]) -> str:
    return f"[{', '.join(values)}]"
