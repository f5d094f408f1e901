"""API keys and usage plans: what they may be, what goes with them, how keys are imported."""

import pytest
from tests.unit.services.apigateway.conftest import NOW, SCOPE, put_stage
from tests.unit.services.apigateway.engine.rest.conftest import put_method

from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import keys, stages


@pytest.fixture
def opened(tx, rest):
    put_method(tx, rest)
    stages.deploy(tx, SCOPE, rest["id"], {"stageName": "prod"}, NOW)
    return {"apiId": rest["id"], "stage": "prod"}


def op(operation, path, value=""):
    return {"op": operation, "path": path, "value": value}


def test_a_key_has_a_value_of_its_own(tx):
    key = keys.create_key(tx, SCOPE, {"name": "k"}, NOW)
    assert (len(key["value"]), key["enabled"]) == (40, False)
    with pytest.raises(errors.Conflict, match="API Key already exists"):
        keys.create_key(tx, SCOPE, {"value": key["value"]}, NOW)
    for value, reason in (("short", "at least 20 characters"), ("l" * 129, "exceeds maximum size of 128")):
        with pytest.raises(errors.BadRequest, match=reason):
            keys.create_key(tx, SCOPE, {"value": value}, NOW)


def test_a_key_is_changed_and_leaves_its_plans(tx):
    key = keys.create_key(tx, SCOPE, {"name": "k", "stageKeys": [{"restApiId": "a", "stageName": "s"}]}, NOW)
    changed = keys.change_key(tx, SCOPE, key["id"], [op("replace", "/enabled", "true"), op("add", "/stages", "b/t")], NOW + 1)
    assert (changed["enabled"], changed["stageKeys"], changed["lastUpdatedDate"]) == (True, ["a/s", "b/t"], NOW + 1)
    assert "stages" not in changed
    plan = keys.create_plan(tx, SCOPE, {"name": "p"})
    assert keys.add_to_plan(tx, SCOPE, plan["id"], key["id"])["name"] == "k"
    with pytest.raises(errors.Conflict, match="Usage Plan Key already exists"):
        keys.add_to_plan(tx, SCOPE, plan["id"], key["id"])
    assert [found["id"] for found in keys.plans_of_key(tx, SCOPE, key["id"])] == [plan["id"]]
    keys.delete_key(tx, SCOPE, key["id"])
    assert keys.keys_of_plan(tx, SCOPE, plan["id"]) == []


@pytest.mark.parametrize(
    ("fields", "error", "reason"),
    [
        ({"name": ""}, errors.BadRequest, "Usage Plan name cannot be empty"),
        ({"quota": {"limit": 5, "period": "YEAR"}}, errors.BadRequest, "quota period must be one of DAY, WEEK, MONTH"),
        ({"quota": {"limit": 0, "period": "DAY"}}, errors.BadRequest, "quota limit must be greater than 0"),
        ({"quota": {"limit": 5, "period": "DAY", "offset": 1}}, errors.BadRequest, "quota offset must be zero"),
        ({"apiStages": [{"apiId": "a", "stage": "b"}]}, errors.NotFound, "API Stage not found: a:b"),
    ],
)
def test_what_no_plan_may_be_is_refused(tx, fields, error, reason):
    with pytest.raises(error, match=reason):
        keys.create_plan(tx, SCOPE, {"name": "p", **fields})


def test_a_plan_is_for_stages_of_websocket_apis_too_but_not_of_http_apis(tx, api, talk):
    put_stage(tx, talk)
    keys.create_plan(tx, SCOPE, {"name": "p", "apiStages": [{"apiId": talk.api_id, "stage": "prod"}]})
    put_stage(tx, api)
    with pytest.raises(errors.BadRequest, match="Usage plans are not allowed for HTTP Apis"):
        keys.create_plan(tx, SCOPE, {"name": "p", "apiStages": [{"apiId": api.api_id, "stage": "prod"}]})


def test_a_plan_is_changed_stage_by_stage(tx, opened):
    plan = keys.create_plan(tx, SCOPE, {"name": "p"})
    name = f"{opened['apiId']}:prod"
    changed = keys.change_plan(
        tx,
        SCOPE,
        plan["id"],
        [
            op("add", "/apiStages", name),
            op("replace", f"/apiStages/{name}/throttle/~1items~1GET/rateLimit", "5.5"),
            op("replace", "/quota/limit", "10.000000"),
            op("replace", "/quota/period", "WEEK"),
        ],
    )
    assert changed["apiStages"] == [{**opened, "throttle": {"/items/GET": {"rateLimit": 5.5}}}]
    assert changed["quota"] == {"limit": 10, "period": "WEEK", "offset": 0}
    with pytest.raises(errors.BadRequest, match="Cannot delete usage plan"):
        keys.delete_plan(tx, SCOPE, plan["id"])
    emptied = keys.change_plan(tx, SCOPE, plan["id"], [op("remove", "/apiStages", name), op("remove", "/quota")])
    assert (emptied["apiStages"], "quota" in emptied) == ([], False)
    with pytest.raises(errors.NotFound, match="Invalid API Stage"):
        keys.change_plan(tx, SCOPE, plan["id"], [op("remove", "/apiStages", name)])
    keys.delete_plan(tx, SCOPE, plan["id"])


def test_keys_are_imported_with_their_plans(tx):
    plan = keys.create_plan(tx, SCOPE, {"name": "p"})
    text = f"Name,key,description,enabled,usageplanIds\none,{'1' * 20},,TRUE,{plan['id']}\ntwo,short,,,\n"
    found, warnings = keys.import_keys(tx, SCOPE, text, NOW, fails_on_warnings=False)
    assert [key["id"] for key in keys.keys_of_plan(tx, SCOPE, plan["id"])] == found
    assert warnings == ["two: API Key value should be at least 20 characters"]
    for wrong in ("name,value\na,b", ""):
        with pytest.raises(errors.BadRequest, match="must have a header"):
            keys.import_keys(tx, SCOPE, wrong, NOW, fails_on_warnings=False)
