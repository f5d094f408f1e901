"""Domain names and base path mappings."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway.engine.rest import domains, parts
from lambent.services.apigateway.operations.rest.base import Base, by, operations_of, paged, scope_of, told


class DomainOperations(Base):
    """Names of users' own, and what stands below them."""

    async def create_domain_name(self, context: Context, parameters: Parameters) -> Reply:
        return told(await self._store.write(domains.create, scope_of(context), parameters, self._clock.now()))

    async def get_domain_name(self, context: Context, parameters: Parameters) -> Reply:
        return told(await self._store.read(parts.find, scope_of(context), parts.DOMAIN, "", _name(parameters)))

    async def get_domain_names(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(parts.of_owner, scope_of(context), parts.DOMAIN, "")
        return paged(parameters, found, by("domainName"))

    async def update_domain_name(self, context: Context, parameters: Parameters) -> Reply:
        return told(await self._store.write(domains.change, scope_of(context), _name(parameters), operations_of(parameters)))

    async def delete_domain_name(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(domains.delete, scope_of(context), _name(parameters))
        return {}

    async def create_base_path_mapping(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.write(domains.map_path, scope_of(context), _name(parameters), parameters)

    async def get_base_path_mapping(self, context: Context, parameters: Parameters) -> Reply:
        scope, path = scope_of(context), parameters["basePath"]
        return await self._store.read(parts.find, scope, parts.MAPPING, _name(parameters), path)

    async def get_base_path_mappings(self, context: Context, parameters: Parameters) -> Reply:
        scope, name = scope_of(context), _name(parameters)
        await self._store.read(parts.find, scope, parts.DOMAIN, "", name)
        return paged(parameters, await self._store.read(parts.of_owner, scope, parts.MAPPING, name), by("basePath"))

    async def update_base_path_mapping(self, context: Context, parameters: Parameters) -> Reply:
        scope, path = scope_of(context), parameters["basePath"]
        return await self._store.write(domains.change_mapping, scope, _name(parameters), path, operations_of(parameters))

    async def delete_base_path_mapping(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(domains.delete_mapping, scope_of(context), _name(parameters), parameters["basePath"])
        return {}


def _name(parameters: Parameters) -> str:
    return str(parameters["domainName"]).lower()
