"""What all parts of a statement share: its words one after another, its parameters, names and paths."""

from collections.abc import Sequence
from typing import NoReturn

from lambent.services.dynamodb import errors as dynamodb_errors
from lambent.services.dynamodb.engine import values
from lambent.services.dynamodb.engine.values import AttributeValue
from lambent.services.dynamodb.expressions.nodes import Path
from lambent.services.dynamodb.partiql import errors
from lambent.services.dynamodb.partiql.tokens import Token, tokens_of

DEPTH_MAX = 60
INDEX_DIGITS_MAX = 9
_WORDS = """
    SELECT FROM WHERE AND OR NOT IN BETWEEN IS ORDER SET REMOVE RETURNING INSERT INTO UPDATE DELETE VALUE VALUES AS
    LIKE NULL MISSING TRUE FALSE GROUP HAVING LIMIT OFFSET UNION JOIN INNER BY
"""
KEYWORDS = frozenset(_WORDS.split())
"""Words that are no names unless they stand in double quotes."""


class Reader:
    """Reads the words of one statement."""

    def __init__(self, statement: str, parameters: Sequence[AttributeValue]) -> None:
        self._tokens = tokens_of(statement)
        self._at = 0
        self._parameters = parameters
        self._parameters_used = 0
        self._depth = 0

    @property
    def token(self) -> Token:
        """The word that comes next."""
        return self._tokens[self._at]

    def following(self) -> Token:
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        token = self.token
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def took_word(self, *words: str) -> bool:
        is_next = self.token.is_word(*words)
        if is_next:
            self.take()
        return is_next

    def took_sign(self, *signs: str) -> bool:
        is_next = self.token.is_sign(*signs)
        if is_next:
            self.take()
        return is_next

    def expect_word(self, word: str) -> None:
        if not self.took_word(word):
            self.fail(f"Expected {word}")

    def expect_sign(self, sign: str) -> None:
        if not self.took_sign(sign):
            self.fail(f"Expected {_SIGN_NAMES.get(sign, sign)}")

    def fail(self, reason: str) -> NoReturn:
        raise errors.NotWellFormed(reason=reason)

    def enter(self) -> None:
        """Goes a level deeper; ``leave`` comes back. Raises errors.StatementTooDeep."""
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise errors.StatementTooDeep

    def leave(self) -> None:
        self._depth -= 1

    def finish(self) -> None:
        """Raises where words or parameters are left over."""
        if self.took_sign(";") and self.token.kind != "end":
            raise errors.ManyStatements
        token = self.token
        if token.is_word("LIMIT", "OFFSET", "GROUP", "HAVING"):
            raise errors.UnsupportedClause(clause=token.text.upper(), at=token.at)
        if token.kind != "end":
            self.fail("Unexpected token after expression")
        if self._parameters_used != len(self._parameters):
            raise errors.ParameterCount

    def parameter(self) -> AttributeValue:
        """The value of the next ``?``, which was just passed. Raises ValidationFailed."""
        at = self._parameters_used
        self._parameters_used += 1
        if at >= len(self._parameters):
            raise errors.ParameterCount
        try:
            return values.checked(self._parameters[at])
        except dynamodb_errors.ValidationFailed as failure:
            raise dynamodb_errors.in_older_words(failure) from failure

    # ---- names -------------------------------------------------------------------------------------------------------

    def name(self, *, otherwise: str = "Expected IDENTIFIER") -> str:
        """A name, in double quotes or not."""
        token = self.token
        if token.kind == "quoted":
            if not token.text:
                raise errors.EmptyPathComponent
        elif token.kind != "word" or token.text.upper() in KEYWORDS:
            self.fail(otherwise)
        return self.take().text

    def path(self) -> Path:
        """A document path."""
        elements: list[str | int] = [self.name()]
        while True:
            if self.took_sign("."):
                if self.token.is_sign("*"):
                    raise errors.WildcardInPath
                if self.token.kind == "word" and self.token.text.upper() in KEYWORDS:
                    self.fail("Invalid path dot component")
                elements.append(self.name())
            elif self.token.is_sign("["):
                elements.append(self._index())
            else:
                return Path(tuple(elements))

    def _index(self) -> str | int:
        self.take()
        token = self.token
        if token.is_sign("*"):
            raise errors.WildcardInPath
        if token.kind not in ("number", "string"):
            self.fail("Expected an index")
        self.take()
        self.expect_sign("]")
        if token.kind == "string":
            if not token.text:
                raise errors.EmptyPathComponent
            return token.text
        if not token.text.isdigit() or len(token.text) > INDEX_DIGITS_MAX:
            raise errors.ListIndexOutOfRange(index=token.text)
        return int(token.text)

    def table_name(self, *, otherwise: str = "Expected identifier for simple path") -> tuple[str, str | None]:
        """A table, and an index of it after a dot."""
        names = [self.name(otherwise=otherwise)]
        while self.took_sign("."):
            names.append(self.name())
        if len(names) > 2:
            raise errors.TooManyPathElements
        return names[0], names[1] if len(names) == 2 else None


_SIGN_NAMES = {")": "RIGHT_PAREN", "(": "LEFT_PAREN", "]": "RIGHT_BRACKET", "}": "RIGHT_CURLY", ":": "COLON", "=": "EQ"}
