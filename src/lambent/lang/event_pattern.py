"""Patterns of events: the language of EventBridge's rules, of Lambda's filter criteria and of SNS' filter policies.

A pattern is compiled once into functions, and matches in time that grows with the event alone: nothing backtracks. Reasons are
worded as AWS' own compiler words them. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NoReturn, TypeGuard

import msgspec
from msgspec import Struct

from lambent.core.errors import LambentError
from lambent.lang import globs

PATTERNS_KEPT_MAX = 1_024
NESTING_MAX = 100
NUMBER_MAX = 5e9  # the largest number, and with a minus the smallest, that ``numeric`` compares with

OR: Final = "$or"
EXISTS: Final = "exists"

Event = Mapping[str, object]
Condition = Callable[[Event], bool]

Matcher = Callable[[object], bool]
"""Judges the value of one field, whatever it is; ``_ABSENT`` where the event has no such field."""

Test = Callable[[object], bool]
"""Judges one scalar: a string, a number, a boolean or None."""


class InvalidEventPattern(LambentError):
    """A text that is no pattern; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class EventPattern(Struct, frozen=True, eq=False):
    """``document`` is the pattern as it was parsed, for services that have limits of their own. It must not be changed."""

    document: Event
    _matches: Matcher

    def matches(self, event: object) -> bool:
        """Whether an event, as parsed from JSON, is meant. What is no object matches only a pattern of absences."""
        return self._matches(event)


@lru_cache(PATTERNS_KEPT_MAX)
def compiled(text: str) -> EventPattern:
    """The pattern that ``text`` spells in JSON. Raises InvalidEventPattern, also for ``{}``: services differ about it."""
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise InvalidEventPattern(f"failed to parse JSON. {error}") from None
    if not isinstance(document, dict):
        _refuse("Filter is not an object")
    return EventPattern(document, _object(document, NESTING_MAX))


def _refuse(reason: str) -> NoReturn:
    raise InvalidEventPattern(reason)


# ---- objects and their fields ----------------------------------------------------------------------------------------

_ABSENT: Final = object()
_EMPTY: Event = {}


def _object(pattern: Event, depth_left: int) -> Matcher:
    if not pattern:
        _refuse("Empty objects are not allowed")
    if depth_left == 0:
        _refuse("Event pattern is nested too deeply")
    return _within([_condition(name, value, depth_left - 1) for name, value in pattern.items()])


def _condition(name: str, value: object, depth_left: int) -> Condition:
    if name == OR and _is_or(value):
        ways = [_object(way, depth_left) for way in value]
        return lambda event: any(way(event) for way in ways)
    if isinstance(value, dict):
        return _at(name.split("."), _object(value, depth_left))
    if isinstance(value, list):
        return _at(name.split("."), _leaf(value))
    _refuse(f'"{name}" must be an object or an array')


def _is_or(value: object) -> TypeGuard[list[dict[str, object]]]:
    """``$or`` is special only above two or more objects that are not operators; else it is a name like others."""
    return (
        isinstance(value, list)
        and len(value) >= 2
        and all(isinstance(way, dict) and _OPERATORS.keys().isdisjoint(way) for way in value)
    )


def _within(conditions: list[Condition]) -> Matcher:
    """Holds for an object that fulfils all conditions, and for an array with such an object anywhere in it."""

    def fulfils(event: Event) -> bool:
        return all(condition(event) for condition in conditions)

    def matches(value: object) -> bool:
        if isinstance(value, dict):
            return fulfils(value)
        if isinstance(value, list):
            # One element must fulfil all: AWS does not take one field from this element and another from that.
            objects = [element for element in _flat(value) if isinstance(element, dict)]
            if objects:
                return any(map(fulfils, objects))
        return fulfils(_EMPTY)

    return matches


def _at(path: list[str], matcher: Matcher) -> Condition:
    """Judges the field at ``path``. A dot in a name is a step down, in patterns as in events."""
    name, *below = path
    if below:
        matcher = _within([_at(below, matcher)])
    prefix = f"{name}."

    def condition(event: Event) -> bool:
        if name in event:
            return matcher(event[name])
        dotted = {key[len(prefix) :]: value for key, value in event.items() if key.startswith(prefix)}
        return matcher(dotted or _ABSENT)

    return condition


