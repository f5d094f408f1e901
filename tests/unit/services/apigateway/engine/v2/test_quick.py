"""Quick create: an API that serves at once, and whose parts belong to API Gateway."""

from typing import Any

import pytest
from tests.unit.services.apigateway.conftest import FUNCTION, NOW, SCOPE, stage_of

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import HTTP, WEBSOCKET, Api
from lambent.services.apigateway.engine.v2 import apis, quick
from lambent.services.apigateway.tables.v2.published import published


def created(tx, api_id: str = "q" * 10, protocol_type: str = HTTP, **given: Any) -> Api:
    api = Api(SCOPE, api_id, "quick", protocol_type, NOW)
    quick.create(tx, api, {}, **{"target": "", "route_key": "", "credentials_arn": "", "now": NOW, **given})
    return api


def changed(tx, api: Api, **given: Any) -> None:
    quick.update(tx, SCOPE, api.api_id, {}, **{"target": None, "route_key": None, "credentials_arn": None, "now": NOW, **given})


def test_a_function_is_served_at_once(tx):
    api = created(tx, target=FUNCTION)
    served = published(tx, api.api_id)["$default"]
    (integration,), (route,) = served.snapshot.integrations, served.snapshot.routes
    assert (integration.integration_type, integration.payload_format_version) == ("AWS_PROXY", "2.0")
    assert (route.route_key, route.integration_id) == ("$default", integration.integration_id)
    assert integration.is_managed
    assert route.is_managed
    assert served.stage.is_managed


def test_so_is_a_url_under_a_key_of_its_own(tx):
    api = created(tx, target="https://example.com", route_key="GET /x")
    served = published(tx, api.api_id)["$default"].snapshot
    assert (served.integrations[0].integration_type, served.integrations[0].integration_method) == ("HTTP_PROXY", "ANY")
    assert served.routes[0].route_key == "GET /x"


def test_target_key_and_credentials_are_changed(tx):
    api = created(tx, target=FUNCTION)
    changed(tx, api, target="https://example.com", route_key="ANY /y")
    changed(tx, api, credentials_arn="arn:aws:iam::111122223333:role/r")
    served = published(tx, api.api_id)["$default"].snapshot
    assert served.integrations[0].integration_uri == "https://example.com"
    assert served.integrations[0].credentials_arn.endswith("role/r")
    assert served.routes[0].route_key == "ANY /y"
    assert stage_of(tx, api, "$default").deployment_id


def test_only_where_quick_create_made_it(tx, api):
    changed(tx, api)
    with pytest.raises(errors.BadRequest, match="quick create"):
        changed(tx, api, target=FUNCTION)


def test_a_target_is_for_http_apis_and_needed_for_the_rest(tx):
    with pytest.raises(errors.BadRequest, match="protocolType HTTP only"):
        created(tx, protocol_type=WEBSOCKET, target=FUNCTION)
    with pytest.raises(errors.BadRequest, match="Target is a required parameter"):
        created(tx, route_key="GET /")
    assert apis.page(tx, SCOPE, after="", count_max=10) == []
