"""Markers: where the next page of a list begins."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import TypeVar, cast

from lambent.core.ports import Parameters
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import limits

T = TypeVar("T")


def count_max(parameters: Parameters) -> int:
    """How many items a page may have."""
    return min(parameters.get("MaxItems") or limits.ITEMS_DEFAULT, limits.ITEMS_DEFAULT)


def start(parameters: Parameters, first: T) -> T:
    """The key at which the page begins: the marker's, or ``first``. Raises for a marker that is none of ours."""
    marker = parameters.get("Marker")
    if not marker:
        return first
    try:
        key = json.loads(base64.urlsafe_b64decode(marker))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise errors.InvalidParameterValue(reason="Invalid Marker.") from error
    if not _is_alike(key, first):
        raise errors.InvalidParameterValue(reason="Invalid Marker.")
    return cast(T, key)


def marker(key: str | int | list[str | int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _is_alike(key: object, first: object) -> bool:
    """Whether a row could have the key: anybody may write a marker, and a larger number is none that a table holds."""
    if isinstance(key, list) and isinstance(first, list):
        return len(key) == len(first) and all(map(_is_alike, key, first))
    return type(key) is type(first) and not (isinstance(key, int) and abs(key) >= 2**63)


def split(rows: Sequence[T], size: int) -> tuple[Sequence[T], T | None]:
    """The rows of one page, and the first of the next where ``rows`` holds one more."""
    return rows[:size], rows[size] if len(rows) > size else None
