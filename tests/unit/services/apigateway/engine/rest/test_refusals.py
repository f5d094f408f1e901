"""What a REST API answers by itself."""

from lambent.services.apigateway.engine.rest import gateway_responses, refusals


def test_every_kind_of_refusal_is_a_gateway_response():
    made = (
        refusals.denied(),
        refusals.denied_explicitly(),
        refusals.authorizer_misconfigured(""),
        refusals.misconfigured(""),
        refusals.unreachable(""),
        refusals.unsupported_media_type(),
        refusals.forbidden(),
    )
    assert {refusal.kind for refusal in made} <= set(gateway_responses.KINDS)
    assert set(refusals.ERROR_TYPES) <= set(gateway_responses.KINDS)
    assert str(refusals.misconfigured("why")) == "why"
