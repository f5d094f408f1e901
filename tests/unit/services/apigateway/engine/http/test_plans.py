"""A stage is compiled with its variables put in."""

import pytest

from lambent.core.context import Scope
from lambent.services.apigateway.engine.http.plans import ApiPlan, StagePlan, function_arn, with_variables
from lambent.services.apigateway.engine.records import (
    AccessLog,
    Api,
    Authorizer,
    Integration,
    Published,
    Route,
    RouteSettings,
    Snapshot,
    Stage,
)

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
PATH = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


def published(*, routes=(), integrations=(), authorizers=(), api=None, **stage):
    return Published(
        Api(Scope("123456789012", "us-east-1"), "api-id", "api", "HTTP", 1.0, **(api or {})),
        Stage("prod", 1.0, 1.0, **stage),
        Snapshot(tuple(routes), tuple(integrations), tuple(authorizers)),
    )


def plan(key, **parts):
    found = StagePlan(published(**parts)).routes.find(*(key.split(" ")))
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("uri", "arn"),
    [(FUNCTION, FUNCTION), (f"{FUNCTION}:live", f"{FUNCTION}:live"), (PATH, FUNCTION), ("https://a.example", None),
     ("arn:aws:sqs:us-east-1:123456789012:q", None), ("", None)],
)  # fmt: skip
def test_a_function_is_named_by_its_arn_or_by_the_path_to_its_invocations(uri, arn):
    found = function_arn(uri)

    assert (None if found is None else str(found)) == arn


def test_stage_variables_are_put_in_and_missing_ones_are_empty():
    stage = Stage("prod", 1.0, 1.0, variables={"name": "f"})

    assert with_variables("a:${stageVariables.name}:${stageVariables.zzz}:{proxy}", stage) == "a:f::{proxy}"


def test_a_route_has_its_integration_its_authorizer_and_its_arn():
    found = plan(
        "GET /items/1",
        routes=[Route("r", "ANY /items/{id}", target="integrations/i", authorizer_id="a")],
        integrations=[Integration("i", "AWS_PROXY", PATH, timeout_ms=50)],
        authorizers=[Authorizer("a", "a", "REQUEST", authorizer_uri=PATH)],
    )

    assert found.integration is not None
    assert (str(found.integration.function), found.integration.timeout_s) == (FUNCTION, 0.05)
    assert found.authorizer is not None
    assert str(found.authorizer.function) == FUNCTION
    assert found.source_arn == "arn:aws:execute-api:us-east-1:123456789012:api-id/prod/*/items/{id}"


def test_an_integration_that_cannot_be_read_is_none():
    bad = Integration("i", "HTTP_PROXY", "https://a.example", request_parameters={"append:header.x": "$request.nothing"})

    assert plan("GET /a", routes=[Route("r", "GET /a", target="integrations/i")], integrations=[bad]).integration is None


def test_routes_share_the_stages_limits_and_may_have_their_own():
    stage = StagePlan(
        published(
            routes=[Route("1", "GET /a"), Route("2", "GET /b"), Route("3", "GET /c")],
            default_route_settings=RouteSettings(throttling_burst_limit=1),
            route_settings={"GET /c": RouteSettings(throttling_burst_limit=2)},
        )
    )
    a, b, c = (stage.routes.find("GET", path)[0].bucket for path in ("/a", "/b", "/c"))

    assert a is b
    assert a is not c
    assert [c.take(1.0) for _ in range(3)] == [True, True, False]


def test_lines_go_to_the_log_group_of_the_stage():
    log = AccessLog("arn:aws:logs:us-east-1:123456789012:log-group:g", "$context.status")

    stage = StagePlan(published(access_log=log))

    assert stage.log_stream is not None
    assert stage.log_format is not None
    assert (stage.log_stream.group, stage.log_format.render({"status": "200"}.get)) == ("g", "200")


def test_an_api_knows_whether_its_endpoint_is_disabled():
    assert not ApiPlan({"prod": published()}).is_endpoint_disabled
    assert ApiPlan({"prod": published(api={"disable_execute_api_endpoint": True})}).is_endpoint_disabled


def test_an_authorizer_keeps_a_bounded_number_of_answers(monkeypatch):
    monkeypatch.setattr("lambent.services.apigateway.engine.http.plans.ANSWERS_KEPT_MAX", 2)
    authorizer = StagePlan(published(authorizers=[Authorizer("a", "a", "REQUEST")])).authorizers["a"]
    assert authorizer is not None

    for name in "abc":
        authorizer.keep((name,), 1.0, None)

    assert list(authorizer.answers) == [("c",)]
