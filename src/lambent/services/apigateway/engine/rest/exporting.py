"""Writes what a stage serves as an OpenAPI document, with Amazon's extensions where they are asked for. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html
"""

import json
from collections.abc import Mapping
from typing import Any

from lambent.core.clock import Instant, iso
from lambent.services.apigateway.engine.rest import parts
from lambent.services.apigateway.engine.rest.openapi import EXTENSION
from lambent.services.apigateway.tables.rest.documents import Document

SWAGGER, OPENAPI = "swagger", "oas30"
TYPES = (SWAGGER, OPENAPI)
_LOCATIONS = {"querystring": "query", "header": "header", "path": "path"}
_INTEGRATION = (
    "uri",
    "httpMethod",
    "credentials",
    "requestParameters",
    "requestTemplates",
    "contentHandling",
    "timeoutInMillis",
)


def export(
    snapshot: Mapping[str, Any], *, kind: str, host: str, stage: str, now: Instant, extensions: frozenset[str]
) -> Document:
    """``extensions``: "integrations", "authorizers", "apigateway" (both, and more)."""
    api = snapshot["api"]
    is_swagger = kind == SWAGGER
    models = {model["name"]: _schema(model, is_swagger=is_swagger) for model in snapshot[parts.MODEL.name]}
    title = {"title": api["name"], "version": api.get("version") or iso(now)}
    described = {"description": api["description"]} if api.get("description") else {}
    paths: Document = {}
    for resource in sorted(snapshot[parts.RESOURCE.name], key=lambda resource: str(resource["path"])):
        verbs = resource.get("resourceMethods", {})
        if verbs:
            paths[resource["path"]] = {
                _verb(verb): _operation(method, is_swagger=is_swagger, extensions=extensions) for verb, method in verbs.items()
            }
    info = {**described, **title}
    if is_swagger:
        head: Document = {"swagger": "2.0", "info": info, "host": host, "basePath": f"/{stage}", "schemes": ["https"]}
        return head | {"paths": paths, "definitions": models}
    server = {"url": f"https://{host}/{{basePath}}", "variables": {"basePath": {"default": stage}}}
    return {"openapi": "3.0.1", "info": info, "servers": [server], "paths": paths, "components": {"schemas": models}}


def _verb(verb: str) -> str:
    return f"{EXTENSION}any-method" if verb == "ANY" else verb.lower()


def _schema(model: Mapping[str, Any], *, is_swagger: bool) -> Document:
    prefix = "#/definitions/" if is_swagger else "#/components/schemas/"
    schema: Document = json.loads(model["schema"])
    schema.pop("$schema", None)
    return dict(_with_local_references(schema, prefix))


def _with_local_references(value: Any, prefix: str) -> Any:
    if isinstance(value, list):
        return [_with_local_references(item, prefix) for item in value]
    if not isinstance(value, dict):
        return value
    reference = value.get("$ref")
    if isinstance(reference, str) and "/models/" in reference:
        return {"$ref": prefix + reference.rpartition("/")[2]}
    return {name: _with_local_references(item, prefix) for name, item in value.items()}


def _operation(method: Mapping[str, Any], *, is_swagger: bool, extensions: frozenset[str]) -> Document:
    found: Document = {}
    if method.get("operationName"):
        found["operationId"] = method["operationName"]
    parameters = [
        _parameter(name, required, is_swagger=is_swagger) for name, required in method.get("requestParameters", {}).items()
    ]
    bodies = method.get("requestModels", {})
    if is_swagger:
        found["produces"] = ["application/json"]
        parameters += [
            {"in": "body", "name": name, "required": True, "schema": {"$ref": f"#/definitions/{name}"}}
            for name in dict.fromkeys(bodies.values())
        ]
    elif bodies:
        content = {kind: {"schema": {"$ref": f"#/components/schemas/{name}"}} for kind, name in bodies.items()}
        found["requestBody"] = {"content": content, "required": True}
    if parameters:
        found["parameters"] = parameters
    found["responses"] = {
        status: _response(status, response, is_swagger=is_swagger)
        for status, response in method.get("methodResponses", {}).items()
    }
    integration = method.get("methodIntegration")
    if integration is not None and extensions & {"integrations", "apigateway"}:
        found[f"{EXTENSION}integration"] = _integration(integration)
    return found


def _parameter(name: str, required: bool, *, is_swagger: bool) -> Document:
    location, _, parameter = name.removeprefix("method.request.").partition(".")
    kind: Document = {"type": "string"} if is_swagger else {"schema": {"type": "string"}}
    return {"name": parameter, "in": _LOCATIONS.get(location, "query"), "required": required or location == "path", **kind}


def _response(status: str, response: Mapping[str, Any], *, is_swagger: bool) -> Document:
    found: Document = {"description": f"{status} response"}
    names = [name.rpartition(".")[2] for name in response.get("responseParameters", {})]
    if names:
        kind: Document = {"type": "string"} if is_swagger else {"schema": {"type": "string"}}
        found["headers"] = dict.fromkeys(names, kind)
    models = response.get("responseModels", {})
    if models and is_swagger:
        found["schema"] = {"$ref": f"#/definitions/{next(iter(models.values()))}"}
    elif not is_swagger:
        found["content"] = {kind: {"schema": {"$ref": f"#/components/schemas/{name}"}} for kind, name in models.items()}
    return found


def _integration(integration: Mapping[str, Any]) -> Document:
    found = {name: integration[name] for name in _INTEGRATION if integration.get(name)}
    found |= {"type": integration["type"].lower(), "passthroughBehavior": integration["passthroughBehavior"].lower()}
    responses = {
        response.get("selectionPattern") or "default": {
            name: response[name] for name in ("statusCode", "responseParameters", "responseTemplates") if response.get(name)
        }
        for response in integration.get("integrationResponses", {}).values()
    }
    return found | ({"responses": responses} if responses else {})
