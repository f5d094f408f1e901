"""What logs answers when it does not do as asked: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html."""

from typing import ClassVar

from lambent.core.errors import ServiceError


class LogsError(ServiceError):
    """An error of logs: status 400 whatever it is."""

    status: ClassVar[int] = 400


# ---- not there, there already ----------------------------------------------------------------------------------------


class ResourceNotFound(LogsError):
    code = "ResourceNotFoundException"


class NoSuchGroup(ResourceNotFound):
    wording = "The specified log group does not exist."


class NoSuchStream(ResourceNotFound):
    wording = "The specified log stream does not exist."


class NoSuchResource(ResourceNotFound):
    wording = "The specified resource does not exist."


class ResourceAlreadyExists(LogsError):
    code = "ResourceAlreadyExistsException"


class GroupAlreadyExists(ResourceAlreadyExists):
    wording = "The specified log group already exists"


class StreamAlreadyExists(ResourceAlreadyExists):
    wording = "The specified log stream already exists"


class LimitExceeded(LogsError):
    code = "LimitExceededException"
    wording = "Resource limit exceeded."


class DeletionProtected(LogsError):
    code = "ValidationException"
    wording = "Log group {name} has deletion protection enabled. Disable deletion protection before deleting it."


class TooManyTags(LogsError):
    code = "TooManyTagsException"
    wording = "A resource can have no more than {count_max} tags."


# ---- parameters ------------------------------------------------------------------------------------------------------


class InvalidParameter(LogsError):
    """A parameter that the model allows and the rules do not."""

    code = "InvalidParameterException"


class InvalidRetention(InvalidParameter):
    wording = (
        "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
        "Member must satisfy enum value set: [{allowed}]"
    )


class InvalidToken(InvalidParameter):
    wording = "The specified nextToken is invalid."


class InvalidArn(InvalidParameter):
    wording = "The specified arn is invalid: {arn}"


class InvalidTag(InvalidParameter):
    wording = "{reason}"


class NoGroupNamed(InvalidParameter):
    wording = "Either logGroupName or logGroupIdentifier must be specified."


class GroupNamedTwice(InvalidParameter):
    wording = "LogGroupName and LogGroupIdentifier are mutually exclusive parameters."


class PrefixAndPattern(InvalidParameter):
    wording = "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."


class PrefixWithLastEventTime(InvalidParameter):
    wording = "Cannot order by LastEventTime with a logStreamNamePrefix."


class NamesAndPrefix(InvalidParameter):
    wording = "logStreamNamePrefix and logStreamNames are mutually exclusive parameters."


class StreamsOfManyGroups(InvalidParameter):
    wording = "Log stream names and prefixes can be specified only with one log group."


class BackwardTooFar(InvalidParameter):
    wording = "startFromHead can be false only with a startTime on or after Jan 1, 2024 00:00:00 UTC."


class StartIsAfterEnd(InvalidParameter):
    wording = "startTime must be before endTime."


# ---- events ----------------------------------------------------------------------------------------------------------


class EventsOutOfOrder(InvalidParameter):
    wording = "Log events in a single PutLogEvents request must be in chronological order."


class EventsSpanTooLong(InvalidParameter):
    wording = "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."


class BatchTooLarge(InvalidParameter):
    wording = "Upload too large: {bytes} bytes exceeds limit of {bytes_max}"


class EventTooLarge(InvalidParameter):
    wording = "Log event too large: {bytes} bytes exceeds limit of {bytes_max}"


# ---- filter patterns -------------------------------------------------------------------------------------------------


class InvalidPattern(InvalidParameter):
    """``reason`` where there is more to say than that it is no pattern."""

    wording = "{reason}"

    def __init__(self, reason: str = "Invalid filter pattern") -> None:
        super().__init__(reason=reason)


class InvalidCharacters(InvalidPattern):
    """A term with other characters than letters, digits and underscores must stand in double quotes."""

    def __init__(self, *, characters: str) -> None:
        super().__init__(f"Invalid character(s) in term '{characters}'")
