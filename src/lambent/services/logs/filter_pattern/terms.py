"""Patterns of terms: ``ERROR "exact phrase" -not ?either ?or %reg.*ex%``. A term is found anywhere, in its own case."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lambent.services.logs import errors
from lambent.services.logs.filter_pattern import regexes
from lambent.services.logs.filter_pattern.comparisons import unquoted

_TERM = re.compile(r'([?-]?)\s*(?:("(?:[^"\\]|\\.)*")|(%[^%]*%)|([^\s"%]+))\s*')
_NOT_A_WORD = re.compile(r"\W+")

Test = Callable[[str], bool]


@dataclass(slots=True)
class _Terms:
    all_of: list[Test] = field(default_factory=list)
    any_of: list[Test] = field(default_factory=list)
    none_of: list[Test] = field(default_factory=list)


def parse(text: str) -> Test | None:
    """A function that tells whether a message matches; None where every message does. Raises InvalidPattern."""
    terms = _Terms()
    at = 0
    while at < len(text):
        match = _TERM.match(text, at)
        if match is None:
            raise errors.InvalidPattern()
        sign, phrase, regex, word = match.groups()
        test = _test(phrase, regex, word)
        if test is not None:
            {"": terms.all_of, "?": terms.any_of, "-": terms.none_of}[sign].append(test)
        at = match.end()
    return _combined(terms)


def _test(phrase: str | None, regex: str | None, word: str | None) -> Test | None:
    if regex is not None:
        find = regexes.compiled(regex[1:-1])
        return lambda message: find(message) is not None
    if phrase is not None:
        if phrase == '""':
            raise errors.InvalidCharacters(characters=phrase)
        text = unquoted(phrase)
        return _contains(text) if text.strip() else None  # " " matches everything
    assert word is not None
    stray = _NOT_A_WORD.search(word)
    if stray is not None:
        raise errors.InvalidCharacters(characters=stray[0])
    return _contains(word)


def _contains(text: str) -> Test:
    return lambda message: text in message


def _combined(terms: _Terms) -> Test | None:
    all_of, any_of, none_of = terms.all_of, terms.any_of, terms.none_of
    if all_of or none_of:
        any_of = []  # AWS ignores the terms with a question mark where there are others
    if len(all_of) == 1 and not none_of:
        return all_of[0]
    if any_of:
        return lambda message: any(test(message) for test in any_of)
    if all_of or none_of:
        return lambda message: all(test(message) for test in all_of) and not any(test(message) for test in none_of)
    return None
