"""Reads an OpenAPI document (Swagger 2.0 or OpenAPI 3) with Amazon's extensions into the parts of a REST API. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import methods
from lambent.services.apigateway.tables.rest.documents import Document

BODY_BYTES_MAX = 6_291_456
VALUES_MAX = 500_000
EXTENSION = "x-amazon-apigateway-"
_VERBS = {verb.lower(): verb for verb in methods.VERBS if verb != "ANY"} | {f"{EXTENSION}any-method": "ANY"}
_LOCATIONS = {"query": "querystring", "header": "header", "path": "path"}
_MODEL_REFERENCE = re.compile(r"#/(?:definitions|components/schemas)/([A-Za-z0-9]+)")


class Imported(Struct, frozen=True):
    """What a document says. Methods are by path and verb; authorizers and validators are named, and named by methods."""

    api: Document
    paths: Mapping[str, Mapping[str, Document]]
    models: Mapping[str, Document]
    validators: Mapping[str, Document]
    authorizers: Mapping[str, Document]
    gateway_responses: Mapping[str, Document]
    warnings: list[str] = []


def read(body: bytes, parameters: Mapping[str, str]) -> Imported:
    """``parameters`` are those of the import: "basepath", "endpointConfigurationTypes". Raises BadRequestException."""
    document = _decoded(body)
    if str(document.get("swagger", "")) != "2.0" and not str(document.get("openapi", "")).startswith("3."):
        raise errors.BadRequest(reason="Unable to create API: the document is neither Swagger 2.0 nor OpenAPI 3")
    reader = _Reader(document)
    return Imported(
        api=_api(document, parameters),
        paths=reader.paths(_base_path(document) if parameters.get("basepath") == "prepend" else ""),
        models=reader.models(),
        validators={
            name: {"name": name, "validateRequestBody": False, "validateRequestParameters": False, **validator}
            for name, validator in _extension(document, "request-validators").items()
        },
        authorizers=reader.authorizers(),
        gateway_responses=_gateway_responses(document),
        warnings=reader.warnings,
    )


def _decoded(body: bytes) -> Mapping[str, Any]:
    if len(body) > BODY_BYTES_MAX:
        raise errors.BadRequest(reason=f"The API definition is larger than {BODY_BYTES_MAX} bytes")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = _from_yaml(body)
    if not isinstance(document, dict):
        raise errors.BadRequest(reason="Invalid OpenAPI input.")
    return document


def _from_yaml(body: bytes) -> object:
    from lambent.services.apigateway.engine.v2.openapi import yaml_text  # not every platform ever needs it

    try:
        document = yaml_text.load(body.decode())
        _count(document, [VALUES_MAX])
        return document
    except (yaml_text.BadYaml, ValueError, RecursionError) as error:
        raise errors.BadRequest(reason="Invalid OpenAPI input.") from error


def _count(value: object, left: list[int]) -> None:
    """An alias is a value each time that it stands somewhere: a small text can have more than any memory holds."""
    left[0] -= 1
    if left[0] < 0:
        raise ValueError("too many values")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _count(item, left)


def _api(document: Mapping[str, Any], parameters: Mapping[str, str]) -> Document:
    info = document.get("info") or {}
    api: Document = {"name": info.get("title") or "", "version": info.get("version"), "description": info.get("description")}
    configuration = _extension(document, "endpoint-configuration")
    types = parameters.get("endpointConfigurationTypes")
    api |= {
        "binaryMediaTypes": document.get(f"{EXTENSION}binary-media-types"),
        "apiKeySource": document.get(f"{EXTENSION}api-key-source"),
        "minimumCompressionSize": document.get(f"{EXTENSION}minimum-compression-size"),
        "disableExecuteApiEndpoint": configuration.get("disableExecuteApiEndpoint"),
    }
    policy = document.get(f"{EXTENSION}policy")
    if policy:
        api["policy"] = json.dumps(policy)
    endpoints = {"types": types.split(",") if types else configuration.get("types")}
    endpoints["vpcEndpointIds"] = configuration.get("vpcEndpointIds")
    if any(endpoints.values()):
        api["endpointConfiguration"] = {name: value for name, value in endpoints.items() if value}
    return {name: value for name, value in api.items() if value is not None}


def _base_path(document: Mapping[str, Any]) -> str:
    if "basePath" in document:
        return str(document["basePath"]).rstrip("/")
    server: Mapping[str, Any] = next(iter(document.get("servers") or ()), {})
    variables = {name: str(variable.get("default", "")) for name, variable in (server.get("variables") or {}).items()}
    path = re.sub(r"\{(\w+)\}", lambda found: variables.get(found[1], ""), urlsplit(server.get("url", "")).path)
    return f"/{path.strip('/')}" if path.strip("/") else ""


def _gateway_responses(document: Mapping[str, Any]) -> dict[str, Document]:
    return {
        kind: {
            "responseType": kind,
            **({"statusCode": str(given["statusCode"])} if given.get("statusCode") else {}),
            "responseParameters": given.get("responseParameters") or {},
            "responseTemplates": given.get("responseTemplates") or {},
        }
        for kind, given in _extension(document, "gateway-responses").items()
    }


def _extension(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = holder.get(EXTENSION + name)
    return found if isinstance(found, dict) else {}


class _Reader:
    """Follows the references of one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._components: Mapping[str, Any] = document.get("components") or {}
        self._schemes = document.get("securityDefinitions") or self._components.get("securitySchemes") or {}
        self._inline_models: dict[str, Document] = {}
        self.warnings: list[str] = []

    def paths(self, base_path: str) -> dict[str, dict[str, Document]]:
        found: dict[str, dict[str, Document]] = {base_path or "/": {}} if base_path else {}
        for path, item in (self._document.get("paths") or {}).items():
            item = self._resolved(item)
            verbs = found.setdefault((base_path + path).rstrip("/") or "/", {})
            for name, verb in _VERBS.items():
                if isinstance(item.get(name), dict):
                    verbs[verb] = self._method(verb, item[name], item.get("parameters") or [])
        return found

    def models(self) -> dict[str, Document]:
        schemas = self._document.get("definitions") or self._components.get("schemas") or {}
        named = {name: self._model(name, schema) for name, schema in schemas.items()}
        return named | self._inline_models

    def authorizers(self) -> dict[str, Document]:
        return {
            name: found
            for name, scheme in self._schemes.items()
            if (found := self._authorizer(name, self._resolved(scheme))) is not None
        }

    def _model(self, name: str, schema: Mapping[str, Any]) -> Document:
        described = {"description": schema["description"]} if isinstance(schema.get("description"), str) else {}
        return {"name": name, "contentType": "application/json", "schema": json.dumps(schema, indent=2), **described}

    def _authorizer(self, name: str, scheme: Mapping[str, Any]) -> Document | None:
        given = _extension(scheme, "authorizer")
        if not given:
            return None
        kind = str(given.get("type", "")).upper()
        source = given.get("identitySource") or (f"method.request.header.{scheme['name']}" if "name" in scheme else None)
        authorizer: Document = {
            "name": name,
            "type": kind,
            "authType": scheme.get(f"{EXTENSION}authtype"),
            "authorizerUri": given.get("authorizerUri"),
            "authorizerCredentials": given.get("authorizerCredentials"),
            "authorizerResultTtlInSeconds": given.get("authorizerResultTtlInSeconds"),
            "identityValidationExpression": given.get("identityValidationExpression"),
            "identitySource": source,
            "providerARNs": given.get("providerARNs"),
        }
        return {member: value for member, value in authorizer.items() if value is not None}

    # ---- methods ----

    def _method(self, verb: str, operation: Mapping[str, Any], shared: list[Any]) -> Document:
        method: Document = {"httpMethod": verb, "apiKeyRequired": False, "authorizationType": "NONE"}
        if operation.get("operationId"):
            method["operationName"] = operation["operationId"]
        required, bodies = self._parameters([*shared, *(operation.get("parameters") or ())], operation)
        if required:
            method["requestParameters"] = required
        if bodies:
            method["requestModels"] = bodies
        validator = operation.get(f"{EXTENSION}request-validator") or self._document.get(f"{EXTENSION}request-validator")
        if validator:
            method["validator"] = validator
        self._secure(method, operation)
        responses = {
            str(status): self._response(str(status), self._resolved(response))
            for status, response in (operation.get("responses") or {}).items()
            if str(status).isdigit()
        }
        if responses:
            method["methodResponses"] = responses
        integration = operation.get(f"{EXTENSION}integration")
        if isinstance(integration, dict):
            method["methodIntegration"] = _integration(self._resolved(integration))
        return method

    def _parameters(self, given: list[Any], operation: Mapping[str, Any]) -> tuple[dict[str, bool], dict[str, str]]:
        required: dict[str, bool] = {}
        bodies: dict[str, str] = {}
        consumes = operation.get("consumes") or self._document.get("consumes") or ["application/json"]
        for parameter in map(self._resolved, given):
            location = _LOCATIONS.get(parameter.get("in", ""))
            if location is not None:
                required[f"method.request.{location}.{parameter['name']}"] = bool(parameter.get("required"))
            elif parameter.get("in") == "body":
                model = self._model_named(parameter.get("schema") or {}, operation, "Body")
                bodies |= dict.fromkeys(consumes, model) if model else {}
        content = self._resolved(operation.get("requestBody") or {}).get("content") or {}
        for kind, media in content.items():
            model = self._model_named(media.get("schema") or {}, operation, "Body")
            bodies |= {kind: model} if model else {}
        return required, bodies

    def _response(self, status: str, response: Mapping[str, Any]) -> Document:
        found: Document = {"statusCode": status}
        names = response.get("headers") or {}
        if names:
            found["responseParameters"] = {f"method.response.header.{name}": False for name in names}
        schemas = {kind: media.get("schema") or {} for kind, media in (response.get("content") or {}).items()}
        if "schema" in response:
            schemas["application/json"] = response["schema"]
        models = {kind: name for kind, schema in schemas.items() if (name := self._model_named(schema, None, ""))}
        return found | ({"responseModels": models} if models else {})

    def _model_named(self, schema: Mapping[str, Any], operation: Mapping[str, Any] | None, suffix: str) -> str:
        """The model that a schema refers to. One that is written out becomes a model of its own where it is a body's."""
        found = _MODEL_REFERENCE.fullmatch(str(schema.get("$ref", "")))
        if found is not None:
            return found[1]
        if not schema or operation is None:
            return ""
        name = re.sub(r"[^A-Za-z0-9]", "", str(operation.get("operationId", ""))) or f"Model{len(self._inline_models)}"
        self._inline_models[name + suffix] = self._model(name + suffix, schema)
        return name + suffix

    def _secure(self, method: Document, operation: Mapping[str, Any]) -> None:
        kind = _extension(operation, "auth").get("type") or _extension(self._document, "auth").get("type")
        if kind:
            method["authorizationType"] = str(kind).upper()
        for requirement in operation.get("security", self._document.get("security")) or ():
            for name, scopes in requirement.items():
                self._require(method, name, scopes)

    def _require(self, method: Document, name: str, scopes: object) -> None:
        scheme = self._resolved(self._schemes.get(name) or {})
        authorizer = _extension(scheme, "authorizer")
        if authorizer:
            is_pool = str(authorizer.get("type", "")).lower() == "cognito_user_pools"
            method |= {"authorizationType": "COGNITO_USER_POOLS" if is_pool else "CUSTOM", "authorizer": name}
            if is_pool and scopes:
                method["authorizationScopes"] = scopes
        elif scheme.get(f"{EXTENSION}authtype") == "awsSigv4":
            method["authorizationType"] = "AWS_IAM"
        elif scheme.get("type") == "apiKey" and str(scheme.get("name", "")).lower() == "x-api-key":
            method["apiKeyRequired"] = True
        else:
            self.warnings.append(f"Security requirement {name} is of no kind that API Gateway has, and is left out")

    def _resolved(self, value: Any) -> Mapping[str, Any]:
        """Where a reference into the document leads; at most as often as there are kinds of things in it."""
        for _ in range(8):
            if not isinstance(value, dict):
                return {}
            reference = value.get("$ref")
            if not isinstance(reference, str) or not reference.startswith("#/"):
                return value
            value = self._document
            for name in reference[2:].split("/"):
                value = value.get(name.replace("~1", "/").replace("~0", "~")) if isinstance(value, dict) else None
        raise errors.BadRequest(reason="References go round in a circle")


