"""Settings, tags, certificates, documentation."""

import pytest
from tests.unit.services.apigateway.conftest import NOW, SCOPE

from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import accounts, apis, keys


def test_settings_are_kept(tx):
    assert accounts.settings(tx, SCOPE)["throttleSettings"] == {"burstLimit": 5_000, "rateLimit": 10_000.0}
    operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::1:role/r"}
    assert accounts.change_settings(tx, SCOPE, [operation])["cloudwatchRoleArn"] == "arn:aws:iam::1:role/r"
    assert "cloudwatchRoleArn" not in accounts.change_settings(tx, SCOPE, [{**operation, "value": ""}])


def test_tags_come_and_go(tx, rest):
    key = keys.create_key(tx, SCOPE, {"tags": {"a": "1"}}, NOW)
    arn = keys.arn(SCOPE, "apikeys", key["id"])
    accounts.tag(tx, SCOPE, arn, {"b": "2"}, ("a",))
    assert accounts.tags_of(tx, SCOPE, arn) == {"b": "2"}
    assert accounts.tags_of(tx, SCOPE, apis.arn(SCOPE, rest["id"])) == {}
    for wrong in ("arn:aws:apigateway:us-east-1::/nothing/x", "arn:aws:sqs:us-east-1:1:q", f"{arn}/more"):
        with pytest.raises(errors.BadRequest, match="Invalid ARN"):
            accounts.tags_of(tx, SCOPE, wrong)
    with pytest.raises(errors.BadRequest, match="at most 50"):
        accounts.tag(tx, SCOPE, arn, {str(number): "" for number in range(51)}, ())


def test_certificates_and_documentation_are_kept(tx, rest):
    certificate = accounts.certify(tx, SCOPE, {"description": "d"}, NOW)
    operation = {"op": "replace", "path": "/description", "value": "e"}
    assert accounts.change_certificate(tx, SCOPE, certificate["clientCertificateId"], [operation])["description"] == "e"
    given = {"location": {"type": "API"}, "properties": "{}"}
    part = accounts.document(tx, SCOPE, rest["id"], given)
    with pytest.raises(errors.Conflict, match="Documentation part already exists"):
        accounts.document(tx, SCOPE, rest["id"], given)
    with pytest.raises(errors.BadRequest, match="valid JSON"):
        accounts.change_part(tx, SCOPE, rest["id"], part["id"], [{"op": "replace", "path": "/properties", "value": "{"}])
    version = accounts.create_version(tx, SCOPE, rest["id"], {"documentationVersion": "1"}, NOW)
    assert accounts.change_version(tx, SCOPE, rest["id"], version["version"], [operation])["description"] == "e"
