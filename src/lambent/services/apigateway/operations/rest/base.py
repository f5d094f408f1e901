"""What all operations of apigateway share: the neighbours, pages, and documents as replies."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lambent.core import page_tokens
from lambent.core.clock import Clock
from lambent.core.context import Context, Scope
from lambent.core.ports import Caller, Parameters, Reply
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.store.database import Database

PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX = 25, 500
DATES = ("createdDate", "lastUpdatedDate", "certificateUploadDate", "expirationDate")


class Base:
    """Built by app.py."""

    def __init__(self, *, store: Database, clock: Clock, call: Caller) -> None:
        self._store = store
        self._call = call
        self._clock = clock


def scope_of(context: Context) -> Scope:
    return Scope(context.account, context.region)


def told(document: Mapping[str, Any]) -> Reply:
    """A document with dates where it has instants, to the second."""
    dates = {name: datetime.fromtimestamp(int(document[name]), UTC) for name in DATES if name in document}
    return {**document, **dates}


def paged(
    parameters: Parameters,
    found: Sequence[Document],
    key: Callable[[Document], str],
    *,
    count_default: int = PAGE_ITEMS_DEFAULT,
) -> Reply:
    """The page that ``limit`` and ``position`` ask for, of all that there is. Raises BadRequestException."""
    count = parameters.get("limit") or count_default
    if not 1 <= count <= PAGE_ITEMS_MAX:
        raise errors.BadRequest(reason=f"Invalid limit specified: it must be between 1 and {PAGE_ITEMS_MAX}")
    after = _after(parameters.get("position"))
    left = [document for document in found if key(document) > after] if after else list(found)
    reply: Reply = {"items": [told(document) for document in left[:count]]}
    if len(left) > count:
        reply["position"] = page_tokens.token_of(key(left[count - 1]))
    return reply


def by(name: str) -> Callable[[Document], str]:
    """The order of a list whose documents are found by this member."""
    return lambda document: str(document[name])


def operations_of(parameters: Parameters) -> Sequence[Mapping[str, Any]]:
    return parameters.get("patchOperations") or ()


def _after(position: str | None) -> str:
    if not position:
        return ""
    try:
        return page_tokens.key_of(position, "")
    except page_tokens.BadPageToken as error:
        raise errors.BadRequest(reason="Invalid position parameter specified") from error
