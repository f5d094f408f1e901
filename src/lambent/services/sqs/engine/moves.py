"""Message move tasks: what lies in a dead-letter queue goes back to where it came from, or to another queue.

A moved message is a new one, with an id and a time of its own:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
"""

import base64
import json
from collections.abc import Callable
from typing import Any

from lambent.core import ids
from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.core.ports import messages_topic
from lambent.durable.timers import Timers
from lambent.services.sqs import errors
from lambent.services.sqs.engine import fifo
from lambent.services.sqs.engine.queue import Queue, of_row
from lambent.services.sqs.tables import groups, messages, moves, queues
from lambent.services.sqs.tables.messages import Message, NewMessage
from lambent.services.sqs.tables.moves import MoveTask
from lambent.store.database import Transaction

TIMER = "sqs.move"
"""Timers of this kind move the next messages of a task; their key is its id."""

RATE_MAX = 500
LISTED_MAX = 10
MOVED_PER_STEP = 200
LARGE_PER_STEP = 20  # of those whose bodies stand apart: a step holds up the other writers
STEP_S = 1.0  # between two steps of a task with a rate

RUNNING, COMPLETED, CANCELLED, FAILED = "RUNNING", "COMPLETED", "CANCELLED", "FAILED"
NO_SUCH_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"
NO_SOURCE_KNOWN = "CouldNotDetermineMessageSource"


def count(tx: Transaction, source_arn: str, now: Instant) -> int:
    """How many messages a task would move. It looks at the whole backlog: ask it of a reader, as writers would wait for it."""
    source = _source(tx, source_arn)
    return messages.count_visible(tx, source.backlog_id, now=now, sent_until=source.sent_until(now))


def start(
    tx: Transaction,
    source_arn: str,
    destination_arn: str,
    *,
    rate: int | None,
    to_move: int,
    timers: Timers,
    now: Instant,
) -> str:
    """Starts a task of ``to_move`` messages, as they were counted before, and returns its handle."""
    if rate is not None and not 1 <= rate <= RATE_MAX:
        raise errors.InvalidParameterValue(
            reason="Value for parameter MaxNumberOfMessagesPerSecond is invalid."
            f" Reason: You must enter a number that's between 1 and {RATE_MAX}."
        )
    source = _source(tx, source_arn)
    if not queues.sources(tx, source_arn, after="", count_max=1):
        raise errors.InvalidParameterValue(reason="Source queue must be configured as a Dead Letter Queue.")
    if destination_arn:
        _check_destination(tx, source, destination_arn)
    if any(task.status == RUNNING for task in moves.of_source(tx, source_arn, 1)):
        raise errors.InvalidParameterValue(
            reason="There is already a task running. Only one active task is allowed for a source queue arn at a given time."
        )
    task = MoveTask(
        account=source.account,
        region=source.region,
        task_id=ids.uuid4(),
        source_arn=source_arn,
        destination_arn=destination_arn,
        rate_per_s=rate or 0,
        status=RUNNING,
        moved=0,
        to_move=to_move,
        failure_reason="",
        started_at=now,
    )
    moves.insert(tx, task, kept_max=LISTED_MAX)
    _set_timer(tx, task, timers, now)
    return handle_of(task)


def cancel(tx: Transaction, handle: str, timers: Timers) -> int:
    """Ends a task and returns how many messages it has moved."""
    task_id, source_arn = read_handle(handle)
    _source(tx, source_arn)
    task = moves.find(tx, task_id)
    if task is None or task.source_arn != source_arn:
        raise errors.TaskDoesNotExist()
    if task.status != RUNNING:
        raise errors.InvalidParameterValue(reason="Only active tasks can be cancelled.")
    timers.cancel(tx, TIMER, task_id, account=task.account, region=task.region)
    moves.set_progress(tx, task, status=CANCELLED, moved=0)
    return task.moved


def tasks(tx: Transaction, source_arn: str, count_max: int) -> list[MoveTask]:
    """The latest tasks of a source."""
    _source(tx, source_arn)
    return moves.of_source(tx, source_arn, count_max)


