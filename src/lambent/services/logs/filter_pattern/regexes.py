"""The regular expressions that patterns may hold between percent signs: a part of the usual language, without groups."""

import re
from collections.abc import Callable

import re2

from lambent.services.logs import errors

REGEXES_MAX = 2

# An automaton matches: whatever the pattern, the time grows with the text only. Python's own would backtrack, with the
# GIL held, for as long as a stranger's pattern likes.
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False

_ALLOWED = re.compile(r"(?:[A-Za-z0-9:_#=@/;,\- ^$?\[\]{}|*+.]|\\.)*")


def compiled(text: str) -> Callable[[str], object]:
    """A function that finds ``text``, given without its percent signs, anywhere in a string. Raises InvalidPattern."""
    allowed = _ALLOWED.match(text)
    assert allowed is not None  # it matches the empty string
    if allowed.end() < len(text):
        raise errors.InvalidCharacters(characters=text[allowed.end()])
    try:
        return re2.compile(text, _OPTIONS).search  # type: ignore[no-any-return]
    except re2.error:
        raise errors.InvalidPattern from None
