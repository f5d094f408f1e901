"""Deployments and stages: what a deployment takes, and what keeps it."""

import pytest
from tests.unit.services.apigateway.conftest import NOW, SCOPE
from tests.unit.services.apigateway.engine.rest.conftest import put_method, put_resource

from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import methods, parts, stages


def test_an_api_without_integrated_methods_is_not_deployed(tx, rest):
    with pytest.raises(errors.BadRequest, match="The REST API doesn't contain any methods"):
        stages.deploy(tx, SCOPE, rest["id"], {}, NOW)
    resource = put_resource(tx, rest, "/items")
    methods.put(tx, SCOPE, rest["id"], resource["id"], "GET", {"authorizationType": "NONE"})
    with pytest.raises(errors.BadRequest, match="No integration defined for method"):
        stages.deploy(tx, SCOPE, rest["id"], {}, NOW)


def test_a_deployment_is_a_snapshot(tx, rest):
    put_method(tx, rest)
    deployment = stages.deploy(tx, SCOPE, rest["id"], {"stageName": "prod", "variables": {"a": "1"}}, NOW)
    put_method(tx, rest, "/later")
    snapshot = stages.snapshot_of(tx, SCOPE, rest["id"], deployment["id"])
    assert stages.summary(snapshot) == {"/items": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}}
    assert stages.summary(stages.draft_of(tx, SCOPE, rest["id"])).keys() == {"/items", "/later"}


def test_deploying_again_moves_the_stage_and_keeps_its_settings(tx, rest):
    put_method(tx, rest)
    first = stages.deploy(tx, SCOPE, rest["id"], {"stageName": "prod", "variables": {"a": "1"}}, NOW)
    with pytest.raises(errors.BadRequest, match="Active stages pointing to this deployment must be moved or deleted"):
        stages.delete_deployment(tx, SCOPE, rest["id"], first["id"])
    second = stages.deploy(tx, SCOPE, rest["id"], {"stageName": "prod", "stageDescription": "d"}, NOW + 5)
    stage = parts.find(tx, SCOPE, parts.STAGE, rest["id"], "prod")
    assert (stage["deploymentId"], stage["variables"], stage["description"]) == (second["id"], {"a": "1"}, "d")
    assert (stage["createdDate"], stage["lastUpdatedDate"]) == (NOW, NOW + 5)
    stages.delete_deployment(tx, SCOPE, rest["id"], first["id"])


@pytest.mark.parametrize(
    ("fields", "error", "reason"),
    [
        ({"stageName": "a-b"}, errors.BadRequest, "Stage name only allows a-zA-Z0-9_"),
        ({"stageName": "prod"}, errors.Conflict, "Stage already exists"),
        ({"deploymentId": "none"}, errors.BadRequest, "Deployment id does not exist"),
        ({"variables": {"a": "{}"}}, errors.BadRequest, "Stage variable is invalid: a"),
        ({"canarySettings": {"percentTraffic": 101.0}}, errors.BadRequest, "Canary percentTraffic"),
    ],
)
def test_what_no_stage_may_be_is_refused(tx, rest, fields, error, reason):
    put_method(tx, rest)
    deployment = stages.deploy(tx, SCOPE, rest["id"], {"stageName": "prod"}, NOW)
    with pytest.raises(error, match=reason):
        stages.create_stage(tx, SCOPE, rest["id"], {"stageName": "test", "deploymentId": deployment["id"], **fields}, NOW)


def test_a_stage_is_changed_and_goes(tx, rest):
    put_method(tx, rest)
    stages.deploy(tx, SCOPE, rest["id"], {"stageName": "prod"}, NOW)
    operation = {"op": "replace", "path": "/deploymentId", "value": "none"}
    with pytest.raises(errors.BadRequest, match="Deployment id does not exist"):
        stages.change_stage(tx, SCOPE, rest["id"], "prod", [operation], NOW)
    operation = {"op": "replace", "path": "/cacheClusterEnabled", "value": "true"}
    assert stages.change_stage(tx, SCOPE, rest["id"], "prod", [operation], NOW)["cacheClusterStatus"] == "AVAILABLE"
    stages.delete_stage(tx, SCOPE, rest["id"], "prod")
    with pytest.raises(errors.NotFound, match="Invalid Stage identifier specified"):
        parts.find(tx, SCOPE, parts.STAGE, rest["id"], "prod")
