"""Methods with their responses, and their integrations with theirs. They stand in the document of their resource.

https://docs.aws.amazon.com/apigateway/latest/api/API_Method.html
https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lambent.core.context import Scope
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import parts, patches, resources
from lambent.services.apigateway.engine.rest.patches import ADD_OR_REMOVE, ALL, SET, Rule
from lambent.services.apigateway.tables.rest import documents
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.store.database import Transaction

VERBS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY")
AUTHORIZED_BY_ID = ("CUSTOM", "COGNITO_USER_POOLS")
AUTHORIZATION_TYPES = ("NONE", "AWS_IAM", *AUTHORIZED_BY_ID)
INTEGRATION_TYPES = ("HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS")
TIMEOUT_MS_MIN, TIMEOUT_MS_DEFAULT, TIMEOUT_MS_MAX = 50, 29_000, 300_000
NO_METHOD = "Invalid Method identifier specified"
NO_INTEGRATION = "Invalid Integration identifier specified"
NO_STATUS = "Invalid Response status code specified"
_STATUS = re.compile(r"[1-5]\d\d")
_AUTHORIZER_WRONG = (
    "Invalid authorizer ID specified. "
    "Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."
)
_PARAMETER = re.compile(r"method\.request\.(?:querystring|multivaluequerystring|path|header|multivalueheader)\.[^\s]+")

METHOD_RULES = (
    Rule("/apiKeyRequired", read=patches.boolean),
    Rule("/authorizationType"),
    Rule("/authorizerId"),
    Rule("/operationName"),
    Rule("/requestValidatorId"),
    Rule("/requestParameters/*", ALL, read=patches.boolean),
    Rule("/requestModels/*", ALL),
    Rule("/authorizationScopes", ADD_OR_REMOVE, is_set=True),
)
RESPONSE_RULES = (Rule("/responseParameters/*", ALL, read=patches.boolean), Rule("/responseModels/*", ALL))
INTEGRATION_RULES = (
    Rule("/type"),
    Rule("/httpMethod"),
    Rule("/uri"),
    Rule("/credentials"),
    Rule("/connectionType"),
    Rule("/connectionId"),
    Rule("/passthroughBehavior"),
    Rule("/contentHandling"),
    Rule("/cacheNamespace"),
    Rule("/timeoutInMillis", read=patches.integer),
    Rule("/responseTransferMode"),
    Rule("/integrationTarget"),
    Rule("/tlsConfig/insecureSkipVerification", read=patches.boolean),
    Rule("/requestParameters/*", ALL),
    Rule("/requestTemplates/*", ALL),
    Rule("/cacheKeyParameters/*", ALL, is_set=True),
)
INTEGRATION_RESPONSE_RULES = (
    Rule("/selectionPattern", ALL),
    Rule("/contentHandling", ALL),
    Rule("/responseParameters/*", ALL),
    Rule("/responseTemplates/*", (*SET, patches.REMOVE)),
)


# ---- methods ---------------------------------------------------------------------------------------------------------


def put(tx: Transaction, scope: Scope, api_id: str, resource_id: str, verb: str, parameters: Mapping[str, Any]) -> Document:
    """A new method. Raises BadRequestException, ConflictException, NotFoundException."""
    resource = resources.find(tx, scope, api_id, resource_id)
    if verb not in VERBS:
        raise errors.BadRequest(reason=f"Invalid HttpMethod specified. Valid options are {','.join(VERBS)}")
    if verb in resource.get("resourceMethods", {}):
        raise errors.Conflict(reason="Method already exists for this resource")
    method = {
        "httpMethod": verb,
        "authorizationType": str(parameters.get("authorizationType") or "").upper(),
        "apiKeyRequired": bool(parameters.get("apiKeyRequired")),
        **_filled(parameters, "authorizerId", "requestValidatorId", "operationName"),
        **_filled(parameters, "requestParameters", "requestModels", "authorizationScopes"),
    }
    _check(tx, scope, api_id, method)
    resource.setdefault("resourceMethods", {})[verb] = method
    parts.put(tx, scope, parts.RESOURCE, api_id, resource)
    return method


def find(tx: Transaction, scope: Scope, api_id: str, resource_id: str, verb: str) -> Document:
    return _method(resources.find(tx, scope, api_id, resource_id), verb)


def change(
    tx: Transaction, scope: Scope, api_id: str, resource_id: str, verb: str, operations: Iterable[Mapping[str, Any]]
) -> Document:
    def patched(method: Document) -> Document:
        changed = patches.apply(method, operations, METHOD_RULES, patches.NAMING_PATH)
        for name in ("requestValidatorId", "authorizerId", "operationName"):
            if not changed.get(name):
                changed.pop(name, None)
        if changed["authorizationType"] not in AUTHORIZED_BY_ID:
            changed.pop("authorizerId", None)  # AWS takes no notice of it there
        _check(tx, scope, api_id, changed)
        return changed

    return _edit(tx, scope, api_id, resource_id, verb, patched)


def delete(tx: Transaction, scope: Scope, api_id: str, resource_id: str, verb: str) -> None:
    resource = resources.find(tx, scope, api_id, resource_id)
    _method(resource, verb)
    del resource["resourceMethods"][verb]
    if not resource["resourceMethods"]:
        del resource["resourceMethods"]
    parts.put(tx, scope, parts.RESOURCE, api_id, resource)


def _check(tx: Transaction, scope: Scope, api_id: str, method: Mapping[str, Any]) -> None:
    names = method.get("requestParameters", {})
    for name in names:
        if not _PARAMETER.fullmatch(name):
            raise errors.BadRequest(reason=f"Invalid mapping expression specified: {name}")
    if len({name.rsplit(".", 1)[-1] for name in names}) != len(names):
        raise errors.BadRequest(reason="Parameter names must be unique across querystring, header and path")
    kind = method["authorizationType"]
    if kind not in AUTHORIZATION_TYPES:
        raise errors.BadRequest(
            reason=f"Invalid authorization type specified. Valid options are {','.join(AUTHORIZATION_TYPES)}"
        )
    if kind in AUTHORIZED_BY_ID and not _is_there(tx, scope, parts.AUTHORIZER, api_id, method.get("authorizerId")):
        raise errors.BadRequest(reason=_AUTHORIZER_WRONG)
    validator_id = method.get("requestValidatorId")
    if validator_id and not _is_there(tx, scope, parts.VALIDATOR, api_id, validator_id):
        raise errors.BadRequest(reason="Invalid Request Validator identifier specified")
    _check_models(tx, scope, api_id, method.get("requestModels", {}))


def _check_models(tx: Transaction, scope: Scope, api_id: str, models: Mapping[str, str]) -> None:
    for name in models.values():
        if not _is_there(tx, scope, parts.MODEL, api_id, name):
            raise errors.BadRequest(reason=f"Invalid model identifier specified: {name}")


def _is_there(tx: Transaction, scope: Scope, kind: parts.Kind, api_id: str, id_: str | None) -> bool:
    return bool(id_) and documents.find(tx, scope, kind.name, api_id, id_ or "") is not None


# ---- method responses ------------------------------------------------------------------------------------------------


def put_response(
    tx: Transaction, scope: Scope, api_id: str, resource_id: str, verb: str, status: str, parameters: Mapping[str, Any]
) -> Document:
    _check_status(status)
    response = {"statusCode": status, **_filled(parameters, "responseParameters", "responseModels")}
    _check_models(tx, scope, api_id, response.get("responseModels", {}))

    def with_response(method: Document) -> Document:
        responses = method.setdefault("methodResponses", {})
        if status in responses:
            raise errors.Conflict(reason="Response already exists for this resource")
        responses[status] = response
        return method

    _edit(tx, scope, api_id, resource_id, verb, with_response)
    return response


def find_response(tx: Transaction, scope: Scope, api_id: str, resource_id: str, verb: str, status: str) -> Document:
    return _of_status(find(tx, scope, api_id, resource_id, verb).get("methodResponses", {}), status)


def change_response(
    tx: Transaction,
    scope: Scope,
    api_id: str,
    resource_id: str,
    verb: str,
    status: str,
    operations: Iterable[Mapping[str, Any]],
) -> Document:
    def patched(method: Document) -> Document:
        responses = method.get("methodResponses", {})
        responses[status] = patches.apply(_of_status(responses, status), operations, RESPONSE_RULES, patches.NAMING_PATH)
        _check_models(tx, scope, api_id, responses[status].get("responseModels", {}))
        return method

    return dict(_edit(tx, scope, api_id, resource_id, verb, patched)["methodResponses"][status])


def delete_response(tx: Transaction, scope: Scope, api_id: str, resource_id: str, verb: str, status: str) -> None:
    def without(method: Document) -> Document:
        _drop(method, "methodResponses", status)
        return method

    _edit(tx, scope, api_id, resource_id, verb, without)


# ---- integrations ----------------------------------------------------------------------------------------------------


def put_integration(
    tx: Transaction, scope: Scope, api_id: str, resource_id: str, verb: str, parameters: Mapping[str, Any]
) -> Document:
    """In place of the one that there was, whose responses it keeps none of."""
    kind = parameters["type"]
    integration = {
        "type": kind,
        **_filled(parameters, "uri", "connectionId", "credentials", "requestParameters", "requestTemplates"),
        **_filled(parameters, "contentHandling", "tlsConfig", "responseTransferMode", "integrationTarget"),
        "passthroughBehavior": parameters.get("passthroughBehavior") or "WHEN_NO_MATCH",
        "timeoutInMillis": parameters.get("timeoutInMillis") or TIMEOUT_MS_DEFAULT,
        "cacheNamespace": parameters.get("cacheNamespace") or resource_id,
        "cacheKeyParameters": list(parameters.get("cacheKeyParameters") or ()),
    }
    if parameters.get("integrationHttpMethod"):
        integration["httpMethod"] = parameters["integrationHttpMethod"]
    if kind in ("HTTP", "HTTP_PROXY") or parameters.get("connectionType"):
        integration["connectionType"] = parameters.get("connectionType") or "INTERNET"
    check_integration(integration)

    def integrated(method: Document) -> Document:
        method["methodIntegration"] = integration
        return method

    _edit(tx, scope, api_id, resource_id, verb, integrated)
    return integration


def find_integration(tx: Transaction, scope: Scope, api_id: str, resource_id: str, verb: str) -> Document:
    return _integration(find(tx, scope, api_id, resource_id, verb))


def change_integration(
    tx: Transaction, scope: Scope, api_id: str, resource_id: str, verb: str, operations: Iterable[Mapping[str, Any]]
) -> Document:
    def patched(method: Document) -> Document:
        changed = patches.apply(_integration(method), operations, INTEGRATION_RULES)
        for name in ("credentials", "contentHandling", "connectionId"):
            if not changed.get(name):
                changed.pop(name, None)
        changed.setdefault("cacheKeyParameters", [])
        check_integration(changed)
        method["methodIntegration"] = changed
        return method

    return dict(_edit(tx, scope, api_id, resource_id, verb, patched)["methodIntegration"])


def delete_integration(tx: Transaction, scope: Scope, api_id: str, resource_id: str, verb: str) -> None:
    def without(method: Document) -> Document:
        _integration(method)
        del method["methodIntegration"]
        return method

    _edit(tx, scope, api_id, resource_id, verb, without)


def check_integration(integration: Mapping[str, Any]) -> None:
    kind = integration["type"]
    if kind not in INTEGRATION_TYPES:
        raise errors.BadRequest(reason=f"Invalid integration type specified. Valid options are {','.join(INTEGRATION_TYPES)}")
    if kind != "MOCK" and not integration.get("httpMethod"):
        raise errors.BadRequest(reason="Enumeration value for HttpMethod must be non-empty")
    uri = integration.get("uri", "")
    if kind in ("HTTP", "HTTP_PROXY") and not uri.startswith(("http://", "https://", "${stageVariables.")):
        raise errors.BadRequest(reason="Invalid HTTP endpoint specified for URI")
    if kind in ("AWS", "AWS_PROXY"):
        if not uri.startswith("arn:"):
            raise errors.BadRequest(reason="Invalid ARN specified in the request")
        if len(uri.split(":", 5)) < 6 or ("/" not in uri and ":action/" not in uri):
            raise errors.BadRequest(reason="AWS ARN for integration must contain path or action")
    if not TIMEOUT_MS_MIN <= integration["timeoutInMillis"] <= TIMEOUT_MS_MAX:
        raise errors.BadRequest(reason=f"Timeout should be between {TIMEOUT_MS_MIN} ms and {TIMEOUT_MS_DEFAULT} ms")
    for target, source in integration.get("requestParameters", {}).items():
        if not target.startswith("integration.request."):
            raise errors.BadRequest(reason=f"Invalid mapping expression specified: {target}")
        if not source.startswith(("method.request.", "context.", "stageVariables.", "'")):
            raise errors.BadRequest(reason=f"Invalid mapping expression specified: {source}")


# ---- integration responses -------------------------------------------------------------------------------------------


def put_integration_response(
    tx: Transaction, scope: Scope, api_id: str, resource_id: str, verb: str, status: str, parameters: Mapping[str, Any]
) -> Document:
    _check_status(status)
    response = {
        "statusCode": status,
        **parts.given(parameters, "selectionPattern", "responseParameters", "contentHandling"),
        "responseTemplates": dict(parameters.get("responseTemplates") or {}),
    }
    if not response["responseTemplates"]:
        del response["responseTemplates"]

    def with_response(method: Document) -> Document:
        _check_declared(method, response)
        _integration(method).setdefault("integrationResponses", {})[status] = response
        return method

    _edit(tx, scope, api_id, resource_id, verb, with_response)
    return response


def find_integration_response(tx: Transaction, scope: Scope, api_id: str, resource_id: str, verb: str, status: str) -> Document:
    return _of_status(find_integration(tx, scope, api_id, resource_id, verb).get("integrationResponses", {}), status)


def change_integration_response(
    tx: Transaction,
    scope: Scope,
    api_id: str,
    resource_id: str,
    verb: str,
    status: str,
    operations: Iterable[Mapping[str, Any]],
) -> Document:
    def patched(method: Document) -> Document:
        responses = _integration(method).get("integrationResponses", {})
        changed = patches.apply(_of_status(responses, status), operations, INTEGRATION_RESPONSE_RULES)
        _check_declared(method, changed)
        responses[status] = changed
        return method

    method = _edit(tx, scope, api_id, resource_id, verb, patched)
    return dict(method["methodIntegration"]["integrationResponses"][status])


def delete_integration_response(tx: Transaction, scope: Scope, api_id: str, resource_id: str, verb: str, status: str) -> None:
    def without(method: Document) -> Document:
        _drop(_integration(method), "integrationResponses", status)
        return method

    _edit(tx, scope, api_id, resource_id, verb, without)


def _check_declared(method: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """What an integration response maps, the method response must have declared."""
    declared = method.get("methodResponses", {}).get(response["statusCode"], {}).get("responseParameters", {})
    for target in response.get("responseParameters") or {}:
        if target not in declared:
            raise errors.BadRequest(reason=f"Invalid mapping expression parameter specified: {target}")


# ---- where they stand ------------------------------------------------------------------------------------------------


def _edit(
    tx: Transaction, scope: Scope, api_id: str, resource_id: str, verb: str, by: Callable[[Document], Document]
) -> Document:
    resource = resources.find(tx, scope, api_id, resource_id)
    changed = by(_method(resource, verb))
    resource["resourceMethods"][verb] = changed
    parts.put(tx, scope, parts.RESOURCE, api_id, resource)
    return changed


def _method(resource: Mapping[str, Any], verb: str) -> Document:
    found: Document | None = resource.get("resourceMethods", {}).get(verb)
    if found is None:
        raise errors.NotFound(reason=NO_METHOD)
    return found


def _integration(method: Mapping[str, Any]) -> Document:
    found: Document | None = method.get("methodIntegration")
    if found is None:
        raise errors.NotFound(reason=NO_INTEGRATION)
    return found


def _of_status(responses: Mapping[str, Document], status: str) -> Document:
    if status not in responses:
        raise errors.NotFound(reason=NO_STATUS)
    return responses[status]


def _drop(holder: Document, name: str, status: str) -> None:
    responses = holder.get(name, {})
    _of_status(responses, status)
    del responses[status]
    if not responses:
        del holder[name]


def _check_status(status: str) -> None:
    if not _STATUS.fullmatch(status):
        raise errors.BadRequest(reason="Invalid status code specified")


def _filled(parameters: Mapping[str, Any], *names: str) -> Document:
    """What of ``names`` was given and is not empty."""
    return {
        name: value for name, value in parts.given(parameters, *names).items() if value != "" and value != {} and value != []
    }
