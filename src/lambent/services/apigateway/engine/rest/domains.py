"""Domain names as REST APIs' users know them: the same names that apigatewayv2 has, and its mappings as base paths.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import structs

from lambent.core import ids
from lambent.core.context import Scope
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import parts, patches
from lambent.services.apigateway.engine.rest.patches import ALL, Rule
from lambent.services.apigateway.engine.v2 import domains as names
from lambent.services.apigateway.engine.v2.resources import ApiMapping, DomainName
from lambent.services.apigateway.tables.rest import documents
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.services.apigateway.tables.v2 import domains, published, tags
from lambent.store.database import Transaction

NO_BASE_PATH = "(none)"
EDGE_HOSTED_ZONE_ID = "Z2FDTNDATAQYW2"
MAPPING_ID_CHARACTERS = 6
MISSING = "Invalid domain name identifier specified"
MISSING_MAPPING = "Invalid base path mapping identifier specified"
EDGE = "EDGE"
DOMAIN_RULES = (
    Rule("/certificateName"),
    Rule("/certificateArn"),
    Rule("/regionalCertificateName"),
    Rule("/regionalCertificateArn"),
    Rule("/ownershipVerificationCertificateArn"),
    Rule("/securityPolicy"),
    Rule("/routingMode"),
    Rule("/endpointConfiguration/types/*"),
    Rule("/endpointConfiguration/ipAddressType"),
    Rule("/mutualTlsAuthentication/truststoreUri", ALL),
    Rule("/mutualTlsAuthentication/truststoreVersion", ALL),
)
MAPPING_RULES = (Rule("/basePath"), Rule("/stage"), Rule("/restapiId"))


def to_create(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What CreateDomainName of apigatewayv2 is asked, for what that of apigateway was. Raises BadRequestException."""
    if not parameters.get("domainName"):
        raise errors.BadRequest(reason="No Domain Name specified")
    asked = {"DomainName": parameters["domainName"], "DomainNameConfigurations": [_configuration(parameters)]}
    trust = parameters.get("mutualTlsAuthentication")
    if trust:
        asked["MutualTlsAuthentication"] = _trust(trust)
    return asked | _renamed(parameters, {"tags": "Tags", "routingMode": "RoutingMode"})


def find(tx: Transaction, scope: Scope, name: str) -> DomainName:
    """Raises NotFoundException."""
    domain = domains.find(tx, name.lower())
    if domain is None or domain.scope != scope:
        raise errors.NotFound(reason=MISSING)
    return domain


def told(tx: Transaction, scope: Scope, name: str) -> Document:
    """One as apigateway tells it."""
    return _told(tx, find(tx, scope, name))


def all_told(tx: Transaction, scope: Scope) -> list[Document]:
    return [_told(tx, domain) for domain in domains.page(tx, scope, after="", count_max=names.DOMAIN_NAMES_MAX)]


def change(tx: Transaction, scope: Scope, name: str, operations: Iterable[Mapping[str, Any]]) -> Document:
    domain = find(tx, scope, name)
    changed = patches.apply(_told(tx, domain), operations, DOMAIN_RULES)
    kept = domain.configurations[0] if domain.configurations else {}
    domains.put(
        tx,
        structs.replace(
            domain,
            configurations=({**kept, **_configuration(changed)},),
            mutual_tls=_trust(changed.get("mutualTlsAuthentication") or {}),
            routing_mode=changed.get("routingMode") or domain.routing_mode,
        ),
    )
    return told(tx, scope, name)


# ---- base paths ------------------------------------------------------------------------------------------------------


def map_path(tx: Transaction, scope: Scope, name: str, parameters: Mapping[str, Any]) -> Document:
    """Raises BadRequestException, ConflictException, NotFoundException."""
    domain = find(tx, scope, name)
    key = _key(parameters.get("basePath") or "")
    if domains.mapping_of_key(tx, domain.domain_name, key) is not None:
        raise errors.Conflict(reason="Base path already exists for this domain name")
    mapping_id = ids.lower_and_digits(MAPPING_ID_CHARACTERS)
    stage = parameters.get("stage") or ""
    return _put(tx, ApiMapping(scope, domain.domain_name, mapping_id, key, parameters["restApiId"], stage))


def find_mapping(tx: Transaction, scope: Scope, name: str, base_path: str) -> Document:
    return _told_mapping(_mapping(tx, scope, name, base_path))


def mappings(tx: Transaction, scope: Scope, name: str) -> list[Document]:
    found = domains.mappings_of_domain(tx, find(tx, scope, name).domain_name)
    return sorted((_told_mapping(mapping) for mapping in found), key=lambda mapping: str(mapping["basePath"]))


