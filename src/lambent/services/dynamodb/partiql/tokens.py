"""The words of a PartiQL statement: names, texts, numbers and signs, each with its place."""

import re

from msgspec import Struct

from lambent.services.dynamodb.partiql import errors

_TOKEN = re.compile(
    r"""
    (?:\s+ | --[^\r\n]* | /\*.*?\*/)*
    (?:
        (?P<string>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")*")
      | (?P<word>[A-Za-z_$][A-Za-z0-9_$]*)
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<sign><<|>>|<>|!=|<=|>=|[=<>+\-*()\[\]{},.:;?])
      | (?P<end>\Z)
    )
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)


class Token(Struct, frozen=True):
    """A word; ``text`` is without quotes. ``at`` is its line, column and length as AWS' messages say them."""

    kind: str
    text: str
    at: str

    def is_word(self, *words: str) -> bool:
        """Whether it is one of those keywords, in whatever case."""
        return self.kind == "word" and self.text.upper() in words

    def is_sign(self, *signs: str) -> bool:
        return self.kind == "sign" and self.text in signs


def tokens_of(statement: str) -> list[Token]:
    """The words of a statement, the last of which is its end. Raises errors.NotWellFormed."""
    found: list[Token] = []
    at = 0
    while not found or found[-1].kind != "end":
        match = _TOKEN.match(statement, at)
        if match is None or match.lastgroup is None:
            raise errors.NotWellFormed(reason="")
        kind, start, at = match.lastgroup, match.start(match.lastgroup), match.end()
        found.append(Token(kind, _unquoted(kind, match[kind]), _position(statement, start, at - start)))
    return found


def _unquoted(kind: str, text: str) -> str:
    if kind not in ("string", "quoted"):
        return text
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)


def _position(statement: str, start: int, length: int) -> str:
    line = statement.count("\n", 0, start) + 1
    column = start - (statement.rfind("\n", 0, start) + 1) + 1
    return f"{line}:{column}:{length}"
