"""Activities: tasks that workers of one's own ask for."""

from collections.abc import Mapping, Sequence
from typing import Any

from lambent.core.clock import Instant
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine.identifiers import ActivityName
from lambent.services.stepfunctions.engine.interpreter.loop import Taken
from lambent.services.stepfunctions.engine.machines import TAGS_MAX
from lambent.services.stepfunctions.engine.transitions import Transitions
from lambent.services.stepfunctions.tables import activities
from lambent.services.stepfunctions.tables.activities import ActivityRow, ActivityTask
from lambent.store.database import Transaction


def find(tx: Transaction, activity: ActivityName) -> ActivityRow:
    """Raises ActivityDoesNotExist."""
    row = activities.find(tx, activity)
    if row is None:
        raise errors.ActivityDoesNotExist(arn=activity.arn)
    return row


def create(
    tx: Transaction, activity: ActivityName, settings: Mapping[str, Any], tags: Mapping[str, str], now: Instant
) -> ActivityRow:
    """To create what is there already is no mistake; its tags stay. Raises ActivityAlreadyExists, TooManyTags."""
    there = activities.find(tx, activity)
    if there is not None:
        if there.settings != settings:
            raise errors.ActivityAlreadyExists(arn=activity.arn)
        return there
    _check_tags(activity, tags)
    row = ActivityRow(activity, now, settings, tags)
    activities.insert(tx, row)
    return row


def take(tx: Transaction, transitions: Transitions, activity: ActivityName, worker: str, now: Instant) -> ActivityTask | None:
    """The oldest task that waits for a worker. Raises ActivityDoesNotExist."""
    find(tx, activity)
    while (task := activities.take_task(tx, activity)) is not None:
        if transitions.happen(tx, task.execution, [Taken(task.frame, task.attempt, worker)], now):
            return task
    return None


def put_tags(tx: Transaction, activity: ActivityName, added: Mapping[str, str], removed: Sequence[str]) -> None:
    row = activities.find(tx, activity)
    if row is None:
        raise errors.ResourceNotFound(arn=activity.arn)
    tags = {key: value for key, value in ({**row.tags, **added}).items() if key not in removed}
    _check_tags(activity, tags)
    activities.put_tags(tx, activity, tags)


def _check_tags(activity: ActivityName, tags: Mapping[str, str]) -> None:
    if len(tags) > TAGS_MAX:
        raise errors.TooManyTags(arn=activity.arn, count_max=TAGS_MAX)