def handle_of(task: MoveTask) -> str:
    text = json.dumps({"taskId": task.task_id, "sourceArn": task.source_arn}, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def step(tx: Transaction, task_id: str, timers: Timers, now: Instant) -> None:
    """Moves the next messages of a task. Whoever dies before the commit has moved none of them."""
    task = moves.find(tx, task_id)
    if task is None or task.status != RUNNING:
        return
    row = _row_of(tx, task.source_arn)
    if row is None:
        moves.set_progress(tx, task, status=FAILED, moved=0, failure_reason=NO_SUCH_QUEUE)
        return
    source = of_row(row)
    count_max = min(task.rate_per_s or MOVED_PER_STEP, max(task.to_move - task.moved, 0))
    found, is_last = _next(tx, source, now, count_max)
    moved, failure_reason = _move_each(tx, task, source, found, now)
    if failure_reason:
        moves.set_progress(tx, task, status=FAILED, moved=moved, failure_reason=failure_reason)
    elif is_last or task.moved + moved >= task.to_move:
        moves.set_progress(tx, task, status=COMPLETED, moved=moved)
    else:
        moves.set_progress(tx, task, status=RUNNING, moved=moved)
        _set_timer(tx, task, timers, now + (STEP_S if task.rate_per_s else 0.0))


# ---- moving ----------------------------------------------------------------------------------------------------------


def _next(tx: Transaction, source: Queue, now: Instant, count_max: int) -> tuple[list[Message], bool]:
    """Messages that may be had and have not been kept too long, and whether there are no more."""
    find: Callable[[Transaction, Queue, Instant, int], list[Message]] = _next_fifo if source.is_fifo else _next_standard
    sent_until = source.sent_until(now)
    messages.delete_expired(tx, source.backlog_id, sent_until=sent_until, count_max=MOVED_PER_STEP * 10)
    found = find(tx, source, now, count_max)
    large = [place for place, message in enumerate(found) if message.body is None]
    is_last = len(found) < count_max
    if len(large) > LARGE_PER_STEP:
        found, is_last = found[: large[LARGE_PER_STEP]], False
    messages.delete(tx, [message.id for message in found if message.retained_from <= sent_until])
    return [message for message in found if message.retained_from > sent_until], is_last


def _next_standard(tx: Transaction, source: Queue, now: Instant, count_max: int) -> list[Message]:
    return messages.oldest_visible(tx, source.backlog_id, now, count_max)


def _next_fifo(tx: Transaction, source: Queue, now: Instant, count_max: int) -> list[Message]:
    """Of each group that is not locked, in order."""
    found: list[Message] = []
    for group in groups.available(tx, source.backlog_id, now, count_max):
        if len(found) < count_max:
            head = messages.head_of_group(tx, source.backlog_id, group.group_id, count_max - len(found))
            found += [message for message in head if message.visible_at <= now]
    return found


def _move_each(tx: Transaction, task: MoveTask, source: Queue, found: list[Message], now: Instant) -> tuple[int, str]:
    """How many were moved, and what was in the way of the next."""
    targets: dict[str, Queue | None] = {}
    moved, failure_reason = 0, ""
    for message in found:
        arn = task.destination_arn or message.dead_letter_source
        if not arn:
            failure_reason = NO_SOURCE_KNOWN
            break
        if arn not in targets:
            row = _row_of(tx, arn)
            targets[arn] = of_row(row) if row is not None else None
        target = targets[arn]
        if target is None or target.is_fifo != source.is_fifo:
            failure_reason = NO_SUCH_QUEUE
            break
        _send_again(tx, target, message, now)
        moved += 1
    for arn, target in targets.items():
        if target is not None:
            tx.signal(messages_topic(arn))
    if source.is_fifo:
        for group_id in {message.group_id for message in found[:moved]}:
            fifo.refresh(tx, source, group_id, now)
    return moved, failure_reason


def _send_again(tx: Transaction, target: Queue, message: Message, now: Instant) -> None:
    sequence = 0
    if target.is_fifo:
        first = queues.take_sequences(tx, target.backlog_id, 1)
        assert first is not None, "the queue's own backlog has not ended"
        sequence = first
        groups.insert(tx, target.account, target.region, target.backlog_id, message.group_id, now)
    new = NewMessage(
        account=target.account,
        region=target.region,
        backlog_id=target.backlog_id,
        visible_at=now,
        retained_from=now,
        sent_at=now,
        sequence=sequence,
        message_id=ids.uuid4(),
        sender_id=message.sender_id,
        group_id=message.group_id,
        deduplication_id=message.deduplication_id,
        trace_header=message.trace_header,
        dead_letter_source="",
        attributes=message.attributes,
        body="",
    )
    messages.replace(tx, message, new)


# ---- checks ----------------------------------------------------------------------------------------------------------


def _source(tx: Transaction, arn: str) -> Queue:
    row = _row_of(tx, arn)
    if row is None:
        raise errors.ResourceNotFound(name="SourceArn")
    return of_row(row)


def _check_destination(tx: Transaction, source: Queue, arn: str) -> None:
    row = _row_of(tx, arn)
    if row is None:
        raise errors.ResourceNotFound(name="DestinationArn")
    target = of_row(row)
    if target.arn == source.arn:
        raise errors.InvalidParameterValue(reason="Source queue arn and destination queue arn cannot be the same.")
    if target.is_fifo != source.is_fifo:
        raise errors.InvalidParameterValue(reason="Source queue and destination queue must be of the same type.")


def _row_of(tx: Transaction, text: str) -> queues.QueueRow | None:
    arn = Arn.parse(text)
    if arn is None or arn.service != "sqs":
        return None
    return queues.find(tx, arn.account, arn.region, arn.resource)


def read_handle(handle: str) -> tuple[str, str]:
    """The task's id and its source."""
    try:
        content: Any = json.loads(base64.b64decode(handle, validate=True))
        return str(content["taskId"]), str(content["sourceArn"])
    except (ValueError, KeyError, TypeError) as error:
        raise errors.InvalidParameterValue(reason="Value for parameter TaskHandle is invalid.") from error


def _set_timer(tx: Transaction, task: MoveTask, timers: Timers, due_at: Instant) -> None:
    timers.set(tx, TIMER, task.task_id, due_at, account=task.account, region=task.region)
