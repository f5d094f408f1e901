"""Patterns over JSON events: ``{ ($.level = "ERROR" || $.status >= 500) && $.user.name NOT EXISTS }``.

A condition on a property that is not there, or that is an object or an array, is not met, whatever it says.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from lambent.services.logs import errors
from lambent.services.logs.filter_pattern import regexes
from lambent.services.logs.filter_pattern.comparisons import as_text, compare

WILDCARDS_MAX = 3
DEPTH_MAX = 50  # of parentheses

_STEP = r"""\.?\['[^']*'\]|\.?\["[^"]*"\]|\[\d+\]|\[\*\]|\.\*|\.[\w-]+"""
_TOKEN = re.compile(
    rf"""\s*(?:
        (?P<selector>\$(?:{_STEP})+)
      | (?P<sign>!=|>=|<=|=|>|<)
      | (?P<logic>&&|\|\||\(|\))
      | (?P<value>"(?:[^"\\]|\\.)*" | %[^%]*%)
      | (?P<word>[\w.*+\-/:@]+)
    )\s*""",
    re.VERBOSE,
)
_STEPS = re.compile(_STEP)
_WILDCARD = object()
_MISSING = object()

Step = str | int | object
Test = Callable[[Any], bool]

_decode = msgspec.json.Decoder().decode


class Condition(Struct, frozen=True):
    """A parsed pattern. ``selectors`` are those it names, as they are spelt there."""

    test: Test
    selectors: Mapping[str, tuple[Step, ...]]

    def matches(self, message: str) -> bool:
        event = _parsed(message)
        return event is not None and self.test(event)

    def extract(self, message: str) -> dict[str, str]:
        event = _parsed(message)
        found: dict[str, str] = {}
        for spelling, steps in self.selectors.items():
            for value in _values(event, steps):
                if _is_scalar(value):
                    found[spelling] = as_text(value)
        return found


def parse(text: str) -> Condition:
    """``text`` without its braces. Raises InvalidPattern."""
    parser = _Parser(text)
    test = parser.any_of()
    parser.expect_end()
    return Condition(test, parser.selectors)


def _parsed(message: str) -> Any | None:
    if "{" not in message[:8] and "[" not in message[:8]:  # most lines are no JSON: do not even try
        return None
    try:
        event = _decode(message)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    return event if isinstance(event, dict | list) else None


# ---- properties ------------------------------------------------------------------------------------------------------


def steps_of(selector: str) -> tuple[Step, ...]:
    """The way that a selector such as ``$.users[0].name`` describes."""
    return tuple(_step(match[0]) for match in _STEPS.finditer(selector, 1))


def _step(text: str) -> Step:
    if text in (".*", "[*]"):
        return _WILDCARD
    inner = text.removeprefix(".")
    if inner.startswith("["):
        inner = inner[1:-1]
        return inner[1:-1] if inner[0] in "'\"" else int(inner)
    return inner


def _values(value: Any, steps: tuple[Step, ...]) -> Iterator[Any]:
    """Where the steps lead: nowhere, to one value, or with a wildcard to many."""
    for at, step in enumerate(steps):
        if step is _WILDCARD:
            inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
            for each in inner:
                yield from _values(each, steps[at + 1 :])
            return
        value = _taken(value, step)
        if value is _MISSING:
            return
    yield value


def _taken(value: Any, step: Step) -> Any:
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else _MISSING
    return value.get(step, _MISSING) if isinstance(value, dict) else _MISSING


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)


# ---- parsing ---------------------------------------------------------------------------------------------------------


class _Parser:
    """``&&`` binds closer than ``||``; parentheses bind closest."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._regexes = 0
        self._wildcards = 0
        self._depth = 0
        self.selectors: dict[str, tuple[Step, ...]] = {}

    def any_of(self) -> Test:
        tests = [self._all_of()]
        while self._take("||"):
            tests.append(self._all_of())
        return tests[0] if len(tests) == 1 else lambda event: any(test(event) for test in tests)

    def expect_end(self) -> None:
        if self._at != len(self._tokens):
            raise errors.InvalidPattern()

    def _all_of(self) -> Test:
        tests = [self._one()]
        while self._take("&&"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda event: all(test(event) for test in tests)

    def _one(self) -> Test:
        if self._take("("):
            self._depth += 1
            if self._depth > DEPTH_MAX:
                raise errors.InvalidPattern()
            test = self.any_of()
            if not self._take(")"):
                raise errors.InvalidPattern()
            self._depth -= 1
            return test
        return self._condition(self._selector())

    def _selector(self) -> tuple[Step, ...]:
        spelling = self._next("selector")
        steps = self.selectors[spelling] = steps_of(spelling)
        wildcards = steps.count(_WILDCARD)
        self._wildcards += wildcards
        if wildcards > 1 or self._wildcards > WILDCARDS_MAX:
            raise errors.InvalidPattern()
        return steps

    def _condition(self, steps: tuple[Step, ...]) -> Test:
        kind, text = self._peek()
        self._at += 1
        if kind == "sign":
            return self._comparison(steps, text)
        if text == "IS":
            return _is_exactly(steps, self._next("word"))
        if text == "NOT" and self._next("word") == "EXISTS":
            return lambda event: next(_values(event, steps), _MISSING) is _MISSING
        raise errors.InvalidPattern()

    def _comparison(self, steps: tuple[Step, ...], sign: str) -> Test:
        kind, value = self._peek()
        if kind not in ("value", "word"):
            raise errors.InvalidPattern()
        self._at += 1
        self._regexes += value.startswith("%")
        if self._regexes > regexes.REGEXES_MAX:
            raise errors.InvalidPattern()
        is_met = compare(sign, value)
        if sign in ("=", "!="):
            return lambda event: any(_is_scalar(value) and is_met(value) for value in _values(event, steps))
        return lambda event: any(_is_number(value) and is_met(value) for value in _values(event, steps))

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _next(self, kind: str) -> str:
        found, text = self._peek()
        if found != kind:
            raise errors.InvalidPattern()
        self._at += 1
        return text

    def _take(self, logic: str) -> bool:
        if self._peek() != ("logic", logic):
            return False
        self._at += 1
        return True


def _is_exactly(steps: tuple[Step, ...], word: str) -> Test:
    constants = {"NULL": None, "TRUE": True, "FALSE": False}
    if word not in constants:
        raise errors.InvalidPattern()
    constant = constants[word]
    return lambda event: any(value is constant for value in _values(event, steps))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            if not text[at:].strip():
                return
            raise errors.InvalidCharacters(characters=text[at:].strip()[:2].strip())
        yield match.lastgroup, match[match.lastgroup]
        at = match.end()
