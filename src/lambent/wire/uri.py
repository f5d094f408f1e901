"""Paths and query strings: taken apart and decoded, in few microseconds, because every REST request needs it."""

from urllib.parse import unquote, unquote_plus


def segments(path: str) -> list[str]:
    """The parts between slashes, still encoded; "/" has none."""
    return path[1:].split("/") if len(path) > 1 else []


def decode(segment: str) -> str:
    return unquote(segment) if "%" in segment else segment


def pairs(query: str) -> list[tuple[str, str]]:
    """The parameters of a query string or of a form, decoded, in order. One without "=" has the value ""."""
    if not query:
        return []
    found = []
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            found.append((_decode_plus(name), _decode_plus(value)))
    return found


def _decode_plus(text: str) -> str:
    return unquote_plus(text) if "%" in text or "+" in text else text
