"""What the gateway itself answers, before or instead of an operation: code, status and wording of AWS where AWS has one."""

from typing import ClassVar

from lambent.core.errors import ServiceError


class RequestEntityTooLarge(ServiceError):
    code: ClassVar[str] = "RequestEntityTooLargeException"
    status: ClassVar[int] = 413
    wording: ClassVar[str] = "Request must be smaller than {bytes_max} bytes for the {operation} operation"


class MaxMessageLengthExceeded(ServiceError):
    code: ClassVar[str] = "MaxMessageLengthExceeded"
    status: ClassVar[int] = 400
    wording: ClassVar[str] = "Your request was too big."


class InternalFailure(ServiceError):
    code: ClassVar[str] = "InternalFailure"
    status: ClassVar[int] = 500
    wording: ClassVar[str] = "The request processing has failed because of an unknown error, exception or failure."


class InternalError(ServiceError):
    """S3's name for the same."""

    code: ClassVar[str] = "InternalError"
    status: ClassVar[int] = 500
    wording: ClassVar[str] = "We encountered an internal error. Please try again."


class OperationNotImplemented(ServiceError):
    code: ClassVar[str] = "NotImplemented"
    status: ClassVar[int] = 501
    wording: ClassVar[str] = "Lambent does not implement {service}:{operation} yet."


class HostNotAllowed(ServiceError):
    """A page of another site can make its own name resolve to this machine (DNS rebinding); not choose the Host."""

    code: ClassVar[str] = "HostNotAllowed"
    status: ClassVar[int] = 403
    wording: ClassVar[str] = (
        "The Host '{host}' is not a name of this platform. Use localhost, or start it with --allow-host for another name."
    )


class OriginNotAllowed(ServiceError):
    """Browsers send what a page asks of any address: only pages of this machine may ask this one."""

    code: ClassVar[str] = "OriginNotAllowed"
    status: ClassVar[int] = 403
    wording: ClassVar[str] = "A web page of '{origin}' may not call this platform; only pages served from this machine may."


# ---- authentication: AWS names one failure differently in the protocols ----------------------------------------------


class AuthenticationError(ServiceError):
    """The caller did not prove who it is. JSON services answer 400, all others 403: ``authenticate`` makes the variant."""

    status: ClassVar[int] = 403


class InvalidSignatureException(AuthenticationError):
    code: ClassVar[str] = "InvalidSignatureException"
    wording: ClassVar[str] = "{reason}"


class SignatureDoesNotMatch(InvalidSignatureException):
    code: ClassVar[str] = "SignatureDoesNotMatch"


class UnrecognizedClientException(AuthenticationError):
    code: ClassVar[str] = "UnrecognizedClientException"
    wording: ClassVar[str] = "The security token included in the request is invalid."


class InvalidClientTokenId(UnrecognizedClientException):
    code: ClassVar[str] = "InvalidClientTokenId"


class ExpiredTokenException(AuthenticationError):
    code: ClassVar[str] = "ExpiredTokenException"
    wording: ClassVar[str] = "The security token included in the request is expired"


class ExpiredToken(ExpiredTokenException):
    code: ClassVar[str] = "ExpiredToken"


class IncompleteSignatureException(AuthenticationError):
    code: ClassVar[str] = "IncompleteSignatureException"
    status: ClassVar[int] = 400
    wording: ClassVar[str] = "{reason}"


class IncompleteSignature(IncompleteSignatureException):
    code: ClassVar[str] = "IncompleteSignature"


class MissingAuthenticationTokenException(AuthenticationError):
    code: ClassVar[str] = "MissingAuthenticationTokenException"
    wording: ClassVar[str] = "Missing Authentication Token"


class MissingAuthenticationToken(AuthenticationError):
    code: ClassVar[str] = "MissingAuthenticationToken"
    wording: ClassVar[str] = "Request is missing Authentication Token"


# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html


class S3SignatureDoesNotMatch(SignatureDoesNotMatch):
    wording: ClassVar[str] = (
        "The request signature we calculated does not match the signature you provided. Check your key and signing method."
    )


class InvalidAccessKeyId(AuthenticationError):
    code: ClassVar[str] = "InvalidAccessKeyId"
    wording: ClassVar[str] = "The AWS Access Key Id you provided does not exist in our records."


class InvalidToken(AuthenticationError):
    code: ClassVar[str] = "InvalidToken"
    status: ClassVar[int] = 400
    wording: ClassVar[str] = "The provided token is malformed or otherwise invalid."


class S3ExpiredToken(AuthenticationError):
    code: ClassVar[str] = "ExpiredToken"
    status: ClassVar[int] = 400
    wording: ClassVar[str] = "The provided token has expired."


class RequestTimeTooSkewed(AuthenticationError):
    code: ClassVar[str] = "RequestTimeTooSkewed"
    wording: ClassVar[str] = "The difference between the request time and the current time is too large."


class AccessDenied(AuthenticationError):
    code: ClassVar[str] = "AccessDenied"
    wording: ClassVar[str] = "{reason}"


class AccessDeniedException(AccessDenied):
    code: ClassVar[str] = "AccessDeniedException"


class AccessDeniedOverJson(AccessDeniedException):
    """The JSON protocols answer a denial with 400, as they do other errors of the caller."""

    status: ClassVar[int] = 400


class AuthorizationError(AccessDenied):
    """SNS' name for the same."""

    code: ClassVar[str] = "AuthorizationError"


class AuthorizationHeaderMalformed(AuthenticationError):
    code: ClassVar[str] = "AuthorizationHeaderMalformed"
    status: ClassVar[int] = 400
    wording: ClassVar[str] = "The authorization header is malformed; {reason}"


class AuthorizationQueryParametersError(AuthenticationError):
    code: ClassVar[str] = "AuthorizationQueryParametersError"
    status: ClassVar[int] = 400
    wording: ClassVar[str] = "{reason}"


class MissingContentSHA256(AuthenticationError):
    code: ClassVar[str] = "InvalidRequest"
    status: ClassVar[int] = 400
    wording: ClassVar[str] = "Missing required header for this request: x-amz-content-sha256"


class InvalidContentSHA256(AuthenticationError):
    code: ClassVar[str] = "InvalidArgument"
    status: ClassVar[int] = 400
    wording: ClassVar[str] = (
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD,"
        " STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value."
    )


class XAmzContentSHA256Mismatch(AuthenticationError):
    code: ClassVar[str] = "XAmzContentSHA256Mismatch"
    status: ClassVar[int] = 400
    wording: ClassVar[str] = "The provided 'x-amz-content-sha256' header does not match what was computed."
