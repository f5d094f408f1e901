"""From an occurrence to the call of its target, and to the dead-letter queue where that fails for good.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import structs

from lambent.core import ids
from lambent.core.arn import Arn
from lambent.core.context import Context, Scope
from lambent.core.errors import ServiceError
from lambent.core.ports import queue_url
from lambent.core.sessions import session_arn
from lambent.durable.outbox import Ended, Outbox, is_refusal
from lambent.services.scheduler.engine import calls, targets
from lambent.services.scheduler.engine.calls import Invocation
from lambent.store.database import Transaction
from lambent.wire import sdk_calls

PRINCIPAL = "scheduler.amazonaws.com"
ON_END = "scheduler.invocation"
FAILED_TOPIC = "scheduler.invocation-failed"


def invocation_of(given: Mapping[str, Any]) -> Invocation:
    """What a row of the outbox is about."""
    return Invocation(given["ScheduleArn"], given["Target"], given["ScheduledAt"], given["ExecutionId"])


def in_role(scope: Scope, invocation: Invocation, *, endpoint_url: str) -> Context:
    """The execution role of a schedule, in a session of the schedule's own."""
    role = Arn.parse(invocation.target["RoleArn"])
    assert role is not None, "roles are checked when they are put"
    session = hashlib.sha256(invocation.schedule_arn.encode()).hexdigest()[:32]
    name = role.resource.rpartition("/")[2]
    return Context(
        account=scope.account,
        region=scope.region,
        request_id=ids.uuid4(),
        principal_arn=session_arn(role.account, name, session, partition=role.partition),
        endpoint_url=endpoint_url,
        source_arn=invocation.schedule_arn,
    )


class Deliveries:
    """Writes invocations into the lane, and failures into dead-letter queues, inside the transactions of others."""

    def __init__(self, *, lane: Outbox, dead_letters: Outbox, services: Collection[str]) -> None:
        self._lane = lane
        self._dead_letters = dead_letters
        self._services = services
        lane.on_end(ON_END, self._ended)

    def add(self, tx: Transaction, context: Context, invocation: Invocation) -> None:
        operation = targets.operation_of(targets.kind_of(invocation.target["Arn"]), self._services)
        given = {
            "ScheduleArn": invocation.schedule_arn,
            "Target": dict(invocation.target),
            "ScheduledAt": invocation.scheduled_at,
            "ExecutionId": invocation.id,
        }
        retries = targets.retries_of(invocation.target)
        self._lane.add(tx, context, operation.service.name, operation.name, given, retries=retries, on_end=ON_END)

    def _ended(self, tx: Transaction, ended: Ended) -> None:
        if ended.error is None:
            return
        tx.signal(FAILED_TOPIC)
        invocation = invocation_of(ended.entry.parameters)
        queue = Arn.parse((invocation.target.get("DeadLetterConfig") or {}).get("Arn") or "")
        if queue is None:
            return
        context = ended.entry.context
        body = msgspec.json.encode(calls.document(invocation, context, attempt=ended.attempts)).decode()
        message = {
            "QueueUrl": queue_url(context.endpoint_url, queue.account, queue.resource),
            "MessageBody": body,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in self._facts(ended, invocation) if value
            },
        }
        at = structs.replace(context, region=queue.region, request_id=ids.uuid4())
        self._dead_letters.add(tx, at, "sqs", "SendMessage", message)

    def _facts(self, ended: Ended, invocation: Invocation) -> Iterator[tuple[str, str]]:
        """What AWS tells of an invocation that failed."""
        error, retries = ended.error, ended.entry.retries
        assert error is not None, "only failures become dead letters"
        kind = targets.kind_of(invocation.target["Arn"])
        code, message = "AWS.Scheduler.InternalServerError", "Unexpected error occurred while processing the request."
        if isinstance(error, ServiceError):
            code, message = sdk_calls.told(targets.operation_of(kind, self._services), error)
        yield "ERROR_CODE", code
        yield "ERROR_MESSAGE", message
        yield "EXECUTION_ID", invocation.id
        yield "IS_PAYLOAD_TRUNCATED", "false"
        yield "RETRY_ATTEMPTS", str(ended.attempts - 1)
        yield "SCHEDULED_TIME", invocation.scheduled_time
        yield "SCHEDULE_ARN", invocation.schedule_arn
        yield "TARGET_ARN", kind.arn
        if not is_refusal(error):
            has_tried_all = retries.attempts_max is not None and ended.attempts >= retries.attempts_max
            yield "EXHAUSTED_RETRY_CONDITION", "MaximumRetryAttempts" if has_tried_all else "MaximumEventAgeInSeconds"
