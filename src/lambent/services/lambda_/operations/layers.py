"""Layers: publish, get, list, delete, and share."""

import json

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.environments.managed_layers import ManagedLayer, managed_layer
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import checks, layers, permissions
from lambent.services.lambda_.engine.identifiers import LayerName, LayerVersionName, parse_layer, parse_layer_version
from lambent.services.lambda_.operations import pages, replies
from lambent.services.lambda_.operations.base import Base
from lambent.services.lambda_.tables.layers import LayerVersionRow


class LayerOperations(Base):
    """Operations on layers and their versions."""

    async def publish_layer_version(self, context: Context, parameters: Parameters) -> Reply:
        layer = self._own_layer(context, parameters, "PublishLayerVersion")
        checks.check_compatible_runtimes(parameters.get("CompatibleRuntimes"))
        now = self._clock.now()
        async with self._archives.keeping():
            code = await self._archives.fetch(context, parameters["Content"], operation="PublishLayerVersion")
            row = LayerVersionRow(
                scope=layer.scope,
                name=layer.name,
                version=0,
                description=parameters.get("Description") or "",
                license=parameters.get("LicenseInfo") or "",
                runtimes=parameters.get("CompatibleRuntimes"),
                architectures=parameters.get("CompatibleArchitectures"),
                code=code,
                created_at=now,
            )
            published = await self._store.write(layers.publish, row, now=now)
        return replies.layer_version(published, self._archives.location(context, published.code))

    async def get_layer_version(self, context: Context, parameters: Parameters) -> Reply:
        layer = parse_layer(parameters["LayerName"], self._scope(context))
        return await self._layer_version(context, LayerVersionName(layer, parameters["VersionNumber"]))

    async def get_layer_version_by_arn(self, context: Context, parameters: Parameters) -> Reply:
        name = parse_layer_version(parameters["Arn"])
        if name is None or name.layer.scope.region != context.region:
            raise errors.NoSuchResource()
        return await self._layer_version(context, name)

    async def list_layers(self, context: Context, parameters: Parameters) -> Reply:
        checks.check_compatible_runtime(parameters.get("CompatibleRuntime"))
        size = pages.count_max(parameters)
        rows = await self._store.read(
            layers.list_layers,
            self._scope(context),
            runtime=parameters.get("CompatibleRuntime"),
            architecture=parameters.get("CompatibleArchitecture"),
            start=pages.start(parameters, ""),
            count_max=size + 1,
        )
        page, following = pages.split(rows, size)
        told = [
            {"LayerName": row.name, "LayerArn": row.layer.arn, "LatestMatchingVersion": replies.layer_version_item(row)}
            for row in page
        ]
        return {"Layers": told, "NextMarker": pages.marker(following.name) if following else None}

    async def list_layer_versions(self, context: Context, parameters: Parameters) -> Reply:
        checks.check_compatible_runtime(parameters.get("CompatibleRuntime"))
        size = pages.count_max(parameters)
        start = pages.start(parameters, 0)
        rows = await self._store.read(
            layers.list_versions,
            self._own_layer(context, parameters, "ListLayerVersions"),
            runtime=parameters.get("CompatibleRuntime"),
            architecture=parameters.get("CompatibleArchitecture"),
            start=start or None,
            count_max=size + 1,
        )
        page, following = pages.split(rows, size)
        marker = pages.marker(following.version) if following else None
        return {"LayerVersions": [replies.layer_version_item(row) for row in page], "NextMarker": marker}

    async def delete_layer_version(self, context: Context, parameters: Parameters) -> Reply:
        layer = self._own_layer(context, parameters, "DeleteLayerVersion")
        await self._store.write(layers.delete, LayerVersionName(layer, parameters["VersionNumber"]))
        return {}

    async def add_layer_version_permission(self, context: Context, parameters: Parameters) -> Reply:
        layer = self._own_layer(context, parameters, "AddLayerVersionPermission")
        row = await self._store.write(
            permissions.add_to_layer,
            LayerVersionName(layer, parameters["VersionNumber"]),
            statement_id=parameters["StatementId"],
            action=parameters["Action"],
            principal=parameters["Principal"],
            organization_id=parameters.get("OrganizationId"),
            revision_id=parameters.get("RevisionId"),
        )
        return {"Statement": json.dumps(row.statements[-1], separators=(",", ":")), "RevisionId": row.revision_id}

    async def get_layer_version_policy(self, context: Context, parameters: Parameters) -> Reply:
        layer = self._own_layer(context, parameters, "GetLayerVersionPolicy")
        row = await self._store.read(permissions.find_of_layer, LayerVersionName(layer, parameters["VersionNumber"]))
        return {"Policy": permissions.document(row), "RevisionId": row.revision_id}

    async def remove_layer_version_permission(self, context: Context, parameters: Parameters) -> Reply:
        layer = self._own_layer(context, parameters, "RemoveLayerVersionPermission")
        await self._store.write(
            permissions.remove_from_layer,
            LayerVersionName(layer, parameters["VersionNumber"]),
            parameters["StatementId"],
            revision_id=parameters.get("RevisionId"),
        )
        return {}

    async def _layer_version(self, context: Context, name: LayerVersionName) -> Reply:
        managed = managed_layer(name.layer.scope.account, name.layer.name)
        if managed is not None and name.version >= 1 and not await self._store.read(layers.is_published, name):
            return await self._managed_version(context, name, managed)
        if name.layer.scope.account != context.account:
            await self._store.read(permissions.check_layer_access, name, context, self._clock.now())
        row = await self._store.read(layers.find, name)
        return replies.layer_version(row, self._archives.location(context, row.code))

    async def _managed_version(self, context: Context, name: LayerVersionName, managed: ManagedLayer) -> Reply:
        """Whichever version is asked for: the platform has one."""
        async with self._archives.keeping():
            code = await self._archives.take(managed.content)
        row = LayerVersionRow(
            scope=name.layer.scope,
            name=name.layer.name,
            version=name.version,
            description=managed.description,
            license="",
            runtimes=None,
            architectures=managed.architectures,
            code=code,
            created_at=0.0,
        )
        return replies.layer_version(row, self._archives.location(context, code))

    def _own_layer(self, context: Context, parameters: Parameters, action: str) -> LayerName:
        layer = parse_layer(parameters["LayerName"], self._scope(context))
        if layer.scope.account != context.account:
            raise errors.AccessDenied(principal=context.principal_arn, action=f"lambda:{action}", arn=layer.arn)
        return layer
