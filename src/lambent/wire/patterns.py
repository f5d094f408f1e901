"""Regular expressions of the models: written for Java and ECMAScript, run by Python, always on the whole value."""

import functools
import re

_SEPARATORS = r" \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# Python's re knows no \p{…}. All classes that use \p{L} also hold \p{N} or the underscore, so \w says the same. Marks,
# punctuation and symbols appear in one free-text class only, which is read as everything that is no control character.
_CLASSES = (
    (r"\p{L}", r"\w"),
    (r"\p{N}", r"\d"),
    (r"\p{Zs}", _SEPARATORS),
    (r"\p{Z}", _SEPARATORS),
    (r"\p{M}", ""),
    (r"\p{P}", r"\u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007e\u00a1-\uffff"),
    (r"\p{S}", r"\U00010000-\U0010ffff"),
    (r"\p{Print}", r"[\x20-\x7e]"),
    (r"\p{ASCII}", r"[\x00-\x7f]"),
    (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010ffff"),  # a surrogate pair on either side of the range
    (r"[\w-_]", r"[\w_-]"),
)


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern for Python. Raises re.error for one that Python cannot say; a test reads those of every service in scope."""
    for theirs, ours in _CLASSES:
        pattern = pattern.replace(theirs, ours)
    return re.compile(pattern)
