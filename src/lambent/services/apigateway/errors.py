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
    """``what`` as AWS calls it: "API", "Route", "stage" …"""

    code = "NotFoundException"
    status = 404
    wording = "Invalid {what} identifier specified"

    def __init__(self, *, what: str) -> None:
        super().__init__(members={"resourceType": what}, what=what)


class ApiNotFound(ApiGatewayError):
    code = "NotFoundException"
    status = 404
    wording = "Invalid API identifier specified {account}:{api_id}"


class DomainNameNotFound(ApiGatewayError):
    code = "NotFoundException"
    status = 404
    wording = "Invalid domain name identifier specified"


class Conflict(ApiGatewayError):
    """``reason`` is all of the message."""

    code = "ConflictException"
    status = 409
    wording = "{reason}"


class LimitReached(ApiGatewayError):
    """Of a quota: AWS answers with 400 here, and says so as it says that somebody calls too often elsewhere."""

    code = "BadRequestException"
    wording = "Unable to complete operation due to concurrent modification. Please try again later."
