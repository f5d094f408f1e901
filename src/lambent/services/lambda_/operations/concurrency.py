"""Reserved and provisioned concurrency: put, get, delete, list."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.lambda_.engine import concurrency
from lambent.services.lambda_.operations import pages, replies
from lambent.services.lambda_.operations.base import Base
from lambent.services.lambda_.operations.provisioning import IN_PROGRESS
from lambent.services.lambda_.tables.functions import VersionRow
from lambent.services.lambda_.tables.provisioned import ProvisionedRow


class ConcurrencyOperations(Base):
    """Operations on what a function may run at once, and on what is kept ready for it."""

    async def put_function_concurrency(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named(context, parameters, "PutFunctionConcurrency")
        reserved: int = parameters["ReservedConcurrentExecutions"]
        await self._store.write(concurrency.reserve, function, reserved)
        return {"ReservedConcurrentExecutions": reserved}

    async def get_function_concurrency(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named_unqualified(context, parameters, "GetFunctionConcurrency")
        return {"ReservedConcurrentExecutions": await self._store.read(concurrency.reserved_of, function)}

    async def delete_function_concurrency(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named_unqualified(context, parameters, "DeleteFunctionConcurrency")
        await self._store.write(concurrency.unreserve, function)
        return {}

    async def put_provisioned_concurrency_config(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named(context, parameters, "PutProvisionedConcurrencyConfig")
        requested: int = parameters["ProvisionedConcurrentExecutions"]
        row = await self._store.write(concurrency.provision, function, requested, now=self._clock.now())
        self._provisioning.ask_again(function)
        return {
            "RequestedProvisionedConcurrentExecutions": row.requested,
            "AvailableProvisionedConcurrentExecutions": 0,
            "AllocatedProvisionedConcurrentExecutions": 0,
            "Status": IN_PROGRESS,
            "LastModified": replies.seconds(row.modified_at),
        }

    async def get_provisioned_concurrency_config(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named(context, parameters, "GetProvisionedConcurrencyConfig")
        row, version = await self._store.read(concurrency.find_provisioned, function)
        return self._provisioned(row, version)

    async def delete_provisioned_concurrency_config(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named(context, parameters, "DeleteProvisionedConcurrencyConfig")
        await self._store.write(concurrency.unprovision, function)
        return {}

    async def list_provisioned_concurrency_configs(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named_unqualified(context, parameters, "ListProvisionedConcurrencyConfigs")
        size = pages.count_max(parameters)
        start = pages.start(parameters, "")
        rows = await self._store.read(concurrency.list_provisioned, function, start=start, count_max=size + 1)
        page, following = pages.split(rows, size)
        told = [{"FunctionArn": row.function.invoked_arn} | self._provisioned(row, version) for row, version in page]
        marker = pages.marker(following[0].qualifier) if following else None
        return {"ProvisionedConcurrencyConfigs": told, "NextMarker": marker}

    def _provisioned(self, row: ProvisionedRow, version: VersionRow) -> Reply:
        status, reason, available, allocated = self._provisioning.status(row, version)
        return {
            "RequestedProvisionedConcurrentExecutions": row.requested,
            "AvailableProvisionedConcurrentExecutions": available,
            "AllocatedProvisionedConcurrentExecutions": allocated,
            "Status": status,
            "StatusReason": reason or None,
            "LastModified": replies.seconds(row.modified_at),
        }
