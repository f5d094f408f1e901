"""What a ResourceARN names, and the policies of resources."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.lang.iam_policy import InvalidPolicy, parse
from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import consumers, identifiers, streams
from lambent.services.kinesis.engine.identifiers import ConsumerKey, Key
from lambent.services.kinesis.operations.base import Base

POLICY_BYTES_MAX = 20_480
NO_POLICY = "{}"


class ResourceOperations(Base):
    async def put_resource_policy(self, context: Context, parameters: Parameters) -> Reply:
        target = await self.resource_of(context, parameters, "PutResourcePolicy")
        await self._set_policy(target, _checked(parameters["Policy"]))
        return {}

    async def get_resource_policy(self, context: Context, parameters: Parameters) -> Reply:
        target = await self.resource_of(context, parameters, "GetResourcePolicy")
        if isinstance(target, ConsumerKey):
            policy = (await self.store.read(consumers.find, target)).policy
        else:
            policy = (await self.known.find(target)).row.policy
        return {"Policy": policy or NO_POLICY}

    async def delete_resource_policy(self, context: Context, parameters: Parameters) -> Reply:
        await self._set_policy(await self.resource_of(context, parameters, "DeleteResourcePolicy"), "")
        return {}

    async def resource_of(self, context: Context, parameters: Parameters, action: str) -> Key | ConsumerKey:
        """The stream or the consumer of a ResourceARN. The caller may. Raises ResourceNotFound, AccessDenied …"""
        arn = parameters["ResourceARN"]
        consumer = identifiers.consumer_key(arn)
        if consumer is None:
            key = identifiers.stream_key(arn)
            if key is None:
                raise errors.InvalidArgument(reason=f"ResourceARN {arn} is invalid.")
            return (await self.stream_at(context, key, action)).key
        row = await self.store.read(consumers.find, consumer)
        if consumer.stream[0] != context.account:
            self.check_access(context, row.policy, arn, action)
        return consumer

    async def _set_policy(self, target: Key | ConsumerKey, policy: str) -> None:
        if isinstance(target, ConsumerKey):
            await self.store.write(consumers.set_policy, target, policy)
        else:
            await self.store.write(streams.set_policy, target, policy)


def _checked(policy: str) -> str:
    """Raises InvalidArgument."""
    if len(policy.encode(errors="replace")) > POLICY_BYTES_MAX:
        raise errors.InvalidArgument(reason=f"Resource policy is larger than {POLICY_BYTES_MAX} bytes.")
    try:
        parse(policy)
    except InvalidPolicy as error:
        raise errors.InvalidArgument(reason=f"Resource policy is invalid: {error}") from error
    return policy
