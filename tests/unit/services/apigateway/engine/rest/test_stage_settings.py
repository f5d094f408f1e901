"""What can be changed of a stage: settings of its methods, its canary, its own."""

from typing import Any

import pytest

from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import stage_settings
from lambent.services.apigateway.engine.rest.patches import Patch

LOG_GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:/shop"


def changed(stage: dict[str, Any], *operations: tuple[str, ...]) -> dict[str, Any]:
    for operation in operations:
        stage_settings.change(stage, Patch.of(dict(zip(("op", "path", "value", "from"), operation, strict=False))))
    return stage


@pytest.fixture
def stage() -> dict[str, Any]:
    return {"stageName": "prod", "deploymentId": "d1", "methodSettings": {}}


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/*/*/throttling/rateLimit", "*/*"),
        ("/pets/GET/throttling/rateLimit", "pets/GET"),
        ("/~1pets~1{id}/GET/throttling/rateLimit", "pets/{id}/GET"),
        ("/pets/{id}/GET/throttling/rateLimit", "pets/{id}/GET"),
        ("/~1/GET/throttling/rateLimit", "/GET"),
    ],
)
def test_settings_of_a_method_stand_under_its_path(stage, path, key):
    assert changed(stage, ("replace", path, "5.5"))["methodSettings"] == {
        key: {**stage_settings.METHOD_DEFAULTS, "throttlingRateLimit": 5.5}
    }


def test_settings_of_a_method_go_once(stage):
    changed(stage, ("replace", "/*/*/logging/loglevel", "INFO"), ("remove", "/*/*"))
    assert stage["methodSettings"] == {}
    with pytest.raises(errors.BadRequest, match="because there is no method setting for this method"):
        changed(stage, ("remove", "/*/*"))


def test_a_canary_is_promoted(stage):
    changed(
        stage,
        ("replace", "/canarySettings/deploymentId", "d2"),
        ("replace", "/canarySettings/percentTraffic", "10"),
        ("replace", "/canarySettings/stageVariableOverrides/a", "2"),
    )
    assert stage["canarySettings"] == {
        "deploymentId": "d2",
        "percentTraffic": 10.0,
        "useStageCache": False,
        "stageVariableOverrides": {"a": "2"},
    }
    changed(
        stage,
        ("copy", "/deploymentId", "", "/canarySettings/deploymentId"),
        ("copy", "/variables", "", "/canarySettings/stageVariableOverrides"),
        ("remove", "/canarySettings"),
    )
    assert (stage["deploymentId"], stage["variables"]) == ("d2", {"a": "2"})
    with pytest.raises(errors.BadRequest, match=r"Promotion not available\. Canary does not exist\."):
        changed(stage, ("copy", "/deploymentId", "", "/canarySettings/deploymentId"))
    with pytest.raises(errors.BadRequest, match="Invalid copy operation with path: /variables and from /deploymentId"):
        changed(stage, ("copy", "/variables", "", "/deploymentId"))


def test_empty_texts_are_nothing(stage):
    changed(
        stage,
        ("replace", "/description", "d"),
        ("replace", "/accessLogSettings/destinationArn", LOG_GROUP),
        ("replace", "/accessLogSettings/format", "$context.requestId"),
        ("replace", "/variables/a", "1"),
    )
    assert stage["accessLogSettings"] == {"destinationArn": LOG_GROUP, "format": "$context.requestId"}
    changed(stage, ("replace", "/description", ""), ("remove", "/accessLogSettings"), ("remove", "/variables/a"))
    assert stage == {"stageName": "prod", "deploymentId": "d1", "methodSettings": {}}


def test_paths_that_there_are_not_are_refused(stage):
    with pytest.raises(errors.BadRequest, match=r"Invalid method setting path: /colour\. Must be one of: \[/deploymentId, "):
        changed(stage, ("replace", "/colour", "red"))
    with pytest.raises(errors.BadRequest, match="Invalid logging level specified"):
        changed(stage, ("replace", "/*/*/logging/loglevel", "LOUD"))


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("destinationArn", "/shop", "Invalid ARN specified in the request"),
        ("format", "$context.requestId\n$context.status", "Access Log format must be single line"),
        ("format", "$context.status", r"Access Log format must include either \$context.requestId or "),
    ],
)
def test_access_logs_go_where_there_can_be_some_a_line_each(stage, name, value, reason):
    with pytest.raises(errors.BadRequest, match=reason):
        changed(stage, ("replace", f"/accessLogSettings/{name}", value))
    assert not stage.get("accessLogSettings")
