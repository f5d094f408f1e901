"""Patterns of policies: ``*`` and ``?``, and variables such as ``${aws:username}``, which are filled in from the request.

Matching takes time in proportion to the value, whatever the pattern: all places in the pattern that can have been reached are
followed at once, one bit each. There is nothing to back out of.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

from msgspec import Struct

Values = tuple[str, ...]


@dataclass(slots=True)
class Facts:
    """What is known of a request: the values of context keys, by name in lower case, and which keys were asked for in vain."""

    values: Mapping[str, Values]
    missing: dict[str, str] = field(default_factory=dict)  # as it was first spelt, by name in lower case

    def get(self, key: str) -> Values:
        """The values of a key, or () for one that the request does not have."""
        folded = key.lower()
        found = self.values.get(folded, ())
        if not found:
            self.missing.setdefault(folded, key)
        return found


class Variable(Struct, frozen=True):
    """``${key}`` or ``${key, 'default'}``."""

    key: str
    default: str | None = None

    def value(self, facts: Facts) -> str | None:
        """None where the request has no value, or several: a pattern with such a hole matches nothing."""
        found = facts.get(self.key)
        return found[0] if len(found) == 1 else self.default


class Wild(Enum):
    ANY = "*"
    ONE = "?"


class Mode(Enum):
    """How far wildcards reach."""

    PLAIN = "any character"
    RESOURCE = "within a part of an ARN, and beyond it where * is the last of its part"
    ARN = "within a part of an ARN"


Part = str | Wild | Variable

ARN_COLONS = 5  # what follows the fifth is one part, colons or not
_VARIABLE = re.compile(r"\$\{([^,{}']*)(?:,\s*'((?:[^']|'')*+)'\s*)?\}")
_ESCAPED = frozenset("*?$")  # ${*}, ${?} and ${$} stand for the character itself
_WILD = {"*": Wild.ANY, "?": Wild.ONE}
_MATCHERS_CACHED_MAX = 4_096


def parts_of(text: str, *, has_wildcards: bool, has_variables: bool) -> tuple[Part, ...]:
    """A pattern taken apart. Variables are those of policies of version 2012-10-17; in older ones they are plain text."""
    parts: list[Part] = []
    at = 0
    for found in _VARIABLE.finditer(text) if has_variables else ():
        key = found[1].strip()
        parts += _pieces(text[at : found.start()], has_wildcards)
        if key in _ESCAPED and found[2] is None:
            parts.append(key)
        else:
            parts.append(Variable(key, None if found[2] is None else found[2].replace("''", "'")))
        at = found.end()
    parts += _pieces(text[at:], has_wildcards)
    return tuple(parts)


def _pieces(text: str, has_wildcards: bool) -> list[Part]:
    if not has_wildcards:
        return [text] if text else []
    return [_WILD.get(piece, piece) for piece in re.split(r"([*?])", text) if piece]


class Matcher:
    """One pattern without variables, ready to match."""

    __slots__ = (
        "_accepting",
        "_crossing",
        "_default",
        "_default_of_colon",
        "_head",
        "_is_exact",
        "_is_open",
        "_masks",
        "_stars",
        "_start",
    )

    def __init__(self, parts: Sequence[str | Wild], mode: Mode) -> None:
        plain = _normal(parts)
        self._head = plain[0] if plain and isinstance(plain[0], str) else ""
        rest = plain[1:] if self._head else plain
        self._is_exact = not rest
        self._is_open = rest == [Wild.ANY] and (mode is not Mode.ARN or self._head.count(":") >= ARN_COLONS)
        self._masks: dict[str, int] = {}
        self._stars = self._crossing = self._default = self._default_of_colon = 0
        colons = self._head.count(":")
        units = [unit for part in rest for unit in (part if isinstance(part, str) else (part,))]
        for place, unit in enumerate(units):
            bit = 1 << place
            is_free = mode is Mode.PLAIN or colons >= ARN_COLONS
            if unit is Wild.ANY:
                self._stars |= bit
                is_last = place + 1 == len(units) or units[place + 1] == ":"
                if is_free or (mode is Mode.RESOURCE and is_last):
                    self._crossing |= bit
            elif unit is Wild.ONE:
                self._default |= bit
                self._default_of_colon |= bit if is_free else 0
            else:
                colons += unit == ":"
                self._masks[unit] = self._masks.get(unit, 0) | bit
        self._accepting = 1 << len(units)
        self._start = 1 | ((self._stars & 1) << 1)

    def matches(self, value: str) -> bool:
        if not value.startswith(self._head):
            return False
        if self._is_exact:
            return len(value) == len(self._head)
        return self._is_open or self._follow(value)

    def _follow(self, value: str) -> bool:
        """Bit n of ``reached`` says that the first n units of the pattern can have matched what was read so far."""
        reached, stars, masks = self._start, self._stars, self._masks
        for character in value[len(self._head) :]:
            is_colon = character == ":"
            taken = masks.get(character, 0) | (self._default_of_colon if is_colon else self._default)
            reached = ((reached & taken) << 1) | (reached & (self._crossing if is_colon else stars))
            reached |= (reached & stars) << 1  # a star may stand for nothing
            if not reached:
                return False
        return bool(reached & self._accepting)


def _normal(parts: Sequence[str | Wild]) -> list[str | Wild]:
    """Neighbouring texts become one, and so do neighbouring stars; empty texts go."""
    plain: list[str | Wild] = []
    for part in parts:
        last = plain[-1] if plain else None
        if part == "" or (part is Wild.ANY and last is Wild.ANY):
            continue
        if isinstance(part, str) and isinstance(last, str):
            plain[-1] = last + part
        else:
            plain.append(part)
    return plain


@lru_cache(maxsize=_MATCHERS_CACHED_MAX)
def _matcher(parts: tuple[str | Wild, ...], mode: Mode) -> Matcher:
    return Matcher(parts, mode)


class Pattern:
    """One pattern of a policy, with its variables."""

    __slots__ = ("_mode", "_parts", "_ready", "variables")

    def __init__(self, text: str, mode: Mode = Mode.PLAIN, *, has_wildcards: bool = True, has_variables: bool = False) -> None:
        self._parts = parts_of(text, has_wildcards=has_wildcards, has_variables=has_variables)
        self._mode = mode if text.startswith("arn:") else Mode.PLAIN
        self.variables = tuple(part.key for part in self._parts if isinstance(part, Variable))
        fixed = [part for part in self._parts if not isinstance(part, Variable)]
        self._ready = None if self.variables else Matcher(fixed, self._mode)

    def matches(self, value: str, facts: Facts) -> bool:
        if self._ready is not None:
            return self._ready.matches(value)
        filled: list[str | Wild] = []
        for part in self._parts:
            known = part.value(facts) if isinstance(part, Variable) else part
            if known is None:
                return False
            filled.append(known)
        return _matcher(tuple(filled), self._mode).matches(value)
