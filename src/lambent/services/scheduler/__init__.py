"""EventBridge Scheduler: schedules in groups that call queues, functions, or any operation, when they come round.

Every schedule is a row with a timer, every invocation a row of a lane of the outbox. Why it is so stands in DESIGN.md.
"""

from lambent.services.scheduler.operations import Scheduler

__all__ = ["Scheduler"]
