"""APIs: found, made, changed, deleted with all that is theirs."""

from lambent.core import ids
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import Api, Scope
from lambent.services.apigateway.tables.v2 import apis, parts
from lambent.services.apigateway.tables.v2.published import signal_api
from lambent.store.database import Transaction

API_ID_CHARS = 10


def find(tx: Transaction, scope: Scope, api_id: str) -> Api:
    """One of the account's own. Raises ApiNotFound."""
    api = apis.find(tx, api_id)
    if api is None or api.scope != scope:
        raise errors.ApiNotFound(account=scope.account, api_id=api_id)
    return api


def page(tx: Transaction, scope: Scope, *, after: str, count_max: int) -> list[Api]:
    """The APIs of one page, and the first of the next where there is one."""
    return apis.page(tx, scope, after=after, count_max=count_max + 1)


def new_id() -> str:
    return ids.lower_and_digits(API_ID_CHARS)


def insert(tx: Transaction, api: Api) -> None:
    apis.put(tx, api)


def delete(tx: Transaction, scope: Scope, api_id: str) -> None:
    """Raises ApiNotFound."""
    api = find(tx, scope, api_id)
    parts.delete_all(tx, api.api_id)
    apis.delete(tx, api.api_id)
    signal_api(tx, api.api_id)
