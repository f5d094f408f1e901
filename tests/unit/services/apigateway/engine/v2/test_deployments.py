"""Deployments: what a stage serves is what was deployed, and stages with AutoDeploy follow each change."""

import pytest
from tests.unit.services.apigateway.conftest import NOW, SCOPE, put_integration, put_route, put_stage, stage_of

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.v2 import deployments, parts, routes
from lambent.services.apigateway.tables.v2.published import published


def deployed(tx, api, stage_name: str = "", now: float = NOW) -> str:
    made = deployments.create(tx, SCOPE, api.api_id, stage_name=stage_name, description="", now=now)
    return made.deployment_id


def served(tx, api, stage_name: str = "prod") -> list[str]:
    return sorted(route.route_key for route in published(tx, api.api_id)[stage_name].snapshot.routes)


@pytest.mark.parametrize(
    ("which", "said"),
    [("api", "Unable to deploy API because no routes exist in this API"), ("talk", "At least one route is required")],
)
def test_an_api_without_routes_is_not_deployed(tx, request, which, said):
    with pytest.raises(errors.BadRequest, match=said):
        deployed(tx, request.getfixturevalue(which))


def test_a_change_is_served_when_it_is_deployed(tx, api):
    put_integration(tx, api)
    put_route(tx, api, target="integrations/int0001")
    put_stage(tx, api, deployment_id=deployed(tx, api))
    put_route(tx, api, "GET /new", "other")
    assert served(tx, api) == ["GET /"]
    deployed(tx, api, "prod", NOW + 1)
    assert served(tx, api) == ["GET /", "GET /new"]
    assert stage_of(tx, api).updated_at == NOW + 1
    assert [each.integration_id for each in published(tx, api.api_id)["prod"].snapshot.integrations] == ["int0001"]


def test_a_stage_that_deploys_by_itself_serves_each_change(tx, api):
    assert "Unable to deploy API" in put_stage(tx, api, is_auto_deploy=True).last_deployment_status_message
    put_route(tx, api)
    first = stage_of(tx, api)
    assert first.last_deployment_status_message == f"Successfully deployed stage with deployment ID '{first.deployment_id}'"
    put_route(tx, api, "GET /new", "other")
    assert served(tx, api) == ["GET /", "GET /new"]
    parts.delete(tx, SCOPE, api.api_id, routes.RULES, "other", NOW)
    assert served(tx, api) == ["GET /"]
    made = deployments.get(tx, SCOPE, api.api_id, stage_of(tx, api).deployment_id)
    assert made.is_auto_deployed
    assert made.description == "Automatic deployment triggered by changes to the Api configuration"


def test_of_those_that_were_made_by_themselves_the_last_are_kept_and_those_in_use(tx, api):
    put_route(tx, api)
    put_stage(tx, api, is_auto_deploy=True)
    used, own = stage_of(tx, api).deployment_id, deployed(tx, api)
    put_stage(tx, api, "pinned", deployment_id=used)
    for number in range(deployments.AUTO_DEPLOYMENTS_MAX + 5):
        changes = {"operation_name": str(number)}
        parts.update(tx, SCOPE, api.api_id, routes.RULES, "rou0001", changes, NOW + 1 + number)
    left = {each.deployment_id for each in deployments.page(tx, SCOPE, api.api_id, after="", count_max=100)}
    assert {used, own, stage_of(tx, api).deployment_id} <= left
    assert len(left) == deployments.AUTO_DEPLOYMENTS_MAX + 2
    assert served(tx, api, "pinned") == ["GET /"]


def test_one_that_a_stage_serves_stays(tx, api):
    put_route(tx, api)
    deployment_id, other = deployed(tx, api), deployed(tx, api)
    put_stage(tx, api, deployment_id=deployment_id)
    with pytest.raises(errors.BadRequest, match="Active stages pointing to this deployment must be moved or deleted"):
        deployments.delete(tx, SCOPE, api.api_id, deployment_id)
    deployments.delete(tx, SCOPE, api.api_id, other)
    with pytest.raises(errors.NotFound, match="Invalid Deployment identifier specified"):
        deployments.get(tx, SCOPE, api.api_id, other)


def test_a_deployment_is_described_anew_and_names_a_stage_that_is_there(tx, api):
    put_route(tx, api)
    assert deployments.update(tx, SCOPE, api.api_id, deployed(tx, api), "d").description == "d"
    with pytest.raises(errors.NotFound, match="Invalid stage identifier specified"):
        deployed(tx, api, "none")
