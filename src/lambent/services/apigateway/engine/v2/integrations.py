"""Integrations and what AWS asks of them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations.html
"""

import re

from msgspec import structs

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import HTTP, TIMEOUT_MS_DEFAULT, WEBSOCKET, Api, Integration
from lambent.services.apigateway.engine.v2.parts import Rules
from lambent.services.apigateway.tables.v2 import parts
from lambent.store.database import Transaction

INTEGRATIONS_MAX = 300
SUBTYPES = frozenset(
    {
        "AppConfig-GetConfiguration",
        "EventBridge-PutEvents",
        "Kinesis-PutRecord",
        "SQS-DeleteMessage",
        "SQS-PurgeQueue",
        "SQS-ReceiveMessage",
        "SQS-SendMessage",
        "StepFunctions-StartExecution",
        "StepFunctions-StartSyncExecution",
        "StepFunctions-StopExecution",
    }
)
"""Operations of other services that an HTTP API calls without a function between.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
"""

_FUNCTION = re.compile(
    r"(?:arn:aws[\w-]*:apigateway:[\w-]+:lambda:path/\d{4}-\d\d-\d\d/functions/)?"
    r"arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:.+"
)
_URL = re.compile(r"https?://.+")
_HEADER = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # what a header's name is made of
_REQUEST_MAPPING = re.compile(rf"(?:append|overwrite|remove):(?:header\.{_HEADER}|querystring\.[^\s]+|path(?:\.[^\s]+)?)")
_RESPONSE_MAPPING = re.compile(rf"(?:append|overwrite|remove):(?:header\.{_HEADER}|statuscode)")
_STATUS = re.compile(r"[2-5](?:\d\d|XX|xx)")


def check(tx: Transaction, api: Api, integration: Integration) -> None:  # noqa: ARG001 - as all checks of parts
    """Raises BadRequest."""
    if integration.connection_type == "VPC_LINK" and not integration.connection_id:
        raise errors.BadRequest(reason="ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK")
    if api.protocol_type == HTTP:
        _check_of_http(integration)
    elif integration.integration_type == "AWS_PROXY" and integration.payload_format_version not in ("", "1.0"):
        raise errors.BadRequest(reason=f"Unsupported PayloadFormatVersion: {integration.payload_format_version}")


def _check_of_http(integration: Integration) -> None:
    if integration.integration_type not in ("AWS_PROXY", "HTTP_PROXY"):
        raise errors.BadRequest(
            reason="Currently, an API with a protocol type of HTTP may only be associated with proxy integrations"
            " (AWS_PROXY, HTTP_PROXY)"
        )
    if not integration.payload_format_version:
        raise errors.BadRequest(reason="PayloadFormatVersion is a required parameter for integration")
    is_function = integration.integration_type == "AWS_PROXY" and not integration.integration_subtype
    _check_payload_format(integration, is_function=is_function)
    _check_mappings(integration)
    if integration.integration_subtype:
        _check_subtype(integration)
    elif is_function:
        check_function(integration.integration_uri)
    else:
        _check_url(integration)


def _check_payload_format(integration: Integration, *, is_function: bool) -> None:
    given = integration.payload_format_version
    if given not in ("1.0", "2.0"):
        raise errors.BadRequest(reason=f"Unsupported PayloadFormatVersion: {given}")
    if given == "2.0" and integration.integration_subtype:
        raise errors.BadRequest(reason=f"Operation: {integration.integration_subtype} is not supported.")
    if given == "2.0" and not is_function:
        reason = f"PayloadFormatVersion 2.0 is not supported for integration of type {integration.integration_type}"
        raise errors.BadRequest(reason=reason)


def _check_mappings(integration: Integration) -> None:
    """What a mapping names has to be a name that can stand in a request or an answer."""
    if not integration.integration_subtype:
        for name in integration.request_parameters:
            if not _REQUEST_MAPPING.fullmatch(name):
                raise errors.BadRequest(reason=f"Invalid Request Actioned Parameter destination specified: {name}")
    for status, mappings in integration.response_parameters.items():
        if not _STATUS.fullmatch(status):
            raise errors.BadRequest(reason=f"Status Code {status} is not valid")
        for name in mappings:
            if not _RESPONSE_MAPPING.fullmatch(name):
                raise errors.BadRequest(reason=f"Invalid Response Actioned Parameter destination specified: {name}")


def _check_subtype(integration: Integration) -> None:
    if integration.integration_subtype not in SUBTYPES:
        raise errors.BadRequest(reason=f"Operation: {integration.integration_subtype} is not supported.")
    if integration.integration_type != "AWS_PROXY":
        raise errors.BadRequest(reason="IntegrationSubtype is supported for AWS_PROXY integrations only")
    if not integration.credentials_arn:
        raise errors.BadRequest(
            reason="Role ARN must be specified for AWS integration configuration with Subtype:"
            f" {integration.integration_subtype}"
        )


def check_function(uri: str) -> None:
    """Raises BadRequest. What ``${stageVariables.…}`` stands for is known when somebody visits only."""
    if not _FUNCTION.fullmatch(uri) and "${stageVariables." not in uri:
        raise errors.BadRequest(reason="Invalid ARN specified in the request")


def _check_url(integration: Integration) -> None:
    is_linked = integration.connection_type == "VPC_LINK"  # it may name a listener or a service, by its ARN
    if not _URL.fullmatch(integration.integration_uri) and not (is_linked and integration.integration_uri.startswith("arn:")):
        raise errors.BadRequest(reason="Invalid HTTP endpoint specified for URI")
    if not integration.integration_method:
        raise errors.BadRequest(reason="HttpMethod parameter method must be specified for integrationType HTTPPROXY")


def completed(api: Api, integration: Integration) -> Integration:
    """With the defaults that depend on the API and the type."""
    changes: dict[str, str | int] = {"timeout_ms": min(integration.timeout_ms, TIMEOUT_MS_DEFAULT[api.protocol_type])}
    is_function = integration.integration_type == "AWS_PROXY" and not integration.integration_subtype
    if is_function and not integration.integration_method:
        changes["integration_method"] = "POST"
    if api.protocol_type == WEBSOCKET:
        if not integration.payload_format_version:
            changes["payload_format_version"] = "1.0"
        if not integration.passthrough_behavior:
            changes["passthrough_behavior"] = "WHEN_NO_MATCH"
    return structs.replace(integration, **changes)


def before_deletion(tx: Transaction, api: Api, integration: Integration) -> None:
    """Raises Conflict, BadRequest. The responses of an integration go with it."""
    if integration.is_managed:
        raise errors.BadRequest(reason="Deleting a managed integration is not allowed")
    target = f"integrations/{integration.integration_id}"
    named = ", ".join(route.route_id for route in parts.listed(tx, api.api_id, parts.ROUTES) if route.target == target)
    if named:
        reason = f"Cannot delete Integration because it is referenced by the following Routes with Ids: [{named}]"
        raise errors.Conflict(reason=reason)
    for response in parts.listed(tx, api.api_id, parts.INTEGRATION_RESPONSES):
        if response.integration_id == integration.integration_id:
            parts.delete(tx, api.api_id, parts.INTEGRATION_RESPONSES, response.integration_response_id)


RULES = Rules(
    kind=parts.INTEGRATIONS,
    what="Integration",
    count_max=INTEGRATIONS_MAX,
    completed=completed,
    check=check,
    on_deletion=before_deletion,
    merged=("request_parameters", "response_parameters"),
)
