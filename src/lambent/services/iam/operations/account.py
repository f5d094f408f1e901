"""Operations on the account itself."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.iam.engine import account
from lambent.services.iam.operations.base import Base


class AccountOperations(Base):
    async def get_account_summary(self, context: Context, parameters: Parameters) -> Reply:  # noqa: ARG002
        return {"SummaryMap": await self.store.read(account.summary, context.account)}

    async def create_account_alias(self, context: Context, parameters: Parameters) -> Reply:
        await self.store.write(account.set_alias, context.account, parameters["AccountAlias"])
        return {}

    async def delete_account_alias(self, context: Context, parameters: Parameters) -> Reply:
        await self.store.write(account.delete_alias, context.account, parameters["AccountAlias"])
        return {}

    async def list_account_aliases(self, context: Context, parameters: Parameters) -> Reply:  # noqa: ARG002
        alias = await self.store.read(account.alias, context.account)
        return {"AccountAliases": [alias] if alias else [], "IsTruncated": False}
