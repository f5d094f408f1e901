"""Definitions that are imported, and imported anew."""

import json
from typing import Any

import pytest
from tests.unit.services.apigateway.conftest import FUNCTION, NOW, SCOPE, put_route, put_stage

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.v2 import apis, importing, openapi
from lambent.services.apigateway.tables.v2 import parts
from lambent.services.apigateway.tables.v2.published import published

PROXY = {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": FUNCTION, "payloadFormatVersion": "2.0"}}


def definition(*paths: str, operation: Any = PROXY, **members: Any) -> openapi.Definition:
    document = {"openapi": "3.0.1", "info": {"title": "new"}, "paths": {path: {"get": operation} for path in paths}, **members}
    return openapi.parse(json.dumps(document), "")


def test_an_api_is_replaced_by_what_is_imported_and_its_stages_follow(tx, api):
    put_route(tx, api, "GET /old")
    put_stage(tx, api, is_auto_deploy=True)
    tags = [{"name": "k", "x-amazon-apigateway-tag-value": "v"}]
    replaced = importing.replace(tx, SCOPE, api.api_id, definition("/a", "/b", tags=tags), NOW)
    assert replaced.name == "new"
    assert apis.with_tags(tx, SCOPE, api.api_id) == (replaced, {"k": "v"})
    served = published(tx, api.api_id)["prod"].snapshot
    assert sorted(route.route_key for route in served.routes) == ["GET /a", "GET /b"]
    assert [each.integration_method for each in served.integrations] == ["POST", "POST"]


def test_what_is_imported_keeps_to_the_rules(tx, api):
    wrong = {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": FUNCTION}}
    with pytest.raises(errors.BadRequest, match="PayloadFormatVersion is a required parameter"):
        importing.create(tx, api, definition("/a", operation=wrong))


def test_only_http_apis_are_imported(tx, talk):
    with pytest.raises(errors.BadRequest, match="protocol type of HTTP"):
        importing.replace(tx, SCOPE, talk.api_id, definition("/a"), NOW)
    assert parts.listed(tx, talk.api_id, parts.ROUTES) == []
