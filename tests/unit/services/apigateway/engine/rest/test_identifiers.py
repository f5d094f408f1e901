"""How parts of REST APIs are named as ARNs."""

from tests.unit.services.apigateway.conftest import ACCOUNT, SCOPE

from lambent.services.apigateway.engine.rest import identifiers


def test_arns_are_spelt_as_aws_spells_them():
    assert identifiers.resource_arn("us-east-1", "/restapis/a") == "arn:aws:apigateway:us-east-1::/restapis/a"
    arn = identifiers.method_arn(SCOPE, "a", "prod", "GET", "x/y")
    assert arn == f"arn:aws:execute-api:us-east-1:{ACCOUNT}:a/prod/GET/x/y"
