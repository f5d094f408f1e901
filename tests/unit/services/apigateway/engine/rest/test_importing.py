"""What an OpenAPI document says is written: into a new API, over one, into one."""

import json
from typing import Any

import pytest
from tests.unit.services.apigateway.conftest import NOW, SCOPE
from tests.unit.services.apigateway.engine.rest.conftest import put_method, put_resource
from tests.unit.services.apigateway.engine.rest.test_openapi import SWAGGER

from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import importing, models, openapi, parts, resources


def imported(document: object) -> openapi.Imported:
    return openapi.read(json.dumps(document).encode(), {})


def created(tx: Any, document: object = SWAGGER) -> Any:
    return importing.create(tx, SCOPE, imported(document), NOW, fails_on_warnings=False)


def paths(tx: Any, api_id: str) -> dict[str, set[str]]:
    return {resource["path"]: set(resource.get("resourceMethods", {})) for resource in resources.of_api(tx, SCOPE, api_id)}


def test_a_new_api_has_what_the_document_says(tx):
    api = created(tx)
    assert paths(tx, api["id"]) == {"/": set(), "/pets": set(), "/pets/{id}": {"POST", "ANY"}}
    method = next(r for r in resources.of_api(tx, SCOPE, api["id"]) if r["path"] == "/pets/{id}")["resourceMethods"]["POST"]
    authorizer = parts.of_api(tx, SCOPE, parts.AUTHORIZER, api["id"])[0]
    validator = parts.of_api(tx, SCOPE, parts.VALIDATOR, api["id"])[0]
    assert (method["authorizerId"], method["requestValidatorId"]) == (authorizer["id"], validator["id"])
    assert method["methodIntegration"]["timeoutInMillis"] == 29_000
    assert method["methodResponses"].keys() == {"200", "400"}
    assert api["warnings"] == imported(SWAGGER).warnings


def test_warnings_are_failures_where_that_is_asked_for(tx):
    with pytest.raises(errors.BadRequest, match="Warnings found during import"):
        importing.create(tx, SCOPE, imported(SWAGGER), NOW, fails_on_warnings=True)


def test_merging_keeps_what_the_document_does_not_speak_of(tx, rest):
    put_method(tx, rest)
    importing.put(tx, SCOPE, rest["id"], imported(SWAGGER), mode="merge", fails_on_warnings=False)
    assert paths(tx, rest["id"])["/items"] == {"GET"}
    assert parts.find_api(tx, SCOPE, rest["id"])["name"] == "shop"


def test_overwriting_keeps_the_ids_of_what_stays(tx, rest):
    put_method(tx, rest)
    models.create_model(tx, SCOPE, rest["id"], {"name": "Old", "contentType": "a/b", "schema": "{}"})
    kept = put_resource(tx, rest, "/pets/{id}")
    importing.put(tx, SCOPE, rest["id"], imported(SWAGGER), mode="overwrite", fails_on_warnings=False)
    assert "/items" not in paths(tx, rest["id"])
    assert resources.find(tx, SCOPE, rest["id"], kept["id"])["resourceMethods"].keys() == {"POST", "ANY"}
    assert [model["name"] for model in parts.of_api(tx, SCOPE, parts.MODEL, rest["id"])] == ["Empty", "Error", "Pet"]


def test_a_validator_that_is_not_there_is_refused(tx):
    document = {
        "openapi": "3.0.1",
        "info": {"title": "t"},
        "paths": {"/": {"get": {"x-amazon-apigateway-request-validator": "x"}}},
    }
    with pytest.raises(errors.BadRequest, match="Invalid request validator name specified: x"):
        created(tx, document)


def test_models_refer_to_one_another_by_addresses(tx):
    schemas = {"A": {"type": "object"}, "B": {"properties": {"a": {"$ref": "#/components/schemas/A"}}}}
    api = created(tx, {"openapi": "3.0.1", "info": {"title": "t"}, "components": {"schemas": schemas}})
    schema = json.loads(models.find_model(tx, SCOPE, api["id"], "B")["schema"])
    assert schema["properties"]["a"]["$ref"] == f"https://apigateway.amazonaws.com/restapis/{api['id']}/models/A"
