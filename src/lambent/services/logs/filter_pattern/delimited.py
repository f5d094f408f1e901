"""Patterns over fields between spaces: ``[ip, user, ..., status = 4* && status != 404, bytes > 1000]``.

What stands in brackets or in double quotes is one field. Without an ellipsis the last field takes the rest of the line.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a pattern. ``test`` is None where it may be anything, ``name`` is "" where it has none."""

    name: str
    test: Test | None


@dataclass(frozen=True, slots=True)
class Row:
    """A parsed pattern: the fields before the ellipsis and those behind it, or all of them before and none behind."""

    before: tuple[Field, ...]
    behind: tuple[Field, ...]
    has_ellipsis: bool

    def matches(self, message: str) -> bool:
        return self._paired(message) is not None

    def extract(self, message: str) -> Mapping[str, str]:
        """Values by ``$name``, or by ``$number`` where a field has no name."""
        paired = self._paired(message)
        assert paired is not None, "only what matches is extracted"
        return {
            f"${field.name if field is not None and field.name else at}": text for at, (field, text) in enumerate(paired, 1)
        }

    def _paired(self, message: str) -> list[tuple[Field | None, str]] | None:
        """Each text with its field (None for what the ellipsis takes), or None where the message does not match."""
        texts = self._texts(message)
        count = len(self.before) + len(self.behind)
        if len(texts) < count or (len(texts) > count and not self.has_ellipsis):
            return None
        middle: list[None] = [None] * (len(texts) - count)
        paired = list(zip([*self.before, *middle, *self.behind], texts, strict=True))
        if all(field is None or field.test is None or field.test(text) for field, text in paired):
            return paired
        return None

    def _texts(self, message: str) -> list[str]:
        if self.has_ellipsis:
            return [_text(match) for match in _FIELD.finditer(message)]
        texts: list[str] = []
        for match in _FIELD.finditer(message):
            if len(texts) == len(self.before) - 1 and message[match.end() :].strip():
                return [*texts, message[match.start() :].strip()]
            texts.append(_text(match))
        return texts


def parse(text: str) -> Row:
    """``text`` without its brackets. Raises InvalidPattern."""
    parts = _split(text)
    if parts.count(_ELLIPSIS) > 1:
        raise errors.InvalidPattern()
    if sum(part.count("%") for part in parts) // 2 > regexes.REGEXES_MAX:
        raise errors.InvalidPattern()
    if _ELLIPSIS not in parts:
        return Row(tuple(_field(part) for part in parts), (), has_ellipsis=False)
    at = parts.index(_ELLIPSIS)
    before, behind = parts[:at], parts[at + 1 :]
    return Row(tuple(_field(part) for part in before), tuple(_field(part) for part in behind), has_ellipsis=True)


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


def _text(match: re.Match[str]) -> str:
    bracketed, quoted, plain = match.groups()
    return bracketed if bracketed is not None else quoted if quoted is not None else plain
