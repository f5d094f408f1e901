"""REST APIs themselves: create, change, delete.

https://docs.aws.amazon.com/apigateway/latest/api/API_RestApi.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import models, parts, patches
from lambent.services.apigateway.engine.rest.identifiers import resource_arn
from lambent.services.apigateway.engine.rest.patches import ADD_OR_REMOVE, ALL, Rule
from lambent.services.apigateway.tables.rest import documents
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.services.apigateway.tables.v2 import domains
from lambent.store.database import Transaction

COMPRESSION_BYTES_MAX = 10_485_760
API_ID_CHARACTERS = 10
MEMBERS = (
    "name",
    "description",
    "version",
    "binaryMediaTypes",
    "minimumCompressionSize",
    "apiKeySource",
    "policy",
    "tags",
    "disableExecuteApiEndpoint",
    "securityPolicy",
    "endpointAccessMode",
)
ENDPOINT_TYPES = ("REGIONAL", "EDGE", "PRIVATE")


def _compression(text: str) -> int | None:
    if not text:
        return None
    size = int(text) if text.lstrip("-").isdigit() else -1
    _check_compression(size)
    return size


def _check_compression(size: int) -> None:
    if not 0 <= size <= COMPRESSION_BYTES_MAX:
        raise errors.BadRequest(reason=f"Invalid minimum compression size, must be between 0 and {COMPRESSION_BYTES_MAX}")


RULES = (
    Rule("/name"),
    Rule("/description", ALL),
    Rule("/policy"),
    Rule("/apiKeySource"),
    Rule("/minimumCompressionSize", read=_compression),
    Rule("/disableExecuteApiEndpoint", read=patches.boolean),
    Rule("/securityPolicy"),
    Rule("/endpointAccessMode"),
    Rule("/binaryMediaTypes/*", ALL, is_set=True),
    Rule("/endpointConfiguration/types/*"),
    Rule("/endpointConfiguration/ipAddressType"),
    Rule("/endpointConfiguration/vpcEndpointIds", ADD_OR_REMOVE, is_set=True),
)


def create(tx: Transaction, scope: Scope, parameters: Mapping[str, Any], now: Instant) -> Document:
    """With its root resource and the two models that every API has. Raises BadRequestException, LimitExceededException."""
    api = _document(parameters, now)
    clone_from = parameters.get("cloneFrom")
    if clone_from:
        parts.find_api(tx, scope, clone_from)
    parts.add(tx, scope, parts.API, "", api)
    api_id = api["id"]
    if clone_from:
        root_id = _copy(tx, scope, clone_from, api_id)
    else:
        root_id = ids.lower_and_digits(API_ID_CHARACTERS)
        parts.put(tx, scope, parts.RESOURCE, api_id, {"id": root_id, "path": "/"})
        for model in models.defaults():
            parts.put(tx, scope, parts.MODEL, api_id, model)
    api["rootResourceId"] = root_id
    parts.put(tx, scope, parts.API, "", api)
    return api


def change(tx: Transaction, scope: Scope, api_id: str, operations: Iterable[Mapping[str, Any]]) -> Document:
    api = patches.apply(parts.find_api(tx, scope, api_id), operations, RULES, patches.NAMING_PATH)
    save(tx, scope, api)
    return api


def save(tx: Transaction, scope: Scope, api: Document) -> None:
    """Raises BadRequestException for what no API may be."""
    check(api)
    for name in ("description", "policy", "minimumCompressionSize"):
        if api.get(name) in (None, ""):
            api.pop(name, None)
    parts.put(tx, scope, parts.API, "", api)
    parts.tell(tx, api["id"])


def delete(tx: Transaction, scope: Scope, api_id: str) -> None:
    """Raises BadRequestException while a domain name leads to it."""
    parts.find_api(tx, scope, api_id)
    if domains.mappings_of_api(tx, api_id):
        raise errors.BadRequest(
            reason=f"Cannot delete RestApi '{api_id}'. Please remove all base path mappings related to the API in your domains"
        )
    documents.delete_owned(tx, scope, api_id)
    parts.delete(tx, scope, parts.API, "", api_id)
    parts.tell(tx, api_id)


def check(api: Mapping[str, Any]) -> None:
    if not api.get("name"):
        raise errors.BadRequest(reason="No name specified")
    types = api["endpointConfiguration"]["types"]
    if len(types) != 1 or types[0] not in ENDPOINT_TYPES:
        raise errors.BadRequest(reason=f"Invalid EndpointTypes specified. Valid options are {','.join(ENDPOINT_TYPES)}")
    if api["apiKeySource"] not in ("HEADER", "AUTHORIZER"):
        raise errors.BadRequest(reason="Invalid API key source specified. Valid options are HEADER,AUTHORIZER")
    if api.get("minimumCompressionSize") is not None:
        _check_compression(api["minimumCompressionSize"])
    if api.get("policy"):
        models.check_json_object(
            api["policy"], "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
        )


def effective_policy(scope: Scope, api: Mapping[str, Any]) -> str:
    """The policy with the resources written out, which may begin with ``execute-api:/``."""
    prefix = f"arn:aws:execute-api:{scope.region}:{scope.account}:{api['id']}/"
    return str(api.get("policy") or "").replace('"execute-api:/', f'"{prefix}')


def arn(scope: Scope, api_id: str) -> str:
    return resource_arn(scope.region, f"/restapis/{api_id}")


def _document(parameters: Mapping[str, Any], now: Instant) -> Document:
    if parameters.get("description") == "":
        raise errors.BadRequest(reason="Description cannot be an empty string")
    api = parts.given(parameters, *MEMBERS)
    for name in ("binaryMediaTypes", "policy", "tags"):
        if not api.get(name):
            api.pop(name, None)
    configuration = parameters.get("endpointConfiguration") or {}
    api |= {
        "id": ids.lower_and_digits(API_ID_CHARACTERS),
        "createdDate": now,
        "apiKeySource": api.get("apiKeySource") or "HEADER",
        "disableExecuteApiEndpoint": bool(api.get("disableExecuteApiEndpoint")),
        "endpointConfiguration": {
            "types": configuration.get("types") or ["EDGE"],
            "ipAddressType": configuration.get("ipAddressType") or "ipv4",
            **parts.given(configuration, "vpcEndpointIds"),
        },
    }
    check(api)
    return api


def _copy(tx: Transaction, scope: Scope, source_id: str, api_id: str) -> str:
    """All that an API is made of, but for its deployments and stages. Returns the id of the root resource."""
    for kind in (parts.RESOURCE, parts.MODEL, parts.VALIDATOR, parts.AUTHORIZER, parts.GATEWAY_RESPONSE):
        for document in parts.of_owner(tx, scope, kind, source_id):
            parts.put(tx, scope, kind, api_id, document)
    return str(parts.find_api(tx, scope, source_id)["rootResourceId"])
