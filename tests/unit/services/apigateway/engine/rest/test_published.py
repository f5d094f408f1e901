"""What visitors reach of an API, in one read."""

from tests.unit.services.apigateway.conftest import NOW, SCOPE
from tests.unit.services.apigateway.engine.rest.conftest import put_method

from lambent.services.apigateway.engine.rest import published, stages


def test_an_api_is_found_by_its_id_alone(tx, rest):
    assert published.stages(tx, "nobody") is None
    assert published.stages(tx, rest["id"]) == {}
    put_method(tx, rest)
    deployment = stages.deploy(tx, SCOPE, rest["id"], {"stageName": "prod"}, NOW)
    put_method(tx, rest, "/later")
    found = published.stages(tx, rest["id"])
    plan = found["prod"].main
    assert (plan.scope, plan.deployment_id, found["prod"].canary) == (SCOPE, deployment["id"], None)
    assert plan.routes.find("GET", "/items") is not None
    assert plan.routes.find("GET", "/later") is None


def test_a_canary_is_there_while_it_takes_visitors(tx, rest):
    put_method(tx, rest)
    stages.deploy(tx, SCOPE, rest["id"], {"stageName": "prod"}, NOW)
    put_method(tx, rest, "/later")
    stages.deploy(tx, SCOPE, rest["id"], {"stageName": "prod", "canarySettings": {"percentTraffic": 25.0}}, NOW)
    stage = published.stages(tx, rest["id"])["prod"]
    assert stage.canary_fraction == 0.25
    assert stage.canary.routes.find("GET", "/later") is not None
    assert stage.main.routes.find("GET", "/later") is None
