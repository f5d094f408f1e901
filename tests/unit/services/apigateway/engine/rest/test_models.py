"""Models, validators, gateway responses and authorizers: what they may be, and that what is used stays."""

import pytest
from tests.unit.services.apigateway.conftest import SCOPE
from tests.unit.services.apigateway.engine.rest.conftest import put_method

from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import models, parts

PET = {"name": "Pet", "contentType": "application/json", "schema": '{"type": "object"}'}


def test_a_model_that_is_referred_to_stays(tx, rest):
    models.create_model(tx, SCOPE, rest["id"], PET)
    put_method(tx, rest, requestModels={"application/json": "Pet"})
    with pytest.raises(errors.Conflict, match="Cannot delete model 'Pet', is referenced in method request: /items/GET"):
        models.delete_model(tx, SCOPE, rest["id"], "Pet")
    reference = f'{{"$ref": "https://apigateway.amazonaws.com/restapis/{rest["id"]}/models/Toy"}}'
    models.create_model(tx, SCOPE, rest["id"], {**PET, "name": "Toy"})
    models.create_model(tx, SCOPE, rest["id"], {**PET, "name": "Box", "schema": reference})
    with pytest.raises(errors.Conflict, match="is referenced in model: Box"):
        models.delete_model(tx, SCOPE, rest["id"], "Toy")
    models.delete_model(tx, SCOPE, rest["id"], "Box")
    models.delete_model(tx, SCOPE, rest["id"], "Toy")
    with pytest.raises(errors.NotFound, match="Invalid model name specified: Toy"):
        models.find_model(tx, SCOPE, rest["id"], "Toy")


@pytest.mark.parametrize(
    ("fields", "error", "reason"),
    [
        ({"name": "a-b"}, errors.BadRequest, "Model name must be alphanumeric"),
        ({"name": "Empty"}, errors.Conflict, "Model name already exists for this REST API"),
        ({"schema": "[1]"}, errors.BadRequest, "Invalid model schema specified: Pet"),
    ],
)
def test_what_no_model_may_be_is_refused(tx, rest, fields, error, reason):
    with pytest.raises(error, match=reason):
        models.create_model(tx, SCOPE, rest["id"], {**PET, **fields})


def test_a_validator_in_use_stays(tx, rest):
    validator = models.create_validator(tx, SCOPE, rest["id"], {"name": "v", "validateRequestBody": True})
    put_method(tx, rest, requestValidatorId=validator["id"])
    with pytest.raises(errors.Conflict, match="is in use by a method"):
        models.delete_validator(tx, SCOPE, rest["id"], validator["id"])


def test_gateway_responses_are_what_was_set_else_what_aws_has(tx, rest):
    assert models.find_gateway_response(tx, SCOPE, rest["id"], "THROTTLED")["statusCode"] == "429"
    put = models.put_gateway_response(tx, SCOPE, rest["id"], "THROTTLED", {"responseTemplates": {"a/b": "slow"}})
    assert (put["statusCode"], put["defaultResponse"]) == ("429", False)
    operation = {"op": "replace", "path": "/statusCode", "value": "420"}
    assert models.change_gateway_response(tx, SCOPE, rest["id"], "THROTTLED", [operation])["statusCode"] == "420"
    assert len(models.gateway_responses_of(tx, SCOPE, rest["id"])) == 21


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"type": "MAGIC"}, "Invalid Authorizer type specified"),
        ({"authorizerResultTtlInSeconds": 3_601}, "TTL must be between 0 and 3600 seconds"),
        ({"identitySource": ""}, "Identity source cannot be null or empty"),
        ({"type": "COGNITO_USER_POOLS"}, "Invalid Provider ARNs specified"),
        ({"authorizerUri": ""}, "Invalid Authorizer URI"),
    ],
)
def test_what_no_authorizer_may_be_is_refused(tx, rest, fields, reason):
    given = {"name": "a", "type": "TOKEN", "authorizerUri": "arn:x", "identitySource": "method.request.header.A"}
    with pytest.raises(errors.BadRequest, match=reason):
        models.create_authorizer(tx, SCOPE, rest["id"], {**given, **fields})


def test_an_authorizers_answers_are_kept_for_five_minutes_unless_it_says_otherwise(tx, rest):
    given = {"name": "a", "type": "REQUEST", "authorizerUri": "arn:x", "identitySource": "method.request.header.A"}
    made = models.create_authorizer(tx, SCOPE, rest["id"], given)
    assert (made["authorizerResultTtlInSeconds"], made["authType"]) == (300, "custom")
    operation = {"op": "replace", "path": "/authorizerResultTtlInSeconds", "value": "0"}
    assert models.change_authorizer(tx, SCOPE, rest["id"], made["id"], [operation])["authorizerResultTtlInSeconds"] == 0
    models.delete_authorizer(tx, SCOPE, rest["id"], made["id"])
    assert parts.of_api(tx, SCOPE, parts.AUTHORIZER, rest["id"]) == []
