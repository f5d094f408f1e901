"""The regular expressions that patterns may hold between percent signs: a part of the usual language, without groups."""

import re
from collections.abc import Callable

from lambent.services.logs import errors

REGEXES_MAX = 2

_ALLOWED = re.compile(r"(?:[A-Za-z0-9:_#=@/;,\- ^$?\[\]{}|*+.]|\\.)*")


def compiled(text: str) -> Callable[[str], object]:
    """A function that finds ``text``, given without its percent signs, anywhere in a string. Raises InvalidPattern."""
    allowed = _ALLOWED.match(text)
    assert allowed is not None  # it matches the empty string
    if allowed.end() < len(text):
        raise errors.InvalidCharacters(characters=text[allowed.end()])
    try:
        return re.compile(text, re.ASCII).search
    except re.error:
        raise errors.InvalidPattern from None
