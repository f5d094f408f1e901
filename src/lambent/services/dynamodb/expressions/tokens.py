"""The words of an expression: names, placeholders, numbers and signs, each with its place in the text."""

import re

from msgspec import Struct

_TOKEN = re.compile(
    r"""
    \s*(?:
        (?P<name>[A-Za-z][A-Za-z0-9_]*)
      | (?P<attribute>\#[A-Za-z0-9_]+)
      | (?P<value>:[A-Za-z0-9_]+)
      | (?P<number>[0-9]+)
      | (?P<sign><>|<=|>=|[=<>+\-()\[\],.])
      | (?P<other>\S)
    )
    """,
    re.VERBOSE | re.ASCII,
)
END = "<EOF>"


class Token(Struct, frozen=True):
    """A word. ``kind`` is "name", "attribute" (#n), "value" (:v), "number", "sign", "other", which nothing allows, or "end"."""

    kind: str
    text: str
    start: int
    end: int

    def is_word(self, word: str) -> bool:
        """Whether it is that keyword, in whatever case."""
        return self.kind == "name" and self.text.upper() == word

    def is_sign(self, sign: str) -> bool:
        return self.kind == "sign" and self.text == sign


def tokens_of(text: str) -> list[Token]:
    """The words of ``text``, the last of which is its end."""
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        assert kind is not None
        found.append(Token(kind, match[kind], match.start(kind), match.end(kind)))
    found.append(Token("end", END, len(text), len(text)))
    return found
