"""REST APIs, as boto3 configures them."""

import json
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def gateway(client: Callable[..., Any]) -> Any:
    return client("apigateway")


@pytest.fixture
def api(gateway: Any) -> dict[str, Any]:
    return gateway.create_rest_api(name="shop")


def status_of(answer: dict[str, Any]) -> int:
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


def mocked(gateway: Any, api: dict[str, Any]) -> dict[str, str]:
    place = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    gateway.put_method(**place, authorizationType="NONE")
    gateway.put_integration(**place, type="MOCK")
    return place


def test_apis_are_listed_page_by_page_and_deleted(gateway):
    made = {gateway.create_rest_api(name=f"a{number}")["id"] for number in range(3)}
    pages = list(gateway.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["items"]) for page in pages] == [2, 1]
    assert {api["id"] for page in pages for api in page["items"]} == made
    for api_id in made:
        assert status_of(gateway.delete_rest_api(restApiId=api_id)) == 202
    assert gateway.get_rest_apis()["items"] == []


def test_errors_are_as_aws_words_them(gateway, account, refusal):
    found = refusal(gateway.get_rest_api, restApiId="none")
    assert found == ("NotFoundException", 404, f"Invalid API identifier specified {account}:none")
    found = refusal(gateway.create_rest_api, name="a", description="")
    assert found == ("BadRequestException", 400, "Description cannot be an empty string")


def test_methods_are_shown_where_they_are_asked_for(gateway, api):
    place = mocked(gateway, api)
    assert gateway.get_resources(restApiId=api["id"])["items"][0]["resourceMethods"] == {"GET": {}}
    shown = gateway.get_resources(restApiId=api["id"], embed=["methods"])["items"][0]["resourceMethods"]["GET"]
    assert shown["methodIntegration"]["type"] == "MOCK"
    gateway.put_method_response(**place, statusCode="200")
    gateway.put_integration_response(**place, statusCode="200")
    method = gateway.get_method(**place)
    assert method["methodIntegration"]["integrationResponses"] == {"200": {"statusCode": "200"}}
    for delete in (gateway.delete_integration_response, gateway.delete_method_response):
        assert status_of(delete(**place, statusCode="200")) == 204
    for delete in (gateway.delete_integration, gateway.delete_method):
        assert status_of(delete(**place)) == 204


def test_stages_serve_deployments(gateway, api):
    mocked(gateway, api)
    deployment = gateway.create_deployment(restApiId=api["id"], stageName="prod")
    summary = gateway.get_deployment(restApiId=api["id"], deploymentId=deployment["id"], embed=["apisummary"])["apiSummary"]
    assert summary == {"/": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}}
    gateway.create_stage(restApiId=api["id"], stageName="test", deploymentId=deployment["id"], tags={"a": "1"})
    assert [stage["stageName"] for stage in gateway.get_stages(restApiId=api["id"])["item"]] == ["prod", "test"]
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api['id']}/stages/test"
    gateway.tag_resource(resourceArn=arn, tags={"b": "2"})
    gateway.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert gateway.get_tags(resourceArn=arn)["tags"] == {"b": "2"}
    changed = gateway.update_stage(
        restApiId=api["id"],
        stageName="test",
        patchOperations=[{"op": "replace", "path": "/*/*/throttling/burstLimit", "value": "7"}],
    )
    assert changed["methodSettings"]["*/*"]["throttlingBurstLimit"] == 7
    assert status_of(gateway.flush_stage_cache(restApiId=api["id"], stageName="test")) == 202
    assert status_of(gateway.flush_stage_authorizers_cache(restApiId=api["id"], stageName="test")) == 202
    assert status_of(gateway.delete_stage(restApiId=api["id"], stageName="test")) == 202


