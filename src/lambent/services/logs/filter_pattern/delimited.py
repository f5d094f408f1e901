"""Patterns over fields between spaces: ``[ip, user, ..., status = 4* && status != 404, bytes > 1000]``.

What stands in brackets or in double quotes is one field. Without an ellipsis the last field takes the rest of the line.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Self

from msgspec import Struct

from lambent.services.logs import errors
from lambent.services.logs.filter_pattern import regexes
from lambent.services.logs.filter_pattern.comparisons import compare

_ELLIPSIS = "..."
_FIELD = re.compile(r'\[([^\]]*)\]|"((?:[^"\\]|\\.)*)"|(\S+)')
_NAME = re.compile(r"\s*(\w*)\s*")
_COMPARISON = re.compile(
    r"""\s*(?P<name>\w+)\s*(?P<sign>!=|>=|<=|=|>|<)\s*(?P<value>"(?:[^"\\]|\\.)*"|%[^%]*%|[^\s,"%&|\]\[()]+)\s*"""
)
_BORDER = re.compile(r'"(?:[^"\\]|\\.)*"|%[^%]*%|(,)')

Test = Callable[[str], bool]


class Field(Struct, frozen=True):
    """One field of a pattern. ``test`` is None where it may be anything, ``name`` is "" where it has none."""

    name: str
    test: Test | None


class Row(Struct, frozen=True):
    """A parsed pattern: the fields before the ellipsis and those behind it, or all of them before and none behind."""

    before: tuple[Field, ...]
    behind: tuple[Field, ...]
    has_ellipsis: bool
    tests: tuple[tuple[int, Test], ...]  # by the place of the field: behind the ellipsis counted from the end, below zero

    @classmethod
    def of(cls, before: Sequence[Field], behind: Sequence[Field] = (), *, has_ellipsis: bool = False) -> Self:
        placed = [*enumerate(before), *((at - len(behind), field) for at, field in enumerate(behind))]
        tests = tuple((at, field.test) for at, field in placed if field.test is not None)
        return cls(tuple(before), tuple(behind), has_ellipsis, tests)

    def matches(self, message: str) -> bool:
        texts = self._texts(message)
        count = len(self.before) + len(self.behind)
        if len(texts) < count or (len(texts) > count and not self.has_ellipsis):
            return False
        return all(test(texts[at]) for at, test in self.tests)

    def extract(self, message: str) -> Mapping[str, str]:
        """Of a message that matches: values by ``$name``, or by ``$number`` where a field has no name."""
        texts = self._texts(message)
        unnamed = [""] * (len(texts) - len(self.before) - len(self.behind))
        names = [*(field.name for field in self.before), *unnamed, *(field.name for field in self.behind)]
        return {f"${name or at}": text for at, (name, text) in enumerate(zip(names, texts, strict=True), 1)}

    def _texts(self, message: str) -> list[str]:
        if self.has_ellipsis:
            return [bracketed or quoted or plain for bracketed, quoted, plain in _FIELD.findall(message)]
        texts: list[str] = []
        for match in _FIELD.finditer(message):
            if len(texts) == len(self.before) - 1 and message[match.end() :].strip():
                return [*texts, message[match.start() :].strip()]
            texts.append(match[1] or match[2] or match[3] or "")
        return texts


def parse(text: str) -> Row:
    """``text`` without its brackets. Raises InvalidPattern."""
    parts = _split(text)
    if parts.count(_ELLIPSIS) > 1:
        raise errors.InvalidPattern()
    if sum(part.count("%") for part in parts) // 2 > regexes.REGEXES_MAX:
        raise errors.InvalidPattern()
    if _ELLIPSIS not in parts:
        return Row.of([_field(part) for part in parts])
    at = parts.index(_ELLIPSIS)
    before, behind = parts[:at], parts[at + 1 :]
    return Row.of([_field(part) for part in before], [_field(part) for part in behind], has_ellipsis=True)


def _split(text: str) -> list[str]:
    """At the commas, but for those in quotes and in regular expressions."""
    borders = [match.start() for match in _BORDER.finditer(text) if match[1]]
    starts, ends = [0, *(at + 1 for at in borders)], [*borders, len(text)]
    return [text[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def _field(text: str) -> Field:
    bare = _NAME.fullmatch(text)
    if bare is not None:
        return Field(bare[1], None)
    tests: list[list[Test]] = [[]]  # any of these, each all of those
    name = ""
    at = 0
    while True:
        match = _COMPARISON.match(text, at)
        if match is None:
            raise errors.InvalidPattern()
        name = match["name"]
        tests[-1].append(compare(match["sign"], match["value"]))
        at = match.end()
        if at == len(text):
            return Field(name, _combined(tests))
        logic = text[at : at + 2]
        if logic == "||":
            tests.append([])
        elif logic != "&&":
            raise errors.InvalidPattern()
        at += 2


def _combined(tests: list[list[Test]]) -> Test:
    if len(tests) == len(tests[0]) == 1:
        return tests[0][0]
    return lambda text: any(all(test(text) for test in group) for group in tests)
