"""Topics: create, delete, list, attributes, permissions, tags."""

from lambent.core.context import Context
from lambent.core.page_tokens import token_of
from lambent.core.ports import Parameters, Reply
from lambent.services.sns import errors
from lambent.services.sns.engine import topics
from lambent.services.sns.engine.identifiers import TopicName, parse_topic
from lambent.services.sns.engine.topics import PAGE_ITEMS_MAX
from lambent.services.sns.operations.base import Base, scope_of, start


class TopicOperations(Base):
    """The control plane of topics."""

    async def create_topic(self, context: Context, parameters: Parameters) -> Reply:
        if parameters.get("DataProtectionPolicy"):
            raise errors.InvalidParameter(reason="DataProtectionPolicy Reason: Lambent protects no data in messages")
        topic = TopicName(scope_of(context), parameters["Name"])
        tags = _tags(parameters) if parameters.get("Tags") else None
        await self._store.write(topics.create, topic, parameters.get("Attributes") or {}, tags)
        return {"TopicArn": topic.arn}

    async def delete_topic(self, context: Context, parameters: Parameters) -> Reply:
        topic = parse_topic(parameters["TopicArn"], context.region)
        if topic.scope.account != context.account:
            topic = await self._named(context, parameters, "DeleteTopic")
        await self._store.write(topics.delete, topic)
        return {}

    async def list_topics(self, context: Context, parameters: Parameters) -> Reply:
        (after,) = start(parameters, 1)
        found = await self._store.read(topics.page, scope_of(context), after)
        shown = found[:PAGE_ITEMS_MAX]
        reply: Reply = {"Topics": [{"TopicArn": topic.arn} for topic in shown]}
        if len(found) > len(shown):
            reply["NextToken"] = token_of([shown[-1].name])
        return reply

    async def get_topic_attributes(self, context: Context, parameters: Parameters) -> Reply:
        topic = await self._named(context, parameters, "GetTopicAttributes")
        return {"Attributes": topics.attributes_told(await self._store.read(topics.told, topic))}

    async def set_topic_attributes(self, context: Context, parameters: Parameters) -> Reply:
        topic = await self._named(context, parameters, "SetTopicAttributes")
        value = parameters.get("AttributeValue") or ""
        await self._store.write(topics.set_attribute, topic, parameters["AttributeName"], value)
        return {}

    async def add_permission(self, context: Context, parameters: Parameters) -> Reply:
        topic = await self._named(context, parameters, "AddPermission")
        accounts, actions = parameters["AWSAccountId"], parameters["ActionName"]
        await self._store.write(topics.add_permission, topic, parameters["Label"], accounts, actions)
        return {}

    async def remove_permission(self, context: Context, parameters: Parameters) -> Reply:
        topic = await self._named(context, parameters, "RemovePermission")
        await self._store.write(topics.remove_permission, topic, parameters["Label"])
        return {}

    async def tag_resource(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(topics.tag, _own(context, parameters), _tags(parameters))
        return {}

    async def untag_resource(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(topics.untag, _own(context, parameters), parameters["TagKeys"])
        return {}

    async def list_tags_for_resource(self, context: Context, parameters: Parameters) -> Reply:
        tags = await self._store.read(topics.tags, _own(context, parameters))
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _own(context: Context, parameters: Parameters) -> TopicName:
    """Tags are the owner's alone."""
    topic = parse_topic(parameters["ResourceArn"], context.region, parameter="ResourceArn")
    if topic.scope.account != context.account:
        raise errors.ResourceNotFound()
    return topic


def _tags(parameters: Parameters) -> dict[str, str]:
    tags = {tag["Key"]: tag["Value"] for tag in parameters["Tags"]}
    if len(tags) < len(parameters["Tags"]):
        raise errors.InvalidParameter(reason="Duplicated keys are not allowed.")
    return tags
