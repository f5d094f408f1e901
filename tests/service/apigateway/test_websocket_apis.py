"""What only WebSocket APIs have: models, responses, required parameters, and settings of their stages."""

from typing import Any

import pytest


@pytest.fixture
def api_id(apigateway: Any) -> str:
    given = {"Name": "talk", "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
    made = apigateway.create_api(**given)
    assert made["ApiEndpoint"].startswith("ws://")
    return made["ApiId"]


@pytest.fixture
def integration_id(apigateway: Any, api_id: str) -> str:
    templates = {"200": '{"statusCode": 200}'}
    made = apigateway.create_integration(ApiId=api_id, IntegrationType="MOCK", RequestTemplates=templates)
    assert (made["PassthroughBehavior"], made["TimeoutInMillis"]) == ("WHEN_NO_MATCH", 29_000)
    assert made["IntegrationResponseSelectionExpression"] == "${integration.response.statuscode}"
    return made["IntegrationId"]


def test_integrations_have_responses(apigateway: Any, refusal: Any, api_id: str, integration_id: str):
    where = {"ApiId": api_id, "IntegrationId": integration_id}
    made = apigateway.create_integration_response(
        **where, IntegrationResponseKey="/200/", ResponseParameters={"a": "1"}, ResponseTemplates={"$default": "x"}
    )
    one = {**where, "IntegrationResponseId": made["IntegrationResponseId"]}
    changed = apigateway.update_integration_response(**one, ResponseParameters={"a": "", "b": "2"})
    assert changed["ResponseParameters"] == {"b": "2"}
    assert apigateway.get_integration_response(**one)["ResponseTemplates"] == {"$default": "x"}
    assert [each["IntegrationResponseKey"] for each in apigateway.get_integration_responses(**where)["Items"]] == ["/200/"]
    other = apigateway.create_integration(ApiId=api_id, IntegrationType="MOCK")["IntegrationId"]
    assert refusal(apigateway.get_integration_response, **{**one, "IntegrationId": other})[1] == 404
    apigateway.delete_integration_response(**one)
    assert apigateway.get_integration_responses(**where)["Items"] == []


def test_routes_have_responses_and_required_parameters(apigateway: Any, refusal: Any, api_id: str, integration_id: str):
    header = "route.request.header.x"
    route = apigateway.create_route(
        ApiId=api_id,
        RouteKey="$connect",
        Target=f"integrations/{integration_id}",
        RequestParameters={header: {"Required": True}},
        RouteResponseSelectionExpression="$default",
    )
    assert route["RequestParameters"] == {header: {"Required": True}}
    where = {"ApiId": api_id, "RouteId": route["RouteId"]}
    apigateway.delete_route_request_parameter(**where, RequestParameterKey=header)
    assert "RequestParameters" not in apigateway.get_route(**where)
    made = apigateway.create_route_response(
        **where, RouteResponseKey="$default", ResponseParameters={"route.response.header.y": {"Required": False}}
    )
    one = {**where, "RouteResponseId": made["RouteResponseId"]}
    changed = apigateway.update_route_response(**one, ModelSelectionExpression="$default")
    assert changed["ResponseParameters"] == {"route.response.header.y": {"Required": False}}
    assert apigateway.get_route_response(**one)["ModelSelectionExpression"] == "$default"
    assert len(apigateway.get_route_responses(**where)["Items"]) == 1
    other = apigateway.create_route(ApiId=api_id, RouteKey="other")["RouteId"]
    assert refusal(apigateway.get_route_response, **{**one, "RouteId": other})[1] == 404
    apigateway.delete_route_response(**one)
    assert apigateway.get_route_responses(**where)["Items"] == []


def test_models_are_kept_and_give_a_template(apigateway: Any, api_id: str):
    schema = '{"type": "object", "properties": {"name": {"type": "string"}}}'
    made = apigateway.create_model(ApiId=api_id, Name="Message", Schema=schema, ContentType="application/json")
    one = {"ApiId": api_id, "ModelId": made["ModelId"]}
    assert apigateway.update_model(**one, Description="d")["Schema"] == schema
    assert apigateway.get_model(**one)["Description"] == "d"
    assert '"name" : "$inputRoot.name"' in apigateway.get_model_template(**one)["Value"]
    assert [each["Name"] for each in apigateway.get_models(ApiId=api_id)["Items"]] == ["Message"]
    apigateway.delete_model(**one)
    assert apigateway.get_models(ApiId=api_id)["Items"] == []


def test_stages_have_execution_logs(apigateway: Any, api_id: str):
    settings = {"DataTraceEnabled": True, "DetailedMetricsEnabled": False, "LoggingLevel": "INFO"}
    made = apigateway.create_stage(ApiId=api_id, StageName="prod", DefaultRouteSettings=settings)
    assert made["DefaultRouteSettings"] == settings
