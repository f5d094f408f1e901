"""Account settings, runtime management, recursion detection and code signing."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.lambda_.engine import account, functions, limits
from lambent.services.lambda_.operations.base import Base
from lambent.services.lambda_.tables.functions import VersionRow


class AccountOperations(Base):
    """Operations on what is set beside a function's settings."""

    async def get_account_settings(self, context: Context, _parameters: Parameters) -> Reply:
        usage = await self._store.read(account.usage, self._scope(context))
        return {
            "AccountLimit": {
                "TotalCodeSize": limits.CODE_STORAGE_BYTES_MAX,
                "CodeSizeUnzipped": limits.UNZIPPED_BYTES_MAX,
                "CodeSizeZipped": limits.ZIPPED_BYTES_MAX,
                "ConcurrentExecutions": limits.CONCURRENCY_MAX,
                "UnreservedConcurrentExecutions": usage.unreserved_concurrency,
            },
            "AccountUsage": {"TotalCodeSize": usage.code_bytes, "FunctionCount": usage.function_count},
        }

    async def get_runtime_management_config(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named(context, parameters, "GetRuntimeManagementConfig")
        return _runtime_management(await self._store.read(account.runtime_management, function))

    async def put_runtime_management_config(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.write(
            account.set_runtime_management,
            await self._named(context, parameters, "PutRuntimeManagementConfig"),
            update_runtime_on=parameters["UpdateRuntimeOn"],
            given_arn=parameters.get("RuntimeVersionArn"),
        )
        return _runtime_management(row)

    async def get_function_recursion_config(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named_unqualified(context, parameters, "GetFunctionRecursionConfig")
        found = await self._store.read(functions.find, function)
        return {"RecursiveLoop": found.function.recursive_loop}

    async def put_function_recursion_config(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named_unqualified(context, parameters, "PutFunctionRecursionConfig")
        recursive_loop: str = parameters["RecursiveLoop"]
        await self._store.write(account.set_recursive_loop, function, recursive_loop)
        return {"RecursiveLoop": recursive_loop}

    async def get_function_code_signing_config(self, context: Context, parameters: Parameters) -> Reply:
        """No function has one: CreateFunction refuses it. Terraform asks whenever it reads a function."""
        function = await self._named_unqualified(context, parameters, "GetFunctionCodeSigningConfig")
        found = await self._store.read(functions.find, function)
        return {"FunctionName": found.function.name, "CodeSigningConfigArn": ""}


def _runtime_management(row: VersionRow) -> Reply:
    reply: Reply = {"UpdateRuntimeOn": row.update_runtime_on, "FunctionArn": f"{row.function.arn}:{row.label}"}
    if row.update_runtime_on == "Manual":
        reply["RuntimeVersionArn"] = row.runtime_version_arn
    return reply
