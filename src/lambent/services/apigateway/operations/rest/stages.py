"""Deployments and stages."""

from collections.abc import Mapping
from typing import Any

from lambent.core.context import Context, Scope
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway.engine.rest import parts, stages
from lambent.services.apigateway.operations.rest.base import Base, by, operations_of, paged, scope_of, told


class StageOperations(Base):
    """What is served, and where."""

    async def create_deployment(self, context: Context, parameters: Parameters) -> Reply:
        now = self._clock.now()
        return told(await self._store.write(stages.deploy, scope_of(context), parameters["restApiId"], parameters, now))

    async def get_deployment(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id, deployment_id = scope_of(context), parameters["restApiId"], parameters["deploymentId"]
        await self._store.read(parts.find_api, scope, api_id)
        found = await self._store.read(parts.find, scope, parts.DEPLOYMENT, api_id, deployment_id)
        reply = told(found)
        if "apisummary" in (parameters.get("embed") or ()):
            reply["apiSummary"] = stages.summary(await self._store.read(stages.snapshot_of, scope, api_id, deployment_id))
        return reply

    async def get_deployments(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(parts.of_api, scope_of(context), parts.DEPLOYMENT, parameters["restApiId"])
        return paged(parameters, found, by("id"))

    async def update_deployment(self, context: Context, parameters: Parameters) -> Reply:
        changed = await self._store.write(
            stages.change_deployment,
            scope_of(context),
            parameters["restApiId"],
            parameters["deploymentId"],
            operations_of(parameters),
        )
        return told(changed)

    async def delete_deployment(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id = scope_of(context), parameters["restApiId"]
        await self._store.write(stages.delete_deployment, scope, api_id, parameters["deploymentId"])
        return {}

    async def create_stage(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id, now = scope_of(context), parameters["restApiId"], self._clock.now()
        return told(await self._store.write(stages.create_stage, scope, api_id, parameters, now))

    async def get_stage(self, context: Context, parameters: Parameters) -> Reply:
        return told(await self._stage(scope_of(context), parameters))

    async def get_stages(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(parts.of_api, scope_of(context), parts.STAGE, parameters["restApiId"])
        deployment_id = parameters.get("deploymentId")
        return {"item": [told(stage) for stage in found if deployment_id in (None, "", stage["deploymentId"])]}

    async def update_stage(self, context: Context, parameters: Parameters) -> Reply:
        changed = await self._store.write(
            stages.change_stage,
            scope_of(context),
            parameters["restApiId"],
            parameters["stageName"],
            operations_of(parameters),
            self._clock.now(),
        )
        return told(changed)

    async def delete_stage(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(stages.delete_stage, scope_of(context), parameters["restApiId"], parameters["stageName"])
        return {}

    async def flush_stage_cache(self, context: Context, parameters: Parameters) -> Reply:
        """Nothing is cached of responses, so all of it is gone."""
        await self._stage(scope_of(context), parameters)
        return {}

    async def flush_stage_authorizers_cache(self, context: Context, parameters: Parameters) -> Reply:
        """What authorizers answered is kept beside the API, and forgotten with it."""
        await self._stage(scope_of(context), parameters)
        await self._store.write(parts.tell, parameters["restApiId"])
        return {}

    async def _stage(self, scope: Scope, parameters: Parameters) -> Mapping[str, Any]:
        await self._store.read(parts.find_api, scope, parameters["restApiId"])
        return await self._store.read(parts.find, scope, parts.STAGE, parameters["restApiId"], parameters["stageName"])
