"""Operations on access keys, and the keyring that authentication asks."""

import base64

from lambent.core import ids
from lambent.core.context import Context
from lambent.core.ports import Key, Parameters, Reply
from lambent.core.sessions import USER_KEY_PREFIX, access_key_id
from lambent.services.iam.engine import keys
from lambent.services.iam.operations import shapes
from lambent.services.iam.operations.base import Base

KNOWN_KEYS_MAX = 4_096


class KeyOperations(Base):
    async def find(self, access_key_id: str) -> Key | None:
        """Whose key it is (core.ports.Keyring). Asked with every request, so the answers are kept until a key changes."""
        return await self.known_keys.find(access_key_id, lambda tx: keys.find(tx, access_key_id))

    async def create_access_key(self, context: Context, parameters: Parameters) -> Reply:
        secret = base64.b64encode(ids.random_bytes(30)).decode()
        new = keys.new_key(context.account, access_key_id(USER_KEY_PREFIX, context.account), secret, self.clock.now())
        created = await self.store.write(keys.create, _user_name(context, parameters), new)
        self.forget_key(new.access_key_id)
        told = shapes.access_key(created.keys[0], created.user_name)
        return {"AccessKey": told | {"SecretAccessKey": secret}}

    async def list_access_keys(self, context: Context, parameters: Parameters) -> Reply:
        found = await self.store.read(keys.of_user, context.account, _user_name(context, parameters))
        return shapes.page(
            "AccessKeyMetadata",
            found.keys,
            parameters,
            key=lambda key: key.access_key_id,
            tell=lambda key: shapes.access_key(key, found.user_name),
        )

    async def update_access_key(self, context: Context, parameters: Parameters) -> Reply:
        where = (_user_name(context, parameters), parameters["AccessKeyId"])
        await self.store.write(keys.set_status, context.account, *where, parameters["Status"])
        self.forget_key(parameters["AccessKeyId"])
        return {}

    async def delete_access_key(self, context: Context, parameters: Parameters) -> Reply:
        where = (_user_name(context, parameters), parameters["AccessKeyId"])
        await self.store.write(keys.delete, context.account, *where)
        self.forget_key(parameters["AccessKeyId"])
        return {}

    async def get_access_key_last_used(self, context: Context, parameters: Parameters) -> Reply:
        """The use of keys is not recorded, so every key is told as AWS tells one that was not used since 2015."""
        name = await self.store.read(keys.owner_name, context.account, parameters["AccessKeyId"])
        return {"UserName": name, "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}


def _user_name(context: Context, parameters: Parameters) -> str | None:
    """Without a name, the user that asks; None for the account's root."""
    named: str | None = parameters.get("UserName")
    return shapes.own_name(context) if named is None else named
