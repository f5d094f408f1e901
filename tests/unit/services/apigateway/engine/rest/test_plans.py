"""A stage compiled: which method a request takes, what is bytes, how often it may be asked."""

import pytest
from tests.unit.services.apigateway.conftest import FUNCTION, FUNCTION_URI, SCOPE
from tests.unit.services.apigateway.engine.rest.conftest import method_of, snapshot_of

from lambent.services.apigateway.engine.rest import plans
from lambent.services.apigateway.engine.rest.plans import StageOfApi, StagePlan
from lambent.services.apigateway.engine.rest.refusals import Refusal
from lambent.services.apigateway.engine.rest.stage_settings import METHOD_DEFAULTS

STAGE = {"stageName": "prod", "deploymentId": "d1"}


def plan_of(stage=STAGE, **fields):
    snapshot = snapshot_of({"id": "r", "path": "/items", "resourceMethods": {"GET": method_of()}})
    snapshot["api"] |= fields
    return StagePlan(SCOPE, stage, snapshot)


@pytest.mark.parametrize(
    ("kinds", "content_type", "is_binary"),
    [
        ((), "image/png", False),
        (("image/png",), "Image/PNG; q=1", True),
        (("image/*",), "image/gif", True),
        (("image/*",), "text/plain", False),
        (("*/*",), "", True),
    ],
)
def test_types_that_the_api_names_are_bytes(kinds, content_type, is_binary):
    assert plan_of(binaryMediaTypes=list(kinds)).is_binary(content_type) is is_binary


def test_a_methods_own_limit_stands_beside_that_of_all():
    settings = {
        "*/*": {**METHOD_DEFAULTS, "throttlingRateLimit": 1.0},
        "items/GET": {**METHOD_DEFAULTS, "throttlingBurstLimit": 1, "throttlingRateLimit": 1.0},
    }
    plan = plan_of({**STAGE, "methodSettings": settings})
    assert plan.bucket is not None
    method, _ = plan.routes.find("GET", "/items")
    assert [method.bucket.take(100.0) for _ in range(2)] == [True, False]


def test_a_canary_has_its_own_deployment_and_variables():
    canary = {"deploymentId": "d2", "percentTraffic": 50.0, "stageVariableOverrides": {"a": "2"}}
    stage = {**STAGE, "variables": {"a": "1", "b": "1"}, "canarySettings": canary}
    snapshot = snapshot_of({"id": "r", "path": "/items"})
    both = StageOfApi(StagePlan(SCOPE, stage, snapshot), StagePlan(SCOPE, stage, snapshot, is_canary=True), 0.5)
    assert (both.chosen(0.6).deployment_id, both.chosen(0.4).deployment_id) == ("d1", "d2")
    assert both.chosen(0.4).variables == {"a": "2", "b": "1"}


def test_an_address_names_a_function_or_a_service():
    assert plans.function_of(FUNCTION_URI) == FUNCTION
    assert plans.function_of("arn:aws:apigateway:us-east-1:sqs:path/1/q") is None
    assert plans.service_of("arn:aws:apigateway:us-east-1:sqs:path/1/q") == plans.ServicePlan("us-east-1", "sqs", "", "/1/q")
    states = "arn:aws:apigateway:us-east-1:states:action/StartExecution"
    assert plans.service_of(states) == plans.ServicePlan("us-east-1", "states", "StartExecution", "")
    sns = "arn:aws:apigateway:us-east-1:sns:action/Action=Publish&x=1"
    assert plans.service_of(sns).action == "Publish"
    with pytest.raises(Refusal):
        plans.service_of("http://x")
