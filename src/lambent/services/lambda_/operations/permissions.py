"""Resource policies of functions: add, get, remove."""

import json

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.lambda_.engine import permissions
from lambent.services.lambda_.engine.permissions import Grant
from lambent.services.lambda_.operations.base import Base


class PermissionOperations(Base):
    """Operations on the policies of functions, versions and aliases."""

    async def add_permission(self, context: Context, parameters: Parameters) -> Reply:
        grant = Grant(
            statement_id=parameters["StatementId"],
            action=parameters["Action"],
            principal=parameters["Principal"],
            source_arn=parameters.get("SourceArn"),
            source_account=parameters.get("SourceAccount"),
            event_source_token=parameters.get("EventSourceToken"),
            principal_org_id=parameters.get("PrincipalOrgID"),
            function_url_auth_type=parameters.get("FunctionUrlAuthType"),
            is_via_function_url=parameters.get("InvokedViaFunctionUrl"),
        )
        statement = await self._store.write(
            permissions.add,
            await self._named(context, parameters, "AddPermission"),
            grant,
            revision_id=parameters.get("RevisionId"),
        )
        return {"Statement": json.dumps(statement, separators=(",", ":"))}

    async def get_policy(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.read(permissions.find, await self._named(context, parameters, "GetPolicy"))
        return {"Policy": permissions.document(row), "RevisionId": row.revision_id}

    async def remove_permission(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(
            permissions.remove,
            await self._named(context, parameters, "RemovePermission"),
            parameters["StatementId"],
            revision_id=parameters.get("RevisionId"),
        )
        return {}
