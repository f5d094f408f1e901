"""What REST APIs answer when their control plane does not do as asked, in AWS' words."""

from lambent.services.apigateway.errors import ApiGatewayError, ApiNotFound, BadRequest, Conflict

__all__ = [
    "ApiNotFound",
    "BadRequest",
    "Conflict",
    "LimitExceeded",
    "NotFound",
    "PatchOperationRefused",
    "PatchOperationUnsupported",
    "PatchPathRefused",
    "PatchPathUnknown",
    "RestError",
]

RestError = ApiGatewayError


class NotFound(ApiGatewayError):
    """``reason`` is all of the message."""

    code = "NotFoundException"
    status = 404
    wording = "{reason}"


class LimitExceeded(ApiGatewayError):
    code = "LimitExceededException"
    status = 429
    wording = "Maximum number of {what} for this account has been reached. Please contact AWS if you need additional {what}."


class PatchPathUnknown(ApiGatewayError):
    """The two spaces are AWS'."""

    code = "BadRequestException"
    wording = "Invalid patch path  '{path}' specified for op '{operation}'. Must be one of: [{paths}]"


class PatchOperationUnsupported(ApiGatewayError):
    code = "BadRequestException"
    wording = "Invalid patch path  '{path}' specified for op '{operation}'. Please choose supported operations"


class PatchPathRefused(ApiGatewayError):
    """How APIs and methods say it."""

    code = "BadRequestException"
    wording = "Invalid patch path {path}"


class PatchOperationRefused(ApiGatewayError):
    """How APIs and methods say it."""

    code = "BadRequestException"
    wording = "Invalid patch operation specified. Must be one of: [{operations}]"
