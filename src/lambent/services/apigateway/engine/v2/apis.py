"""APIs: found, made, changed, deleted with all that is theirs."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from lambent.core import ids
from lambent.core.context import Scope
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import WEBSOCKET, Api
from lambent.services.apigateway.tables.v2 import apis, domains, parts, tags
from lambent.services.apigateway.tables.v2.published import signal_api
from lambent.store.database import Transaction

API_ID_CHARS = 10
APIS_MAX = 600
TAGS_MAX = 50
NAME_CHARS_MAX = 128
ANY_ORIGIN = "*"


def find(tx: Transaction, scope: Scope, api_id: str) -> Api:
    """One of the account's own. Raises ApiNotFound."""
    api = apis.find(tx, api_id)
    if api is None or api.scope != scope:
        raise errors.ApiNotFound(account=scope.account, api_id=api_id)
    return api


def with_tags(tx: Transaction, scope: Scope, api_id: str) -> tuple[Api, dict[str, str]]:
    """Raises ApiNotFound."""
    return find(tx, scope, api_id), tags.find(tx, scope, arn_of(scope, api_id))


def page(tx: Transaction, scope: Scope, *, after: str, count_max: int) -> list[tuple[Api, dict[str, str]]]:
    """The APIs of one page with their tags, and the first of the next where there is one."""
    found = apis.page(tx, scope, after=after, count_max=count_max + 1)
    return [(api, tags.find(tx, scope, arn_of(scope, api.api_id))) for api in found]


def new_id() -> str:
    return ids.lower_and_digits(API_ID_CHARS)


def arn_of(scope: Scope, api_id: str) -> str:
    return f"arn:aws:apigateway:{scope.region}::/apis/{api_id}"


def insert(tx: Transaction, api: Api, api_tags: Mapping[str, str]) -> None:
    """Raises BadRequest, AccountLimitReached."""
    check(api)
    if apis.count(tx, api.scope) >= APIS_MAX:
        raise errors.AccountLimitReached(what="APIs")
    check_tags(api_tags)
    apis.put(tx, api)
    if api_tags:
        tags.put(tx, api.scope, arn_of(api.scope, api.api_id), api_tags)


def update(tx: Transaction, scope: Scope, api_id: str, changes: Mapping[str, Any]) -> Api:
    """What is not among the changes stays. Raises ApiNotFound, BadRequest."""
    api = structs.replace(find(tx, scope, api_id), **changes)
    check(api)
    put(tx, api)
    return api


def put(tx: Transaction, api: Api) -> None:
    """As it is told from now on, and served."""
    apis.put(tx, api)
    signal_api(tx, api.api_id)


def delete_cors(tx: Transaction, scope: Scope, api_id: str) -> None:
    """Raises ApiNotFound."""
    put(tx, structs.replace(find(tx, scope, api_id), cors=None))


def delete(tx: Transaction, scope: Scope, api_id: str) -> None:
    """Raises ApiNotFound, BadRequest."""
    api = find(tx, scope, api_id)
    if domains.mappings_of_api(tx, api_id):
        reason = f"Deleting API {api_id} failed. Please remove all api mappings related to the API from your domains."
        raise errors.BadRequest(reason=reason)
    parts.delete_all(tx, api.api_id)
    apis.delete(tx, api.api_id)
    tags.delete(tx, scope, arn_of(scope, api_id))
    signal_api(tx, api.api_id)


def check(api: Api) -> None:
    """Raises BadRequest."""
    if not 1 <= len(api.name) <= NAME_CHARS_MAX:
        raise errors.BadRequest(reason="Invalid API name specified")
    if api.protocol_type == WEBSOCKET and api.cors is not None:
        raise errors.BadRequest(reason="Cors is not supported for WEBSOCKET protocolType")
    if api.cors is not None and api.cors.allow_credentials and ANY_ORIGIN in api.cors.allow_origins:
        raise errors.BadRequest(reason="allow-credentials is not supported if 'allow-origin' is *")
    if api.protocol_type == WEBSOCKET and not api.route_selection_expression:
        raise errors.BadRequest(reason="Invalid routeSelectionExpression")


def check_tags(given: Mapping[str, str]) -> None:
    """Raises BadRequest."""
    if len(given) > TAGS_MAX:
        raise errors.BadRequest(reason=f"A resource can have at most {TAGS_MAX} tags")
    if any(key.lower().startswith("aws:") for key in given):
        raise errors.BadRequest(reason="Invalid tag key: keys that begin with aws: are reserved")
