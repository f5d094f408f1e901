"""Methods and integrations: what they may name, and how their responses belong together."""

import pytest
from tests.unit.services.apigateway.conftest import SCOPE
from tests.unit.services.apigateway.engine.rest.conftest import MOCK, PROXY, put_method

from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import methods, models


@pytest.fixture
def place(tx, rest):
    return SCOPE, rest["id"], put_method(tx, rest)["id"], "GET"


@pytest.mark.parametrize(
    ("verb", "fields", "reason"),
    [
        ("FETCH", {}, "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"),
        ("PUT", {"authorizationType": "CUSTOM"}, "Invalid authorizer ID specified. Setting the authorization type"),
        ("PUT", {"authorizationType": "MAGIC"}, "Invalid authorization type specified"),
        ("PUT", {"requestValidatorId": "none"}, "Invalid Request Validator identifier specified"),
        ("PUT", {"requestModels": {"a/b": "Pet"}}, "Invalid model identifier specified: Pet"),
        ("PUT", {"requestParameters": {"header.x": True}}, "Invalid mapping expression specified: header.x"),
        (
            "PUT",
            {"requestParameters": {"method.request.header.x": True, "method.request.querystring.x": True}},
            "Parameter names must be unique across querystring, header and path",
        ),
    ],
)
def test_what_no_method_may_be_is_refused(tx, place, verb, fields, reason):
    with pytest.raises(errors.BadRequest) as refused:
        methods.put(tx, *place[:3], verb, {"authorizationType": "NONE", **fields})
    assert refused.value.message.startswith(reason)


def test_a_method_is_there_once(tx, place):
    with pytest.raises(errors.Conflict, match="Method already exists for this resource"):
        methods.put(tx, *place, {"authorizationType": "NONE"})
    methods.delete(tx, *place)
    with pytest.raises(errors.NotFound, match="Invalid Method identifier specified"):
        methods.find(tx, *place)


def test_an_authorizer_is_kept_only_where_it_is_asked(tx, place):
    authorizer = models.create_authorizer(
        tx,
        SCOPE,
        place[1],
        {"name": "a", "type": "TOKEN", "authorizerUri": "arn:x", "identitySource": "method.request.header.A"},
    )
    operations = [
        {"op": "replace", "path": "/authorizationType", "value": "CUSTOM"},
        {"op": "replace", "path": "/authorizerId", "value": authorizer["id"]},
    ]
    assert methods.change(tx, *place, operations)["authorizerId"] == authorizer["id"]
    changed = methods.change(tx, *place, [{"op": "replace", "path": "/authorizationType", "value": "NONE"}])
    assert "authorizerId" not in changed
    with pytest.raises(errors.PatchPathRefused, match="Invalid patch path /httpMethod"):
        methods.change(tx, *place, [{"op": "replace", "path": "/httpMethod", "value": "PUT"}])


def test_an_integration_response_maps_what_the_method_response_has_declared(tx, place):
    mapped = {"responseParameters": {"method.response.header.X": "'x'"}}
    with pytest.raises(errors.BadRequest, match=r"Invalid mapping expression parameter specified: method\.response\.header\.X"):
        methods.put_integration_response(tx, *place, "200", mapped)
    methods.put_response(tx, *place, "200", {"responseParameters": {"method.response.header.X": False}})
    assert methods.put_integration_response(tx, *place, "200", mapped) == {"statusCode": "200", **mapped}
    with pytest.raises(errors.Conflict, match="Response already exists"):
        methods.put_response(tx, *place, "200", {})


def test_responses_are_changed_and_go(tx, place):
    methods.put_response(tx, *place, "200", {})
    methods.put_integration_response(tx, *place, "200", {})
    operation = [{"op": "add", "path": "/responseModels/application~1json", "value": "Empty"}]
    assert methods.change_response(tx, *place, "200", operation)["responseModels"] == {"application/json": "Empty"}
    operation = [{"op": "replace", "path": "/selectionPattern", "value": "4.."}]
    assert methods.change_integration_response(tx, *place, "200", operation)["selectionPattern"] == "4.."
    methods.delete_integration_response(tx, *place, "200")
    methods.delete_response(tx, *place, "200")
    for find in (methods.find_response, methods.find_integration_response):
        with pytest.raises(errors.NotFound, match="Invalid Response status code specified"):
            find(tx, *place, "200")


@pytest.mark.parametrize(
    ("integration", "reason"),
    [
        ({**MOCK, "type": "NONE"}, "Invalid integration type specified"),
        ({**PROXY, "integrationHttpMethod": ""}, "Enumeration value for HttpMethod must be non-empty"),
        ({**PROXY, "uri": "arn:aws:lambda"}, "AWS ARN for integration must contain path or action"),
        ({**PROXY, "uri": "http://x"}, "Invalid ARN specified in the request"),
        ({"type": "HTTP", "integrationHttpMethod": "GET", "uri": "x"}, "Invalid HTTP endpoint specified for URI"),
        ({**MOCK, "timeoutInMillis": 10}, "Timeout should be between 50 ms and 29000 ms"),
        ({**MOCK, "requestParameters": {"integration.request.header.x": "x"}}, "Invalid mapping expression specified: x"),
    ],
)
def test_what_no_integration_may_be_is_refused(tx, place, integration, reason):
    with pytest.raises(errors.BadRequest, match=reason):
        methods.put_integration(tx, *place, integration)


def test_an_integration_is_changed_and_goes(tx, place):
    operations = [
        {"op": "replace", "path": "/timeoutInMillis", "value": "100"},
        {"op": "add", "path": "/cacheKeyParameters/method.request.path.id"},
    ]
    changed = methods.change_integration(tx, *place, operations)
    assert (changed["timeoutInMillis"], changed["cacheKeyParameters"]) == (100, ["method.request.path.id"])
    methods.delete_integration(tx, *place)
    with pytest.raises(errors.NotFound, match="Invalid Integration identifier specified"):
        methods.find_integration(tx, *place)
