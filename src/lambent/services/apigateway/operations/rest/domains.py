"""Domain names and base path mappings. Names are made and taken away by apigatewayv2, whose they are too."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway.engine.rest import domains
from lambent.services.apigateway.operations.rest.base import Base, by, operations_of, paged, scope_of


class DomainOperations(Base):
    """Names of users' own, and what stands below them."""

    async def create_domain_name(self, context: Context, parameters: Parameters) -> Reply:
        asked = domains.to_create(parameters)
        await self._call(context, "apigatewayv2", "CreateDomainName", asked)
        return await self._store.read(domains.told, scope_of(context), asked["DomainName"])

    async def get_domain_name(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.read(domains.told, scope_of(context), parameters["domainName"])

    async def get_domain_names(self, context: Context, parameters: Parameters) -> Reply:
        return paged(parameters, await self._store.read(domains.all_told, scope_of(context)), by("domainName"))

    async def update_domain_name(self, context: Context, parameters: Parameters) -> Reply:
        name = parameters["domainName"]
        return await self._store.write(domains.change, scope_of(context), name, operations_of(parameters))

    async def delete_domain_name(self, context: Context, parameters: Parameters) -> Reply:
        """With the mappings below it."""
        await self._store.read(domains.find, scope_of(context), parameters["domainName"])
        await self._call(context, "apigatewayv2", "DeleteDomainName", {"DomainName": parameters["domainName"]})
        return {}

    async def create_base_path_mapping(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.write(domains.map_path, scope_of(context), parameters["domainName"], parameters)

    async def get_base_path_mapping(self, context: Context, parameters: Parameters) -> Reply:
        name, path = parameters["domainName"], parameters["basePath"]
        return await self._store.read(domains.find_mapping, scope_of(context), name, path)

    async def get_base_path_mappings(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(domains.mappings, scope_of(context), parameters["domainName"])
        return paged(parameters, found, by("basePath"))

    async def update_base_path_mapping(self, context: Context, parameters: Parameters) -> Reply:
        name, path = parameters["domainName"], parameters["basePath"]
        return await self._store.write(domains.change_mapping, scope_of(context), name, path, operations_of(parameters))

    async def delete_base_path_mapping(self, context: Context, parameters: Parameters) -> Reply:
        name, path = parameters["domainName"], parameters["basePath"]
        await self._store.write(domains.delete_mapping, scope_of(context), name, path)
        return {}
