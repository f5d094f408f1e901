"""The parts of REST APIs as rows: how each kind is found, and what AWS says where it is not.

Every document stands under AWS' names, with instants as seconds; what is not set is left out.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lambent.core.context import Scope
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.tables.rest import documents
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.services.apigateway.tables.v2 import published
from lambent.store.database import Transaction


class Kind(NamedTuple):
    """``missing`` is what AWS says of an id that is not there."""

    name: str
    missing: str
    count_max: int
    what: str  # in the plural, as quotas name it
    key: str = "id"  # the member that names a document of this kind


API = Kind("api", "", 600, "APIs")
RESOURCE = Kind("resource", "Invalid Resource identifier specified", 300, "resources")
MODEL = Kind("model", "Invalid model identifier specified", 60, "models", "name")
VALIDATOR = Kind("validator", "Invalid Request Validator identifier specified", 60, "request validators")
AUTHORIZER = Kind("authorizer", "Invalid Authorizer identifier specified", 10, "authorizers")
GATEWAY_RESPONSE = Kind("gateway_response", "Invalid Gateway Response type specified", 30, "gateway responses", "responseType")
DEPLOYMENT = Kind("deployment", "Invalid Deployment identifier specified", 2_000, "deployments")
SNAPSHOT = Kind("snapshot", "Invalid Deployment identifier specified", 2_000, "deployments")
STAGE = Kind("stage", "Invalid Stage identifier specified", 10, "stages", "stageName")
DOCUMENTATION_PART = Kind("documentation_part", "Invalid Documentation part identifier specified", 2_000, "documentation parts")
DOCUMENTATION_VERSION = Kind(
    "documentation_version", "Invalid Documentation version identifier specified", 2_000, "documentation versions", "version"
)
KEY = Kind("key", "Invalid API Key identifier specified", 10_000, "API keys")
PLAN = Kind("plan", "Invalid Usage Plan ID specified", 300, "usage plans")
PLAN_KEY = Kind("plan_key", "Invalid Usage Plan Key identifier specified", 10_000, "usage plan keys")
CERTIFICATE = Kind(
    "certificate", "Invalid Client Certificate identifier specified", 60, "client certificates", "clientCertificateId"
)
ACCOUNT = Kind("account", "", 1, "accounts")
KEYS_PREFIX = "apigateway.keys/"


def find(tx: Transaction, scope: Scope, kind: Kind, owner: str, id_: str) -> Document:
    """Raises NotFoundException."""
    found = documents.find(tx, scope, kind.name, owner, id_)
    if found is None:
        raise errors.NotFound(reason=kind.missing)
    return found


def find_api(tx: Transaction, scope: Scope, api_id: str) -> Document:
    """Raises NotFoundException, as all that is asked of an API which is not there."""
    found = documents.find(tx, scope, API.name, "", api_id)
    if found is None:
        raise errors.ApiNotFound(account=scope.account, api_id=api_id)
    return found


def of_owner(tx: Transaction, scope: Scope, kind: Kind, owner: str) -> list[Document]:
    return documents.of_owner(tx, scope, kind.name, owner)


def of_api(tx: Transaction, scope: Scope, kind: Kind, api_id: str) -> list[Document]:
    find_api(tx, scope, api_id)
    return documents.of_owner(tx, scope, kind.name, api_id)


def put(tx: Transaction, scope: Scope, kind: Kind, owner: str, document: Mapping[str, Any]) -> None:
    documents.put(tx, scope, kind.name, owner, document[kind.key], document)


def add(tx: Transaction, scope: Scope, kind: Kind, owner: str, document: Mapping[str, Any]) -> None:
    """Raises LimitExceededException where there are as many as there may be."""
    if documents.count(tx, scope, kind.name, owner) >= kind.count_max:
        raise errors.LimitExceeded(what=kind.what)
    put(tx, scope, kind, owner, document)


def delete(tx: Transaction, scope: Scope, kind: Kind, owner: str, id_: str) -> None:
    """Raises NotFoundException."""
    if not documents.delete(tx, scope, kind.name, owner, id_):
        raise errors.NotFound(reason=kind.missing)


def change(tx: Transaction, scope: Scope, kind: Kind, owner: str, id_: str, by: Callable[[Document], Document]) -> Document:
    """The document as it has become. Raises NotFoundException, and what ``by`` raises."""
    changed = by(find(tx, scope, kind, owner, id_))
    if changed[kind.key] != id_:
        documents.delete(tx, scope, kind.name, owner, id_)
    put(tx, scope, kind, owner, changed)
    return changed


def tell(tx: Transaction, api_id: str) -> None:
    """Visitors reach something else from now on."""
    published.signal_api(tx, api_id)


def tell_of_keys(tx: Transaction, scope: Scope) -> None:
    """Keys open other stages from now on, or open them otherwise."""
    tx.signal(keys_topic(scope))


def keys_topic(scope: Scope) -> str:
    return f"{KEYS_PREFIX}{scope.account}/{scope.region}"


def given(parameters: Mapping[str, Any], *names: str) -> Document:
    """What of ``names`` was given."""
    return {name: parameters[name] for name in names if parameters.get(name) is not None}
