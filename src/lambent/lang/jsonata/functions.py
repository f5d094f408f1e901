"""The functions that Step Functions adds to JSONata, and those that the library gets wrong or lets grow without bound.

Each is called with as many arguments as it has parameters; what was not given is None, as is what is undefined.
"""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote, unquote

import msgspec

from lambent.core import ids
from lambent.lang.intrinsics.functions import hashed
from lambent.lang.jsonata.errors import EvaluationError
from lambent.lang.jsonata.library import Functions, JException, Jsonata, Utils
from lambent.lang.jsonata.limits import RANGE_ITEMS_MAX, Guard
from lambent.lang.jsonata.patterns import Match, Pattern
from lambent.lang.jsonata.values import NULL, entering, is_function, spelled

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_PREFIXED = re.compile(r"0([xX][0-9A-Fa-f]+|[oO][0-7]+|[bB][01]+)")
_ISO = re.compile(r"\d{4}(-[01]\d)*(-[0-3]\d)*(T[0-2]\d:[0-5]\d:[0-5]\d)*(\.\d+)?([+-][0-2]\d:?[0-5]\d|Z)?", re.ASCII)
_PLACE = re.compile(r"\$(\$|[0-9]+)?")
_UNSAFE_IN_COMPONENTS, _UNSAFE_IN_URLS = "~()*!.'", "~@#$&()*!+=:;,.?/'"

Apply = Callable[[Any, list[Any]], Any]


def current() -> Any:
    """The engine whose evaluation goes on in this thread."""
    return Jsonata.CURRENT.jsonata


def guard() -> Guard:
    found: Guard = current().guard
    return found


def apply(function: Any, arguments: list[Any]) -> Any:
    return Functions.func_apply(function, arguments)


def _refuse(code: str, *facts: object) -> JException:
    return JException(code, -1, *facts)


def truncated(number: float | None) -> int | None:
    """A number without its fraction, as AWS takes whole numbers."""
    return None if number is None or not math.isfinite(number) else int(number)


# ---- what Step Functions adds ------------------------------------------------------------------------------------------------


class Added:
    """https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn"""

    @staticmethod
    def partition(values: list[Any] | None, size: float | None) -> Any:
        length = truncated(size)
        if not values or length is None or length <= 0:
            return None
        return [list(values[start : start + length]) for start in range(0, len(values), length)]

    @staticmethod
    def range(start: float | None, end: float | None, step: float | None) -> Any:
        first, last, by = truncated(start), truncated(end), truncated(step)
        if first is None or last is None or not by:
            return None
        found = range(first, last + (1 if by > 0 else -1), by)
        if len(found) > RANGE_ITEMS_MAX:
            guard().allow(math.inf)
        return Utils.create_sequence_from_iter(found)

    @staticmethod
    def hash(text: str | None, algorithm: str | None) -> Any:
        return None if text is None or algorithm is None else hashed(text, algorithm)

    @staticmethod
    def random(seed: float | None) -> Any:
        whole = truncated(seed)
        return ids.fraction() if whole is None else ids.fraction_of(whole)

    @staticmethod
    def uuid() -> Any:
        return ids.uuid4()

    @staticmethod
    def parse(text: str | None) -> Any:
        if text is None:
            return None
        try:
            return entering(msgspec.json.decode(text))
        except (msgspec.DecodeError, UnicodeError) as error:
            raise EvaluationError("", f"$parse: {error}") from None


# ---- what the library gets wrong ---------------------------------------------------------------------------------------------


