"""Markers: where the next page of a list begins."""

from collections.abc import Sequence
from typing import TypeVar

from lambent.core import page_tokens
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
        return page_tokens.key_of(marker, first)
    except page_tokens.BadPageToken as error:
        raise errors.InvalidParameterValue(reason="Invalid Marker.") from error


marker = page_tokens.token_of


def split(rows: Sequence[T], size: int) -> tuple[Sequence[T], T | None]:
    """The rows of one page, and the first of the next where ``rows`` holds one more."""
    return rows[:size], rows[size] if len(rows) > size else None
