"""The parts of an API become a definition, as ExportApi gives it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lambent.services.apigateway.engine.records import DEFAULT_ROUTE, Api, Authorizer, Cors, Integration, Route, Snapshot
from lambent.services.apigateway.engine.v2.openapi.reading import AUTH_TYPE, AUTHORIZER, CORS, INTEGRATION, TAG_VALUE

_VERSION = "1.0"


def written(api: Api, snapshot: Snapshot, tags: Mapping[str, str], server: str, *, has_extensions: bool) -> dict[str, Any]:
    """``server``: the URL of the stage. Without extensions only what OpenAPI itself knows is there."""
    authorizers = {each.authorizer_id: each for each in snapshot.authorizers}
    integrations = {each.integration_id: each for each in snapshot.integrations}
    info = {"title": api.name, "description": api.description, "version": api.version or _told_version(api)}
    document: dict[str, Any] = {
        "openapi": "3.0.1",
        "info": {name: value for name, value in info.items() if value},
        "servers": [{"url": server}],
    }
    if tags and has_extensions:
        document["tags"] = [{"name": key, TAG_VALUE: value} for key, value in tags.items()]
    paths: dict[str, Any] = {}
    for route in sorted(snapshot.routes, key=lambda route: route.route_key):
        path, method, operation = _operation(route, authorizers)
        if has_extensions and route.integration_id in integrations:
            operation[INTEGRATION] = _integration(integrations[route.integration_id])
        paths.setdefault(path, {})[method] = operation
    document["paths"] = paths
    schemes = {each.name: _scheme(each, has_extensions=has_extensions) for each in snapshot.authorizers}
    if any(route.authorization_type == "AWS_IAM" for route in snapshot.routes):
        schemes["sigv4"] = {"type": "apiKey", "name": "Authorization", "in": "header", AUTH_TYPE: "awsSigv4"}
    if schemes:
        document["components"] = {"securitySchemes": schemes}
    if has_extensions:
        if api.cors is not None:
            document[CORS] = _cors(api.cors)
        document["x-amazon-apigateway-importexport-version"] = _VERSION
    return document


def _told_version(api: Api) -> str:
    """OpenAPI wants one: AWS tells when the API was made."""
    return f"{datetime.fromtimestamp(int(api.created_at), UTC):%Y-%m-%dT%H:%M:%SZ}"


def _operation(route: Route, authorizers: Mapping[str, Authorizer]) -> tuple[str, str, dict[str, Any]]:
    operation: dict[str, Any] = {}
    if route.operation_name:
        operation["operationId"] = route.operation_name
    method, _, path = route.route_key.partition(" ")
    names = [part.strip("{}+") for part in path.split("/") if part.startswith("{")]
    if names:
        operation["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    operation["responses"] = {"default": {"description": f"Default response for {route.route_key}"}}
    if route.authorizer_id in authorizers:
        operation["security"] = [{authorizers[route.authorizer_id].name: list(route.authorization_scopes)}]
    elif route.authorization_type == "AWS_IAM":
        operation["security"] = [{"sigv4": []}]
    if route.route_key == DEFAULT_ROUTE:
        return f"/{DEFAULT_ROUTE}", "x-amazon-apigateway-any-method", {"isDefaultRoute": True, **operation}
    return path, "x-amazon-apigateway-any-method" if method == "ANY" else method.lower(), operation


def _integration(integration: Integration) -> dict[str, Any]:
    said = {
        "type": integration.integration_type.lower(),
        "integrationSubtype": integration.integration_subtype,
        "httpMethod": integration.integration_method,
        "uri": integration.integration_uri,
        "connectionType": integration.connection_type,
        "connectionId": integration.connection_id,
        "credentials": integration.credentials_arn,
        "payloadFormatVersion": integration.payload_format_version,
        "timeoutInMillis": integration.timeout_ms,
        "requestParameters": dict(integration.request_parameters),
        "responseParameters": {status: dict(each) for status, each in integration.response_parameters.items()},
        "tlsConfig": {"serverNameToVerify": integration.tls_server_name} if integration.tls_server_name else {},
        "description": integration.description,
    }
    return {name: value for name, value in said.items() if value not in ("", {})}


def _scheme(authorizer: Authorizer, *, has_extensions: bool) -> dict[str, Any]:
    if authorizer.authorizer_type == "JWT":
        scheme: dict[str, Any] = {"type": "oauth2", "flows": {}}
        said: dict[str, Any] = {
            "type": "jwt",
            "jwtConfiguration": {"issuer": authorizer.issuer, "audience": list(authorizer.audience)},
            "identitySource": ",".join(authorizer.identity_sources),
        }
    else:
        scheme = {"type": "apiKey", "name": "Unused", "in": "header"}
        said = {
            "type": "request",
            "authorizerUri": authorizer.authorizer_uri,
            "authorizerCredentials": authorizer.credentials_arn,
            "authorizerPayloadFormatVersion": authorizer.payload_format_version,
            "authorizerResultTtlInSeconds": authorizer.result_ttl_s,
            "identitySource": ",".join(authorizer.identity_sources),
            "enableSimpleResponses": authorizer.enables_simple_responses,
        }
    if has_extensions:
        scheme[AUTHORIZER] = {name: value for name, value in said.items() if value != ""}
    return scheme


def _cors(cors: Cors) -> dict[str, Any]:
    said = {
        "allowOrigins": list(cors.allow_origins),
        "allowMethods": list(cors.allow_methods),
        "allowHeaders": list(cors.allow_headers),
        "exposeHeaders": list(cors.expose_headers),
        "maxAge": cors.max_age_s,
        "allowCredentials": cors.allow_credentials,
    }
    return {name: value for name, value in said.items() if value not in ([], None)}
