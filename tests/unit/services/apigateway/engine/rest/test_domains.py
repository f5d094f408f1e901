"""Domain names as REST APIs' users know them: one record, two spellings; base paths."""

import pytest
from tests.unit.services.apigateway.conftest import NOW, SCOPE
from tests.unit.services.apigateway.engine.rest.conftest import put_method

from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import apis, domains, stages
from lambent.services.apigateway.engine.v2 import domains as names
from lambent.services.apigateway.engine.v2.resources import DomainName

NAME = "api.example.com"


@pytest.fixture
def domain(tx):
    asked = domains.to_create(
        {"domainName": NAME, "regionalCertificateArn": "arn:c", "endpointConfiguration": {"types": ["REGIONAL"]}}
    )
    configuration = names.completed(asked["DomainNameConfigurations"][0], "us-east-1")
    names.create(tx, DomainName(SCOPE, NAME, (configuration,)), {"a": "1"})
    return domains.told(tx, SCOPE, NAME)


def test_a_name_is_told_as_it_was_given(tx, domain):
    assert domain["regionalCertificateArn"] == "arn:c"
    assert domain["endpointConfiguration"] == {"types": ["REGIONAL"], "ipAddressType": "ipv4"}
    assert (domain["tags"], domain["securityPolicy"]) == ({"a": "1"}, "TLS_1_2")
    assert [told["domainName"] for told in domains.all_told(tx, SCOPE)] == [NAME]


def test_one_at_the_edge_has_its_certificate_there():
    asked = domains.to_create({"domainName": NAME, "certificateArn": "arn:c"})
    assert asked["DomainNameConfigurations"] == [{"EndpointType": "EDGE", "CertificateArn": "arn:c"}]
    with pytest.raises(errors.BadRequest, match="No Domain Name specified"):
        domains.to_create({})


def test_a_name_is_changed_and_keeps_its_target(tx, domain):
    operation = {"op": "replace", "path": "/regionalCertificateArn", "value": "arn:d"}
    changed = domains.change(tx, SCOPE, NAME, [operation])
    assert (changed["regionalCertificateArn"], changed["regionalDomainName"]) == ("arn:d", domain["regionalDomainName"])


def test_base_paths_lead_to_stages_and_keep_them(tx, rest, domain):
    put_method(tx, rest)
    stages.deploy(tx, SCOPE, rest["id"], {"stageName": "prod"}, NOW)
    given = {"restApiId": rest["id"], "stage": "prod"}
    assert domains.map_path(tx, SCOPE, NAME, given) == {"basePath": "(none)", **given}
    with pytest.raises(errors.Conflict, match="Base path already exists for this domain name"):
        domains.map_path(tx, SCOPE, NAME, given)
    domains.map_path(tx, SCOPE, NAME, {**given, "basePath": "v1"})
    changed = domains.change_mapping(
        tx, SCOPE, NAME, "v1", [{"op": "replace", "path": "/basePath", "value": "v2"}, {"op": "replace", "path": "/stage"}]
    )
    assert changed == {"basePath": "v2", "restApiId": rest["id"]}
    assert [mapping["basePath"] for mapping in domains.mappings(tx, SCOPE, NAME)] == ["(none)", "v2"]
    with pytest.raises(errors.BadRequest, match="remove all base path mappings"):
        apis.delete(tx, SCOPE, rest["id"])
    with pytest.raises(errors.BadRequest, match="Deleting stages mapped to custom domain names is not allowed"):
        stages.delete_stage(tx, SCOPE, rest["id"], "prod")
    domains.delete_mapping(tx, SCOPE, NAME, "v2")
    with pytest.raises(errors.NotFound, match="Invalid base path mapping identifier specified"):
        domains.find_mapping(tx, SCOPE, NAME, "v2")


def test_base_paths_lead_only_to_what_is_there(tx, rest, domain):
    with pytest.raises(errors.BadRequest, match="Invalid REST API identifier specified"):
        domains.map_path(tx, SCOPE, NAME, {"restApiId": "none"})
    with pytest.raises(errors.BadRequest, match="Invalid stage identifier specified"):
        domains.map_path(tx, SCOPE, NAME, {"restApiId": rest["id"], "stage": "none"})
    with pytest.raises(errors.NotFound, match="Invalid domain name identifier specified"):
        domains.map_path(tx, SCOPE, "other.example.com", {"restApiId": rest["id"]})
