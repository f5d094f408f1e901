"""Domain names, their mappings, and VPC links."""

from collections.abc import Mapping
from typing import Any

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway.engine.v2 import domains, links, parts
from lambent.services.apigateway.engine.v2.resources import DomainName, VpcLink
from lambent.services.apigateway.operations.v2.base import Base, page_size, paged, scope_of, start
from lambent.services.apigateway.operations.v2.shapes import given, told_domain, told_link, told_mapping

_CONFIGURATION = (
    "CertificateArn",
    "CertificateName",
    "EndpointType",
    "IpAddressType",
    "OwnershipVerificationCertificateArn",
    "SecurityPolicy",
)
"""What a client says of a configuration; the rest is AWS' to say."""


class DomainOperations(Base):
    """The control plane of domain names and their mappings."""

    async def create_domain_name(self, context: Context, parameters: Parameters) -> Reply:
        configurations = tuple(domains.completed(each, context.region) for each in _configurations(parameters) or ({},))
        domain = DomainName(
            scope_of(context),
            parameters["DomainName"].lower(),
            **{**_domain(parameters), "configurations": configurations},
        )
        tags = parameters.get("Tags") or {}
        await self._store.write(domains.create, domain, tags)
        self._domains.add(domain.domain_name)
        return told_domain(domain, tags)

    async def get_domain_name(self, context: Context, parameters: Parameters) -> Reply:
        return told_domain(*await self._store.read(domains.with_tags, scope_of(context), parameters["DomainName"]))

    async def get_domain_names(self, context: Context, parameters: Parameters) -> Reply:
        size = page_size(parameters)
        found = await self._store.read(domains.page, scope_of(context), after=start(parameters), count_max=size)
        return paged([told_domain(*each) for each in found], [domain.domain_name for domain, _ in found], size)

    async def update_domain_name(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(domains.update, scope_of(context), parameters["DomainName"], _domain(parameters))
        return await self.get_domain_name(context, parameters)

    async def delete_domain_name(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(domains.delete, scope_of(context), parameters["DomainName"])
        self._domains.discard(parameters["DomainName"].lower())
        return {}

    async def create_api_mapping(self, context: Context, parameters: Parameters) -> Reply:
        made = await self._store.write(
            domains.create_mapping,
            scope_of(context),
            parameters["DomainName"],
            key=parameters.get("ApiMappingKey") or "",
            api_id=parameters["ApiId"],
            stage=parameters["Stage"],
        )
        return told_mapping(made)

    async def get_api_mapping(self, context: Context, parameters: Parameters) -> Reply:
        where = (scope_of(context), parameters["DomainName"], parameters["ApiMappingId"])
        return told_mapping(await self._store.read(domains.find_mapping, *where))

    async def get_api_mappings(self, context: Context, parameters: Parameters) -> Reply:
        size, after = page_size(parameters), start(parameters)
        found = await self._store.read(domains.mappings, scope_of(context), parameters["DomainName"])
        shown = [mapping for mapping in found if mapping.mapping_id > after][: size + 1]
        return paged([told_mapping(mapping) for mapping in shown], [mapping.mapping_id for mapping in shown], size)

    async def update_api_mapping(self, context: Context, parameters: Parameters) -> Reply:
        where = (scope_of(context), parameters["DomainName"], parameters["ApiMappingId"])
        changes = given(parameters, {"ApiId": "api_id", "ApiMappingKey": "mapping_key", "Stage": "stage"})
        return told_mapping(await self._store.write(domains.update_mapping, *where, changes))

    async def delete_api_mapping(self, context: Context, parameters: Parameters) -> Reply:
        where = (scope_of(context), parameters["DomainName"], parameters["ApiMappingId"])
        await self._store.write(domains.delete_mapping, *where)
        return {}


class LinkOperations(Base):
    """The control plane of VPC links."""

    async def create_vpc_link(self, context: Context, parameters: Parameters) -> Reply:
        link = VpcLink(
            scope_of(context),
            parts.short_id(),
            parameters["Name"],
            self._clock.now(),
            subnet_ids=tuple(parameters["SubnetIds"]),
            security_group_ids=tuple(parameters.get("SecurityGroupIds") or ()),
        )
        tags = parameters.get("Tags") or {}
        await self._store.write(links.create, link, tags)
        return told_link(link, tags)

    async def get_vpc_link(self, context: Context, parameters: Parameters) -> Reply:
        return told_link(*await self._store.read(links.with_tags, scope_of(context), parameters["VpcLinkId"]))

    async def get_vpc_links(self, context: Context, parameters: Parameters) -> Reply:
        size = page_size(parameters)
        found = await self._store.read(links.page, scope_of(context), after=start(parameters), count_max=size)
        return paged([told_link(*each) for each in found], [link.link_id for link, _ in found], size)

    async def update_vpc_link(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(links.rename, scope_of(context), parameters["VpcLinkId"], parameters.get("Name"))
        return await self.get_vpc_link(context, parameters)

    async def delete_vpc_link(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(links.delete, scope_of(context), parameters["VpcLinkId"])
        return {}


def _domain(parameters: Parameters) -> dict[str, Any]:
    fields = given(parameters, {"RoutingMode": "routing_mode"})
    mutual_tls = parameters.get("MutualTlsAuthentication")
    if mutual_tls is not None:
        # An empty address takes it away.
        fields["mutual_tls"] = dict(mutual_tls) if mutual_tls.get("TruststoreUri") else {}
    if parameters.get("DomainNameConfigurations") is not None:
        fields["configurations"] = tuple(_configurations(parameters))
    return fields


def _configurations(parameters: Parameters) -> list[Mapping[str, Any]]:
    return [
        {member: each[member] for member in _CONFIGURATION if each.get(member) is not None}
        for each in parameters.get("DomainNameConfigurations") or ()
    ]
