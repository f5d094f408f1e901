"""Web requests as events of payload format 1.0, which REST APIs know as the proxy event: what is not there is null.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.wire import uri, web_events
from lambent.wire.http import Request

IDENTITY_KEYS = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "sourceIp",
    "user",
    "userAgent",
    "userArn",
)

_SPELLINGS = {
    "content-length": "Content-Length",
    "host": "Host",
    "user-agent": "User-Agent",
    "x-amzn-trace-id": "X-Amzn-Trace-Id",
    "x-forwarded-for": "X-Forwarded-For",
    "x-forwarded-port": "X-Forwarded-Port",
    "x-forwarded-proto": "X-Forwarded-Proto",
}
"""Headers that AWS' front doors write themselves, whatever the visitor's spelling."""


class Facts(Struct, kw_only=True):
    """What an event tells beside the request itself."""

    account: str
    api_id: str
    stage: str
    resource: str  # "/items/{id}"
    resource_id: str | None
    path: str  # as the event tells it; that of the request context is ``context_path``
    context_path: str
    domain_name: str
    domain_prefix: str
    request_id: str
    extended_request_id: str
    at: Instant
    identity: Mapping[str, str | None]
    path_parameters: Mapping[str, str] | None = None
    stage_variables: Mapping[str, str] | None = None
    authorizer: Mapping[str, Any] | None = None
    deployment_id: str | None = None  # of REST APIs
    version: str | None = "1.0"  # None of REST APIs, whose events have none


def document(
    request: Request, facts: Facts, *, headers: Mapping[str, list[str]], body: tuple[str | None, bool]
) -> dict[str, Any]:
    """The event, to be written as JSON.

    ``headers``: as ``multi_value_headers`` gives them. ``body``: as text, and whether as base64.
    """
    query = grouped(uri.pairs(request.query))
    event: dict[str, Any] = {} if facts.version is None else {"version": facts.version}
    event.update(
        resource=facts.resource,
        path=facts.path,
        httpMethod=request.method,
        headers=last_of_each(headers),
        multiValueHeaders=headers or None,
        queryStringParameters=last_of_each(query),
        multiValueQueryStringParameters=query or None,
        requestContext=_request_context(request, facts),
        pathParameters=facts.path_parameters or None,
        stageVariables=facts.stage_variables or None,
        body=body[0],
        isBase64Encoded=body[1],
    )
    return event


def identity(source_ip: str, user_agent: str | None, **known: str | None) -> dict[str, str | None]:
    """Who asks, as far as it is known."""
    found: dict[str, str | None] = dict.fromkeys(IDENTITY_KEYS)
    found.update(known)
    found["sourceIp"] = source_ip
    found["userAgent"] = user_agent
    return found


def multi_value_headers(
    request: Request, added: Mapping[str, str], *, left_out: frozenset[str] = frozenset()
) -> dict[str, list[str]]:
    """All values by name. A name is spelt as the visitor spelt it first.

    ``added`` are headers that the front door puts in or replaces, in lower case; ``left_out``, those that it keeps to itself.
    """
    spellings: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    dropped = web_events.hop_by_hop(request.headers.get("connection")) | left_out
    for name, value in _header_lines(request):
        lower = name.lower()
        if lower in added or lower in dropped:
            continue
        spelt = spellings.setdefault(lower, _SPELLINGS.get(lower, name))
        found.setdefault(spelt, []).append(value)
    for lower, value in added.items():
        found[_SPELLINGS.get(lower, lower)] = [value]
    return found


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def last_of_each(found: Mapping[str, list[str]]) -> dict[str, str] | None:
    """One value each: of several the last. None where there is nothing."""
    return {name: values[-1] for name, values in found.items()} or None


def _header_lines(request: Request) -> Iterable[tuple[str, str]]:
    if request.header_lines:
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.header_lines]
    return request.headers.items()


def _request_context(request: Request, facts: Facts) -> dict[str, Any]:
    context: dict[str, Any] = {
        "accountId": facts.account,
        "apiId": facts.api_id,
        "domainName": facts.domain_name,
        "domainPrefix": facts.domain_prefix,
        "extendedRequestId": facts.extended_request_id,
        "httpMethod": request.method,
        "identity": facts.identity,
        "path": facts.context_path,
        "protocol": f"HTTP/{request.version}",
        "requestId": facts.request_id,
        "requestTime": web_events.request_time(int(facts.at)),
        "requestTimeEpoch": int(facts.at * 1000),
        "resourceId": facts.resource_id,
        "resourcePath": facts.resource,
        "stage": facts.stage,
    }
    if facts.authorizer is not None:
        context["authorizer"] = facts.authorizer
    if facts.deployment_id is not None:
        context["deploymentId"] = facts.deployment_id
    return context
