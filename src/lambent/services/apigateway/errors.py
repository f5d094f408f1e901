"""What apigatewayv2 answers when it does not do as asked, in AWS' words."""

from typing import ClassVar

from lambent.core.errors import ServiceError


class ApiGatewayError(ServiceError):
    """An error of apigatewayv2; all blame the request."""

    status: ClassVar[int] = 400


class BadRequest(ApiGatewayError):
    """Whatever the model does not say, but AWS does; ``reason`` is all of the message."""

    code = "BadRequestException"
    wording = "{reason}"


class NotFound(ApiGatewayError):
    """``what`` as AWS calls it: "Route", "stage" …"""

    code = "NotFoundException"
    status = 404
    wording = "Invalid {what} identifier specified"


class ApiNotFound(ApiGatewayError):
    code = "NotFoundException"
    status = 404
    wording = "Invalid API identifier specified {account}:{api_id}"


class NoSuchRouteKey(ApiGatewayError):
    """Settings for a route that the API has not."""

    code = "NotFoundException"
    status = 404
    wording = "Unable to find Route by key {route_key} within the provided RouteSettings"


class Conflict(ApiGatewayError):
    """``reason`` is all of the message."""

    code = "ConflictException"
    status = 409
    wording = "{reason}"


class LimitReached(ApiGatewayError):
    """AWS calls it a conflict, under the status of a caller that comes too often."""

    code = "ConflictException"
    status = 429
    wording = "Maximum number of {what} for this API has been reached. Please contact AWS if you need additional {what}."


class AccountLimitReached(ApiGatewayError):
    code = "ConflictException"
    status = 429
    wording = "Maximum number of {what} has been reached. Please contact AWS if you need additional {what}."


class ImportFailed(ApiGatewayError):
    """A definition with warnings, of a caller who wants none."""

    code = "BadRequestException"
    wording = "Warnings found during import:\n\t{warnings}"


class Gone(ServiceError):
    """The connection is there no more, or never was."""

    code = "GoneException"
    status = 410


class InvalidConnectionId(ServiceError):
    code = "BadRequestException"
    status = 400
    wording = "Invalid connectionId: {connection_id}"


class MessageTooLarge(ServiceError):
    code = "PayloadTooLargeException"
    status = 413
    wording = "Message too long"


class ClientBufferFull(ServiceError):
    """The client does not read what it is sent."""

    code = "LimitExceededException"
    status = 429
    wording = "The WebSocket client side buffer is full."


class ConnectionsForbidden(ServiceError):
    code = "ForbiddenException"
    status = 403
    wording = "Forbidden"
