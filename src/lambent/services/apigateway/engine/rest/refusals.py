"""What a REST API answers by itself when a request goes no further: a gateway response, for a reason.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from collections.abc import Mapping

from lambent.core.errors import LambentError

ERROR_TYPES: Mapping[str, str] = {
    "ACCESS_DENIED": "AccessDeniedException",
    "AUTHORIZER_CONFIGURATION_ERROR": "AuthorizerConfigurationException",
    "AUTHORIZER_FAILURE": "AuthorizerConfigurationException",
    "BAD_REQUEST_BODY": "BadRequestException",
    "BAD_REQUEST_PARAMETERS": "BadRequestException",
    "EXPIRED_TOKEN": "ExpiredTokenException",
    "INVALID_API_KEY": "ForbiddenException",
    "INVALID_SIGNATURE": "InvalidSignatureException",
    "MISSING_AUTHENTICATION_TOKEN": "MissingAuthenticationTokenException",
    "QUOTA_EXCEEDED": "LimitExceededException",
    "REQUEST_TOO_LARGE": "RequestEntityTooLargeException",
    "THROTTLED": "TooManyRequestsException",
    "UNAUTHORIZED": "UnauthorizedException",
    "UNSUPPORTED_MEDIA_TYPE": "BadRequestException",
}
"""``x-amzn-ErrorType`` by type of gateway response; that of others is InternalServerErrorException."""

INTERNAL = "Internal server error"


class Refusal(LambentError):
    """``kind`` is the type of the gateway response. ``detail`` is told to logs alone; ``status``: None as the type has it."""

    def __init__(
        self,
        kind: str,
        message: str | None,
        *,
        detail: str = "",
        status: int | None = None,
        error_type: str = "",
        validation_errors: str = "",
    ) -> None:
        super().__init__(detail or message)
        self.kind = kind
        self.message = message
        self.detail = detail
        self.status = status
        self.error_type = error_type or ERROR_TYPES.get(kind, "InternalServerErrorException")
        self.validation_errors = validation_errors


def forbidden() -> Refusal:
    """There is no such stage, or the API is not to be reached here."""
    return Refusal("INVALID_API_KEY", "Forbidden")


def missing_token() -> Refusal:
    """No method stands at the path. AWS tells it as it tells a missing signature."""
    return Refusal("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")


def unauthorized() -> Refusal:
    return Refusal("UNAUTHORIZED", "Unauthorized")


def denied(message: str = "User is not authorized to access this resource") -> Refusal:
    return Refusal("ACCESS_DENIED", message)


def denied_explicitly() -> Refusal:
    return denied("User is not authorized to access this resource with an explicit deny")


def authorizer_failed(detail: str) -> Refusal:
    return Refusal("AUTHORIZER_FAILURE", None, detail=detail)


def authorizer_misconfigured(detail: str) -> Refusal:
    return Refusal("AUTHORIZER_CONFIGURATION_ERROR", None, detail=detail)


def throttled() -> Refusal:
    return Refusal("THROTTLED", "Too Many Requests")


def too_large(bytes_max: int) -> Refusal:
    return Refusal("REQUEST_TOO_LARGE", f"HTTP content length exceeded {bytes_max} bytes.")


def unsupported_media_type() -> Refusal:
    return Refusal("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")


def missing_parameters(names: list[str]) -> Refusal:
    return Refusal("BAD_REQUEST_PARAMETERS", f"Missing required request parameters: [{', '.join(names)}]")


def invalid_body(found: list[str]) -> Refusal:
    return Refusal("BAD_REQUEST_BODY", "Invalid request body", validation_errors=f"[{', '.join(found)}]")


def misconfigured(detail: str) -> Refusal:
    """What the API's owner wrote cannot be carried out."""
    return Refusal("API_CONFIGURATION_ERROR", INTERNAL, detail=detail)


def bad_answer(detail: str) -> Refusal:
    """A function failed, or what it returned is no answer."""
    return Refusal("DEFAULT_5XX", INTERNAL, detail=detail, status=502)


def failed(detail: str) -> Refusal:
    return Refusal("DEFAULT_5XX", INTERNAL, detail=detail, status=500)


def unreachable(detail: str) -> Refusal:
    return Refusal("INTEGRATION_FAILURE", INTERNAL, detail=detail)


def timed_out() -> Refusal:
    return Refusal("INTEGRATION_TIMEOUT", "Endpoint request timed out", detail="The integration took too long")
