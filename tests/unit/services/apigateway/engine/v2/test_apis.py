"""APIs: found by their own account, changed in part, deleted with all that is theirs."""

import pytest
from tests.unit.services.apigateway.conftest import SCOPE, made, put_route, put_stage

from lambent.core.context import Scope
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import WEBSOCKET, Cors
from lambent.services.apigateway.engine.v2 import apis, domains
from lambent.services.apigateway.engine.v2.resources import DomainName
from lambent.services.apigateway.tables.v2 import parts, tags


def test_an_api_of_another_account_or_region_is_not_there(tx, api):
    assert apis.find(tx, SCOPE, api.api_id) == api
    for scope in (Scope("999999999999", "us-east-1"), Scope(SCOPE.account, "eu-west-1")):
        with pytest.raises(errors.ApiNotFound, match=f"Invalid API identifier specified {scope.account}:{api.api_id}"):
            apis.find(tx, scope, api.api_id)


def test_what_a_change_does_not_say_stays(tx, api):
    apis.update(tx, SCOPE, api.api_id, {"description": "d", "cors": Cors(allow_origins=("*",))})
    assert apis.update(tx, SCOPE, api.api_id, {"name": "n"}).description == "d"
    apis.delete_cors(tx, SCOPE, api.api_id)
    assert apis.find(tx, SCOPE, api.api_id).cors is None


def test_a_websocket_api_says_how_it_selects_routes_and_has_no_cors(tx):
    with pytest.raises(errors.BadRequest, match="Invalid routeSelectionExpression"):
        made(tx, "x" * 10, WEBSOCKET, route_selection_expression="")
    with pytest.raises(errors.BadRequest, match="Cors is not supported for WEBSOCKET protocolType"):
        made(tx, "x" * 10, WEBSOCKET, cors=Cors())


def test_credentials_are_for_origins_that_are_named(tx, api):
    with pytest.raises(
        errors.BadRequest, match=r"^BadRequestException: allow-credentials is not supported if 'allow-origin' is \*$"
    ):
        apis.update(tx, SCOPE, api.api_id, {"cors": Cors(allow_origins=("*",), allow_credentials=True)})
    apis.update(tx, SCOPE, api.api_id, {"cors": Cors(allow_origins=("https://*",), allow_credentials=True)})


@pytest.mark.parametrize("name", ["", "n" * 129])
def test_a_name_has_its_length(tx, api, name):
    with pytest.raises(errors.BadRequest, match="Invalid API name specified"):
        apis.update(tx, SCOPE, api.api_id, {"name": name})


def test_parts_and_tags_go_with_their_api(tx):
    api = made(tx, "t" * 10, tags={"k": "v"})
    put_route(tx, api)
    put_stage(tx, api, is_auto_deploy=True)
    apis.delete(tx, SCOPE, api.api_id)
    assert parts.listed(tx, api.api_id, parts.ROUTES) == parts.listed(tx, api.api_id, parts.DEPLOYMENTS) == []
    assert tags.find(tx, SCOPE, apis.arn_of(SCOPE, api.api_id)) == {}


def test_an_api_below_a_domain_name_stays(tx, api):
    put_stage(tx, api)
    domains.create(tx, DomainName(SCOPE, "example.com"), {})
    mapping = domains.create_mapping(tx, SCOPE, "example.com", key="", api_id=api.api_id, stage="prod")
    with pytest.raises(errors.BadRequest, match="remove all api mappings"):
        apis.delete(tx, SCOPE, api.api_id)
    domains.delete_mapping(tx, SCOPE, "example.com", mapping.mapping_id)
    apis.delete(tx, SCOPE, api.api_id)


def test_a_page_has_one_more_where_there_is_a_next(tx):
    for letter in "abc":
        made(tx, letter * 10, tags={"of": letter})
    found = apis.page(tx, SCOPE, after="a" * 10, count_max=1)
    assert [(api.api_id[0], tags) for api, tags in found] == [("b", {"of": "b"}), ("c", {"of": "c"})]


def test_ids_and_tags_have_their_limits(tx):
    assert len(apis.new_id()) == apis.API_ID_CHARS
    with pytest.raises(errors.BadRequest, match="at most 50 tags"):
        made(tx, "x" * 10, tags={str(number): "v" for number in range(apis.TAGS_MAX + 1)})
    with pytest.raises(errors.BadRequest, match="reserved"):
        apis.check_tags({"aws:x": "v"})


def test_there_are_at_most_600(tx, monkeypatch):
    monkeypatch.setattr(apis, "APIS_MAX", 1)
    made(tx, "x" * 10)
    with pytest.raises(errors.AccountLimitReached):
        made(tx, "y" * 10)
