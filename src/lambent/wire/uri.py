"""Paths and query strings: taken apart and decoded, in few microseconds, because every REST request needs it."""

from string import printable
from urllib.parse import quote, unquote, unquote_plus


def segments(path: str) -> list[str]:
    """The parts between slashes, still encoded; "/" has none."""
    return path[1:].split("/") if len(path) > 1 else []


def decode(segment: str) -> str:
    return unquote(segment) if "%" in segment else segment


def pairs(query: str) -> list[tuple[str, str]]:
    """The parameters of a query string or of a form, decoded, in order. One without "=" has the value ""."""
    if not query:
        return []
    is_encoded = "%" in query or "+" in query
    found = []
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            found.append((_decode_plus(name), _decode_plus(value)) if is_encoded else (name, value))
    return found


def query_in_ascii(query: str) -> str:
    """A query as a server reads it, its bytes as characters, with those encoded that a URL may not have."""
    return query if query.isascii() else quote(query.encode("latin-1"), safe=printable)


def _decode_plus(text: str) -> str:
    return unquote_plus(text) if "%" in text or "+" in text else text
