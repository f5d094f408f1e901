"""Operations on queues, their attributes and their tags."""

from lambent.core import page_tokens
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply, queue_url
from lambent.services.sqs import errors
from lambent.services.sqs.engine import attributes, permissions, queues
from lambent.services.sqs.engine.queues import Page
from lambent.services.sqs.operations.base import Base, region_of, url_of
from lambent.services.sqs.tables.messages import Counts

LISTED_MAX = 1_000


class QueueOperations(Base):
    async def create_queue(self, context: Context, parameters: Parameters) -> Reply:
        name = parameters["QueueName"]
        scope = (context.account, region_of(context))
        given, tags = parameters.get("Attributes") or {}, parameters.get("tags") or {}
        await self.store.write(queues.create, scope, name, given, tags, self.now())
        return {"QueueUrl": queue_url(context.endpoint_url, context.account, name)}

    async def delete_queue(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "DeleteQueue")
        await self.store.write(queues.delete, queue, self.timers, self.now())
        self.alarms.silence(queue.topic)
        return {}

    async def get_queue_url(self, context: Context, parameters: Parameters) -> Reply:
        owner = parameters.get("QueueOwnerAWSAccountId") or context.account
        key = (owner, region_of(context), parameters["QueueName"])
        # AWS' refusal names the endpoint: the request has no URL of a queue.
        queue = await self.queue_at(context, key, "GetQueueUrl", f"{context.endpoint_url}/")
        return {"QueueUrl": url_of(context, queue)}

    async def list_queues(self, context: Context, parameters: Parameters) -> Reply:
        count_max, after = _paging(parameters)
        page = await self.store.read(
            queues.page,
            (context.account, region_of(context)),
            prefix=parameters.get("QueueNamePrefix") or "",
            after=after,
            count_max=count_max,
        )
        if not page.queues:
            return {}
        return {"QueueUrls": [url_of(context, queue) for queue in page.queues], "NextToken": _next_token(parameters, page)}

    async def list_dead_letter_source_queues(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "ListDeadLetterSourceQueues")
        count_max, after = _paging(parameters)
        page = await self.store.read(queues.sources, queue, after=after, count_max=count_max)
        urls = [url_of(context, source) for source in page.queues]
        return {"queueUrls": urls, "NextToken": _next_token(parameters, page)}

    async def purge_queue(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "PurgeQueue")
        await self.store.write(queues.purge, queue, self.timers, self.now())
        return {}

    # ---- attributes --------------------------------------------------------------------------------------------------

    async def get_queue_attributes(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "GetQueueAttributes")
        names = attributes.wanted(parameters.get("AttributeNames") or ())
        if not names:
            return {}
        counts = Counts(0, 0, 0)
        if attributes.needs_counts(names):
            counts = await self.store.read(queues.counts, queue, self.now())
        return {"Attributes": attributes.told(queue, names, counts)}

    async def set_queue_attributes(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "SetQueueAttributes")
        await self.store.write(queues.set_attributes, queue, parameters["Attributes"], self.now())
        return {}

    async def add_permission(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "AddPermission")
        accounts, actions = parameters["AWSAccountIds"], parameters["Actions"]
        await self.store.write(permissions.add, queue, parameters["Label"], accounts, actions, self.now())
        return {}

    async def remove_permission(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "RemovePermission")
        await self.store.write(permissions.remove, queue, parameters["Label"], self.now())
        return {}

    # ---- tags --------------------------------------------------------------------------------------------------------

    async def tag_queue(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "TagQueue")
        await self.store.write(queues.add_tags, queue, parameters["Tags"])
        return {}

    async def untag_queue(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "UntagQueue")
        await self.store.write(queues.remove_tags, queue, parameters["TagKeys"])
        return {}

    async def list_queue_tags(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "ListQueueTags")
        return {"Tags": dict(queue.row.tags)}


def _paging(parameters: Parameters) -> tuple[int, str]:
    """How many to tell, and after which name."""
    count_max, token = parameters.get("MaxResults"), parameters.get("NextToken")
    if count_max is None:
        count_max = LISTED_MAX
    elif not 1 <= count_max <= LISTED_MAX:
        reason = f"Value for parameter MaxResults is invalid. Reason: Must be an integer from 1 to {LISTED_MAX}."
        raise errors.InvalidParameterValue(reason=reason)
    if not token:
        return count_max, ""
    try:
        return count_max, page_tokens.key_of(token, "")
    except page_tokens.BadPageToken as error:
        raise errors.InvalidParameterValue(reason="Invalid or expired next token.") from error


def _next_token(parameters: Parameters, page: Page) -> str | None:
    """AWS tells one only to who asked for pages."""
    if not page.is_truncated or parameters.get("MaxResults") is None:
        return None
    return page_tokens.token_of(page.queues[-1].name)