def _flat(values: list[object]) -> Iterator[object]:
    """All that stands in an array and in the arrays in it, without recursion: an event may be nested as deep as it likes."""
    stack = [iter(values)]
    while stack:
        for value in stack[-1]:
            if isinstance(value, list):
                stack.append(iter(value))
                break
            yield value
        else:
            stack.pop()


# ---- leaves: one of the values, or one of the operators --------------------------------------------------------------


def _leaf(choices: list[object]) -> Matcher:
    if not choices:
        _refuse("Empty arrays are not allowed")
    plain = [choice for choice in choices if not isinstance(choice, dict)]
    operators = [_only_item(choice) for choice in choices if isinstance(choice, dict)]
    if not all(map(_is_scalar, plain)):
        _refuse("Match value must be String, number, true, false, or null")
    tests = [_OPERATORS[name](value) if name in _OPERATORS else _unrecognized(name) for name, value in operators]
    if plain:
        tests.insert(0, _one_of(plain))
    admits_absence = (EXISTS, False) in operators

    def is_meant(value: object) -> bool:
        return any(test(value) for test in tests)

    def matches(value: object) -> bool:
        if isinstance(value, list):
            scalars = [element for element in _flat(value) if not isinstance(element, dict)]
            return any(map(is_meant, scalars)) if scalars else admits_absence
        if value is _ABSENT or isinstance(value, dict):
            return admits_absence  # only leaves exist: of an object its fields do, and not itself
        return is_meant(value)

    return matches


def _only_item(operator: dict[str, object]) -> tuple[str, object]:
    if not operator:
        _refuse("Match expression name not found")
    if len(operator) > 1:
        _refuse("Only one key allowed in match expression")
    return next(iter(operator.items()))


def _unrecognized(name: str) -> NoReturn:
    _refuse(f"Unrecognized match type {name}")


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _one_of(values: list[object]) -> Test:
    constants = frozenset(value for value in values if value is None or isinstance(value, bool))
    others = frozenset(value for value in values if value not in constants or _is_number(value))

    def test(value: object) -> bool:
        # Apart, because to Python True is 1; an event's number is what it is worth, however it is written.
        return value in (constants if value is None or isinstance(value, bool) else others)

    return test


# ---- the operators ---------------------------------------------------------------------------------------------------


def _of_strings(test: Callable[[str], bool]) -> Test:
    return lambda value: isinstance(value, str) and test(value)


def _exact(value: object) -> Test:
    return _one_of([_string("exact", value)])


def _equals_ignore_case(value: object) -> Test:
    folded = _string("equals-ignore-case", value).lower()
    return _of_strings(lambda text: text.lower() == folded)


def _prefix(value: object) -> Test:
    if isinstance(value, dict):
        folded = _ignoring_case("prefix", value)
        return _of_strings(lambda text: text.lower().startswith(folded))
    prefix = _string("prefix", value)
    return _of_strings(lambda text: text.startswith(prefix))


def _suffix(value: object) -> Test:
    if isinstance(value, dict):
        folded = _ignoring_case("suffix", value)
        return _of_strings(lambda text: text.lower().endswith(folded))
    suffix = _string("suffix", value)
    return _of_strings(lambda text: text.endswith(suffix))


def _ignoring_case(operator: str, value: dict[str, object]) -> str:
    name, text = _only_item(value)
    if name != "equals-ignore-case":
        _refuse(f"Unsupported {operator} pattern: {name}")
    return _string(name, text).lower()


def _string(operator: str, value: object) -> str:
    if not isinstance(value, str):
        _refuse(f"{operator} match pattern must be a string")
    return value


def _exists(value: object) -> Test:
    """What is tested is there. Absence is seen where the field is looked up."""
    if not isinstance(value, bool):
        _refuse("exists match pattern must be either true or false.")
    return lambda _: value


def _cidr(value: object) -> Test:
    text = _string("cidr", value)
    _, slash, bits = text.partition("/")
    if not slash or "/" in bits:
        _refuse("Malformed CIDR, one '/' required")
    if not (bits.isascii() and bits.isdigit()):
        _refuse("Malformed CIDR, mask bits must be an integer")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        _refuse(f"Malformed CIDR, {text} is no block of addresses")

    def test(address: str) -> bool:
        try:
            return ipaddress.ip_address(address) in network
        except ValueError:
            return False

    return _of_strings(test)


