"""The policy of a resource as text: what it must look like to be kept, and statements that are added and removed by their ids.

What an operation is told of a policy is its own service's wording; here stands only what is wrong.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lambent.lang.iam_policy.document import InvalidPolicy, parse

Document = Mapping[str, Any]
"""A policy as JSON has it."""

Statement = Mapping[str, Any]

ACCOUNT = re.compile(r"\d{12}")
_AWS_PRINCIPAL = re.compile(r"\*|\d{12}|arn:aws[a-z-]*:(iam|sts)::.+|A[A-Z]{3}[A-Z0-9]+")
_SERVICES = (".amazonaws.com", ".amazonaws.com.cn", ".aws.internal")
_PRINCIPAL_KINDS = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})


class NotJson(InvalidPolicy):
    """The text is no JSON."""


class OutOfScope(InvalidPolicy):
    """An action is another service's."""


# ---- reading and writing ---------------------------------------------------------------------------------------------


def read(text: str) -> Document:
    """Raises NotJson, and InvalidPolicy for what is no JSON object."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotJson(f"failed to parse JSON. {error}") from error
    if not isinstance(document, dict):
        raise InvalidPolicy("the document is not an object")
    return document


def text_of(document: Document) -> str:
    """As AWS tells policies: without blanks."""
    return json.dumps(document, separators=(",", ":"))


def statements_of(document: Document) -> list[Statement]:
    return [statement for statement in listed(document.get("Statement", [])) if isinstance(statement, dict)]


def has(document: Document, sid: str) -> bool:
    return any(statement.get("Sid") == sid for statement in statements_of(document))


def with_statement(document: Document, statement: Statement) -> Document:
    """The policy with a statement more, at its end."""
    return {**document, "Statement": [*statements_of(document), statement]}


def without(document: Document, sid: str) -> Document:
    """The policy without the statement of that id, which need not be there."""
    return {**document, "Statement": [kept for kept in statements_of(document) if kept.get("Sid") != sid]}


def for_accounts(sid: str, accounts: Sequence[str], actions: Sequence[str], resource: str) -> Statement:
    """What AddPermission of SQS and of SNS writes: these accounts may do these actions ("SQS:SendMessage")."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": _single([root_of(account) for account in accounts])},
        "Action": _single(actions),
        "Resource": resource,
    }


def root_of(account: str) -> str:
    return f"arn:aws:iam::{account}:root"


def listed(value: Any) -> list[Any]:
    """Policies may write a list of one as the one."""
    return list(value) if isinstance(value, list) else [value]


def _single(values: Iterable[str]) -> str | list[str]:
    """AWS writes a list of one as the one."""
    found = list(values)
    return found[0] if len(found) == 1 else found


# ---- the form --------------------------------------------------------------------------------------------------------


def check(document: Document, *, service: str) -> None:
    """The form that every service asks of the policies of its resources ("sqs"). Raises InvalidPolicy, OutOfScope."""
    statements = statements_of(document)
    if not statements:
        raise InvalidPolicy("the policy has no statement")
    parse(text_of(document))
    for statement in statements:
        principal = statement.get("Principal", statement.get("NotPrincipal"))
        if principal is None:
            raise InvalidPolicy("a statement has no principal")
        wrong = wrong_principal(principal)
        if wrong is not None:
            raise InvalidPolicy(f"a principal is none: {wrong}")
        for action in listed(statement.get("Action", statement.get("NotAction"))):
            if action != "*" and not action.lower().startswith(f"{service}:"):
                raise OutOfScope(f"{action} is no action of {service}")
    if not has_unique_ids(statements):
        raise InvalidPolicy("the ids of the statements are not unique")


def has_unique_ids(statements: Sequence[Statement]) -> bool:
    named = [statement["Sid"] for statement in statements if statement.get("Sid")]
    return len(named) == len(set(named))


def wrong_principal(element: object) -> tuple[str, str] | None:
    """The kind and the name of a principal that is none, ("", "") where the whole element is not readable, or None."""
    if element == "*":
        return None
    if not isinstance(element, dict) or not element or not element.keys() <= _PRINCIPAL_KINDS:
        return "", ""
    for kind, named in element.items():
        for name in listed(named):
            if not isinstance(name, str):
                return "", ""
            if (kind == "Service" and not name.endswith(_SERVICES)) or (kind == "AWS" and not _AWS_PRINCIPAL.fullmatch(name)):
                return kind, name
    return None
