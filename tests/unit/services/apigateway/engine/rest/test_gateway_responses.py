"""Gateway responses: which of those that were set is meant."""

from lambent.services.apigateway.engine.rest import gateway_responses


def test_what_was_set_for_a_kind_goes_before_what_was_set_for_its_class():
    own = {
        "DEFAULT_4XX": {"responseType": "DEFAULT_4XX", "responseParameters": {"gatewayresponse.header.A": "'a'"}},
        "THROTTLED": {"responseType": "THROTTLED", "statusCode": "420"},
    }
    assert gateway_responses.effective("THROTTLED", own)["statusCode"] == "420"
    unauthorized = gateway_responses.effective("UNAUTHORIZED", own)
    assert (unauthorized["statusCode"], unauthorized["responseParameters"]) == ("401", {"gatewayresponse.header.A": "'a'"})
    assert gateway_responses.effective("INTEGRATION_TIMEOUT", own)["responseParameters"] == {}


def test_the_classes_have_no_status_of_their_own():
    assert "statusCode" not in gateway_responses.effective("DEFAULT_4XX", {})
