"""REST APIs: create, import, get, list, update, delete, export; and their resources."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import apis, exporting, importing, openapi, parts, resources, stages
from lambent.services.apigateway.operations.rest.base import Base, by, operations_of, paged, scope_of, told
from lambent.services.apigateway.tables.rest.documents import Document


class ApiOperations(Base):
    """The APIs of an account, and the tree of paths of each."""

    async def create_rest_api(self, context: Context, parameters: Parameters) -> Reply:
        return told(await self._store.write(apis.create, scope_of(context), parameters, self._clock.now()))

    async def import_rest_api(self, context: Context, parameters: Parameters) -> Reply:
        imported = openapi.read(parameters.get("body") or b"", parameters.get("parameters") or {})
        is_strict = bool(parameters.get("failOnWarnings"))
        created = await self._store.write(
            importing.create, scope_of(context), imported, self._clock.now(), fails_on_warnings=is_strict
        )
        return told(created)

    async def put_rest_api(self, context: Context, parameters: Parameters) -> Reply:
        imported = openapi.read(parameters.get("body") or b"", parameters.get("parameters") or {})
        put = await self._store.write(
            importing.put,
            scope_of(context),
            parameters["restApiId"],
            imported,
            mode=parameters.get("mode") or importing.MERGE,
            fails_on_warnings=bool(parameters.get("failOnWarnings")),
        )
        return told(put)

    async def get_rest_api(self, context: Context, parameters: Parameters) -> Reply:
        return told(await self._store.read(parts.find_api, scope_of(context), parameters["restApiId"]))

    async def get_rest_apis(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(parts.of_owner, scope_of(context), parts.API, "")
        return paged(parameters, found, by("id"))

    async def update_rest_api(self, context: Context, parameters: Parameters) -> Reply:
        changed = await self._store.write(apis.change, scope_of(context), parameters["restApiId"], operations_of(parameters))
        return {"tags": {}, **told(changed)}

    async def delete_rest_api(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(apis.delete, scope_of(context), parameters["restApiId"])
        return {}

    async def get_export(self, context: Context, parameters: Parameters) -> Reply:
        """Only what a stage serves can be exported."""
        api_id, stage_name, kind = parameters["restApiId"], parameters["stageName"], parameters["exportType"]
        if kind not in exporting.TYPES:
            raise errors.BadRequest(reason=f"No API exporter for type '{kind}'")
        scope = scope_of(context)
        await self._store.read(parts.find_api, scope, api_id)
        stage = await self._store.read(parts.find, scope, parts.STAGE, api_id, stage_name)
        snapshot = await self._store.read(stages.snapshot_of, scope, api_id, stage["deploymentId"])
        wanted = (parameters.get("parameters") or {}).get("extensions", "")
        host = f"{api_id}.execute-api.{urlsplit(context.endpoint_url).netloc}"
        document = exporting.export(
            snapshot, kind=kind, host=host, stage=stage_name, now=self._clock.now(), extensions=frozenset(wanted.split(","))
        )
        return _exported(document, parameters, f"{kind}_{self._clock.now():.0f}")

    # ---- resources ----

    async def create_resource(self, context: Context, parameters: Parameters) -> Reply:
        created = await self._store.write(
            resources.create, scope_of(context), parameters["restApiId"], parameters["parentId"], parameters["pathPart"]
        )
        return _shown(created, ())

    async def get_resource(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(resources.find, scope_of(context), parameters["restApiId"], parameters["resourceId"])
        return _shown(found, parameters.get("embed") or ())

    async def get_resources(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(resources.of_api, scope_of(context), parameters["restApiId"])
        shown = [_shown(resource, parameters.get("embed") or ()) for resource in found]
        return paged(parameters, shown, by("path"))

    async def update_resource(self, context: Context, parameters: Parameters) -> Reply:
        changed = await self._store.write(
            resources.change,
            scope_of(context),
            parameters["restApiId"],
            parameters["resourceId"],
            operations_of(parameters),
        )
        return _shown(changed, ())

    async def delete_resource(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(resources.delete, scope_of(context), parameters["restApiId"], parameters["resourceId"])
        return {}


def _shown(resource: Mapping[str, Any], embedded: object) -> Document:
    """Of its methods no more than the names, unless they are asked for."""
    methods = resource.get("resourceMethods")
    if methods is None or "methods" in list(embedded if isinstance(embedded, list | tuple) else ()):
        return dict(resource)
    return {**resource, "resourceMethods": {verb: {} for verb in methods}}


def _exported(document: Document, parameters: Parameters, name: str) -> Reply:
    if (parameters.get("accepts") or "application/json") == "application/yaml":
        from lambent.services.apigateway.engine.v2.openapi import yaml_text  # not every platform ever needs it

        body, kind, ending = yaml_text.dump(document), "application/yaml", "yaml"
    else:
        body, kind, ending = json.dumps(document, indent=2), "application/octet-stream", "json"
    return {"body": body.encode(), "contentType": kind, "contentDisposition": f'attachment; filename="{name}.{ending}"'}
