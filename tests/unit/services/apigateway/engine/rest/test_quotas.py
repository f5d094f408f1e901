"""What a plan lets a key do: in which period, how often, and for which stage."""

from datetime import date

import pytest
from tests.unit.services.apigateway.conftest import NOW, SCOPE
from tests.unit.services.apigateway.engine.rest.conftest import put_method

from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import keys, quotas, stages

DAY_S = 86_400


@pytest.fixture
def opened(tx, rest):
    """A key of a plan with a quota of two requests a week, for the stage prod."""
    put_method(tx, rest)
    stages.deploy(tx, SCOPE, rest["id"], {"stageName": "prod"}, NOW)
    throttled = {"throttle": {"/items/GET": {"rateLimit": 1.0, "burstLimit": 1}}}
    plan = keys.create_plan(
        tx,
        SCOPE,
        {
            "name": "p",
            "quota": {"limit": 2, "period": "WEEK"},
            "throttle": {"rateLimit": 9.0},
            "apiStages": [{"apiId": rest["id"], "stage": "prod", **throttled}],
        },
    )
    key = keys.create_key(tx, SCOPE, {"name": "k", "enabled": True}, NOW)
    keys.add_to_plan(tx, SCOPE, plan["id"], key["id"])
    return rest["id"], plan, key


def test_a_key_opens_the_stages_of_its_plans_while_it_is_enabled(tx, opened):
    api_id, plan, key = opened
    found = quotas.find(tx, SCOPE, api_id, "prod", key["value"])
    assert found is not None
    assert (found.plan_id, found.quota_limit) == (plan["id"], 2)
    assert found.limits == {"": quotas.Limit(9.0, 0), "items/GET": quotas.Limit(1.0, 1)}
    assert quotas.find(tx, SCOPE, api_id, "test", key["value"]) is None
    assert quotas.find(tx, SCOPE, api_id, "prod", "another") is None
    keys.change_key(tx, SCOPE, key["id"], [{"op": "replace", "path": "/enabled", "value": "false"}], NOW)
    assert quotas.find(tx, SCOPE, api_id, "prod", key["value"]) is None


def test_a_quota_is_used_up_until_its_next_period(tx, opened):
    api_id, plan, key = opened
    found = quotas.find(tx, SCOPE, api_id, "prod", key["value"])
    thursday = NOW
    assert [quotas.use(tx, found, thursday) for _ in range(3)] == [True, True, False]
    assert not quotas.use(tx, found, thursday + 2 * DAY_S)
    assert quotas.use(tx, found, thursday + 3 * DAY_S)
    days = {"first_day": "2026-01-01", "last_day": "2026-01-04"}
    assert quotas.report(tx, SCOPE, plan["id"], key_id="", **days) == {key["id"]: [[2, 0], [0, 0], [0, 0], [1, 1]]}
    quotas.extend(tx, SCOPE, plan["id"], key["id"], [{"op": "replace", "path": "/remaining", "value": "5"}], thursday)
    assert quotas.use(tx, found, thursday)
    assert quotas.report(tx, SCOPE, plan["id"], key_id=key["id"], **days)[key["id"]][0][1] == 4


@pytest.mark.parametrize(
    ("period", "offset", "today", "begin"),
    [
        ("DAY", 0, "2026-03-05", "2026-03-05"),
        ("WEEK", 0, "2026-03-05", "2026-03-01"),
        ("WEEK", 5, "2026-03-05", "2026-02-27"),
        ("WEEK", 0, "2026-03-01", "2026-03-01"),
        ("MONTH", 0, "2026-03-05", "2026-03-01"),
        ("MONTH", 9, "2026-03-05", "2026-02-10"),
        ("MONTH", 4, "2026-03-05", "2026-03-05"),
    ],
)
def test_a_period_begins_with_its_offset(period, offset, today, begin):
    assert quotas.period_begin(date.fromisoformat(today), period, offset) == date.fromisoformat(begin)


def test_usage_is_told_for_at_most_ninety_days(tx, opened):
    for first, last in (("2026-01-02", "2026-01-01"), ("2026-01-01", "2026-12-01"), ("1", "2")):
        with pytest.raises(errors.BadRequest, match="Usage start"):
            quotas.report(tx, SCOPE, opened[1]["id"], key_id="", first_day=first, last_day=last)
