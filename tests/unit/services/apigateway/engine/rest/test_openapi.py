"""OpenAPI documents read: paths, models, authorizers and integrations, in both versions and in YAML."""

import json
from typing import Any

import pytest

from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import openapi

INTEGRATION = {
    "type": "aws_proxy",
    "httpMethod": "post",
    "uri": "arn:aws:apigateway:us-east-1:lambda:path/x/y",
    "responses": {"default": {"statusCode": 200}, "4\\d\\d": {"statusCode": "400", "responseTemplates": {"a/b": "t"}}},
}
SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "shop", "version": "1", "description": "d"},
    "basePath": "/v1",
    "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True}},
    "x-amazon-apigateway-request-validator": "all",
    "x-amazon-apigateway-binary-media-types": ["image/png"],
    "x-amazon-apigateway-gateway-responses": {"THROTTLED": {"statusCode": 420}},
    "securityDefinitions": {
        "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
        "sigv4": {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"},
        "token": {
            "type": "apiKey",
            "name": "Auth",
            "x-amazon-apigateway-authtype": "custom",
            "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": "arn:u"},
        },
    },
    "definitions": {"Pet": {"type": "object"}},
    "paths": {
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True}],
            "post": {
                "operationId": "putPet",
                "parameters": [
                    {"name": "q", "in": "query"},
                    {"name": "pet", "in": "body", "schema": {"$ref": "#/definitions/Pet"}},
                ],
                "security": [{"token": [], "key": []}],
                "responses": {"200": {"headers": {"X": {}}, "schema": {"$ref": "#/definitions/Pet"}}, "default": {}},
                "x-amazon-apigateway-integration": INTEGRATION,
            },
            "x-amazon-apigateway-any-method": {"security": [{"sigv4": []}, {"nothing": []}]},
        }
    },
}


def read(document: object, **parameters: str) -> openapi.Imported:
    return openapi.read(json.dumps(document).encode(), parameters)


def test_a_swagger_document_is_read():
    imported = read(SWAGGER)
    assert imported.api == {"name": "shop", "version": "1", "description": "d", "binaryMediaTypes": ["image/png"]}
    method = imported.paths["/pets/{id}"]["POST"]
    assert method["requestParameters"] == {"method.request.path.id": True, "method.request.querystring.q": False}
    assert (method["requestModels"], method["validator"]) == ({"application/json": "Pet"}, "all")
    assert (method["authorizationType"], method["authorizer"], method["apiKeyRequired"]) == ("CUSTOM", "token", True)
    assert method["methodResponses"] == {
        "200": {
            "statusCode": "200",
            "responseParameters": {"method.response.header.X": False},
            "responseModels": {"application/json": "Pet"},
        }
    }
    assert imported.authorizers["token"]["identitySource"] == "method.request.header.Auth"
    assert imported.validators["all"] == {"name": "all", "validateRequestBody": True, "validateRequestParameters": False}
    assert imported.gateway_responses["THROTTLED"]["statusCode"] == "420"


def test_an_integration_is_read_with_its_responses():
    integration = read(SWAGGER).paths["/pets/{id}"]["POST"]["methodIntegration"]
    assert (integration["type"], integration["httpMethod"], integration["passthroughBehavior"]) == (
        "AWS_PROXY",
        "POST",
        "WHEN_NO_MATCH",
    )
    assert integration["integrationResponses"] == {
        "200": {"statusCode": "200"},
        "400": {"statusCode": "400", "selectionPattern": "4\\d\\d", "responseTemplates": {"a/b": "t"}},
    }


def test_any_method_is_any_and_what_is_no_security_here_is_a_warning():
    imported = read(SWAGGER)
    assert imported.paths["/pets/{id}"]["ANY"]["authorizationType"] == "AWS_IAM"
    assert imported.warnings == ["Security requirement nothing is of no kind that API Gateway has, and is left out"]


def test_a_base_path_is_put_before_where_that_is_asked_for():
    assert "/v1/pets/{id}" in read(SWAGGER, basepath="prepend").paths
    server = {"url": "https://x/{stage}/a", "variables": {"stage": {"default": "s"}}}
    assert "/s/a/p" in read({"openapi": "3.0.1", "servers": [server], "paths": {"/p": {}}}, basepath="prepend").paths


def test_openapi_3_has_bodies_and_components():
    body = {"content": {"application/json": {"schema": {"type": "object"}}, "text/plain": {}}}
    document = {
        "openapi": "3.0.1",
        "info": {"title": "t"},
        "paths": {"/a": {"$ref": "#/components/pathItems/a"}},
        "components": {
            "schemas": {"Pet": {"type": "object", "description": "a pet"}},
            "pathItems": {"a": {"put": {"operationId": "put-it", "requestBody": body}}},
        },
    }
    imported = read(document, endpointConfigurationTypes="REGIONAL")
    assert imported.paths["/a"]["PUT"]["requestModels"] == {"application/json": "putitBody"}
    assert imported.models.keys() == {"Pet", "putitBody"}
    assert imported.api["endpointConfiguration"] == {"types": ["REGIONAL"]}


def test_yaml_is_read_too():
    assert openapi.read(b"swagger: '2.0'\ninfo: {title: y}\npaths: {}\n", {}).api["name"] == "y"


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b'{"openapi": "4"}', b"\xff\xfe"])
def test_what_is_no_document_is_refused(body):
    with pytest.raises(errors.BadRequest):
        openapi.read(body, {})


def test_aliases_are_counted_where_they_stand():
    lines = ["a0: &a0 [1]", *(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 9))]
    with pytest.raises(errors.BadRequest, match="Invalid OpenAPI input"):
        openapi.read("\n".join(["swagger: '2.0'", *lines]).encode(), {})


def test_references_that_go_round_are_refused():
    document = {"openapi": "3.0.1", "paths": {"/a": {"$ref": "#/paths/~1a"}}}
    with pytest.raises(errors.BadRequest, match="circle"):
        read(document)
