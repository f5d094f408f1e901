"""What is an account's: its settings, tags, client certificates, and the documentation of its APIs."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway.engine.rest import accounts, parts
from lambent.services.apigateway.operations.rest.base import Base, by, operations_of, paged, scope_of, told


class AccountOperations(Base):
    """Settings, tags, certificates, documentation."""

    async def get_account(self, context: Context, parameters: Parameters) -> Reply:  # noqa: ARG002 - as all operations
        return await self._store.read(accounts.settings, scope_of(context))

    async def update_account(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.write(accounts.change_settings, scope_of(context), operations_of(parameters))

    async def tag_resource(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(accounts.tag, scope_of(context), parameters["resourceArn"], parameters["tags"], ())
        return {}

    async def untag_resource(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(accounts.tag, scope_of(context), parameters["resourceArn"], {}, parameters["tagKeys"])
        return {}

    async def get_tags(self, context: Context, parameters: Parameters) -> Reply:
        return {"tags": await self._store.read(accounts.tags_of, scope_of(context), parameters["resourceArn"])}

    # ---- client certificates ----

    async def generate_client_certificate(self, context: Context, parameters: Parameters) -> Reply:
        return told(await self._store.write(accounts.certify, scope_of(context), parameters, self._clock.now()))

    async def get_client_certificate(self, context: Context, parameters: Parameters) -> Reply:
        id_ = parameters["clientCertificateId"]
        return told(await self._store.read(parts.find, scope_of(context), parts.CERTIFICATE, "", id_))

    async def get_client_certificates(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(parts.of_owner, scope_of(context), parts.CERTIFICATE, "")
        return paged(parameters, found, by("clientCertificateId"))

    async def update_client_certificate(self, context: Context, parameters: Parameters) -> Reply:
        id_ = parameters["clientCertificateId"]
        return told(await self._store.write(accounts.change_certificate, scope_of(context), id_, operations_of(parameters)))

    async def delete_client_certificate(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(parts.delete, scope_of(context), parts.CERTIFICATE, "", parameters["clientCertificateId"])
        return {}

    # ---- documentation ----

    async def create_documentation_part(self, context: Context, parameters: Parameters) -> Reply:
        return await self._store.write(accounts.document, scope_of(context), parameters["restApiId"], parameters)

    async def get_documentation_part(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id = scope_of(context), parameters["restApiId"]
        return await self._store.read(parts.find, scope, parts.DOCUMENTATION_PART, api_id, parameters["documentationPartId"])

    async def get_documentation_parts(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(parts.of_api, scope_of(context), parts.DOCUMENTATION_PART, parameters["restApiId"])
        kind, name, path = parameters.get("type"), parameters.get("nameQuery"), parameters.get("path")
        wanted = [
            part
            for part in found
            if kind in (None, part["location"]["type"])
            and name in (None, part["location"].get("name"))
            and path in (None, part["location"].get("path"))
        ]
        return paged(parameters, wanted, by("id"))

    async def update_documentation_part(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id, id_ = scope_of(context), parameters["restApiId"], parameters["documentationPartId"]
        return await self._store.write(accounts.change_part, scope, api_id, id_, operations_of(parameters))

    async def delete_documentation_part(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id, id_ = scope_of(context), parameters["restApiId"], parameters["documentationPartId"]
        await self._store.write(parts.delete, scope, parts.DOCUMENTATION_PART, api_id, id_)
        return {}

    async def create_documentation_version(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id = scope_of(context), parameters["restApiId"]
        now = self._clock.now()
        return told(await self._store.write(accounts.create_version, scope, api_id, parameters, now))

    async def get_documentation_version(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id, version = scope_of(context), parameters["restApiId"], parameters["documentationVersion"]
        return told(await self._store.read(parts.find, scope, parts.DOCUMENTATION_VERSION, api_id, version))

    async def get_documentation_versions(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id = scope_of(context), parameters["restApiId"]
        found = await self._store.read(parts.of_api, scope, parts.DOCUMENTATION_VERSION, api_id)
        return paged(parameters, found, by("version"))

    async def update_documentation_version(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id, version = scope_of(context), parameters["restApiId"], parameters["documentationVersion"]
        changed = await self._store.write(accounts.change_version, scope, api_id, version, operations_of(parameters))
        return told(changed)

    async def delete_documentation_version(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id, version = scope_of(context), parameters["restApiId"], parameters["documentationVersion"]
        await self._store.write(parts.delete, scope, parts.DOCUMENTATION_VERSION, api_id, version)
        return {}