def _wildcard(value: object) -> Test:
    parts = _between_stars(_string("wildcard", value))
    return _one_of(list(parts)) if len(parts) == 1 else _of_strings(globs.matcher(parts))


def _between_stars(text: str) -> list[str]:
    parts = [""]
    position = 0
    while position < len(text):
        letter = text[position]
        if letter == "\\":
            position += 1
            letter = text[position : position + 1]
            if letter not in ("*", "\\"):
                _refuse(f"Invalid escape character at pos {position - 1}")
            parts[-1] += letter
        elif letter == "*":
            if text[position + 1 : position + 2] == "*":
                _refuse(f"Consecutive wildcard characters at pos {position}")
            parts.append("")
        else:
            parts[-1] += letter
        position += 1
    return parts


def _numeric(value: object) -> Test:
    if not isinstance(value, list):
        _refuse("Value of numeric must be an array.")
    operator = value[0] if value else "]"
    if not value or not isinstance(operator, str):
        _refuse(f"Invalid member in numeric match: {_json(operator)}")
    if operator not in _COMPARISONS:
        _refuse(f"Unrecognized numeric range operator: {operator}")
    compare = _COMPARISONS[operator]
    bound = _bound("equals" if operator == "=" else operator, value[1:2])
    if len(value) == 2:
        return lambda number: _is_number(number) and compare(number, bound)
    if operator not in (">", ">="):
        _refuse("Too many elements in numeric expression")
    compare_top, top = _top(bound, value[2:])
    return lambda number: _is_number(number) and compare(number, bound) and compare_top(number, top)


def _top(bottom: float, rest: list[object]) -> tuple[Callable[[float, float], bool], float]:
    operator = rest[0]
    if not isinstance(operator, str):
        _refuse(f"Bad value in numeric range: {_json(operator)}")
    if operator not in ("<", "<="):
        _refuse(f"Bad numeric range operator: {operator}")
    top = _bound(operator, rest[1:2])
    if len(rest) > 2:
        _refuse("Too many terms in numeric range expression")
    if bottom >= top:
        _refuse("Bottom must be less than top")
    return _COMPARISONS[operator], top


def _bound(name: str, value: list[object]) -> float:
    if not value or not _is_number(number := value[0]):
        _refuse(f"Value of {name} must be numeric")
    if not -NUMBER_MAX <= number <= NUMBER_MAX:
        _refuse("Value must be between -5.0E9 and 5.0E9, inclusive")
    return number


def _json(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda number, bound: number == bound,
    "<": lambda number, bound: number < bound,
    "<=": lambda number, bound: number <= bound,
    ">": lambda number, bound: number > bound,
    ">=": lambda number, bound: number >= bound,
}


def _anything_but(value: object) -> Test:
    """Holds for whatever is there and is none of these, of any type."""
    if isinstance(value, dict):
        return _none_of(_excluded(*_only_item(value)))
    values = value if isinstance(value, list) else [value]
    if not isinstance(value, list) and not isinstance(value, str) and not _is_number(value):
        _refuse("Value of anything-but must be an array or single string/number value.")
    if not all(isinstance(item, str) or _is_number(item) for item in values):
        _refuse("Inside anything but list, start|null|boolean is not supported.")
    if not values or len({isinstance(item, str) for item in values}) > 1:
        _refuse("Inside anything but list, either all values are number or string, mixed type is not supported")
    return _none_of([_one_of(values)])


def _none_of(tests: list[Test]) -> Test:
    return lambda value: not any(test(value) for test in tests)


def _excluded(operator: str, value: object) -> list[Test]:
    if operator not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
        _refuse(f"Unsupported anything-but pattern: {operator}")
    texts = [_string(operator, text) for text in (value if isinstance(value, list) else [value])]
    if not texts:
        _refuse("Empty arrays are not allowed")
    if operator in ("prefix", "suffix") and not all(texts):
        _refuse("Null prefix/suffix not allowed")
    return [_OPERATORS[operator](text) for text in texts]


_OPERATORS: Mapping[str, Callable[[object], Test]] = {
    "exact": _exact,
    "prefix": _prefix,
    "suffix": _suffix,
    "anything-but": _anything_but,
    "numeric": _numeric,
    EXISTS: _exists,
    "equals-ignore-case": _equals_ignore_case,
    "cidr": _cidr,
    "wildcard": _wildcard,
}