def _integration(given: Mapping[str, Any]) -> Document:
    kind = str(given.get("type", "")).upper()
    found: Document = {
        name: given[name]
        for name in (
            "uri",
            "credentials",
            "requestParameters",
            "requestTemplates",
            "cacheNamespace",
            "cacheKeyParameters",
            "contentHandling",
            "connectionType",
            "connectionId",
            "tlsConfig",
            "responseTransferMode",
        )
        if given.get(name)
    }
    found |= {
        "type": kind,
        "timeoutInMillis": given.get("timeoutInMillis"),
        "passthroughBehavior": str(given.get("passthroughBehavior") or "WHEN_NO_MATCH").upper(),
    }
    if given.get("httpMethod"):
        found["httpMethod"] = str(given["httpMethod"]).upper().replace("X-AMAZON-APIGATEWAY-ANY-METHOD", "ANY")
    responses = dict(_integration_responses(given.get("responses") or {}))
    return found | ({"integrationResponses": responses} if responses else {})


def _integration_responses(given: Mapping[str, Any]) -> Iterator[tuple[str, Document]]:
    for pattern, response in given.items():
        status = str(response.get("statusCode") or "200")
        found: Document = {"statusCode": status}
        if pattern != "default":
            found["selectionPattern"] = pattern
        for name in ("responseParameters", "responseTemplates", "contentHandling"):
            if response.get(name):
                found[name] = response[name]
        yield status, found
