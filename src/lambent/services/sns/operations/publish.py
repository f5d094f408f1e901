"""Publish and PublishBatch, the data plane: what a message sets going is committed before it is answered."""

from collections.abc import Mapping, Sequence
from typing import Any

from lambent.core import ids
from lambent.core.context import Context
from lambent.core.log import Log
from lambent.core.ports import Parameters, Reply
from lambent.services.sns import errors
from lambent.services.sns.engine import messages, notifications, publishing
from lambent.services.sns.engine.deliveries import Plan
from lambent.services.sns.engine.identifiers import parse_topic
from lambent.services.sns.engine.messages import Message
from lambent.services.sns.engine.publishing import Audience
from lambent.services.sns.engine.subscriptions import is_phone_number
from lambent.services.sns.operations.base import Base

AT_ONCE_MAX = 10
"""Calls that are few enough to be written before the next request is looked at."""

log = Log("sns")


class PublishOperations(Base):
    """The data plane."""

    async def publish(self, context: Context, parameters: Parameters) -> Reply:
        phone_number = parameters.get("PhoneNumber")
        if phone_number is not None:
            return _text(phone_number, parameters)
        audience = await self._audience(context, _topic_arn(parameters))
        message = messages.checked(parameters, audience.rules)
        (reply,) = await self._send(context, audience, [message])
        return reply

    async def publish_batch(self, context: Context, parameters: Parameters) -> Reply:
        audience = await self._audience(context, parameters["TopicArn"])
        entries: Sequence[Mapping[str, Any]] = parameters["PublishBatchRequestEntries"]
        messages.check_batch(entries, audience.rules)
        checked = [messages.checked(entry, audience.rules) for entry in entries]
        replies = await self._send(context, audience, checked)
        successful = [{"Id": entry["Id"], **reply} for entry, reply in zip(entries, replies, strict=True)]
        return {"Successful": successful, "Failed": []}

    async def _audience(self, context: Context, topic_arn: str) -> Audience:
        audience = await self._known.find(parse_topic(topic_arn, context.region))
        if audience.topic.scope.account != context.account:
            self._check_access(audience.policy, audience.arn, context, "Publish")
        return audience

    async def _send(self, context: Context, audience: Audience, checked: Sequence[Message]) -> list[Reply]:
        now = self._clock.now()
        if audience.rules.is_fifo:
            published = await self._store.write(publishing.publish_in_order, audience, checked, context, now, self._deliveries)
            return [
                {"MessageId": message_id, "SequenceNumber": notifications.sequence_number(number)}
                for message_id, number in published
            ]
        plan = Plan()
        for message in checked:
            plan.join(publishing.plan(audience, message, context, now))
        if plan:
            write = self._store.write_at_once if len(plan.to_services) <= AT_ONCE_MAX else self._store.write
            await write(self._deliveries.add, plan)
        return [{"MessageId": message.id} for message in checked]


def _topic_arn(parameters: Parameters) -> str:
    target = parameters.get("TargetArn")
    topic = parameters.get("TopicArn")
    if topic is None and target is None:
        raise errors.InvalidParameter(reason="TopicArn or TargetArn Reason: no value for required parameter")
    if topic is None and target is not None and ":endpoint/" in target:
        raise errors.InvalidParameter(reason="TargetArn Reason: No endpoint found for the target arn specified")
    return str(topic if topic is not None else target)


def _text(phone_number: str, parameters: Parameters) -> Reply:
    """A text message leaves the platform as a line of its log, without the text."""
    if not (phone_number.startswith("+") and is_phone_number(phone_number)):
        raise errors.InvalidParameter(reason=f"PhoneNumber Reason: {phone_number} is not valid to publish to")
    if not parameters["Message"]:
        raise errors.InvalidParameter(reason="Empty message")
    message_id = ids.uuid4()
    log.info("sms", message_id=message_id)
    return {"MessageId": message_id}
