"""What sns answers when it does not do as asked, in AWS' words."""

from typing import ClassVar

from lambent.core.errors import ServiceError


class SnsError(ServiceError):
    """An error of sns; most blame the request."""

    status: ClassVar[int] = 400


class InvalidParameter(SnsError):
    """Most of what can be wrong with a request; ``reason`` names the parameter, and often why."""

    code = "InvalidParameter"
    wording = "Invalid parameter: {reason}"


class InvalidSmsEndpoint(SnsError):
    code = "InvalidParameter"
    wording = "Invalid SMS endpoint: {endpoint}"


class InvalidToken(SnsError):
    code = "InvalidParameter"
    wording = "Invalid token"


class ParameterValueInvalid(SnsError):
    """A message attribute that is none."""

    code = "ParameterValueInvalid"
    wording = "{reason}"


class TopicNotFound(SnsError):
    code, status = "NotFound", 404
    wording = "Topic does not exist"


class SubscriptionNotFound(SnsError):
    code, status = "NotFound", 404
    wording = "Subscription does not exist"


class ResourceNotFound(SnsError):
    """Tags are those of resources, not of topics."""

    code, status = "ResourceNotFound", 404
    wording = "Resource does not exist"


class AuthorizationError(SnsError):
    """Another account's principal, whom the topic's policy does not let."""

    code, status = "AuthorizationError", 403
    wording = (
        "User: {principal} is not authorized to perform: SNS:{action} on resource: {arn} "
        "because no resource-based policy allows the SNS:{action} action"
    )


class TagLimitExceeded(SnsError):
    code = "TagLimitExceeded"
    wording = "Could not complete request: tag quota of per resource exceeded"


class TooManyEntriesInBatchRequest(SnsError):
    code = "TooManyEntriesInBatchRequest"
    wording = "The batch request contains more entries than permissible."


class EmptyBatchRequest(SnsError):
    code = "EmptyBatchRequest"
    wording = "The batch request doesn't contain any entries."


class BatchEntryIdsNotDistinct(SnsError):
    code = "BatchEntryIdsNotDistinct"
    wording = "Two or more batch entries in the request have the same Id."


class InvalidBatchEntryId(SnsError):
    code = "InvalidBatchEntryId"
    wording = "The Id of a batch entry in a batch request doesn't abide by the specification."


class BatchRequestTooLong(SnsError):
    code = "BatchRequestTooLong"
    wording = "The length of all the messages put together is more than the limit."


# ---- what a post met: no answer to a caller, but the outbox reads its status as it reads that of services ------------


class EndpointAnswered(SnsError):
    """A server that did not answer 2xx. AWS tries 5xx and 429 again, and takes all else for a refusal."""

    code = "EndpointAnswered"
    wording = "The endpoint answered {status}"

    def __init__(self, *, status: int) -> None:
        super().__init__(status=status)
        self.status = status  # type: ignore[misc]  # the server's own


class EndpointUnreachable(SnsError):
    """No answer: no connection, or none in time."""

    code, status = "EndpointUnreachable", 503
    wording = "The endpoint did not answer: {reason}"