class Mended:
    """Numbers and time."""

    @staticmethod
    def number(value: Any) -> Any:
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        if isinstance(value, bool):
            return 1 if value else 0
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            number = float(value)
            if math.isfinite(number):
                return number
        elif isinstance(value, str) and _PREFIXED.fullmatch(value):
            return int(value, 0)
        raise _refuse("T0410" if value is NULL else "D3030", value)

    @staticmethod
    def power(base: float | None, exponent: float | None) -> Any:
        if base is None or exponent is None:
            return None
        try:
            return math.pow(base, exponent)
        except (OverflowError, ValueError):
            raise _refuse("D3061", base, exponent) from None

    @staticmethod
    def now(picture: str | None, timezone: str | None) -> Any:
        return Functions.datetime_from_millis(current().now_ms, picture, timezone)

    @staticmethod
    def millis() -> Any:
        return current().now_ms

    @staticmethod
    def to_millis(timestamp: str | None, picture: str | None) -> Any:
        if timestamp is not None and picture is None and not _ISO.fullmatch(timestamp):
            raise _refuse("D3110", timestamp)
        try:
            return Functions.datetime_to_millis(timestamp, picture)
        except KeyError as error:
            raise _refuse("D3132", error.args[0]) from None

    # ---- arrays ----------------------------------------------------------------------------------------------------------

    @staticmethod
    def sort(values: list[Any] | None, comes_later: Any) -> Any:
        if values is None or len(values) <= 1:
            return values
        if comes_later is not None:
            return sorted(values, key=lambda value: _Ordered(value, comes_later))
        are_numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
        if not are_numbers and not all(isinstance(value, str) for value in values):
            raise _refuse("D3070")
        return sorted(values)

    @staticmethod
    def shuffle(values: list[Any] | None) -> Any:
        if values is None or len(values) <= 1:
            return values
        drawn = sorted((ids.fraction(), index) for index in range(len(values)))
        return [values[index] for _, index in drawn]

    @staticmethod
    def distinct(values: Any) -> Any:
        """By their JSON text: what the library does takes time in proportion to the square of their number."""
        if not isinstance(values, list) or len(values) <= 1:
            return values
        unique: dict[Any, Any] = {}
        for value in values:
            unique.setdefault(id(value) if is_function(value) else spelled(_ordered(value), is_pretty=False), value)
        return Utils.create_sequence_from_iter(unique.values()) if isinstance(values, Utils.JList) else list(unique.values())

    # ---- strings ---------------------------------------------------------------------------------------------------------

    @staticmethod
    def string(value: Any, is_pretty: bool | None) -> Any:
        if isinstance(value, Utils.JList) and value.outer_wrapper:
            value = value[0]
        if value is None or isinstance(value, str):
            return value
        if is_function(value):
            return ""
        guard().charge(value)
        try:
            return spelled(value, is_pretty=bool(is_pretty))
        except OverflowError as error:
            raise _refuse("D1001" if isinstance(value, list | dict) else "D3001", error) from None

    @staticmethod
    def pad(text: str | None, width: float | None, filling: str | None) -> Any:
        guard().allow(abs(width) if width is not None else 0)
        return Functions.pad(text, width, filling)

    @staticmethod
    def join(texts: list[str] | None, separator: str | None) -> Any:
        if texts is not None:
            guard().allow(sum(map(len, texts)) + len(separator or "") * len(texts))
        return Functions.join(texts, separator)

    @staticmethod
    def error(message: Any) -> Any:
        raise _refuse("T0410" if message is NULL else "D3137", "$error() function evaluated" if message is None else message)

    @staticmethod
    def encode_url(url: str | None) -> Any:
        return _encoded("encodeUrl", url, _UNSAFE_IN_URLS)

    @staticmethod
    def encode_url_component(text: str | None) -> Any:
        return _encoded("encodeUrlComponent", text, _UNSAFE_IN_COMPONENTS)

    @staticmethod
    def decode_url(url: str | None) -> Any:
        return _decoded("decodeUrl", url)

    @staticmethod
    def decode_url_component(text: str | None) -> Any:
        return _decoded("decodeUrlComponent", text)

    # ---- what looks for patterns -------------------------------------------------------------------------------------------

    @staticmethod
    def contains(text: str | None, sought: Any) -> Any:
        if text is None or sought is None:
            return None
        return sought in text if isinstance(sought, str) else next(_matches(sought, text), None) is not None

    @staticmethod
    def match(text: str | None, matcher: Any, limit: float | None) -> Any:
        if text is None:
            return None
        found = [
            {
                "match": match.text,
                "index": match.start,
                "groups": [group if group is not None else "" for group in match.groups],
            }
            for match in _limited(_matches(matcher, text), limit, "D3040")
        ]
        return Utils.create_sequence_from_iter(found)

    @staticmethod
    def split(text: str | None, separator: Any, limit: float | None) -> Any:
        if text is None:
            return None
        _check_limit(limit, "D3020")
        if isinstance(separator, str):
            parts = text.split(separator) if separator else list(text)
        else:
            parts, end = [], 0
            for match in _matches(separator, text):
                parts.append(text[end : match.start])
                end = match.end
            parts.append(text[end:])
        return parts if limit is None else parts[: int(limit)]

    @staticmethod
    def replace(text: str | None, sought: Any, replacement: Any, limit: float | None) -> Any:
        if text is None:
            return None
        if sought == "":
            raise _refuse("D3010")
        if isinstance(sought, str):
            _check_limit(limit, "D3011")
            if isinstance(replacement, str):
                return _replaced_plainly(text, sought, replacement, limit)
            found: Iterator[Match] = _occurrences(text, sought)
        else:
            found = _matches(sought, text)
        parts, end, size = [], 0, len(text)
        for match in _limited(found, limit, "D3011"):
            new = _filled(replacement, match) if isinstance(replacement, str) else _by_function(replacement, match)
            parts += [text[end : match.start], new]
            end, size = match.end, size + len(new)
            guard().allow(size)
        return "".join([*parts, text[end:]])


class _Ordered:
    """A sort key: what JSONata's comparator says of two values that stand one behind the other."""

    __slots__ = ("comes_later", "value")

    def __init__(self, value: Any, comes_later: Any) -> None:
        self.value, self.comes_later = value, comes_later

    def __lt__(self, other: "_Ordered") -> bool:
        return bool(Jsonata.boolize(apply(self.comes_later, [other.value, self.value])))


def _ordered(value: Any) -> Any:
    """With the fields of objects in order, so that equal objects are spelled alike."""
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value)}
    return [_ordered(inner) for inner in value] if isinstance(value, list) else value


