"""Tags, in the older operations on streams and in the newer ones on any resource."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.kinesis.engine import consumers, streams
from lambent.services.kinesis.engine.identifiers import ConsumerKey
from lambent.services.kinesis.operations.resources import ResourceOperations

LISTED_DEFAULT = 50


class TagOperations(ResourceOperations):
    async def add_tags_to_stream(self, context: Context, parameters: Parameters) -> Reply:
        key = await self.own_key(context, parameters, "AddTagsToStream")
        await self.store.write(streams.change_tags, key, added=parameters["Tags"])
        return {}

    async def remove_tags_from_stream(self, context: Context, parameters: Parameters) -> Reply:
        key = await self.own_key(context, parameters, "RemoveTagsFromStream")
        await self.store.write(streams.change_tags, key, removed=parameters["TagKeys"])
        return {}

    async def list_tags_for_stream(self, context: Context, parameters: Parameters) -> Reply:
        stream = await self.stream_of(context, parameters, "ListTagsForStream")
        after, count_max = parameters.get("ExclusiveStartTagKey") or "", parameters.get("Limit") or LISTED_DEFAULT
        tags = [{"Key": key, "Value": value} for key, value in sorted(stream.row.tags.items()) if key > after]
        return {"Tags": tags[:count_max], "HasMoreTags": len(tags) > count_max}

    async def tag_resource(self, context: Context, parameters: Parameters) -> Reply:
        target = await self.resource_of(context, parameters, "TagResource")
        if isinstance(target, ConsumerKey):
            await self.store.write(consumers.change_tags, target, added=parameters["Tags"])
        else:
            await self.store.write(streams.change_tags, target, added=parameters["Tags"])
        return {}

    async def untag_resource(self, context: Context, parameters: Parameters) -> Reply:
        target = await self.resource_of(context, parameters, "UntagResource")
        if isinstance(target, ConsumerKey):
            await self.store.write(consumers.change_tags, target, removed=parameters["TagKeys"])
        else:
            await self.store.write(streams.change_tags, target, removed=parameters["TagKeys"])
        return {}

    async def list_tags_for_resource(self, context: Context, parameters: Parameters) -> Reply:
        target = await self.resource_of(context, parameters, "ListTagsForResource")
        if isinstance(target, ConsumerKey):
            tags = (await self.store.read(consumers.find, target)).tags
        else:
            tags = (await self.known.find(target)).row.tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}
