"""What REST APIs answer when their control plane does not do as asked, in AWS' words."""

from typing import ClassVar

from lambent.core.errors import ServiceError


class RestError(ServiceError):
    """An error of apigateway; all blame the request."""

    status: ClassVar[int] = 400


class BadRequest(RestError):
    """``reason`` is all of the message."""

    code = "BadRequestException"
    wording = "{reason}"


class NotFound(RestError):
    """``reason`` is all of the message."""

    code = "NotFoundException"
    status = 404
    wording = "{reason}"


class ApiNotFound(RestError):
    code = "NotFoundException"
    status = 404
    wording = "Invalid API identifier specified {account}:{api_id}"


class Conflict(RestError):
    """``reason`` is all of the message."""

    code = "ConflictException"
    status = 409
    wording = "{reason}"


class LimitExceeded(RestError):
    code = "LimitExceededException"
    status = 429
    wording = "Maximum number of {what} for this account has been reached. Please contact AWS if you need additional {what}."


class PatchPathUnknown(RestError):
    """The two spaces are AWS'."""

    code = "BadRequestException"
    wording = "Invalid patch path  '{path}' specified for op '{operation}'. Must be one of: [{paths}]"


class PatchOperationUnsupported(RestError):
    code = "BadRequestException"
    wording = "Invalid patch path  '{path}' specified for op '{operation}'. Please choose supported operations"


class PatchPathRefused(RestError):
    """How APIs and methods say it."""

    code = "BadRequestException"
    wording = "Invalid patch path {path}"


class PatchOperationRefused(RestError):
    """How APIs and methods say it."""

    code = "BadRequestException"
    wording = "Invalid patch operation specified. Must be one of: [{operations}]"
