"""What is alike with all parts: found, counted, changed in part, deleted."""

from dataclasses import replace

import pytest
from tests.unit.services.apigateway.conftest import NOW, SCOPE, put_integration, put_route

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import Route
from lambent.services.apigateway.engine.v2 import integrations, parts, routes


def test_what_is_not_there_is_said_in_aws_words(tx, api):
    with pytest.raises(errors.NotFound, match="Invalid Route identifier specified"):
        parts.get(tx, SCOPE, api.api_id, routes.RULES, "none")
    with pytest.raises(errors.NotFound):
        parts.delete(tx, SCOPE, api.api_id, routes.RULES, "none", NOW)
    with pytest.raises(errors.ApiNotFound):
        parts.page(tx, SCOPE, "none", routes.RULES, after="", count_max=1)


A, B, C = (f"append:header.{letter}" for letter in "abc")


def test_a_change_says_what_is_new_and_an_empty_value_takes_a_parameter_away(tx, api):
    put_integration(tx, api, description="d", request_parameters={A: "1", B: "2"}, response_parameters={"200": {A: "y"}})
    changes = {"request_parameters": {A: "", C: "3"}, "response_parameters": {"200": {}, "404": {A: "z"}}}
    changed = parts.update(tx, SCOPE, api.api_id, integrations.RULES, "int0001", changes, NOW)
    assert changed.request_parameters == {B: "2", C: "3"}
    assert changed.response_parameters == {"404": {A: "z"}}
    assert changed.description == "d"


def test_an_api_has_so_many_of_a_kind(tx, api):
    few = replace(routes.RULES, count_max=1)
    put_route(tx, api)
    with pytest.raises(errors.LimitReached, match="Maximum number of Routes for this API has been reached") as refused:
        parts.create(tx, SCOPE, api.api_id, few, Route("other", "GET /x"), NOW)
    assert refused.value.status == 429


def test_a_page_has_one_more_where_there_is_a_next(tx, api):
    for letter in "abc":
        put_route(tx, api, f"GET /{letter}", letter)
    assert [route.route_id for route in parts.page(tx, SCOPE, api.api_id, routes.RULES, after="a", count_max=1)] == ["b", "c"]


def test_ids_are_as_long_as_aws():
    assert (len(parts.long_id()), len(parts.short_id())) == (7, 6)
