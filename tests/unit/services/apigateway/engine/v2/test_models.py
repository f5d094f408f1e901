"""Models and responses of WebSocket APIs."""

import pytest
from tests.unit.services.apigateway.conftest import NOW, SCOPE, put_integration, put_route

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import IntegrationResponse, RouteResponse
from lambent.services.apigateway.engine.v2 import models, parts
from lambent.services.apigateway.engine.v2.resources import Model

SCHEMA = '{"type":"object","properties":{"name":{"type":"string"},"ages":{"type":"array","items":{"type":"integer"}}}}'


def test_a_model_has_a_name_and_a_schema_of_json(tx, talk):
    parts.create(tx, SCOPE, talk.api_id, models.MODEL_RULES, Model("mod001", "Message", SCHEMA), NOW)
    with pytest.raises(errors.Conflict, match="Model with name Message already exists"):
        parts.create(tx, SCOPE, talk.api_id, models.MODEL_RULES, Model("mod002", "Message", SCHEMA), NOW)
    for wrong in (Model("m", "a b", SCHEMA), Model("m", "Other", "{")):
        with pytest.raises(errors.BadRequest):
            models.check(tx, talk, wrong)


def test_a_template_takes_a_body_of_the_model_over():
    template = models.template_of(Model("m", "Message", SCHEMA))
    assert '"name" : "$inputRoot.name"' in template
    assert "#foreach($elem in $inputRoot.ages)\n    $elem#if" in template


@pytest.mark.parametrize(
    ("rules", "part"),
    [
        (models.MODEL_RULES, Model("m", "Message", SCHEMA)),
        (models.INTEGRATION_RESPONSE_RULES, IntegrationResponse("r", "int0001", "$default")),
        (models.ROUTE_RESPONSE_RULES, RouteResponse("r", "rou0001", "$default")),
    ],
)
def test_http_apis_have_none(tx, api, rules, part):
    with pytest.raises(
        errors.BadRequest,
        match=r"are not permitted .* of HTTP$|are currently not supported for this API",
    ):
        parts.create(tx, SCOPE, api.api_id, rules, part, NOW)


def test_a_response_is_of_an_integration_or_a_route_that_is_there(tx, talk):
    one, other = IntegrationResponse("ir0001", "int0001", "$default"), RouteResponse("rr0001", "rou0001", "$default")
    for rules, part in ((models.INTEGRATION_RESPONSE_RULES, one), (models.ROUTE_RESPONSE_RULES, other)):
        with pytest.raises(errors.NotFound):
            parts.create(tx, SCOPE, talk.api_id, rules, part, NOW)
    put_integration(tx, talk, payload_format_version="")
    put_route(tx, talk, "send")
    for rules, part in ((models.INTEGRATION_RESPONSE_RULES, one), (models.ROUTE_RESPONSE_RULES, other)):
        parts.create(tx, SCOPE, talk.api_id, rules, part, NOW)
        with pytest.raises(errors.Conflict):
            parts.create(tx, SCOPE, talk.api_id, rules, part, NOW)
    assert models.responses_of_integration(tx, talk.api_id, "int0001") == [one]
    assert models.responses_of_route(tx, talk.api_id, "rou0001") == [other]
    with pytest.raises(errors.BadRequest, match=r"^.* only \$default is supported as a RouteResponseKey\.$"):
        models.check_route_response(tx, talk, RouteResponse("r", "rou0001", "other"))
