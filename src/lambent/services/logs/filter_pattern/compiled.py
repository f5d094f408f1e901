"""From a pattern's text to the functions that apply it."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from msgspec import Struct

from lambent.services.logs import errors
from lambent.services.logs.filter_pattern import delimited, json_fields, terms

PATTERNS_KEPT_MAX = 256


class Pattern(Struct, frozen=True):
    """``matches`` tells whether an event is meant; ``extract`` what the pattern names in one that is (TestMetricFilter)."""

    matches: Callable[[str], bool]
    extract: Callable[[str], Mapping[str, str]]


@lru_cache(PATTERNS_KEPT_MAX)
def compiled(text: str) -> Pattern | None:
    """None for a pattern that every event matches. Raises InvalidPattern."""
    text = text.strip()
    if text.startswith("{"):
        if not text.endswith("}"):
            raise errors.InvalidPattern("If a filter pattern starts with '{' it must end with '}'")
        condition = json_fields.parse(text[1:-1])
        return Pattern(condition.matches, condition.extract)
    if text.startswith("["):
        if not text.endswith("]"):
            raise errors.InvalidPattern("If a filter pattern starts with '[' it must end with ']'")
        row = delimited.parse(text[1:-1])
        return Pattern(row.matches, row.extract)
    matches = terms.parse(text)
    return None if matches is None else Pattern(matches, _nothing)


def _nothing(_: str) -> Mapping[str, str]:
    return {}
