"""Texts with stars in them, matched in time that grows with the text alone: there is nothing to back out of."""

from collections.abc import Callable, Sequence


def matcher(parts: Sequence[str]) -> Callable[[str], bool]:
    """Whether a text is ``parts``, of which there is at least one, with anything between each two.

    The parts are found one after another: the first place of each leaves most room for those behind it.
    """
    first, *rest = parts
    if not rest:
        return lambda text: text == first
    middle, last = rest[:-1], rest[-1]
    length_min = len(first) + len(last)

    def matches(text: str) -> bool:
        if len(text) < length_min or not text.startswith(first) or not text.endswith(last):
            return False
        position, end = len(first), len(text) - len(last)
        for part in middle:
            found = text.find(part, position, end)
            if found < 0:
                return False
            position = found + len(part)
        return True

    return matches
