"""Integrations: what each kind of API takes, what is filled in, what stays in use."""

import pytest
from tests.unit.services.apigateway.conftest import FUNCTION_URI, NOW, SCOPE, integration, put_integration, put_route

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import IntegrationResponse
from lambent.services.apigateway.engine.v2 import integrations, parts
from lambent.services.apigateway.engine.v2.models import INTEGRATION_RESPONSE_RULES
from lambent.services.apigateway.tables.v2 import parts as rows

URL = "https://example.com/{proxy}"
QUEUE = {"integration_subtype": "SQS-SendMessage", "integration_uri": "", "payload_format_version": "1.0"}
ROLE = "arn:aws:iam::111122223333:role/r"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"integration_uri": FUNCTION_URI, "payload_format_version": "1.0"},
        {"integration_uri": "arn:aws:apigateway:r:lambda:path/x/${stageVariables.f}"},
        {**QUEUE, "credentials_arn": ROLE},
        {
            "integration_type": "HTTP_PROXY",
            "integration_uri": URL,
            "integration_method": "GET",
            "payload_format_version": "1.0",
        },
    ],
)
def test_http_apis_take(tx, api, fields):
    integrations.check(tx, api, integration(**fields))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"integration_type": "MOCK"}, r"may only be associated with proxy integrations \(AWS_PROXY, HTTP_PROXY\)"),
        ({"payload_format_version": ""}, "PayloadFormatVersion is a required parameter for integration"),
        ({"payload_format_version": "3.0"}, r"Unsupported PayloadFormatVersion: 3\.0$"),
        ({"integration_uri": "https://example.com"}, "Invalid ARN"),
        (QUEUE, "Role ARN must be specified for AWS integration configuration with Subtype: SQS-SendMessage$"),
        ({**QUEUE, "integration_subtype": "SQS-Dance"}, "Operation: SQS-Dance is not supported"),
        ({"integration_type": "HTTP_PROXY", "payload_format_version": "1.0"}, "Invalid HTTP endpoint"),
        ({"integration_type": "HTTP_PROXY", "integration_uri": URL}, "2.0 is not supported for integration of type HTTP_PROXY"),
        (
            {"integration_type": "HTTP_PROXY", "integration_uri": URL, "payload_format_version": "1.0"},
            "HttpMethod parameter",
        ),
        ({"request_parameters": {"overwrite:header.a b": "x"}}, "Invalid Request Actioned Parameter destination specified: "),
        ({"request_parameters": {"header.a": "x"}}, "Invalid Request Actioned Parameter destination specified: header.a"),
        ({"response_parameters": {"20": {}}}, "Status Code 20 is not valid"),
        ({"response_parameters": {"200": {"append:header.a\r\nb": "x"}}}, "Invalid Response Actioned Parameter destination"),
        ({"connection_type": "VPC_LINK"}, "ConnectionId must be set to vpcLinkId"),
    ],
)
def test_http_apis_refuse(tx, api, fields, said):
    with pytest.raises(errors.BadRequest, match=said):
        integrations.check(tx, api, integration(**fields))


def test_what_is_left_out_is_filled_in(tx, api, talk):
    assert put_integration(tx, api).integration_method == "POST"
    mock = put_integration(tx, talk, integration_type="MOCK", payload_format_version="")
    assert (mock.payload_format_version, mock.passthrough_behavior, mock.timeout_ms) == ("1.0", "WHEN_NO_MATCH", 29_000)


def test_one_that_a_route_leads_to_stays(tx, api):
    put_integration(tx, api)
    put_route(tx, api, target="integrations/int0001")
    with pytest.raises(errors.Conflict, match=r"referenced by the following Routes with Ids: \[rou0001\]"):
        parts.delete(tx, SCOPE, api.api_id, integrations.RULES, "int0001", NOW)


def test_one_that_quick_create_made_stays(tx, api):
    put_integration(tx, api, is_managed=True)
    with pytest.raises(errors.BadRequest, match="managed"):
        parts.delete(tx, SCOPE, api.api_id, integrations.RULES, "int0001", NOW)


def test_responses_go_with_their_integration(tx, talk):
    put_integration(tx, talk, payload_format_version="")
    response = IntegrationResponse("res001", "int0001", "$default")
    parts.create(tx, SCOPE, talk.api_id, INTEGRATION_RESPONSE_RULES, response, NOW)
    parts.delete(tx, SCOPE, talk.api_id, integrations.RULES, "int0001", NOW)
    assert rows.listed(tx, talk.api_id, rows.INTEGRATION_RESPONSES) == []


def test_websockets_have_events_of_one_format(tx, talk):
    with pytest.raises(errors.BadRequest, match=r"Unsupported PayloadFormatVersion: 2\.0$"):
        put_integration(tx, talk)
