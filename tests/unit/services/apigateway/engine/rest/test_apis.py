"""REST APIs: what they have from the beginning, what they may be, what goes with them."""

import pytest
from tests.unit.services.apigateway.conftest import NOW, SCOPE
from tests.unit.services.apigateway.engine.rest.conftest import put_method

from lambent.core.context import Scope
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import apis, parts, resources


def test_an_api_has_a_root_and_two_models_from_the_beginning(tx, rest):
    assert [resource["path"] for resource in resources.of_api(tx, SCOPE, rest["id"])] == ["/"]
    assert [model["name"] for model in parts.of_api(tx, SCOPE, parts.MODEL, rest["id"])] == ["Empty", "Error"]
    assert rest["endpointConfiguration"] == {"types": ["EDGE"], "ipAddressType": "ipv4"}


def test_an_api_of_another_account_is_not_there(tx, rest):
    with pytest.raises(errors.ApiNotFound, match=f"Invalid API identifier specified 999999999999:{rest['id']}"):
        parts.find_api(tx, Scope("999999999999", "us-east-1"), rest["id"])


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"description": ""}, "Description cannot be an empty string"),
        ({"minimumCompressionSize": -1}, "Invalid minimum compression size, must be between 0 and 10485760"),
        ({"endpointConfiguration": {"types": ["NEAR"]}}, "Invalid EndpointTypes specified"),
        ({"apiKeySource": "BODY"}, "Invalid API key source specified"),
        ({"policy": "[]"}, "Invalid policy document"),
        ({"name": ""}, "No name specified"),
    ],
)
def test_what_no_api_may_be_is_refused(tx, fields, reason):
    with pytest.raises(errors.BadRequest, match=reason):
        apis.create(tx, SCOPE, {"name": "n", **fields}, NOW)


def test_patches_change_it_and_empty_texts_are_nothing(tx, rest):
    operations = [
        {"op": "replace", "path": "/description", "value": "d"},
        {"op": "replace", "path": "/minimumCompressionSize", "value": "10"},
        {"op": "replace", "path": "/endpointConfiguration/types/EDGE", "value": "REGIONAL"},
        {"op": "add", "path": "/binaryMediaTypes/image~1png"},
    ]
    changed = apis.change(tx, SCOPE, rest["id"], operations)
    assert (changed["description"], changed["minimumCompressionSize"], changed["binaryMediaTypes"]) == ("d", 10, ["image/png"])
    emptied = [{"op": "replace", "path": path, "value": ""} for path in ("/description", "/minimumCompressionSize")]
    assert not apis.change(tx, SCOPE, rest["id"], emptied).keys() & {"description", "minimumCompressionSize"}
    with pytest.raises(errors.BadRequest, match="minimum compression size"):
        apis.change(tx, SCOPE, rest["id"], [{"op": "replace", "path": "/minimumCompressionSize", "value": "much"}])


def test_all_of_it_goes_with_it_and_a_copy_stays(tx, rest):
    put_method(tx, rest)
    copy = apis.create(tx, SCOPE, {"name": "copy", "cloneFrom": rest["id"]}, NOW)
    apis.delete(tx, SCOPE, rest["id"])
    assert parts.of_owner(tx, SCOPE, parts.RESOURCE, rest["id"]) == []
    assert [resource["path"] for resource in resources.of_api(tx, SCOPE, copy["id"])] == ["/", "/items"]


def test_a_policy_may_leave_out_whose_the_api_is():
    policy = apis.effective_policy(SCOPE, {"id": "a", "policy": '{"Resource": "execute-api:/*/GET/x"}'})
    assert policy == f'{{"Resource": "arn:aws:execute-api:us-east-1:{SCOPE.account}:a/*/GET/x"}}'
