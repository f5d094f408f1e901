"""What of an API is exported."""

import pytest
from tests.unit.services.apigateway.conftest import NOW, SCOPE, put_route, put_stage

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.v2 import deployments, exporting


def test_an_api_is_exported_as_it_is_and_a_stage_as_it_serves(tx, api):
    put_route(tx, api)
    made = deployments.create(tx, SCOPE, api.api_id, stage_name="", description="", now=NOW)
    put_stage(tx, api, deployment_id=made.deployment_id)
    put_stage(tx, api, "empty")
    put_route(tx, api, "GET /new", "other")
    sizes = [len(exporting.exported(tx, SCOPE, api.api_id, stage)[1].routes) for stage in ("", "prod", "empty")]
    assert sizes == [2, 1, 0]


def test_other_apis_and_stages_are_refused(tx, api, talk):
    with pytest.raises(errors.BadRequest):
        exporting.exported(tx, SCOPE, talk.api_id, "")
    with pytest.raises(errors.NotFound, match="Invalid stage identifier specified"):
        exporting.exported(tx, SCOPE, api.api_id, "none")
