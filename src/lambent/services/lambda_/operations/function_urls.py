"""Function URLs: create, get, update, delete, list."""

from datetime import UTC, datetime

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.lambda_.engine import function_urls
from lambent.services.lambda_.engine.function_urls import Asked
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.operations import pages
from lambent.services.lambda_.operations.base import Base
from lambent.services.lambda_.tables.function_urls import UrlRow


class FunctionUrlOperations(Base):
    """Operations on the addresses at which functions answer web requests."""

    async def create_function_url_config(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._url_named(context, parameters, "CreateFunctionUrlConfig")
        row = await self._store.write(function_urls.create, function, _asked(parameters), self._clock.now())
        return {name: value for name, value in self._url_told(row).items() if name != "LastModifiedTime"}

    async def get_function_url_config(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._url_named(context, parameters, "GetFunctionUrlConfig")
        return self._url_told(await self._store.read(function_urls.find, function))

    async def update_function_url_config(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._url_named(context, parameters, "UpdateFunctionUrlConfig")
        row = await self._store.write(function_urls.update, function, _asked(parameters), self._clock.now())
        return self._url_told(row)

    async def delete_function_url_config(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._url_named(context, parameters, "DeleteFunctionUrlConfig")
        await self._store.write(function_urls.delete, function)
        return {}

    async def list_function_url_configs(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named_unqualified(context, parameters, "ListFunctionUrlConfigs")
        size = pages.count_max(parameters)
        start = pages.start(parameters, "")
        rows = await self._store.read(function_urls.list_urls, function, start=start, count_max=size + 1)
        page, following = pages.split(rows, size)
        marker = pages.marker(following.alias) if following else None
        return {"FunctionUrlConfigs": [self._url_told(row) for row in page], "NextMarker": marker}

    async def _url_named(self, context: Context, parameters: Parameters, action: str) -> FunctionName:
        return function_urls.checked(await self._named(context, parameters, action))

    def _url_told(self, row: UrlRow) -> Reply:
        told: Reply = {
            "FunctionUrl": f"http://{row.id}.lambda-url.{row.scope.region}.localhost:{self._port}/",
            "FunctionArn": row.function.invoked_arn,
            "AuthType": row.auth_type,
            "CreationTime": _microseconds(row.created_at),
            "LastModifiedTime": _microseconds(row.modified_at),
            "InvokeMode": row.invoke_mode,
        }
        if row.cors is not None:
            told["Cors"] = row.cors
        return told


def _asked(parameters: Parameters) -> Asked:
    return Asked(parameters.get("AuthType"), parameters.get("InvokeMode"), parameters.get("Cors"))


def _microseconds(instant: Instant) -> str:
    """2023-01-02T03:04:05.678901Z"""
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
