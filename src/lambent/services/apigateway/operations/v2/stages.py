"""Stages with their settings, and deployments."""

from typing import Any

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import AccessLog, Stage
from lambent.services.apigateway.engine.v2 import deployments, stages
from lambent.services.apigateway.operations.v2.base import Base, page_size, paged, scope_of, start
from lambent.services.apigateway.operations.v2.shapes import STAGE, given, given_settings, told_deployment, told_stage


class StageOperations(Base):
    """The control plane of stages."""

    async def create_stage(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id, now = scope_of(context), parameters["ApiId"], self._clock.now()
        stage = Stage(stage_name=parameters["StageName"], created_at=now, updated_at=now, **_stage(parameters))
        await self._store.write(stages.create, scope, api_id, stage, parameters.get("Tags") or {})
        return await self.get_stage(context, parameters)

    async def get_stage(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(stages.with_tags, scope_of(context), parameters["ApiId"], parameters["StageName"])
        return told_stage(*found)

    async def get_stages(self, context: Context, parameters: Parameters) -> Reply:
        size = page_size(parameters)
        found = await self._store.read(
            stages.page, scope_of(context), parameters["ApiId"], after=start(parameters), count_max=size
        )
        return paged([told_stage(*each) for each in found], [stage.stage_name for _, stage, _ in found], size)

    async def update_stage(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id, changes = scope_of(context), parameters["ApiId"], _stage(parameters)
        await self._store.write(stages.update, scope, api_id, parameters["StageName"], changes, self._clock.now())
        return await self.get_stage(context, parameters)

    async def delete_stage(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(stages.delete, scope_of(context), parameters["ApiId"], parameters["StageName"])
        return {}

    async def delete_route_settings(self, context: Context, parameters: Parameters) -> Reply:
        where = (scope_of(context), parameters["ApiId"], parameters["StageName"])
        await self._store.write(stages.drop_route_settings, *where, parameters["RouteKey"], self._clock.now())
        return {}

    async def delete_access_log_settings(self, context: Context, parameters: Parameters) -> Reply:
        where = (scope_of(context), parameters["ApiId"], parameters["StageName"])
        await self._store.write(stages.drop_access_log, *where, self._clock.now())
        return {}

    async def reset_authorizers_cache(self, context: Context, parameters: Parameters) -> Reply:
        where = (scope_of(context), parameters["ApiId"], parameters["StageName"])
        await self._store.write(stages.reset_authorizers_cache, *where)
        return {}


class DeploymentOperations(Base):
    """The control plane of deployments."""

    async def create_deployment(self, context: Context, parameters: Parameters) -> Reply:
        made = await self._store.write(
            deployments.create,
            scope_of(context),
            parameters["ApiId"],
            stage_name=parameters.get("StageName") or "",
            description=parameters.get("Description") or "",
            now=self._clock.now(),
        )
        return told_deployment(made)

    async def get_deployment(self, context: Context, parameters: Parameters) -> Reply:
        scope, api_id = scope_of(context), parameters["ApiId"]
        return told_deployment(await self._store.read(deployments.get, scope, api_id, parameters["DeploymentId"]))

    async def get_deployments(self, context: Context, parameters: Parameters) -> Reply:
        size = page_size(parameters)
        found = await self._store.read(
            deployments.page, scope_of(context), parameters["ApiId"], after=start(parameters), count_max=size
        )
        return paged([told_deployment(each) for each in found], [each.deployment_id for each in found], size)

    async def update_deployment(self, context: Context, parameters: Parameters) -> Reply:
        where = (scope_of(context), parameters["ApiId"], parameters["DeploymentId"])
        return told_deployment(await self._store.write(deployments.update, *where, parameters.get("Description")))

    async def delete_deployment(self, context: Context, parameters: Parameters) -> Reply:
        where = (scope_of(context), parameters["ApiId"], parameters["DeploymentId"])
        await self._store.write(deployments.delete, *where)
        return {}


def _stage(parameters: Parameters) -> dict[str, Any]:
    fields = given(parameters, STAGE)
    if parameters.get("DefaultRouteSettings") is not None:
        fields["default_route_settings"] = given_settings(parameters["DefaultRouteSettings"])
    if parameters.get("RouteSettings") is not None:
        fields["route_settings"] = {key: given_settings(each) for key, each in parameters["RouteSettings"].items()}
    access_log = parameters.get("AccessLogSettings")
    if access_log is not None:
        destination, form = access_log.get("DestinationArn") or "", access_log.get("Format") or ""
        if not destination or not form:
            raise errors.BadRequest(reason="AccessLogSettings require a DestinationArn and a Format")
        fields["access_log"] = AccessLog(destination, form)
    return fields
