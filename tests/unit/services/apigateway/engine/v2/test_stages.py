"""Stages: names, settings, what they may be pointed at, and which of them stay."""

import pytest
from tests.unit.services.apigateway.conftest import NOW, SCOPE, put_route, put_stage, stage_of

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import AccessLog, RouteSettings, Stage
from lambent.services.apigateway.engine.v2 import deployments, domains, stages
from lambent.services.apigateway.engine.v2.resources import DomainName
from lambent.services.apigateway.tables.v2 import tags

LOG_GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:/shop"


def test_a_name_is_of_one_stage_and_the_default_one_is_of_http_apis(tx, api, talk):
    put_stage(tx, api, "$default")
    with pytest.raises(errors.Conflict, match="Stage already exists"):
        put_stage(tx, api, "$default")
    for wrong in (api, talk):
        with pytest.raises(errors.BadRequest, match="Stage name only allows"):
            put_stage(tx, wrong, "a b" if wrong is api else "$default")


def test_settings_are_of_routes_that_are_there(tx, api):
    with pytest.raises(errors.NoSuchRouteKey, match="Unable to find Route by key GET / within the provided RouteSettings"):
        put_stage(tx, api, route_settings={"GET /": RouteSettings()})
    put_route(tx, api)
    put_stage(tx, api, route_settings={"GET /": RouteSettings(throttling_burst_limit=1)})
    stages.drop_route_settings(tx, SCOPE, api.api_id, "prod", "GET /", NOW)
    assert stage_of(tx, api).route_settings == {}
    with pytest.raises(errors.NoSuchRouteKey):
        stages.drop_route_settings(tx, SCOPE, api.api_id, "prod", "GET /", NOW)


def test_http_apis_have_no_execution_logs(tx, api, talk):
    for settings in (RouteSettings(logging_level="INFO"), RouteSettings(is_data_trace_enabled=True)):
        put_stage(tx, talk, settings.logging_level or "traced", default_route_settings=settings)
        with pytest.raises(errors.BadRequest, match="Execution logs are not supported on protocolType HTTP"):
            put_stage(tx, api, default_route_settings=settings)


def test_access_logs_go_where_there_can_be_some_a_line_each(tx, api):
    put_stage(tx, api, access_log=AccessLog(f"{LOG_GROUP}:*", "$context.requestId\n"))
    for wrong, reason in (
        (AccessLog("/shop", "f"), "Invalid ARN specified in the request$"),
        (
            AccessLog(LOG_GROUP, "$context.requestId\n$context.status"),
            "The following errors .* Format: Access .* single line, ",
        ),
        (AccessLog(LOG_GROUP, "$context.status"), "The following errors are found in Access Log Format: Access Log .*Id : '"),
        (AccessLog(LOG_GROUP, "$context.requestId $context.connectionId"), r"not supported: \[\$context.connectionId\]$"),
    ):
        with pytest.raises(errors.BadRequest, match=reason):
            stages.update(tx, SCOPE, api.api_id, "prod", {"access_log": wrong}, NOW)
        with pytest.raises(errors.BadRequest, match=reason):
            put_stage(tx, api, "other", access_log=wrong)


def test_a_change_says_what_is_new(tx, api):
    put_route(tx, api)
    put_stage(tx, api, description="d", variables={"a": "1", "b": "2"}, access_log=AccessLog(LOG_GROUP, "$context.requestId"))
    stages.update(tx, SCOPE, api.api_id, "prod", {"variables": {"a": "", "c": "3"}}, NOW + 1)
    changed = stage_of(tx, api)
    assert (changed.variables, changed.description, changed.updated_at) == ({"b": "2", "c": "3"}, "d", NOW + 1)
    stages.update(tx, SCOPE, api.api_id, "prod", {"route_settings": {"GET /": RouteSettings()}}, NOW)
    stages.drop_access_log(tx, SCOPE, api.api_id, "prod", NOW)
    assert stage_of(tx, api).access_log is None
    assert list(stage_of(tx, api).route_settings) == ["GET /"]


def test_a_stage_serves_a_deployment_that_is_there_and_names_none_where_it_deploys_by_itself(tx, api):
    with pytest.raises(errors.BadRequest, match="Invalid deployment identifier"):
        put_stage(tx, api, deployment_id="none")
    put_route(tx, api)
    made = deployments.create(tx, SCOPE, api.api_id, stage_name="", description="", now=NOW).deployment_id
    with pytest.raises(errors.BadRequest, match="DeploymentId cannot be set"):
        put_stage(tx, api, deployment_id=made, is_auto_deploy=True)
    put_stage(tx, api, deployment_id=made)
    stages.update(tx, SCOPE, api.api_id, "prod", {"is_auto_deploy": True}, NOW)
    assert stage_of(tx, api).deployment_id != made
    with pytest.raises(errors.BadRequest, match="DeploymentId cannot be set"):
        stages.update(tx, SCOPE, api.api_id, "prod", {"deployment_id": made}, NOW)


def test_tags_go_with_their_stage(tx, api):
    stages.create(tx, SCOPE, api.api_id, Stage("prod", NOW, NOW), {"k": "v"})
    assert stages.with_tags(tx, SCOPE, api.api_id, "prod")[2] == {"k": "v"}
    stages.delete(tx, SCOPE, api.api_id, "prod")
    assert tags.find(tx, SCOPE, stages.arn_of(SCOPE, api.api_id, "prod")) == {}


def test_one_below_a_domain_name_and_one_that_quick_create_made_stay(tx, api):
    put_stage(tx, api)
    domains.create(tx, DomainName(SCOPE, "example.com"), {})
    domains.create_mapping(tx, SCOPE, "example.com", key="", api_id=api.api_id, stage="prod")
    with pytest.raises(errors.BadRequest, match="remove all api mappings"):
        stages.delete(tx, SCOPE, api.api_id, "prod")
    put_stage(tx, api, "own", is_managed=True)
    for change in (
        lambda: stages.delete(tx, SCOPE, api.api_id, "own"),
        lambda: stages.update(tx, SCOPE, api.api_id, "own", {}, NOW),
    ):
        with pytest.raises(errors.BadRequest, match="managed"):
            change()


def test_a_page_has_one_more_where_there_is_a_next(tx, api):
    for name in "abc":
        put_stage(tx, api, name)
    assert [stage.stage_name for _, stage, _ in stages.page(tx, SCOPE, api.api_id, after="a", count_max=1)] == ["b", "c"]


def test_what_authorizers_said_is_forgotten_of_a_stage_that_is_there(tx, api):
    put_stage(tx, api)
    stages.reset_authorizers_cache(tx, SCOPE, api.api_id, "prod")
    with pytest.raises(errors.NotFound):
        stages.reset_authorizers_cache(tx, SCOPE, api.api_id, "none")
