"""Domain names of users, with the base paths below them that lead to stages of REST APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.records import Scope
from lambent.services.apigateway.engine.rest import parts, patches
from lambent.services.apigateway.engine.rest.identifiers import resource_arn
from lambent.services.apigateway.engine.rest.patches import Rule
from lambent.services.apigateway.tables.rest import documents
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.services.apigateway.tables.v2 import published
from lambent.store.database import Transaction

NO_BASE_PATH = "(none)"
HOSTED_ZONE_ID = "Z1UJRXOUMOOFQ8"
EDGE_HOSTED_ZONE_ID = "Z2FDTNDATAQYW2"
SECURITY_POLICY = "TLS_1_2"
DOMAIN_RULES = (
    Rule("/certificateName"),
    Rule("/certificateArn"),
    Rule("/regionalCertificateName"),
    Rule("/regionalCertificateArn"),
    Rule("/ownershipVerificationCertificateArn"),
    Rule("/securityPolicy"),
    Rule("/endpointAccessMode"),
    Rule("/routingMode"),
    Rule("/policy"),
    Rule("/endpointConfiguration/types/*"),
    Rule("/endpointConfiguration/ipAddressType"),
    Rule("/mutualTlsAuthentication/truststoreUri", patches.ALL),
    Rule("/mutualTlsAuthentication/truststoreVersion", patches.ALL),
)
MAPPING_RULES = (Rule("/basePath"), Rule("/stage"), Rule("/restapiId"))


def create(tx: Transaction, scope: Scope, parameters: Mapping[str, Any], now: Instant) -> Document:
    """A domain name is one in all accounts. Raises BadRequestException, ConflictException."""
    name = str(parameters.get("domainName") or "").lower()
    if not name:
        raise errors.BadRequest(reason="No Domain Name specified")
    if documents.anywhere(tx, parts.DOMAIN.name, name) is not None:
        raise errors.BadRequest(reason="The domain name you provided already exists.")
    configuration = parameters.get("endpointConfiguration") or {}
    types = list(configuration.get("types") or ["EDGE"])
    domain = {
        "domainName": name,
        **parts.given(parameters, "certificateName", "certificateArn", "regionalCertificateName", "regionalCertificateArn"),
        **parts.given(parameters, "ownershipVerificationCertificateArn", "endpointAccessMode", "policy", "routingMode"),
        **{key: dict(parameters[key]) for key in ("mutualTlsAuthentication", "tags") if parameters.get(key)},
        "certificateUploadDate": now,
        "domainNameArn": resource_arn(scope.region, f"/domainnames/{name}"),
        "domainNameStatus": "AVAILABLE",
        "securityPolicy": parameters.get("securityPolicy") or SECURITY_POLICY,
        "endpointConfiguration": {"types": types, "ipAddressType": configuration.get("ipAddressType") or "ipv4"},
    }
    prefix = ids.lower_and_digits(10)
    if types == ["EDGE"]:
        domain |= {"distributionDomainName": f"d-{prefix}.cloudfront.net", "distributionHostedZoneId": EDGE_HOSTED_ZONE_ID}
    else:
        regional = f"d-{prefix}.execute-api.{scope.region}.amazonaws.com"
        domain |= {"regionalDomainName": regional, "regionalHostedZoneId": HOSTED_ZONE_ID}
    parts.add(tx, scope, parts.DOMAIN, "", domain)
    published.signal_domains(tx)
    return domain


def change(tx: Transaction, scope: Scope, name: str, operations: Iterable[Mapping[str, Any]]) -> Document:
    return parts.change(
        tx, scope, parts.DOMAIN, "", name.lower(), lambda domain: patches.apply(domain, operations, DOMAIN_RULES)
    )


def delete(tx: Transaction, scope: Scope, name: str) -> None:
    """With the mappings below it."""
    parts.delete(tx, scope, parts.DOMAIN, "", name.lower())
    documents.delete_owned(tx, scope, name.lower())
    published.signal_domains(tx)


def map_path(tx: Transaction, scope: Scope, name: str, parameters: Mapping[str, Any]) -> Document:
    """Raises BadRequestException, ConflictException, NotFoundException."""
    parts.find(tx, scope, parts.DOMAIN, "", name)
    mapping = {
        "basePath": parameters.get("basePath") or NO_BASE_PATH,
        "restApiId": parameters["restApiId"],
        **parts.given(parameters, "stage"),
    }
    _check(tx, scope, mapping)
    if documents.find(tx, scope, parts.MAPPING.name, name, mapping["basePath"]) is not None:
        raise errors.Conflict(reason="Base path already exists for this domain name")
    parts.add(tx, scope, parts.MAPPING, name, mapping)
    published.signal_domains(tx)
    return mapping


def change_mapping(
    tx: Transaction, scope: Scope, name: str, base_path: str, operations: Iterable[Mapping[str, Any]]
) -> Document:
    def patched(mapping: Document) -> Document:
        changed = patches.apply({**mapping, "restapiId": mapping["restApiId"]}, operations, MAPPING_RULES)
        changed |= {"restApiId": changed.pop("restapiId"), "basePath": changed["basePath"] or NO_BASE_PATH}
        if not changed.get("stage"):
            changed.pop("stage", None)
        _check(tx, scope, changed)
        return changed

    found = parts.change(tx, scope, parts.MAPPING, name, base_path, patched)
    published.signal_domains(tx)
    return found


def delete_mapping(tx: Transaction, scope: Scope, name: str, base_path: str) -> None:
    parts.delete(tx, scope, parts.MAPPING, name, base_path)
    published.signal_domains(tx)


def _check(tx: Transaction, scope: Scope, mapping: Mapping[str, Any]) -> None:
    if documents.find(tx, scope, parts.API.name, "", mapping["restApiId"]) is None:
        raise errors.BadRequest(reason="Invalid REST API identifier specified")
    stage = mapping.get("stage")
    if stage and documents.find(tx, scope, parts.STAGE.name, mapping["restApiId"], stage) is None:
        raise errors.BadRequest(reason="Invalid stage identifier specified")
