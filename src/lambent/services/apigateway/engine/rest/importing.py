"""Writes what an OpenAPI document says: a new API, over one that is there, or into one.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html
"""

from collections.abc import Mapping
from typing import Any

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import apis, methods, models, parts, resources
from lambent.services.apigateway.engine.rest.openapi import Imported
from lambent.services.apigateway.tables.rest import documents
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.store.database import Transaction

MERGE, OVERWRITE = "merge", "overwrite"


def create(tx: Transaction, scope: Scope, imported: Imported, now: Instant, *, fails_on_warnings: bool) -> Document:
    """Raises BadRequestException, LimitExceededException."""
    api = apis.create(tx, scope, imported.api, now)
    return _fill(tx, scope, api, imported, fails_on_warnings=fails_on_warnings)


def put(tx: Transaction, scope: Scope, api_id: str, imported: Imported, *, mode: str, fails_on_warnings: bool) -> Document:
    """Deployments and stages stay as they are. Raises BadRequestException, NotFoundException."""
    api = parts.find_api(tx, scope, api_id)
    if mode == OVERWRITE:
        _clear(tx, scope, api, imported)
    endpoints = {**api["endpointConfiguration"], **imported.api.get("endpointConfiguration", {})}
    api = {**api, **imported.api, "endpointConfiguration": endpoints}
    if not api["name"]:
        raise errors.BadRequest(reason="No name specified")
    apis.save(tx, scope, api)
    return _fill(tx, scope, api, imported, fails_on_warnings=fails_on_warnings)


def _fill(tx: Transaction, scope: Scope, api: Document, imported: Imported, *, fails_on_warnings: bool) -> Document:
    if imported.warnings and fails_on_warnings:
        raise errors.BadRequest(reason="Warnings found during import:\n\t" + "\n\t".join(imported.warnings))
    api_id = api["id"]
    for name, model in imported.models.items():
        schema = _with_references(model["schema"], api_id)
        before = documents.find(tx, scope, parts.MODEL.name, api_id, name) or {"id": _part_id()}
        parts.put(tx, scope, parts.MODEL, api_id, {**before, **model, "schema": schema})
    validators = _named(tx, scope, parts.VALIDATOR, api_id, imported.validators)
    authorizers = _named(tx, scope, parts.AUTHORIZER, api_id, imported.authorizers)
    for kind, response in imported.gateway_responses.items():
        models.put_gateway_response(tx, scope, api_id, kind, response)
    for path, verbs in imported.paths.items():
        resource = _resource(tx, scope, api, path)
        for verb, method in verbs.items():
            whole = _method(method, resource["id"], validators, authorizers)
            resource.setdefault("resourceMethods", {})[verb] = whole
        parts.put(tx, scope, parts.RESOURCE, api_id, resource)
    return api | ({"warnings": imported.warnings} if imported.warnings else {})


def _clear(tx: Transaction, scope: Scope, api: Document, imported: Imported) -> None:
    """What the document does not speak of goes. Paths that stay keep their ids, as authorizers do by their names."""
    api_id = api["id"]
    kept = {"/"}
    for path in imported.paths:
        segments = path.strip("/").split("/")
        kept |= {"/" + "/".join(segments[:count]) for count in range(len(segments) + 1)}
    for resource in parts.of_owner(tx, scope, parts.RESOURCE, api_id):
        resource.pop("resourceMethods", None)
        if resource["path"] in kept:
            parts.put(tx, scope, parts.RESOURCE, api_id, resource)
        else:
            documents.delete(tx, scope, parts.RESOURCE.name, api_id, resource["id"])
    for kind, names in ((parts.VALIDATOR, imported.validators), (parts.AUTHORIZER, imported.authorizers)):
        for document in parts.of_owner(tx, scope, kind, api_id):
            if document["name"] not in names:
                documents.delete(tx, scope, kind.name, api_id, document["id"])
    for model in parts.of_owner(tx, scope, parts.MODEL, api_id):
        if model["name"] not in imported.models and model["name"] not in (models.EMPTY, models.ERROR):
            documents.delete(tx, scope, parts.MODEL.name, api_id, model["name"])
    for response in parts.of_owner(tx, scope, parts.GATEWAY_RESPONSE, api_id):
        documents.delete(tx, scope, parts.GATEWAY_RESPONSE.name, api_id, response["responseType"])


def _named(tx: Transaction, scope: Scope, kind: parts.Kind, api_id: str, given: Mapping[str, Document]) -> dict[str, str]:
    """Puts validators or authorizers, and tells the id of each by its name."""
    there = {document["name"]: document for document in parts.of_owner(tx, scope, kind, api_id)}
    found: dict[str, str] = {}
    for name, document in given.items():
        if kind is parts.AUTHORIZER:
            document = models.authorizer({**document, "id": there.get(name, {}).get("id") or _part_id()})
        else:
            document = {**document, "id": there.get(name, {}).get("id") or _part_id()}
        parts.put(tx, scope, kind, api_id, document)
        found[name] = document["id"]
    return found


def _resource(tx: Transaction, scope: Scope, api: Document, path: str) -> Document:
    """The resource at a path, made with those above it where they are not there."""
    by_path = {resource["path"]: resource for resource in parts.of_owner(tx, scope, parts.RESOURCE, api["id"])}
    resource = by_path["/"]
    so_far = ""
    for part in filter(None, path.split("/")):
        so_far = f"{so_far}/{part}"
        below = by_path.get(so_far) or resources.create(tx, scope, api["id"], resource["id"], part)
        resource = below
    return resource


def _method(
    method: Mapping[str, Any], resource_id: str, validators: Mapping[str, str], authorizers: Mapping[str, str]
) -> Document:
    """With ids where the document has names. Raises BadRequestException for a name that it does not have."""
    whole = dict(method)
    validator, authorizer = whole.pop("validator", None), whole.pop("authorizer", None)
    if validator is not None:
        if validator not in validators:
            raise errors.BadRequest(reason=f"Invalid request validator name specified: {validator}")
        whole["requestValidatorId"] = validators[validator]
    if authorizer is not None:
        whole["authorizerId"] = authorizers[authorizer]
    integration = whole.get("methodIntegration")
    if integration is not None:
        filled = {"cacheNamespace": resource_id, "cacheKeyParameters": [], **integration}
        filled["timeoutInMillis"] = filled["timeoutInMillis"] or methods.TIMEOUT_MS_DEFAULT
        if filled["type"] in ("HTTP", "HTTP_PROXY"):
            filled.setdefault("connectionType", "INTERNET")
        methods.check_integration(filled)
        whole["methodIntegration"] = filled
        for status, response in filled.get("integrationResponses", {}).items():
            declared = whole.setdefault("methodResponses", {}).setdefault(status, {"statusCode": status})
            for target in response.get("responseParameters", {}):
                declared.setdefault("responseParameters", {}).setdefault(target, False)
    return whole


def _with_references(schema: str, api_id: str) -> str:
    """References to models as models have them: as addresses."""
    address = f"https://apigateway.amazonaws.com/restapis/{api_id}/models/"
    return schema.replace("#/definitions/", address).replace("#/components/schemas/", address)


def _part_id() -> str:
    return ids.lower_and_digits(models.PART_ID_CHARACTERS)
