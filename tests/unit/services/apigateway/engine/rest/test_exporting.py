"""What a stage serves as an OpenAPI document, which says the same when it is read again."""

import json

import pytest
from tests.unit.services.apigateway.conftest import NOW, SCOPE
from tests.unit.services.apigateway.engine.rest.test_importing import created

from lambent.services.apigateway.engine.rest import exporting, openapi, stages


@pytest.mark.parametrize("kind", exporting.TYPES)
def test_what_is_exported_is_read_again(tx, kind):
    api = created(tx)
    snapshot = stages.draft_of(tx, SCOPE, api["id"])
    extensions = frozenset({"integrations"})
    document = exporting.export(snapshot, kind=kind, host="h", stage="prod", now=NOW, extensions=extensions)
    again = openapi.read(json.dumps(document).encode(), {})
    method = again.paths["/pets/{id}"]["POST"]
    assert method["requestParameters"] == {"method.request.path.id": True, "method.request.querystring.q": False}
    assert method["requestModels"] == {"application/json": "Pet"}
    assert method["methodIntegration"]["uri"].startswith("arn:")
    assert method["methodIntegration"]["integrationResponses"].keys() == {"200", "400"}
    assert again.paths["/pets/{id}"].keys() == {"POST", "ANY"}


def test_integrations_are_told_only_where_they_are_asked_for(tx):
    snapshot = stages.draft_of(tx, SCOPE, created(tx)["id"])
    document = exporting.export(snapshot, kind="oas30", host="h", stage="prod", now=NOW, extensions=frozenset({""}))
    assert "x-amazon-apigateway-integration" not in document["paths"]["/pets/{id}"]["post"]
