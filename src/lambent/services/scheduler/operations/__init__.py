"""EventBridge Scheduler's operations, by what they are about: schedules, and their groups with the tags of those.

https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html
"""

from lambent.services.scheduler.operations.groups import GroupOperations
from lambent.services.scheduler.operations.schedules import ScheduleOperations


class Scheduler(ScheduleOperations, GroupOperations):
    """EventBridge Scheduler for one platform."""
