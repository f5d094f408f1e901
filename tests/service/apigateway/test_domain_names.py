"""Domain names with their mappings, VPC links, tags, and definitions of APIs, through boto3."""

import json
from typing import Any

import pytest


@pytest.fixture
def domain(account: str) -> str:
    """Names are one in all accounts."""
    return f"api-{account}.example.com"


@pytest.fixture
def api_id(apigateway: Any) -> str:
    api_id = apigateway.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    apigateway.create_stage(ApiId=api_id, StageName="prod")
    return api_id


def test_a_name_has_a_target_and_keeps_what_it_is_told(apigateway: Any, refusal: Any, domain: str):
    certificate = "arn:aws:acm:us-east-1:000000000000:certificate/c"
    made = apigateway.create_domain_name(
        DomainName=domain.upper(),
        DomainNameConfigurations=[{"CertificateArn": certificate, "EndpointType": "REGIONAL"}],
        MutualTlsAuthentication={"TruststoreUri": "s3://b/k"},
        Tags={"k": "v"},
    )
    (configuration,) = made["DomainNameConfigurations"]
    assert (made["DomainName"], made["Tags"], configuration["CertificateArn"]) == (domain, {"k": "v"}, certificate)
    assert configuration["ApiGatewayDomainName"].endswith(".execute-api.us-east-1.amazonaws.com")
    changed = apigateway.update_domain_name(DomainName=domain, MutualTlsAuthentication={"TruststoreUri": ""})
    assert "MutualTlsAuthentication" not in changed
    assert changed["DomainNameConfigurations"] == [configuration]
    assert [each["DomainName"] for each in apigateway.get_domain_names()["Items"]] == [domain]
    apigateway.delete_domain_name(DomainName=domain)
    gone = ("NotFoundException", 404, "Invalid domain name identifier specified")
    assert refusal(apigateway.get_domain_name, DomainName=domain) == gone


def test_stages_stand_below_names(apigateway: Any, refusal: Any, domain: str, api_id: str):
    apigateway.create_domain_name(DomainName=domain)
    made = apigateway.create_api_mapping(DomainName=domain, ApiId=api_id, Stage="prod", ApiMappingKey="orders/v1")
    one = {"DomainName": domain, "ApiMappingId": made["ApiMappingId"]}
    assert apigateway.update_api_mapping(**one, ApiId=api_id, ApiMappingKey="orders")["Stage"] == "prod"
    assert apigateway.get_api_mapping(**one)["ApiMappingKey"] == "orders"
    assert len(apigateway.get_api_mappings(DomainName=domain)["Items"]) == 1
    wrong = refusal(apigateway.create_api_mapping, DomainName=domain, ApiId=api_id, Stage="none")
    assert wrong == ("BadRequestException", 400, "Invalid stage identifier specified")
    apigateway.delete_api_mapping(**one)
    assert apigateway.get_api_mappings(DomainName=domain)["Items"] == []


def test_vpc_links_are_kept(apigateway: Any, refusal: Any):
    link_id = apigateway.create_vpc_link(Name="l", SubnetIds=["subnet-1"], Tags={"k": "v"})["VpcLinkId"]
    told = apigateway.update_vpc_link(VpcLinkId=link_id, Name="m")
    assert (told["Name"], told["VpcLinkStatus"], told["Tags"], told["SubnetIds"]) == (
        "m",
        "AVAILABLE",
        {"k": "v"},
        ["subnet-1"],
    )
    assert [each["VpcLinkId"] for each in apigateway.get_vpc_links()["Items"]] == [link_id]
    apigateway.delete_vpc_link(VpcLinkId=link_id)
    assert refusal(apigateway.get_vpc_link, VpcLinkId=link_id)[1] == 404


def test_tags_are_put_and_taken_away(apigateway: Any, refusal: Any, api_id: str):
    arn = f"arn:aws:apigateway:us-east-1::/apis/{api_id}/stages/prod"
    apigateway.tag_resource(ResourceArn=arn, Tags={"a": "1", "b": "2"})
    apigateway.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert apigateway.get_tags(ResourceArn=arn)["Tags"] == {"b": "2"}
    assert apigateway.get_stage(ApiId=api_id, StageName="prod")["Tags"] == {"b": "2"}
    assert refusal(apigateway.get_tags, ResourceArn="arn:aws:apigateway:us-east-1::/apis/none")[1] == 404


def test_a_definition_comes_out_as_it_went_in(apigateway: Any, refusal: Any, function: str):
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": function, "payloadFormatVersion": "2.0"}
    get = {"operationId": "one", "x-amazon-apigateway-integration": integration}
    document = {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": get}, "b": {}}}
    made = apigateway.import_api(Body=json.dumps(document))
    assert (made["Name"], made["Version"]) == ("t", "1")
    assert made["Warnings"] == ["Parse issue: attribute paths. Resource b should start with /"]
    out = apigateway.export_api(ApiId=made["ApiId"], OutputType="JSON", Specification="OAS30")["body"].read()
    exported = json.loads(out)["paths"]["/a"]["get"]
    assert exported["operationId"] == "one"
    assert exported["x-amazon-apigateway-integration"] == {
        **integration,
        "connectionType": "INTERNET",
        "timeoutInMillis": 30_000,
    }
    yaml = apigateway.export_api(ApiId=made["ApiId"], OutputType="YAML", Specification="OAS30", IncludeExtensions=False)
    again = apigateway.reimport_api(ApiId=made["ApiId"], Body=yaml["body"].read().decode())
    assert (again["ApiId"], "Warnings" in again) == (made["ApiId"], False)
    assert [route["RouteKey"] for route in apigateway.get_routes(ApiId=made["ApiId"])["Items"]] == ["GET /a"]
    refused = refusal(apigateway.import_api, Body=json.dumps(document), FailOnWarnings=True)
    assert refused[:2] == ("BadRequestException", 400)
    assert refused[2].startswith("Warnings found during import:")
    assert refusal(apigateway.export_api, ApiId=made["ApiId"], OutputType="XML", Specification="OAS30")[1] == 400
