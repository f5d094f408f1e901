"""Reads references and expressions: what stands behind a ``$`` and between the parentheses of directives."""

import re
from abc import abstractmethod

from lambent.lang.velocity.errors import InvalidTemplate
from lambent.lang.velocity.nodes import (
    Binary,
    Block,
    Expression,
    Interpolated,
    ListOf,
    Literal,
    MapOf,
    Not,
    RangeOf,
    Reference,
    Step,
)

EXPRESSION_DEPTH_MAX = 64
_REFERENCE = re.compile(r"\$(!)?(\{)?([A-Za-z_][\w-]*)")
_PROPERTY = re.compile(r"\.([A-Za-z_][\w-]*)")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_WORD = re.compile(r"[A-Za-z]+")
_SPACE = re.compile(r"\s*")
_WORDS = {"true": True, "false": False, "null": None}

# From what binds least to what binds most; a word is the symbol that it means.
_LEVELS: tuple[dict[str, str], ...] = (
    {"||": "||", "or": "||"},
    {"&&": "&&", "and": "&&"},
    {"==": "==", "!=": "!=", "eq": "==", "ne": "!="},
    {"<=": "<=", ">=": ">=", "<": "<", ">": ">", "le": "<=", "ge": ">=", "lt": "<", "gt": ">"},
    {"+": "+", "-": "-"},
    {"*": "*", "/": "/", "%": "%"},
)


class ExpressionReader:
    """``at`` is the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._depth = 0

    @abstractmethod
    def interpolated(self, text: str, at: int) -> Block:
        """A string in double quotes, read as a template."""

    def reference(self, *, is_escaped: bool = False) -> Reference | None:
        """What stands here; None where it is no reference, and then nothing is read."""
        start = self.at
        opening = _REFERENCE.match(self.text, start)
        if opening is None:
            return None
        self.at = opening.end()
        steps: list[Step] = []
        while (step := self._step()) is not None:
            steps.append(step)
        if opening[2]:
            if self.text[self.at : self.at + 1] != "}":
                self.at = start
                return None
            self.at += 1
        return Reference(self.text[start : self.at], opening[3], tuple(steps), bool(opening[1]), is_escaped)

    def expression(self) -> Expression:
        self._depth += 1
        if self._depth > EXPRESSION_DEPTH_MAX:
            raise InvalidTemplate("The expression is nested too deeply", self.at)
        found = self._level(0)
        self._depth -= 1
        return found

    def expect(self, symbol: str) -> None:
        self.skip()
        if not self.text.startswith(symbol, self.at):
            raise InvalidTemplate(f"{symbol} is missing", self.at)
        self.at += len(symbol)

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        assert found is not None
        self.at = found.end()

    def _step(self) -> Step | None:
        name = _PROPERTY.match(self.text, self.at)
        if name is not None:
            self.at = name.end()
            if self.text[self.at : self.at + 1] != "(":
                return Step(name[1])
            self.at += 1
            return Step(name[1], arguments=tuple(self._items(")")))
        if self.text[self.at : self.at + 1] != "[":
            return None
        start = self.at
        self.at += 1
        try:
            index = self.expression()
            self.expect("]")
        except InvalidTemplate:  # "$name[" in running text
            self.at = start
            return None
        return Step(index=index)

    def _level(self, level: int) -> Expression:
        if level == len(_LEVELS):
            return self._unary()
        left = self._level(level + 1)
        while (operator := self._operator(_LEVELS[level])) is not None:
            left = Binary(operator, left, self._level(level + 1))
        return left

    def _operator(self, operators: dict[str, str]) -> str | None:
        self.skip()
        word = _WORD.match(self.text, self.at)
        if word is not None:
            if word[0] not in operators:
                return None
            self.at = word.end()
            return operators[word[0]]
        for symbol, meaning in operators.items():
            if self.text.startswith(symbol, self.at):
                self.at += len(symbol)
                return meaning
        return None

    def _unary(self) -> Expression:
        self.skip()
        if self.text.startswith("!", self.at):
            self.at += 1
            return Not(self._nested())
        word = _WORD.match(self.text, self.at)
        if word is not None and word[0] == "not":
            self.at = word.end()
            return Not(self._nested())
        return self._primary()

    def _nested(self) -> Expression:
        self._depth += 1
        if self._depth > EXPRESSION_DEPTH_MAX:
            raise InvalidTemplate("The expression is nested too deeply", self.at)
        found = self._unary()
        self._depth -= 1
        return found

    def _primary(self) -> Expression:
        match self.text[self.at : self.at + 1]:
            case "$":
                reference = self.reference()
                if reference is not None:
                    return reference
            case "(":
                self.at += 1
                found = self.expression()
                self.expect(")")
                return found
            case "'" | '"' as quote:
                return self._string(quote)
            case "[":
                self.at += 1
                return self._list()
            case "{":
                self.at += 1
                return self._map()
        return self._constant()

    def _constant(self) -> Expression:
        number = _NUMBER.match(self.text, self.at)
        if number is not None:
            self.at = number.end()
            is_whole = number[1] is None and number[2] is None
            return Literal(int(number[0]) if is_whole else float(number[0]))
        word = _WORD.match(self.text, self.at)
        if word is None or word[0] not in _WORDS:
            raise InvalidTemplate("An expression is missing", self.at)
        self.at = word.end()
        return Literal(_WORDS[word[0]])

    def _string(self, quote: str) -> Expression:
        start = self.at + 1
        end = self.text.find(quote, start)
        parts: list[str] = []
        while end >= 0 and self.text.startswith(quote * 2, end):  # a quote twice is one in the string
            parts.append(self.text[start : end + 1])
            start, end = end + 2, self.text.find(quote, end + 2)
        if end < 0:
            raise InvalidTemplate(f"The string has no closing {quote}", self.at)
        text, at = "".join(parts) + self.text[start:end], self.at + 1
        self.at = end + 1
        return Literal(text) if quote == "'" else Interpolated(self.interpolated(text, at))

    def _list(self) -> Expression:
        self.skip()
        if self.text.startswith("]", self.at):
            self.at += 1
            return ListOf(())
        first = self.expression()
        self.skip()
        if self.text.startswith("..", self.at):
            self.at += 2
            last = self.expression()
            self.expect("]")
            return RangeOf(first, last)
        if self.text.startswith(",", self.at):
            self.at += 1
            return ListOf((first, *self._items("]")))
        self.expect("]")
        return ListOf((first,))

    def _map(self) -> Expression:
        entries: list[tuple[Expression, Expression]] = []
        self.skip()
        while not self.text.startswith("}", self.at):
            if entries:
                self.expect(",")
            key = self.expression()
            self.expect(":")
            entries.append((key, self.expression()))
            self.skip()
        self.at += 1
        return MapOf(tuple(entries))

    def _items(self, end: str) -> list[Expression]:
        items: list[Expression] = []
        self.skip()
        while not self.text.startswith(end, self.at):
            if items:
                self.expect(",")
            items.append(self.expression())
            self.skip()
        self.at += len(end)
        return items
