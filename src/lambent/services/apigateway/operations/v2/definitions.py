"""APIs as OpenAPI definitions: import, import anew, export; and tags."""

import asyncio
from typing import Any

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import HTTP, Api
from lambent.services.apigateway.engine.v2 import apis, exporting, importing, openapi, tagging
from lambent.services.apigateway.engine.v2.openapi import document
from lambent.services.apigateway.operations.v2.apis import HTTP_SELECTION, ApiOperations
from lambent.services.apigateway.operations.v2.base import Base, endpoint, scope_of
from lambent.services.apigateway.operations.v2.shapes import told_api


class DefinitionOperations(ApiOperations):
    """APIs as OpenAPI definitions."""

    async def import_api(self, context: Context, parameters: Parameters) -> Reply:
        definition = await _definition(parameters)
        api = Api(
            scope=scope_of(context),
            api_id=apis.new_id(),
            protocol_type=HTTP,
            created_at=self._clock.now(),
            route_selection_expression=HTTP_SELECTION,
            **definition.api,
        )
        await self._store.write(importing.create, api, definition)
        return _imported(told_api(context, api, definition.tags), definition)

    async def reimport_api(self, context: Context, parameters: Parameters) -> Reply:
        definition, now = await _definition(parameters), self._clock.now()
        await self._store.write(importing.replace, scope_of(context), parameters["ApiId"], definition, now)
        return _imported(await self.get_api(context, parameters), definition)

    async def export_api(self, context: Context, parameters: Parameters) -> Reply:
        if parameters["Specification"] != "OAS30":
            raise errors.BadRequest(reason="Invalid specification. Must be OAS30")
        if parameters["OutputType"] not in ("JSON", "YAML"):
            raise errors.BadRequest(reason="Invalid output type. Must be one of: JSON, YAML")
        stage_name = parameters.get("StageName") or ""
        api, snapshot, tags = await self._store.read(exporting.exported, scope_of(context), parameters["ApiId"], stage_name)
        path = "/{basePath}" if not stage_name else "" if stage_name == "$default" else f"/{stage_name}"
        has_extensions = parameters.get("IncludeExtensions") is not False
        written = openapi.written(api, snapshot, tags, endpoint(context, api) + path, has_extensions=has_extensions)
        return {"body": document.dump(written, parameters["OutputType"])}


class TagOperations(Base):
    """Tags of APIs, stages, domain names and VPC links."""

    async def tag_resource(self, context: Context, parameters: Parameters) -> Reply:
        added = parameters.get("Tags") or {}
        await self._store.write(tagging.change, scope_of(context), parameters["ResourceArn"], added, ())
        return {}

    async def untag_resource(self, context: Context, parameters: Parameters) -> Reply:
        removed = parameters["TagKeys"]
        await self._store.write(tagging.change, scope_of(context), parameters["ResourceArn"], {}, removed)
        return {}

    async def get_tags(self, context: Context, parameters: Parameters) -> Reply:
        return {"Tags": await self._store.read(tagging.find, scope_of(context), parameters["ResourceArn"])}


async def _definition(parameters: Parameters) -> openapi.Definition:
    """Raises BadRequest, ImportFailed."""
    # A large one in YAML takes seconds.
    definition = await asyncio.to_thread(openapi.parse, parameters["Body"], (parameters.get("Basepath") or "").lower())
    if definition.warnings and parameters.get("FailOnWarnings"):
        raise errors.ImportFailed(warnings="\n\t".join(definition.warnings))
    return definition


def _imported(shown: dict[str, Any], definition: openapi.Definition) -> Reply:
    return {**shown, "Warnings": list(definition.warnings)} if definition.warnings else shown
