"""What scheduler answers when it does not do as asked, in AWS' words."""

from typing import ClassVar

from lambent.core.errors import ServiceError


class SchedulerError(ServiceError):
    """An error of scheduler; all blame the request."""

    status: ClassVar[int] = 400


class ValidationException(SchedulerError):
    """Whatever the model does not say, but AWS does; ``reason`` is all of the message."""

    code = "ValidationException"
    wording = "{reason}"


class ScheduleNotFound(SchedulerError):
    code = "ResourceNotFoundException"
    status = 404
    wording = "Schedule {name} does not exist."


class GroupNotFound(SchedulerError):
    code = "ResourceNotFoundException"
    status = 404
    wording = "Schedule group {name} does not exist."


class ScheduleExists(SchedulerError):
    code = "ConflictException"
    status = 409
    wording = "Schedule {name} already exists."


class GroupExists(SchedulerError):
    code = "ConflictException"
    status = 409
    wording = "Schedule group {name} already exists."


class GroupIsBeingDeleted(SchedulerError):
    code = "ConflictException"
    status = 409
    wording = "Schedule group {name} is being deleted."


class TokenUsedOtherwise(SchedulerError):
    """A client token came again, with a request that is another one."""

    code = "ConflictException"
    status = 409
    wording = "The client token {token} was used for another request."


class QuotaExceeded(SchedulerError):
    code = "ServiceQuotaExceededException"
    status = 402
    wording = "The account has reached its quota of {count_max} {what}."


class TargetKindMissing(SchedulerError):
    """A target that AWS has and this platform has not."""

    code = "NotImplemented"
    status = 501
    wording = "Lambent does not run schedules for {what} yet."


class TargetFailed(ServiceError):
    """Met by an invocation: the target answered that it has taken nothing."""

    code = "InternalException"
    status = 500
    wording = "{reason}"