def change_mapping(
    tx: Transaction, scope: Scope, name: str, base_path: str, operations: Iterable[Mapping[str, Any]]
) -> Document:
    mapping = _mapping(tx, scope, name, base_path)
    before = {"basePath": base_path, "restapiId": mapping.api_id, "stage": mapping.stage}
    changed = patches.apply(before, operations, MAPPING_RULES)
    key = _key(changed["basePath"])
    other = domains.mapping_of_key(tx, mapping.domain_name, key)
    if other is not None and other.mapping_id != mapping.mapping_id:
        raise errors.Conflict(reason="Base path already exists for this domain name")
    return _put(tx, structs.replace(mapping, mapping_key=key, api_id=changed["restapiId"], stage=changed["stage"]))


def delete_mapping(tx: Transaction, scope: Scope, name: str, base_path: str) -> None:
    mapping = _mapping(tx, scope, name, base_path)
    domains.delete_mapping(tx, mapping.domain_name, mapping.mapping_id)
    published.signal_domains(tx)


def of_api(tx: Transaction, api_id: str) -> list[ApiMapping]:
    return domains.mappings_of_api(tx, api_id)


def _mapping(tx: Transaction, scope: Scope, name: str, base_path: str) -> ApiMapping:
    mapping = domains.mapping_of_key(tx, find(tx, scope, name).domain_name, _key(base_path))
    if mapping is None:
        raise errors.NotFound(reason=MISSING_MAPPING)
    return mapping


def _put(tx: Transaction, mapping: ApiMapping) -> Document:
    if documents.find(tx, mapping.scope, parts.API.name, "", mapping.api_id) is None:
        raise errors.BadRequest(reason="Invalid REST API identifier specified")
    if mapping.stage and documents.find(tx, mapping.scope, parts.STAGE.name, mapping.api_id, mapping.stage) is None:
        raise errors.BadRequest(reason="Invalid stage identifier specified")
    domains.put_mapping(tx, mapping)
    published.signal_domains(tx)
    return _told_mapping(mapping)


def _told_mapping(mapping: ApiMapping) -> Document:
    stage = {"stage": mapping.stage} if mapping.stage else {}
    return {"basePath": mapping.mapping_key or NO_BASE_PATH, "restApiId": mapping.api_id, **stage}


def _key(base_path: str) -> str:
    return "" if base_path == NO_BASE_PATH else base_path


# ---- one record, two spellings ---------------------------------------------------------------------------------------


def _configuration(given: Mapping[str, Any]) -> dict[str, Any]:
    """What apigatewayv2 calls a configuration. A certificate is the region's or the edge's; it knows but one."""
    endpoints = given.get("endpointConfiguration") or {}
    types = endpoints.get("types") or [EDGE]
    is_edge = types[0] == EDGE
    names_of_both = {
        "securityPolicy": "SecurityPolicy",
        "ownershipVerificationCertificateArn": "OwnershipVerificationCertificateArn",
        "certificateArn" if is_edge else "regionalCertificateArn": "CertificateArn",
        "certificateName" if is_edge else "regionalCertificateName": "CertificateName",
    }
    address = {"IpAddressType": endpoints["ipAddressType"]} if endpoints.get("ipAddressType") else {}
    return {"EndpointType": types[0], **address, **_renamed(given, names_of_both)}


def _told(tx: Transaction, domain: DomainName) -> Document:
    configuration = domain.configurations[0] if domain.configurations else {}
    kind = configuration.get("EndpointType", "REGIONAL")
    arn = names.arn_of(domain.scope, domain.domain_name)
    target = configuration.get("ApiGatewayDomainName", "")
    found: Document = {
        "domainName": domain.domain_name,
        "domainNameArn": arn,
        "domainNameStatus": configuration.get("DomainNameStatus", "AVAILABLE"),
        "endpointConfiguration": {"types": [kind], "ipAddressType": configuration.get("IpAddressType", "ipv4")},
        "routingMode": domain.routing_mode,
    }
    certificate = {"CertificateArn": "certificateArn", "CertificateName": "certificateName"}
    if kind == EDGE:
        found |= {"distributionDomainName": target, "distributionHostedZoneId": EDGE_HOSTED_ZONE_ID}
    else:
        found |= {"regionalDomainName": target, "regionalHostedZoneId": configuration.get("HostedZoneId", "")}
        certificate = {"CertificateArn": "regionalCertificateArn", "CertificateName": "regionalCertificateName"}
    found |= _renamed(configuration, certificate)
    found |= _renamed(
        configuration,
        {
            "SecurityPolicy": "securityPolicy",
            "OwnershipVerificationCertificateArn": "ownershipVerificationCertificateArn",
        },
    )
    if domain.mutual_tls:
        found["mutualTlsAuthentication"] = _renamed(
            domain.mutual_tls, {"TruststoreUri": "truststoreUri", "TruststoreVersion": "truststoreVersion"}
        )
    own_tags = tags.find(tx, domain.scope, arn)
    return found | ({"tags": own_tags} if own_tags else {})


def _trust(given: Mapping[str, Any]) -> dict[str, Any]:
    return _renamed(given, {"truststoreUri": "TruststoreUri", "truststoreVersion": "TruststoreVersion"})


def _renamed(given: Mapping[str, Any], spellings: Mapping[str, str]) -> dict[str, Any]:
    return {other: given[name] for name, other in spellings.items() if given.get(name)}
