"""The operators of conditions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

import base64
import binascii
import ipaddress
import operator
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from functools import partial

from msgspec import Struct

from lambent.lang.iam_policy.patterns import Facts, Mode, Pattern

Test = Callable[[str, Facts], bool]
"""Whether a value of the request meets one value of the policy."""


class Quantifier(Enum):
    """How many of the request's values must meet the condition."""

    PLAIN = ""
    ANY = "foranyvalue:"
    ALL = "forallvalues:"


class Condition(Struct, frozen=True):
    """One key under one operator. All conditions of a statement must hold."""

    key: str
    tests: tuple[Test, ...]  # one a value of the policy: one of them must hold, or none where is_negated
    is_negated: bool
    quantifier: Quantifier
    is_if_exists: bool
    variables: tuple[str, ...]
    wants_absence: frozenset[bool] | None = None  # Null: whether the key may be absent, may be present

    def holds(self, facts: Facts) -> bool:
        values = facts.get(self.key)
        if self.wants_absence is not None:
            return (not values) in self.wants_absence
        if not values:
            return self._holds_of_nothing()
        if self.quantifier is Quantifier.ALL or (self.is_negated and self.quantifier is Quantifier.PLAIN):
            return all(self._holds_of(value, facts) for value in values)
        return any(self._holds_of(value, facts) for value in values)

    def _holds_of_nothing(self) -> bool:
        if self.is_if_exists or self.quantifier is Quantifier.ALL:
            return True
        return self.is_negated and self.quantifier is Quantifier.PLAIN

    def _holds_of(self, value: str, facts: Facts) -> bool:
        return any(test(value, facts) for test in self.tests) is not self.is_negated


class UnknownOperator(ValueError):
    """No condition operator has this name."""


def condition(name: str, key: str, values: list[str], *, has_variables: bool) -> Condition:
    """Reads ``{"ForAnyValue:StringLikeIfExists": {key: values}}``. Raises UnknownOperator."""
    folded = name.lower()
    quantifier = next((each for each in Quantifier if each.value and folded.startswith(each.value)), Quantifier.PLAIN)
    folded = folded.removeprefix(quantifier.value)
    is_if_exists = folded.endswith("ifexists")
    folded = folded.removesuffix("ifexists")
    if folded == "null":
        wanted = frozenset(value.lower() == "true" for value in values)
        return Condition(key, (), False, quantifier, is_if_exists, (), wanted)
    known = _OPERATORS.get(folded)
    if known is None:
        raise UnknownOperator(name)
    make, is_negated = known
    patterns = [Pattern(value, has_variables=has_variables) for value in values] if make in _WITH_VARIABLES else []
    variables = tuple(variable for pattern in patterns for variable in pattern.variables)
    tests = tuple(make(value, has_variables) for value in values)
    return Condition(key, tests, is_negated, quantifier, is_if_exists, variables)


# ---- what a value of the policy asks for -----------------------------------------------------------------------------


def _equals(text: str, has_variables: bool) -> Test:
    return Pattern(text, has_wildcards=False, has_variables=has_variables).matches


def _equals_in_any_case(text: str, has_variables: bool) -> Test:
    # Folding the whole text also folds the names of variables, which have no case.
    pattern = Pattern(text.lower(), has_wildcards=False, has_variables=has_variables)
    if not pattern.variables:
        return lambda value, facts: pattern.matches(value.lower(), facts)
    return lambda value, facts: pattern.matches(value.lower(), _folded(facts))


def _folded(facts: Facts) -> Facts:
    lower = {key: tuple(value.lower() for value in values) for key, values in facts.values.items()}
    return Facts(lower, facts.missing)


def _like(text: str, has_variables: bool) -> Test:
    return Pattern(text, has_variables=has_variables).matches


def _arn_like(text: str, has_variables: bool) -> Test:
    return Pattern(text, Mode.ARN, has_variables=has_variables).matches


def _compares(read: Callable[[str], float | None], compare: Callable[[float, float], bool], text: str, _: bool) -> Test:
    wanted = read(text)

    def test(value: str, facts: Facts) -> bool:  # noqa: ARG001
        given = read(value)
        return given is not None and wanted is not None and compare(given, wanted)

    return test


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _date(text: str) -> float | None:
    """Seconds since 1970 of a date as W3C writes ISO 8601 (from a year alone to fractions of a second), or of such a number."""
    written = {4: f"{text}-01-01", 7: f"{text}-01"}.get(len(text), text)
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return _number(text)
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


def _bool(text: str, _: bool) -> Test:
    return lambda value, facts: value.lower() == text.lower()  # noqa: ARG005


def _binary(text: str, _: bool) -> Test:
    wanted = _bytes(text)
    return lambda value, facts: wanted is not None and _bytes(value) == wanted  # noqa: ARG005


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _ip(text: str, _: bool) -> Test:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return lambda value, facts: False  # noqa: ARG005
    return lambda value, facts: _is_in(value, network)  # noqa: ARG005


def _is_in(value: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(value) in network
    except ValueError:
        return False


_Make = Callable[[str, bool], Test]

_WITH_VARIABLES: tuple[_Make, ...] = (_equals, _equals_in_any_case, _like, _arn_like)

_COMPARISONS = {
    "equals": operator.eq,
    "lessthan": operator.lt,
    "lessthanequals": operator.le,
    "greaterthan": operator.gt,
    "greaterthanequals": operator.ge,
}

_OPERATORS: dict[str, tuple[_Make, bool]] = {
    "stringequals": (_equals, False),
    "stringnotequals": (_equals, True),
    "stringequalsignorecase": (_equals_in_any_case, False),
    "stringnotequalsignorecase": (_equals_in_any_case, True),
    "stringlike": (_like, False),
    "stringnotlike": (_like, True),
    "bool": (_bool, False),
    "binaryequals": (_binary, False),
    "ipaddress": (_ip, False),
    "notipaddress": (_ip, True),
    # AWS: ArnEquals and ArnLike behave identically.
    "arnequals": (_arn_like, False),
    "arnlike": (_arn_like, False),
    "arnnotequals": (_arn_like, True),
    "arnnotlike": (_arn_like, True),
    "numericnotequals": (partial(_compares, _number, operator.eq), True),
    "datenotequals": (partial(_compares, _date, operator.eq), True),
    **{f"numeric{name}": (partial(_compares, _number, compare), False) for name, compare in _COMPARISONS.items()},
    **{f"date{name}": (partial(_compares, _date, compare), False) for name, compare in _COMPARISONS.items()},
}
"""By name in lower case: how a value is compared, and whether the condition holds where none is met."""
