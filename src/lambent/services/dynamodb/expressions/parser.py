"""What all expressions share: reading words one after another, document paths, and which mistake AWS tells of first."""

from enum import IntEnum
from typing import ClassVar, NoReturn

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine.values import text_size
from lambent.services.dynamodb.expressions.nodes import Path
from lambent.services.dynamodb.expressions.reserved_words import RESERVED_WORDS
from lambent.services.dynamodb.expressions.tokens import Token, tokens_of

EXPRESSION_BYTES_MAX = 4096
OPERATORS_MAX = 300
DEPTH_MAX = 100
"""Levels of parentheses, functions and NOT: far more than anybody writes, and few enough to walk."""
INDEX_DIGITS_MAX = 9


class Rank(IntEnum):
    """Of mistakes that are no errors of syntax AWS tells the one of the lowest rank, and of those the first."""

    PARENTHESES = 0
    FUNCTION = 1
    MISUSE = 2
    RESERVED = 3
    CLAUSE = 4


class Parser:
    """Reads the words of one expression. ``kind`` is the parameter it came in, which errors name."""

    keywords: ClassVar[frozenset[str]] = frozenset()
    """Words that are never names, not even to be told of as reserved."""

    def __init__(self, kind: str, text: str) -> None:
        if not text:
            raise errors.EmptyExpression(kind=kind)
        if (size := text_size(text)) > EXPRESSION_BYTES_MAX:
            raise (errors.UpdateTooLarge if kind == "UpdateExpression" else errors.ExpressionTooLarge)(kind=kind, size=size)
        self.kind = kind
        self._text = text
        self._tokens = tokens_of(text)
        self._at = 0
        self._depth = 0
        self._operators = 0
        self._mistakes: dict[Rank, errors.InvalidExpression] = {}

    # ---- words -------------------------------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        """The word that comes next."""
        return self._tokens[self._at]

    def following(self) -> Token:
        """The word after the next."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def took_sign(self, sign: str) -> bool:
        """Whether that sign came next; if so, it is passed."""
        is_next = self.token.is_sign(sign)
        if is_next:
            self.take()
        return is_next

    def took_word(self, word: str) -> bool:
        is_next = self.token.is_word(word)
        if is_next:
            self.take()
        return is_next

    def expect_sign(self, sign: str) -> None:
        if not self.took_sign(sign):
            self.fail()

    def fail(self) -> NoReturn:
        """Raises errors.SyntaxProblem of the next word, shown between the one before and the one after it."""
        first = self._tokens[max(self._at - 1, 0)]
        last = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        raise errors.SyntaxProblem(kind=self.kind, token=self.token.text, near=self._text[first.start : last.end])

    # ---- limits and mistakes -----------------------------------------------------------------------------------------

    def mistake(self, rank: Rank, error: errors.InvalidExpression) -> None:
        """Notes what is wrong, to be told when nothing worse is found."""
        self._mistakes.setdefault(rank, error)

    def count_operator(self) -> None:
        self._operators += 1

    def enter(self) -> None:
        """Goes a level deeper; ``leave`` comes back. Raises errors.ExpressionTooDeep."""
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise errors.ExpressionTooDeep(kind=self.kind, depth=self._depth)

    def leave(self) -> None:
        self._depth -= 1

    def finish(self) -> None:
        """Raises what is wrong with the whole: words after its end, too many operators, or the worst mistake noted."""
        if self.token.kind != "end":
            self.fail()
        if self._operators > OPERATORS_MAX:
            raise errors.TooManyOperators(kind=self.kind, count=self._operators)
        if self._mistakes:
            raise self._mistakes[min(self._mistakes)]

    # ---- paths -------------------------------------------------------------------------------------------------------

    def path(self) -> Path:
        """A document path: a name, then names after dots and indexes in brackets."""
        return self.rest_of_path(Path((self._path_name(),)))

    def rest_of_path(self, start: Path) -> Path:
        elements: list[str | int] = list(start.elements)
        while True:
            if self.took_sign("."):
                elements.append(self._path_name())
            elif self.took_sign("["):
                elements.append(self._index())
                self.expect_sign("]")
            else:
                return Path(tuple(elements))

    def _index(self) -> int:
        token = self.token
        if token.kind != "number" or len(token.text) > INDEX_DIGITS_MAX:
            self.fail()
        return int(self.take().text)

    def _path_name(self) -> str:
        token = self.token
        if token.kind not in ("name", "attribute") or token.text.upper() in self.keywords:
            self.fail()
        if token.kind == "name" and token.text.upper() in RESERVED_WORDS:
            self.mistake(Rank.RESERVED, errors.ReservedWord(kind=self.kind, word=token.text))
        return self.take().text


def parse_projection(kind: str, text: str) -> tuple[Path, ...]:
    """Paths with commas between them. Raises errors.InvalidExpression."""
    parser = Parser(kind, text)
    paths = [parser.path()]
    while parser.took_sign(","):
        paths.append(parser.path())
    parser.finish()
    return tuple(paths)