def test_a_definition_comes_in_and_goes_out(gateway):
    integration = {"type": "mock", "responses": {"default": {"statusCode": "200"}}}
    operation = {"responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": integration}
    document = {"openapi": "3.0.1", "info": {"title": "written", "version": "1"}, "paths": {"/a/b": {"get": operation}}}
    api = gateway.import_rest_api(body=json.dumps(document).encode(), parameters={"endpointConfigurationTypes": "REGIONAL"})
    assert (api["name"], api["endpointConfiguration"]["types"]) == ("written", ["REGIONAL"])
    document["paths"]["/c"] = document["paths"].pop("/a/b")
    gateway.put_rest_api(restApiId=api["id"], mode="overwrite", body=json.dumps(document).encode())
    assert [resource["path"] for resource in gateway.get_resources(restApiId=api["id"])["items"]] == ["/", "/c"]
    gateway.create_deployment(restApiId=api["id"], stageName="prod")
    given = {"restApiId": api["id"], "stageName": "prod", "exportType": "oas30", "parameters": {"extensions": "integrations"}}
    exported = json.loads(gateway.get_export(**given)["body"].read())
    assert exported["paths"]["/c"]["get"]["x-amazon-apigateway-integration"]["type"] == "mock"
    assert b"openapi: 3.0.1" in gateway.get_export(**given, accepts="application/yaml")["body"].read()


def test_what_methods_refer_to_is_kept(gateway, api):
    given = {"restApiId": api["id"]}
    gateway.create_model(**given, name="Pet", contentType="application/json", schema='{"type": "object"}')
    models = gateway.get_models(**given)["items"]
    assert [model["name"] for model in models] == ["Empty", "Error", "Pet"]
    assert json.loads(gateway.get_model(**given, modelName="Pet", flatten=True)["schema"]) == {"type": "object"}
    assert "$inputRoot" in gateway.get_model_template(**given, modelName="Error")["value"]
    changed = [{"op": "replace", "path": "/description", "value": "d"}]
    assert gateway.update_model(**given, modelName="Pet", patchOperations=changed)["description"] == "d"
    assert status_of(gateway.delete_model(**given, modelName="Pet")) == 202
    validator = gateway.create_request_validator(**given, name="v")
    named = {**given, "requestValidatorId": validator["id"]}
    renamed = gateway.update_request_validator(**named, patchOperations=[{"op": "replace", "path": "/name", "value": "w"}])
    assert renamed["name"] == gateway.get_request_validator(**named)["name"] == "w"
    gateway.delete_request_validator(**named)
    assert gateway.get_request_validators(**given)["items"] == []
    assert len(gateway.get_gateway_responses(**given)["items"]) == 21


def test_keys_show_their_value_where_it_is_asked_for(gateway):
    made = gateway.create_api_key(name="k", value="v" * 20, enabled=True)
    assert "value" not in gateway.get_api_key(apiKey=made["id"])
    assert gateway.get_api_key(apiKey=made["id"], includeValue=True)["value"] == "v" * 20
    assert [key["id"] for key in gateway.get_api_keys(nameQuery="k")["items"]] == [made["id"]]
    imported = gateway.import_api_keys(body=b"name,key\nother,wwwwwwwwwwwwwwwwwwww\n", format="csv")
    assert gateway.get_api_key(apiKey=imported["ids"][0])["name"] == "other"
    changed = gateway.update_api_key(
        apiKey=made["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}]
    )
    assert changed["enabled"] is False
    assert status_of(gateway.delete_api_key(apiKey=made["id"])) == 202


def test_an_account_has_settings_certificates_and_documentation(gateway, api):
    role = "arn:aws:iam::000000000000:role/logs"
    patch = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}]
    assert gateway.update_account(patchOperations=patch)["cloudwatchRoleArn"] == gateway.get_account()["cloudwatchRoleArn"]
    certificate = gateway.generate_client_certificate(description="c")
    assert [found["description"] for found in gateway.get_client_certificates()["items"]] == ["c"]
    assert status_of(gateway.delete_client_certificate(clientCertificateId=certificate["clientCertificateId"])) == 202
    part = gateway.create_documentation_part(restApiId=api["id"], location={"type": "API"}, properties="{}")
    assert [found["id"] for found in gateway.get_documentation_parts(restApiId=api["id"], type="API")["items"]] == [part["id"]]
    gateway.create_documentation_version(restApiId=api["id"], documentationVersion="1")
    assert gateway.get_documentation_versions(restApiId=api["id"])["items"][0]["version"] == "1"
