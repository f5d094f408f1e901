"""Markers: where the next page of a list begins."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import TypeVar

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
    except (binascii.Error, ValueError) as error:
        raise errors.InvalidParameterValue(reason="Invalid Marker.") from error
    if type(key) is not type(first):
        raise errors.InvalidParameterValue(reason="Invalid Marker.")
    return key


def marker(key: str | int | list[str | int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def split(rows: Sequence[T], size: int) -> tuple[Sequence[T], T | None]:
    """The rows of one page, and the first of the next where ``rows`` holds one more."""
    return rows[:size], rows[size] if len(rows) > size else None