def _encoded(name: str, text: str | None, safe: str) -> str | None:
    try:
        return None if text is None else quote(text, safe=safe)
    except UnicodeError:
        raise _refuse("D3140", name, text) from None


def _decoded(name: str, text: str | None) -> str | None:
    try:
        return None if text is None else unquote(text, errors="strict")
    except UnicodeError:
        raise _refuse("D3140", name, text) from None


def _check_limit(limit: Any, code: str) -> None:
    if limit is NULL:
        raise _refuse("T0410")
    if limit is not None and limit < 0:
        raise _refuse(code, limit)


def _limited(matches: Iterator[Match], limit: Any, code: str) -> Iterator[Match]:
    _check_limit(limit, code)
    for number, match in enumerate(matches):
        if limit is not None and number >= limit:
            return
        yield match


def _occurrences(text: str, sought: str) -> Iterator[Match]:
    start = text.find(sought)
    while start >= 0:
        end = start + len(sought)
        yield Match(sought, start, end, [])
        start = text.find(sought, end)


def _matches(matcher: Any, text: str) -> Iterator[Match]:
    """Of a pattern, or of a function that gives match, start, end, groups and what to call for the next."""
    if isinstance(matcher, Pattern):
        yield from matcher.matches(text)
        return
    found = apply(matcher, [text])
    while found is not None:
        if not isinstance(found, dict) or not found.keys() >= _MATCH_FIELDS or not is_function(found.get("next")):
            raise _refuse("T1010")
        groups = found["groups"]
        yield Match(found["match"], found["start"], found["end"], groups if isinstance(groups, list) else [groups])
        guard().spend(1)
        found = apply(found["next"], [])


_MATCH_FIELDS: Final = {"match", "start", "end", "groups"}


def _replaced_plainly(text: str, sought: str, replacement: str, limit: float | None) -> str:
    count = -1 if limit is None else math.ceil(limit)
    occurrences = text.count(sought) if count < 0 else min(count, text.count(sought))
    guard().allow(len(text) + occurrences * max(0, len(replacement) - len(sought)))
    return text.replace(sought, replacement, count)


def _filled(replacement: str, match: Match) -> str:
    """``$0`` is the match, ``$1`` its first group, ``$$`` a dollar. Of ``$12`` as many digits as there are groups for."""

    def part(place: re.Match[str]) -> str:
        digits = place[1]
        if digits is None or digits == "$":
            return "$"
        for length in range(len(digits), 0, -1):
            number = int(digits[:length])
            if number == 0:
                return match.text + digits[length:]
            if number <= len(match.groups):
                return (match.groups[number - 1] or "") + digits[length:]
        return digits[1:]

    filled = _PLACE.sub(part, replacement)
    guard().allow(len(filled))
    return filled


def _by_function(function: Any, match: Match) -> str:
    groups = [group if group is not None else "" for group in match.groups]
    new = apply(function, [{"match": match.text, "start": match.start, "end": match.end, "groups": groups}])
    if not isinstance(new, str):
        raise _refuse("D3012", new)
    return new


def _native(name: str, signature: str, holder: type, method: str | None = None) -> Any:
    return Jsonata.JNativeFunction(name, signature, holder, method)


def all_functions() -> dict[str, Any]:
    """What is bound over the library's own, by name; None takes a function away."""
    added = [
        _native("partition", "<an?:x>", Added),
        _native("range", "<n?n?n?:x>", Added),
        _native("hash", "<s?s?:s>", Added),
        _native("random", "<n?:n>", Added),
        _native("uuid", "<:s>", Added),
        _native("parse", "<s?:x>", Added),
    ]
    mended = [
        _native("number", "<(nsb)-:n>", Mended),
        _native("power", "<n-n:n>", Mended),
        _native("now", "<s?s?:s>", Mended),
        _native("millis", "<:n>", Mended),
        _native("toMillis", "<s-s?:n>", Mended, "to_millis"),
        _native("sort", "<af?:a>", Mended),
        _native("shuffle", "<a:a>", Mended),
        _native("distinct", "<x:x>", Mended),
        _native("string", "<x-b?:s>", Mended),
        _native("pad", "<s-ns?:s>", Mended),
        _native("join", "<a<s>s?:s>", Mended),
        _native("error", "<s?:x>", Mended),
        _native("encodeUrl", "<s-:s>", Mended, "encode_url"),
        _native("encodeUrlComponent", "<s-:s>", Mended, "encode_url_component"),
        _native("decodeUrl", "<s-:s>", Mended, "decode_url"),
        _native("decodeUrlComponent", "<s-:s>", Mended, "decode_url_component"),
        _native("contains", "<s-(sf):b>", Mended),
        _native("match", "<s-f<s:o>n?:a<o>>", Mended),
        _native("split", "<s-(sf)n?:a<s>>", Mended),
        _native("replace", "<s-(sf)(sf)n?:s>", Mended),
    ]
    return {function.function_name: function for function in added + mended} | {"eval": None}


def names() -> frozenset[str]:
    """Of all functions that an expression may call."""
    return frozenset(Jsonata.static_frame.bindings) | frozenset(all_functions())
