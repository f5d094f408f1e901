"""A definition becomes the parts of an API: what AWS reads of it, and warnings of what it passes over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import DEFAULT_ROUTE, Authorizer, Cors, Integration, Route
from lambent.services.apigateway.engine.v2.authorizers import RESULT_TTL_S_DEFAULT
from lambent.services.apigateway.engine.v2.openapi.document import Object, load, obj, operations, resolved, strings, text, texts
from lambent.services.apigateway.engine.v2.parts import long_id, short_id

INTEGRATION = "x-amazon-apigateway-integration"
AUTHORIZER = "x-amazon-apigateway-authorizer"
CORS = "x-amazon-apigateway-cors"
TAG_VALUE = "x-amazon-apigateway-tag-value"
AUTH_TYPE = "x-amazon-apigateway-authtype"
ENDPOINT = "x-amazon-apigateway-endpoint-configuration"
BASE_PATHS = ("ignore", "prepend", "split")

_DISCOVERY = "/.well-known/openid-configuration"


class Definition(Struct, frozen=True):
    """``api``: fields of the record that the document speaks of."""

    api: Mapping[str, Any]
    tags: Mapping[str, str]
    integrations: tuple[Integration, ...]
    authorizers: tuple[Authorizer, ...]
    routes: tuple[Route, ...]
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    document: Object
    authorizers: dict[str, Authorizer] = field(default_factory=dict)
    integrations: dict[str, Integration] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def parse(body: str, base_path: str) -> Definition:
    """``base_path``: what becomes of the path of the first server. Raises BadRequest."""
    if base_path not in ("", *BASE_PATHS):
        raise errors.BadRequest(reason="Invalid base path handling specified. Must be one of: ignore, prepend, split")
    reading = _Reading(load(body))
    prefix = _prefix(reading.document, base_path)
    for path, item in obj(reading.document.get("paths")).items():
        is_default = path in (DEFAULT_ROUTE, f"/{DEFAULT_ROUTE}")
        if not is_default and not str(path).startswith("/"):
            reading.warnings.append(f"Parse issue: attribute paths. Resource {path} should start with /")
            continue
        for method, operation in operations(obj(resolved(reading.document, item))):
            key = DEFAULT_ROUTE if is_default or operation.get("isDefaultRoute") is True else f"{method} {prefix}{path}"
            reading.routes[key] = _route(reading, key, operation)
    return Definition(
        api=_api(reading.document),
        tags=_tags(reading.document),
        integrations=tuple(reading.integrations.values()),
        authorizers=tuple(reading.authorizers.values()),
        routes=tuple(reading.routes.values()),
        warnings=tuple(reading.warnings),
    )


def _api(document: Object) -> dict[str, Any]:
    info = obj(document.get("info"))
    if not text(info.get("title")):
        raise errors.BadRequest(reason="Invalid OpenAPI input. The title of the API is missing.")
    servers = document.get("servers")
    endpoints = [
        obj(document.get(ENDPOINT)),
        *(obj(obj(each).get(ENDPOINT)) for each in servers or () if isinstance(servers, list)),
    ]
    return {
        "name": text(info["title"]),
        "description": text(info.get("description")),
        "version": text(info.get("version")),
        "cors": _cors(document.get(CORS)),
        "disable_execute_api_endpoint": any(each.get("disableExecuteApiEndpoint") is True for each in endpoints),
    }


def _tags(document: Object) -> dict[str, str]:
    listed = document.get("tags")
    tags = map(obj, listed) if isinstance(listed, list) else ()
    return {text(tag.get("name")): text(tag[TAG_VALUE]) for tag in tags if TAG_VALUE in tag}


def _cors(value: Any) -> Cors | None:
    if not isinstance(value, dict):
        return None
    age = value.get("maxAge")
    return Cors(
        allow_origins=texts(value.get("allowOrigins")),
        allow_methods=texts(value.get("allowMethods")),
        allow_headers=texts(value.get("allowHeaders")),
        expose_headers=texts(value.get("exposeHeaders")),
        max_age_s=age if isinstance(age, int) else None,
        allow_credentials=value.get("allowCredentials") is True,
    )


def _prefix(document: Object, base_path: str) -> str:
    servers = document.get("servers")
    if base_path not in ("prepend", "split") or not isinstance(servers, list) or not servers:
        return ""
    server = obj(servers[0])
    url = text(server.get("url"))
    for name, variable in obj(server.get("variables")).items():
        url = url.replace(f"{{{name}}}", text(obj(variable).get("default")).strip("/"))
    segments = [part for part in urlsplit(url).path.split("/") if part]
    return "".join(f"/{part}" for part in segments[1 if base_path == "split" else 0 :])


def _route(reading: _Reading, key: str, operation: Object) -> Route:
    target = ""
    if INTEGRATION in operation:
        target = f"integrations/{_integration(reading, key, operation[INTEGRATION]).integration_id}"
    authorization, authorizer_id, scopes = _authorization(reading, key, operation)
    return Route(
        long_id(),
        key,
        target=target,
        operation_name=text(operation.get("operationId")),
        authorization_type=authorization,
        authorizer_id=authorizer_id,
        authorization_scopes=scopes,
    )


def _integration(reading: _Reading, key: str, value: Any) -> Integration:
    """One that several operations refer to is one."""
    reference = text(obj(value).get("$ref"))
    if reference in reading.integrations:
        return reading.integrations[reference]
    said = obj(resolved(reading.document, value))
    kind, subtype = text(said.get("type")).upper(), text(said.get("integrationSubtype"))
    if kind not in ("AWS_PROXY", "HTTP_PROXY"):
        raise errors.BadRequest(
            reason=f"Unable to create integration for route {key}: an API with a protocol type of HTTP may only be associated"
            " with proxy integrations (AWS_PROXY, HTTP_PROXY)"
        )
    timeout = said.get("timeoutInMillis")
    made = Integration(
        long_id(),
        kind,
        integration_uri=text(said.get("uri")),
        integration_method=text(said.get("httpMethod")).upper(),
        integration_subtype=subtype,
        connection_type=text(said.get("connectionType")) or "INTERNET",
        connection_id=text(said.get("connectionId")),
        credentials_arn=text(said.get("credentials")),
        payload_format_version=text(said.get("payloadFormatVersion")),
        timeout_ms=timeout if isinstance(timeout, int) else 30_000,
        request_parameters=strings(said.get("requestParameters")),
        response_parameters={str(status): strings(each) for status, each in obj(said.get("responseParameters")).items()},
        tls_server_name=text(obj(said.get("tlsConfig")).get("serverNameToVerify")),
        description=text(said.get("description")),
    )
    reading.integrations[reference or made.integration_id] = made
    return made


def _authorization(reading: _Reading, key: str, operation: Object) -> tuple[str, str, tuple[str, ...]]:
    """The type, the authorizer's id and the scopes of a route: those of the first requirement, its own or the document's."""
    if text(obj(operation.get("x-amazon-apigateway-auth")).get("type")).upper() in ("AWS_IAM", "NONE"):
        return text(operation["x-amazon-apigateway-auth"]["type"]).upper(), "", ()
    required = operation.get("security", reading.document.get("security"))
    if not isinstance(required, list) or not required or not obj(required[0]):
        return "NONE", "", ()
    name, scopes = next(iter(required[0].items()))
    scheme = obj(resolved(reading.document, obj(obj(reading.document.get("components")).get("securitySchemes")).get(name)))
    if text(scheme.get(AUTH_TYPE)).lower() == "awssigv4":
        return "AWS_IAM", "", ()
    if AUTHORIZER not in scheme:
        reading.warnings.append(f"Security scheme {name} of route {key} has no {AUTHORIZER}: it is passed over")
        return "NONE", "", ()
    if name not in reading.authorizers:
        reading.authorizers[name] = _authorizer(str(name), scheme, obj(resolved(reading.document, scheme[AUTHORIZER])))
    authorizer = reading.authorizers[name]
    if authorizer.authorizer_type == "JWT":
        return "JWT", authorizer.authorizer_id, texts(scopes)
    return "CUSTOM", authorizer.authorizer_id, ()


def _authorizer(name: str, scheme: Object, said: Object) -> Authorizer:
    sources = texts(said.get("identitySource"))
    if text(said.get("type")).lower() == "jwt":
        jwt = obj(said.get("jwtConfiguration"))
        issuer = text(jwt.get("issuer")) or text(scheme.get("openIdConnectUrl")).removesuffix(_DISCOVERY)
        return Authorizer(
            short_id(),
            name,
            "JWT",
            identity_sources=sources or ("$request.header.Authorization",),
            issuer=issuer,
            audience=texts(jwt.get("audience")),
        )
    ttl = said.get("authorizerResultTtlInSeconds")
    return Authorizer(
        short_id(),
        name,
        "REQUEST",
        authorizer_uri=text(said.get("authorizerUri")),
        credentials_arn=text(said.get("authorizerCredentials")),
        identity_sources=sources,
        payload_format_version=text(said.get("authorizerPayloadFormatVersion")),
        enables_simple_responses=said.get("enableSimpleResponses") is True,
        result_ttl_s=ttl if isinstance(ttl, int) else RESULT_TTL_S_DEFAULT if sources else 0,
    )
