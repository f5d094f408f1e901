"""What events answers when it does not do as asked, in AWS' words."""

from typing import ClassVar

from lambent.core.errors import ServiceError


class EventsError(ServiceError):
    """An error of events; all blame the request."""

    status: ClassVar[int] = 400


class ValidationException(EventsError):
    """Whatever the model does not say, but AWS does; ``reason`` is all of the message."""

    code = "ValidationException"
    wording = "{reason}"


class EventBusNotFound(EventsError):
    code = "ResourceNotFoundException"
    wording = "Event bus {name} does not exist."


class RuleNotFound(EventsError):
    code = "ResourceNotFoundException"
    wording = "Rule {name} does not exist on EventBus {bus}."


class ResourceNotFound(EventsError):
    """Anything else that is named and not there."""

    code = "ResourceNotFoundException"
    wording = "{reason}"


class EventBusExists(EventsError):
    code = "ResourceAlreadyExistsException"
    wording = "Event bus {name} already exists."


class ConnectionNotFound(EventsError):
    code = "ResourceNotFoundException"
    wording = "Failed to describe the connection(s). Connection '{name}' does not exist."


class ConnectionExists(EventsError):
    code = "ResourceAlreadyExistsException"
    wording = "Connection {name} already exists."


class ConnectionNotAuthorized(EventsError):
    """What is asked for in the name of a connection that cannot authorize; AWS' services tell of it in words of their own."""

    code = "InvalidConnectionStateException"
    wording = "Connection {name} is in state {state}. {reason}"


class InvalidEventPattern(EventsError):
    code = "InvalidEventPatternException"
    wording = "Event pattern is not valid. Reason: {reason}"


class LimitExceeded(EventsError):
    code = "LimitExceededException"
    wording = "The requested resource exceeds the maximum number allowed."


class PolicyLengthExceeded(EventsError):
    code = "PolicyLengthExceededException"
    wording = "Policy size exceeds the limit of {bytes_max} bytes."


class AccessDenied(EventsError):
    """Another account's principal, whom the bus' policy does not let."""

    code = "AccessDeniedException"
    wording = (
        "User: {principal} is not authorized to perform: events:{action} on resource: {arn} "
        "because no resource-based policy allows the events:{action} action"
    )


class TargetKindMissing(EventsError):
    """A target that AWS has and this platform has not."""

    code = "NotImplemented"
    status = 501
    wording = "Lambent does not deliver events to {service} yet."


class TooManyHops(EventsError):
    """Met by an event on its way from bus to bus: it goes round in a circle."""

    code = "TooManyHops"
    wording = "The event has passed through {hops_max} event buses."
