"""What all operations of apigatewayv2 share: the neighbours, names, addresses, dates and pages."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from lambent.core import page_tokens
from lambent.core.clock import Clock, Instant
from lambent.core.context import Context, Scope
from lambent.core.ports import Parameters
from lambent.durable.signals import Signals
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import HTTP, Api
from lambent.services.apigateway.operations.known_domains import KnownDomains
from lambent.store.database import Database

PAGE_ITEMS_MAX = 1_000

T = TypeVar("T")


class Base:
    """Built by app.py."""

    def __init__(self, *, store: Database, clock: Clock, signals: Signals) -> None:
        self._store = store
        self._clock = clock
        self._domains = KnownDomains(store=store, signals=signals)


def scope_of(context: Context) -> Scope:
    return Scope(context.account, context.region)


def date(moment: Instant) -> datetime:
    """To the second, as AWS tells it."""
    return datetime.fromtimestamp(int(moment), UTC)


def endpoint(context: Context, api: Api) -> str:
    """Where visitors reach the API: at the port at which this platform was called, below the name that it was called by."""
    where = urlsplit(context.endpoint_url)
    name = where.hostname or "localhost"
    if ":" in name or name.replace(".", "").isdigit():
        name = "localhost"  # nothing stands below an address
    is_secure = where.scheme == "https"
    plain, secure = ("http", "https") if api.protocol_type == HTTP else ("ws", "wss")
    port = f":{where.port}" if where.port else ""
    return f"{secure if is_secure else plain}://{api.api_id}.execute-api.{api.scope.region}.{name}{port}"


def told(record: object, fields: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a record as AWS tells them: what was never set is left out."""
    values = {member: getattr(record, field) for member, field in fields.items()}
    return {
        member: list(value) if isinstance(value, tuple) else value
        for member, value in values.items()
        if value not in ("", None, (), {})
    }


def page_size(parameters: Parameters) -> int:
    """Raises BadRequest."""
    text = parameters.get("MaxResults")
    if text is None:
        return PAGE_ITEMS_MAX
    if not text.isdecimal() or not text.isascii() or int(text[:9]) < 1:
        raise errors.BadRequest(reason="Invalid value for maxResults")
    return min(int(text[:9]), PAGE_ITEMS_MAX)


def start(parameters: Parameters) -> str:
    """The key behind which the page begins. Raises BadRequest for a token that is none of ours."""
    token = parameters.get("NextToken")
    if not token:
        return ""
    try:
        return page_tokens.key_of(token, "")
    except page_tokens.BadPageToken as error:
        raise errors.BadRequest(reason="Invalid value for nextToken") from error


def paged(shown: Sequence[Any], keys: Sequence[str], count_max: int) -> dict[str, Any]:
    """A page, and where the next begins. ``keys`` are those of the page, and one more where there is a next."""
    reply: dict[str, Any] = {"Items": list(shown[:count_max])}
    if len(keys) > count_max:
        reply["NextToken"] = page_tokens.token_of(keys[count_max - 1])
    return reply
