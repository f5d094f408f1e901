"""Errors of REST APIs blame the request."""

from lambent.services.apigateway import rest_errors as errors


def test_every_error_is_the_senders_fault():
    made = (errors.ApiNotFound(account="1", api_id="a"), errors.LimitExceeded(what="stages"), errors.Conflict(reason="r"))
    assert [error.status for error in made] == [404, 429, 409]
    assert all(error.is_senders_fault for error in made)
    assert made[0].message == "Invalid API identifier specified 1:a"
