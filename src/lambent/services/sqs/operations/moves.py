"""Operations on message move tasks."""

from lambent.core.arn import Arn
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.sqs import errors
from lambent.services.sqs.engine import moves
from lambent.services.sqs.operations.base import Base
from lambent.services.sqs.tables.moves import MoveTask

LISTED_DEFAULT = 1


class MoveOperations(Base):
    async def start_message_move_task(self, context: Context, parameters: Parameters) -> Reply:
        source_arn = _own(context, parameters["SourceArn"])
        destination_arn, rate = parameters.get("DestinationArn") or "", parameters.get("MaxNumberOfMessagesPerSecond")
        now = self.now()
        to_move = await self.store.read(moves.count, source_arn, now)
        handle = await self.store.write(
            moves.start, source_arn, destination_arn, rate=rate, to_move=to_move, timers=self.timers, now=now
        )
        return {"TaskHandle": handle}

    async def cancel_message_move_task(self, context: Context, parameters: Parameters) -> Reply:
        _, source_arn = moves.read_handle(parameters["TaskHandle"])
        _own(context, source_arn)
        moved = await self.store.write(moves.cancel, parameters["TaskHandle"], self.timers)
        return {"ApproximateNumberOfMessagesMoved": moved}

    async def list_message_move_tasks(self, context: Context, parameters: Parameters) -> Reply:
        count_max = parameters.get("MaxResults")
        if count_max is None:
            count_max = LISTED_DEFAULT
        elif not 1 <= count_max <= moves.LISTED_MAX:
            reason = f"Value for parameter MaxResults is invalid. Reason: Must be between 1 and {moves.LISTED_MAX}."
            raise errors.InvalidParameterValue(reason=reason)
        found = await self.store.read(moves.tasks, _own(context, parameters["SourceArn"]), count_max)
        return {"Results": [_told(task) for task in found]}


def _own(context: Context, source_arn: str) -> str:
    """Raises ResourceNotFound for a queue of another account."""
    arn = Arn.parse(source_arn)
    if arn is None or arn.account != context.account:
        raise errors.ResourceNotFound(name="SourceArn")
    return source_arn


def _told(task: MoveTask) -> Reply:
    return {
        "TaskHandle": moves.handle_of(task) if task.status == moves.RUNNING else None,
        "Status": task.status,
        "SourceArn": task.source_arn,
        "DestinationArn": task.destination_arn or None,
        "MaxNumberOfMessagesPerSecond": task.rate_per_s or None,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "FailureReason": task.failure_reason or None,
        "StartedTimestamp": int(task.started_at * 1000),
    }
