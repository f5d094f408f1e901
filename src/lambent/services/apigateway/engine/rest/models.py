"""Models, request validators, gateway responses and authorizers: the parts of an API that methods refer to.

https://docs.aws.amazon.com/apigateway/latest/api/API_Model.html
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from lambent.core import ids
from lambent.core.context import Scope
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import gateway_responses, parts, patches
from lambent.services.apigateway.engine.rest.patches import ADD_OR_REMOVE, ALL, Rule
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.store.database import Transaction

PART_ID_CHARACTERS = 6
TTL_S_DEFAULT, TTL_S_MAX = 300, 3_600
EMPTY, ERROR = "Empty", "Error"
AUTHORIZER_TYPES = ("TOKEN", "REQUEST", "COGNITO_USER_POOLS")

MODEL_RULES = (Rule("/description"), Rule("/schema"))
VALIDATOR_RULES = (
    Rule("/name"),
    Rule("/validateRequestBody", read=patches.boolean),
    Rule("/validateRequestParameters", read=patches.boolean),
)
GATEWAY_RESPONSE_RULES = (Rule("/statusCode"), Rule("/responseParameters/*", ALL), Rule("/responseTemplates/*", ALL))
AUTHORIZER_RULES = (
    Rule("/name"),
    Rule("/type"),
    Rule("/authType"),
    Rule("/authorizerUri"),
    Rule("/authorizerCredentials", ALL),
    Rule("/identitySource", ALL),
    Rule("/identityValidationExpression", ALL),
    Rule("/authorizerResultTtlInSeconds", read=patches.integer),
    Rule("/providerARNs", ADD_OR_REMOVE, is_set=True),
)


# ---- models ----------------------------------------------------------------------------------------------------------


def defaults() -> tuple[Document, Document]:
    """What every API has from the beginning."""
    schema = '{\n  "$schema" : "http://json-schema.org/draft-04/schema#",\n  "title" : "%s Schema",\n  "type" : "object"%s\n}'
    message = ',\n  "properties" : {\n    "message" : { "type" : "string" }\n  }'
    return (
        _model(EMPTY, "application/json", schema % (EMPTY, ""), "This is a default empty schema model"),
        _model(ERROR, "application/json", schema % (ERROR, message), "This is a default error schema model"),
    )


def create_model(tx: Transaction, scope: Scope, api_id: str, parameters: Mapping[str, Any]) -> Document:
    """Raises BadRequestException, ConflictException."""
    parts.find_api(tx, scope, api_id)
    name = parameters["name"]
    if not name or not name.isalnum():
        raise errors.BadRequest(reason="Model name must be alphanumeric: " + name)
    if any(model["name"] == name for model in parts.of_owner(tx, scope, parts.MODEL, api_id)):
        raise errors.Conflict(reason="Model name already exists for this REST API")
    schema = parameters.get("schema") or ""
    if not schema:
        raise errors.BadRequest(reason=f"Model schema must have at least 1 property or array items defined: {name}")
    check_json_object(schema, f"Invalid model schema specified: {name}")
    model = _model(name, parameters["contentType"], schema, parameters.get("description") or "")
    parts.add(tx, scope, parts.MODEL, api_id, model)
    return model


def find_model(tx: Transaction, scope: Scope, api_id: str, name: str) -> Document:
    parts.find_api(tx, scope, api_id)
    found = next((model for model in parts.of_owner(tx, scope, parts.MODEL, api_id) if model["name"] == name), None)
    if found is None:
        raise errors.NotFound(reason=f"Invalid model name specified: {name}")
    return found


def change_model(tx: Transaction, scope: Scope, api_id: str, name: str, operations: Iterable[Mapping[str, Any]]) -> Document:
    model = patches.apply(find_model(tx, scope, api_id, name), operations, MODEL_RULES)
    check_json_object(model["schema"], f"Invalid model schema specified: {name}")
    parts.put(tx, scope, parts.MODEL, api_id, model)
    return model


def delete_model(tx: Transaction, scope: Scope, api_id: str, name: str) -> None:
    """Raises ConflictException while a method takes or gives it, or another model refers to it."""
    find_model(tx, scope, api_id, name)
    for resource in parts.of_owner(tx, scope, parts.RESOURCE, api_id):
        for verb, method in resource.get("resourceMethods", {}).items():
            place = f"{resource['path']}/{verb}"
            if name in method.get("requestModels", {}).values():
                raise errors.Conflict(reason=f"Cannot delete model '{name}', is referenced in method request: {place}")
            if any(name in answer.get("responseModels", {}).values() for answer in method.get("methodResponses", {}).values()):
                raise errors.Conflict(reason=f"Cannot delete model '{name}', is referenced in method response: {place}")
    for model in parts.of_owner(tx, scope, parts.MODEL, api_id):
        if model["name"] != name and f'/models/{name}"' in model["schema"]:
            raise errors.Conflict(reason=f"Cannot delete model '{name}', is referenced in model: {model['name']}")
    parts.delete(tx, scope, parts.MODEL, api_id, name)


def check_json_object(text: str, refusal: str) -> None:
    """Raises BadRequestException with ``refusal``."""
    try:
        is_object = isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        raise errors.BadRequest(reason=refusal)


def _model(name: str, content_type: str, schema: str, description: str) -> Document:
    model = {"id": ids.lower_and_digits(PART_ID_CHARACTERS), "name": name, "contentType": content_type, "schema": schema}
    return model | ({"description": description} if description else {})


# ---- request validators ----------------------------------------------------------------------------------------------


def create_validator(tx: Transaction, scope: Scope, api_id: str, parameters: Mapping[str, Any]) -> Document:
    parts.find_api(tx, scope, api_id)
    validator = {
        "id": ids.lower_and_digits(PART_ID_CHARACTERS),
        **parts.given(parameters, "name"),
        "validateRequestBody": bool(parameters.get("validateRequestBody")),
        "validateRequestParameters": bool(parameters.get("validateRequestParameters")),
    }
    parts.add(tx, scope, parts.VALIDATOR, api_id, validator)
    return validator


def delete_validator(tx: Transaction, scope: Scope, api_id: str, validator_id: str) -> None:
    parts.find_api(tx, scope, api_id)
    _check_unused(tx, scope, api_id, "requestValidatorId", validator_id, "Request validator")
    parts.delete(tx, scope, parts.VALIDATOR, api_id, validator_id)


# ---- gateway responses -----------------------------------------------------------------------------------------------


def put_gateway_response(tx: Transaction, scope: Scope, api_id: str, kind: str, parameters: Mapping[str, Any]) -> Document:
    parts.find_api(tx, scope, api_id)
    response = {
        "responseType": kind,
        **parts.given(parameters, "statusCode"),
        "responseParameters": parameters.get("responseParameters") or {},
        "responseTemplates": parameters.get("responseTemplates") or {},
        "defaultResponse": False,
    }
    if "statusCode" not in response and kind in gateway_responses.STATUSES:
        response["statusCode"] = gateway_responses.STATUSES[kind]
    parts.put(tx, scope, parts.GATEWAY_RESPONSE, api_id, response)
    return response


def find_gateway_response(tx: Transaction, scope: Scope, api_id: str, kind: str) -> Document:
    """What was set, else what it is without."""
    own = {response["responseType"]: response for response in parts.of_api(tx, scope, parts.GATEWAY_RESPONSE, api_id)}
    return gateway_responses.effective(kind, own)


def gateway_responses_of(tx: Transaction, scope: Scope, api_id: str) -> list[Document]:
    own = {response["responseType"]: response for response in parts.of_api(tx, scope, parts.GATEWAY_RESPONSE, api_id)}
    return [gateway_responses.effective(kind, own) for kind in gateway_responses.KINDS]


def change_gateway_response(
    tx: Transaction, scope: Scope, api_id: str, kind: str, operations: Iterable[Mapping[str, Any]]
) -> Document:
    response = patches.apply(find_gateway_response(tx, scope, api_id, kind), operations, GATEWAY_RESPONSE_RULES)
    return put_gateway_response(tx, scope, api_id, kind, response)


# ---- authorizers -----------------------------------------------------------------------------------------------------


def create_authorizer(tx: Transaction, scope: Scope, api_id: str, parameters: Mapping[str, Any]) -> Document:
    parts.find_api(tx, scope, api_id)
    made = authorizer({**parameters, "id": ids.lower_and_digits(PART_ID_CHARACTERS)})
    parts.add(tx, scope, parts.AUTHORIZER, api_id, made)
    return made


def authorizer(parameters: Mapping[str, Any]) -> Document:
    """The document of one with an id. Raises BadRequestException."""
    found = parts.given(
        parameters,
        "id",
        "name",
        "type",
        "providerARNs",
        "authType",
        "authorizerUri",
        "authorizerCredentials",
        "identitySource",
        "identityValidationExpression",
        "authorizerResultTtlInSeconds",
    )
    kind = found.get("type")
    found.setdefault("authType", "cognito_user_pools" if kind == "COGNITO_USER_POOLS" else "custom")
    if kind != "COGNITO_USER_POOLS":
        found.setdefault("authorizerResultTtlInSeconds", TTL_S_DEFAULT)
    _check_authorizer(found)
    return found


def change_authorizer(
    tx: Transaction, scope: Scope, api_id: str, authorizer_id: str, operations: Iterable[Mapping[str, Any]]
) -> Document:
    parts.find_api(tx, scope, api_id)

    def patched(authorizer: Document) -> Document:
        changed = patches.apply(authorizer, operations, AUTHORIZER_RULES)
        _check_authorizer(changed)
        return changed

    return parts.change(tx, scope, parts.AUTHORIZER, api_id, authorizer_id, patched)


def delete_authorizer(tx: Transaction, scope: Scope, api_id: str, authorizer_id: str) -> None:
    parts.find_api(tx, scope, api_id)
    _check_unused(tx, scope, api_id, "authorizerId", authorizer_id, "Authorizer")
    parts.delete(tx, scope, parts.AUTHORIZER, api_id, authorizer_id)


def _check_authorizer(authorizer: Mapping[str, Any]) -> None:
    kind = authorizer.get("type")
    if kind not in AUTHORIZER_TYPES:
        raise errors.BadRequest(reason=f"Invalid Authorizer type specified. Valid options are {','.join(AUTHORIZER_TYPES)}")
    ttl_s = authorizer.get("authorizerResultTtlInSeconds", 0)
    if not 0 <= ttl_s <= TTL_S_MAX:
        raise errors.BadRequest(reason=f"Authorizer result TTL must be between 0 and {TTL_S_MAX} seconds")
    if kind == "COGNITO_USER_POOLS":
        if not authorizer.get("providerARNs"):
            raise errors.BadRequest(reason="Invalid Provider ARNs specified for authorizer")
        return
    if not authorizer.get("authorizerUri"):
        raise errors.BadRequest(reason="Invalid Authorizer URI: it must be that of a function")
    if not authorizer.get("identitySource") and (kind == "TOKEN" or ttl_s > 0):
        raise errors.BadRequest(reason="Identity source cannot be null or empty when caching is enabled or the type is TOKEN")


def _check_unused(tx: Transaction, scope: Scope, api_id: str, member: str, id_: str, what: str) -> None:
    for resource in parts.of_owner(tx, scope, parts.RESOURCE, api_id):
        if any(method.get(member) == id_ for method in resource.get("resourceMethods", {}).values()):
            raise errors.Conflict(reason=f"{what} '{id_}' is in use by a method of '{resource['path']}'")
