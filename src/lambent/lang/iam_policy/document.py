"""A policy document, read once into what evaluation needs.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct

from lambent.lang.iam_policy.conditions import Condition, UnknownOperator, condition
from lambent.lang.iam_policy.patterns import Facts, Mode, Pattern
from lambent.lang.iam_policy.principals import Principals

VERSION_WITH_VARIABLES = "2012-10-17"
VERSIONS = ("2008-10-17", VERSION_WITH_VARIABLES)
_POLICIES_CACHED_MAX = 2_048
_CACHED_CHARS_MAX = 10_240  # longer documents come from simulations, and are read each time


class InvalidPolicy(ValueError):
    """The text is no policy; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Statement(Struct, frozen=True):
    index: int  # from 0
    sid: str
    is_allow: bool
    principals: Principals | None  # in resource policies
    actions: tuple[Pattern, ...]
    is_not_action: bool
    resources: tuple[Pattern, ...] | None  # None: whatever the policy is attached to
    is_not_resource: bool
    conditions: tuple[Condition, ...]

    def is_about(self, folded_action: str, resource: str, facts: Facts) -> bool:
        """Whether the statement speaks of the action (in lower case) on the resource, and its conditions hold."""
        if any(pattern.matches(folded_action, facts) for pattern in self.actions) is self.is_not_action:
            return False
        resources = self.resources
        if resources is not None and any(each.matches(resource, facts) for each in resources) is self.is_not_resource:
            return False
        held = [each.holds(facts) for each in self.conditions]  # all of them, so that all missing keys are known
        return all(held)


class Policy(Struct, frozen=True):
    text: str
    version: str
    statements: tuple[Statement, ...]

    def context_keys(self) -> list[str]:
        """The keys that conditions and variables ask for, in the order of the document, each as it is first spelt."""
        found: dict[str, str] = {}
        for statement in self.statements:
            names = [name for pattern in statement.resources or () for name in pattern.variables]
            for each in statement.conditions:
                names += [each.key, *each.variables]
            for name in names:
                found.setdefault(name.lower(), name)
        return list(found.values())


def parse(text: str) -> Policy:
    """Reads a document, or remembers it. Raises InvalidPolicy."""
    return _remembered(text) if len(text) <= _CACHED_CHARS_MAX else _read(text)


@lru_cache(maxsize=_POLICIES_CACHED_MAX)
def _remembered(text: str) -> Policy:
    return _read(text)


def _read(text: str) -> Policy:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidPolicy("the document is not JSON") from error
    if not isinstance(document, dict):
        raise InvalidPolicy("the document is not an object")
    version = document.get("Version", VERSIONS[0])
    if version not in VERSIONS:
        raise InvalidPolicy(f"version {version} is not known")
    found = document.get("Statement")
    statements = found if isinstance(found, list) else [found]
    has_variables = version == VERSION_WITH_VARIABLES
    return Policy(text, version, tuple(_statement(index, each, has_variables) for index, each in enumerate(statements)))


def _statement(index: int, found: object, has_variables: bool) -> Statement:
    if not isinstance(found, dict):
        raise InvalidPolicy("a statement is not an object")
    if found.get("Effect") not in ("Allow", "Deny"):
        raise InvalidPolicy("the effect of a statement must be Allow or Deny")
    principal, is_not_principal = _either(found, "Principal", "NotPrincipal")
    actions, is_not_action = _either(found, "Action", "NotAction")
    resources, is_not_resource = _either(found, "Resource", "NotResource")
    if actions is None:
        raise InvalidPolicy("a statement has no action")
    return Statement(
        index=index,
        sid=str(found.get("Sid", "")),
        is_allow=found["Effect"] == "Allow",
        principals=None if principal is None else _principals(principal, is_not_principal),
        actions=tuple(Pattern(action.lower()) for action in _texts(actions)),
        is_not_action=is_not_action,
        resources=None
        if resources is None
        else tuple(Pattern(text, Mode.RESOURCE, has_variables=has_variables) for text in _texts(resources)),
        is_not_resource=is_not_resource,
        conditions=tuple(_conditions(found.get("Condition", {}), has_variables)),
    )


def _either(statement: Mapping[str, Any], name: str, opposite: str) -> tuple[Any, bool]:
    if name in statement and opposite in statement:
        raise InvalidPolicy(f"a statement has both {name} and {opposite}")
    return (statement[opposite], True) if opposite in statement else (statement.get(name), False)


def _principals(element: object, is_negated: bool) -> Principals:
    if isinstance(element, str):
        return Principals.read(element, is_negated=is_negated)
    if not isinstance(element, dict):
        raise InvalidPolicy("a principal is neither * nor an object")
    return Principals.read({kind: _texts(names) for kind, names in element.items()}, is_negated=is_negated)


def _conditions(found: object, has_variables: bool) -> list[Condition]:
    conditions = []
    for operator, operands in _members(found):
        for key, values in _members(operands):
            try:
                conditions.append(condition(operator, key, _scalars(values), has_variables=has_variables))
            except UnknownOperator as error:
                raise InvalidPolicy(f"Invalid Condition type : {operator}") from error
    return conditions


def _members(value: object) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        raise InvalidPolicy("a condition is not an object")
    return list(value.items())


def _texts(value: object) -> Sequence[str]:
    values: list[Any] = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in values):
        raise InvalidPolicy("a value that must be a string is none")
    return values


def _scalars(value: object) -> list[str]:
    """Values of conditions may be written as JSON's numbers and booleans."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str | int | float) for each in values):
        raise InvalidPolicy("a value of a condition is neither a string nor a number nor a boolean")
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in values]
