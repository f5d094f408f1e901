"""What templates may ask of values: the methods of Java's strings, lists, maps and numbers; and how values are written.

Numbers of JSON that are whole are Java's Integer or Long, all others its Double.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import re2
from msgspec import Struct

from lambent.lang.velocity.errors import TemplateFailure

STRING_CHARACTERS_MAX = 10_485_760


class Tool(Struct, frozen=True):
    """An object of the host's: what may be called in it, what may be read of it, and how it is written."""

    methods: Mapping[str, Callable[..., Any]] = {}
    properties: Mapping[str, Any] = {}
    text: str = ""


def text_of(value: Any) -> str:
    """A value as Java's ``toString`` writes it."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{text_of(key)}={text_of(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(text_of, value)) + "]"
    if isinstance(value, Tool):
        return value.text
    return str(value)


def property_of(value: Any, name: str) -> Any:
    """None where there is no such thing."""
    if isinstance(value, Tool):
        return value.properties.get(name)
    if isinstance(value, Mapping):
        if name in value:
            return value[name]
        return call(value, name, ()) if name in ("size", "keySet", "entrySet", "values", "empty") else None
    if isinstance(value, list | str) and name in ("size", "length", "empty"):
        return len(value) if name != "empty" else not value
    return None


def item_of(value: Any, index: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get(index if isinstance(index, str) else text_of(index))
    if isinstance(value, list) and isinstance(index, int) and -len(value) <= index < len(value):
        return value[index]
    return None


def call(value: Any, name: str, arguments: Sequence[Any]) -> Any:
    """What a method answers; None where a value has no such method. Raises TemplateFailure for arguments that do not fit."""
    if isinstance(value, Tool):
        method = value.methods.get(name)
    elif isinstance(value, str):
        method = _bound(_STRINGS, name, value)
    elif isinstance(value, list):
        method = _bound(_LISTS, name, value)
    elif isinstance(value, dict):
        method = _bound(_MAPS, name, value)
    elif isinstance(value, int | float):
        method = _bound(_NUMBERS, name, value)
    else:
        method = None
    if method is None:
        return None
    try:
        return method(*arguments)
    except (TypeError, ValueError, IndexError, AttributeError, OverflowError, re2.error) as error:
        raise TemplateFailure(f"{name} does not take these arguments") from error


def _bound(methods: Mapping[str, Callable[..., Any]], name: str, value: Any) -> Callable[..., Any] | None:
    method = methods.get(name)
    return None if method is None else lambda *arguments: method(value, *arguments)


def _double(value: float) -> str:
    if math.isfinite(value) and (value == 0 or 1e-3 <= abs(value) < 1e7):
        return repr(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int), "it is finite"
    fraction = "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{digits[0]}.{fraction}E{exponent + len(digits) - 1}"


# ---- strings ---------------------------------------------------------------------------------------------------------


def _bounded(text: str) -> str:
    if len(text) > STRING_CHARACTERS_MAX:
        raise TemplateFailure("The text becomes too long")
    return text


def _substring(text: str, start: int, end: int | None = None) -> str:
    stop = len(text) if end is None else end
    if not 0 <= start <= stop <= len(text):
        raise IndexError(start)
    return text[start:stop]


def _replace_all(text: str, pattern: str, replacement: str) -> str:
    return _bounded(str(re2.sub(pattern, _java_replacement(replacement), text)))


def _java_replacement(replacement: str) -> str:
    """``$1`` is a group and ``\\$`` a dollar sign in Java; ``\\1`` and ``$`` are in re2."""
    found: list[str] = []
    at = 0
    while at < len(replacement):
        character = replacement[at]
        following = replacement[at + 1 : at + 2]
        if character == "$" and following.isdigit():
            found.append(f"\\{following}")
            at += 2
        elif character == "\\" and following:
            found.append("\\\\" if following == "\\" else following)
            at += 2
        else:
            found.append(character)
            at += 1
    return "".join(found)


def _split(text: str, pattern: str, limit: int = 0) -> list[str]:
    parts: list[str] = re2.split(pattern, text, max(limit - 1, 0))
    if limit == 0:
        while len(parts) > 1 and not parts[-1]:
            parts.pop()
    return parts


_STRINGS: Mapping[str, Callable[..., Any]] = {
    "length": len,
    "size": len,
    "isEmpty": lambda text: not text,
    "toString": lambda text: text,
    "toUpperCase": lambda text: text.upper(),
    "toLowerCase": lambda text: text.lower(),
    "trim": lambda text: text.strip(),
    "equals": lambda text, other: isinstance(other, str) and text == other,
    "equalsIgnoreCase": lambda text, other: isinstance(other, str) and text.lower() == other.lower(),
    "compareTo": lambda text, other: (text > other) - (text < other),
    "contains": lambda text, other: other in text,
    "startsWith": lambda text, other: text.startswith(other),
    "endsWith": lambda text, other: text.endswith(other),
    "indexOf": lambda text, other, start=0: text.find(other, start),
    "lastIndexOf": lambda text, other: text.rfind(other),
    "substring": _substring,
    "charAt": lambda text, index: text[index],
    "concat": lambda text, other: _bounded(text + other),
    "replace": lambda text, old, new: _bounded(text.replace(old, new)),
    "replaceAll": _replace_all,
    "replaceFirst": lambda text, pattern, new: str(re2.sub(pattern, _java_replacement(new), text, 1)),
    "matches": lambda text, pattern: re2.fullmatch(pattern, text) is not None,
    "split": _split,
}


# ---- lists and maps --------------------------------------------------------------------------------------------------


def _add(items: list[Any], *arguments: Any) -> bool:
    if len(arguments) == 2:
        items.insert(arguments[0], arguments[1])
    else:
        items.append(*arguments)
    return True


def _remove_item(items: list[Any], item: Any) -> Any:
    if isinstance(item, int) and not isinstance(item, bool):
        return items.pop(item)
    if item not in items:
        return False
    items.remove(item)
    return True


def _set_item(items: list[Any], index: int, item: Any) -> Any:
    before, items[index] = items[index], item
    return before


def _put(entries: dict[str, Any], key: Any, value: Any) -> Any:
    before = entries.get(text_of(key))
    entries[text_of(key)] = value
    return before


def _entry(key: str, value: Any) -> Tool:
    methods = {"getKey": lambda: key, "getValue": lambda: value}
    return Tool(methods, {"key": key, "value": value}, f"{key}={text_of(value)}")


_LISTS: Mapping[str, Callable[..., Any]] = {
    "size": len,
    "length": len,
    "isEmpty": lambda items: not items,
    "toString": text_of,
    "get": lambda items, index: items[index],
    "contains": lambda items, item: item in items,
    "containsAll": lambda items, others: all(item in items for item in others),
    "indexOf": lambda items, item: items.index(item) if item in items else -1,
    "add": _add,
    "addAll": lambda items, others: items.extend(others) or True,
    "set": _set_item,
    "remove": _remove_item,
    "clear": lambda items: items.clear(),
    "subList": lambda items, start, end: items[start:end],
    "iterator": lambda items: items,
}

_MAPS: Mapping[str, Callable[..., Any]] = {
    "size": len,
    "isEmpty": lambda entries: not entries,
    "empty": lambda entries: not entries,
    "toString": text_of,
    "get": lambda entries, key: entries.get(text_of(key)),
    "getOrDefault": lambda entries, key, other: entries.get(text_of(key), other),
    "containsKey": lambda entries, key: text_of(key) in entries,
    "containsValue": lambda entries, value: value in entries.values(),
    "keySet": lambda entries: list(entries),
    "values": lambda entries: list(entries.values()),
    "entrySet": lambda entries: [_entry(key, value) for key, value in entries.items()],
    "put": _put,
    "putAll": lambda entries, others: entries.update(others),
    "remove": lambda entries, key: entries.pop(text_of(key), None),
    "clear": lambda entries: entries.clear(),
}

_NUMBERS: Mapping[str, Callable[..., Any]] = {
    "toString": text_of,
    "equals": lambda number, other: number == other,
    "intValue": int,
    "longValue": int,
    "doubleValue": float,
    "compareTo": lambda number, other: (number > other) - (number < other),
}
