"""What a policy document must look like to be kept. What it means, ``lang.iam_policy`` knows.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from lambent.lang.iam_policy import InvalidPolicy, parse
from lambent.lang.iam_policy.statements import has_unique_ids, wrong_principal
from lambent.services.iam.errors import MalformedPolicyDocument

VERSIONS = ("2008-10-17", "2012-10-17")
_FIELDS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_FIELDS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_TRUST_ACTIONS = re.compile(r"sts:([A-Za-z]*\*?|AssumeRole.*|TagSession|SetSourceIdentity|SetContext)|\*")
_SYNTAX = "Syntax errors in policy."
_WHITESPACE = re.compile(r"\s+")


def size_of(document: str) -> int:
    """AWS counts the characters of a policy without white space."""
    return len(_WHITESPACE.sub("", document))


def check_identity_policy(document: str, *, needs_new_version: bool = False) -> None:
    """A policy of a user, role or group. A managed one must be of the newer version of the language."""
    policy = _parsed(document, _SYNTAX)
    if needs_new_version and policy.get("Version") != VERSIONS[1]:
        raise MalformedPolicyDocument("Policy document must be version 2012-10-17 or greater.")
    statements = _statements(policy)
    for statement in statements:
        if "Principal" in statement or "NotPrincipal" in statement:
            raise MalformedPolicyDocument("Policy document should not specify a principal.")
        _check_actions(statement)
        _check_resources(statement)
    _check_ids(statements)
    _check_readable(document)


def check_trust_policy(document: str) -> None:
    """Who may assume a role."""
    policy = _parsed(document, "This policy contains invalid Json")
    statements = _statements(policy)
    for statement in statements:
        for name in ("Resource", "NotResource"):
            if name in statement:
                raise MalformedPolicyDocument(f"Has prohibited field {name}")
        principal = statement.get("Principal", statement.get("NotPrincipal"))
        if principal is None:
            raise MalformedPolicyDocument("Missing required field Principal")
        if "Action" not in statement and "NotAction" not in statement:
            raise MalformedPolicyDocument("Missing required field Action")
        for action in _listed(statement.get("Action", [])):
            if not _TRUST_ACTIONS.fullmatch(action):
                raise MalformedPolicyDocument("AssumeRole policy may only specify STS AssumeRole actions.")
        _check_principal(principal)
    _check_ids(statements)
    _check_readable(document)


def _parsed(document: str, complaint: str) -> Mapping[str, Any]:
    try:
        policy = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise MalformedPolicyDocument(complaint) from error
    if not isinstance(policy, dict):
        raise MalformedPolicyDocument(complaint)
    if not policy.keys() <= _FIELDS or policy.get("Version", VERSIONS[0]) not in VERSIONS:
        raise MalformedPolicyDocument(_SYNTAX)
    return policy


def _statements(policy: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = policy.get("Statement")
    statements = [found] if isinstance(found, dict) else found
    if not isinstance(statements, list) or not statements:
        raise MalformedPolicyDocument(_SYNTAX)
    for statement in statements:
        is_readable = isinstance(statement, dict) and statement.keys() <= _STATEMENT_FIELDS
        if not is_readable or statement.get("Effect") not in ("Allow", "Deny"):
            raise MalformedPolicyDocument(_SYNTAX)
        if not isinstance(statement.get("Sid", ""), str) or not _is_condition(statement.get("Condition", {})):
            raise MalformedPolicyDocument(_SYNTAX)
    return statements


def _is_condition(condition: object) -> bool:
    return isinstance(condition, dict) and all(isinstance(keys, dict) for keys in condition.values())


def _check_actions(statement: Mapping[str, Any]) -> None:
    actions = _one_of(statement, "Action", "NotAction", "Policy statement must contain actions.")
    for action in actions:
        if ":" not in action and action != "*":
            raise MalformedPolicyDocument("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
        if not _ACTION.fullmatch(action):
            raise MalformedPolicyDocument("Actions/Condition can contain only one colon.")


def _check_resources(statement: Mapping[str, Any]) -> None:
    resources = _one_of(statement, "Resource", "NotResource", "Policy statement must contain resources.")
    for resource in resources:
        if resource != "*" and not resource.startswith(("arn:", "${")):
            raise MalformedPolicyDocument(f'Resource {resource} must be in ARN format or "*".')


def _one_of(statement: Mapping[str, Any], name: str, opposite: str, complaint: str) -> list[str]:
    if name in statement and opposite in statement:
        raise MalformedPolicyDocument(_SYNTAX)
    values = _listed(statement.get(name, statement.get(opposite, [])))
    if not values:
        raise MalformedPolicyDocument(complaint)
    return values


def _check_principal(principal: object) -> None:
    wrong = wrong_principal(principal)
    if wrong is None:
        return
    kind, name = wrong
    raise MalformedPolicyDocument(f'Invalid principal in policy: "{kind.upper()}":"{name}"' if kind else _SYNTAX)


def _check_ids(statements: list[Mapping[str, Any]]) -> None:
    if not has_unique_ids(statements):
        raise MalformedPolicyDocument("Statement IDs (SID) in a single policy must be unique.")


def _check_readable(document: str) -> None:
    """What is kept can be evaluated: its operators exist, and its values are of the right form."""
    try:
        parse(document)
    except InvalidPolicy as error:
        raise MalformedPolicyDocument(error.reason) from error


def _listed(value: object) -> list[str]:
    values: list[Any] = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in values):
        raise MalformedPolicyDocument(_SYNTAX)
    return values
