"""What sts answers when it does not do as asked, in AWS' words."""

from typing import ClassVar

from lambent.core.errors import ServiceError


class StsError(ServiceError):
    """An error whose sentence depends on the case: the subclass holds code and status, the engine the sentence."""

    status: ClassVar[int] = 400
    wording: ClassVar[str] = "{reason}"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


class AccessDenied(StsError):
    code, status = "AccessDenied", 403


class ValidationError(StsError):
    code = "ValidationError"


class MalformedPolicyDocument(StsError):
    code = "MalformedPolicyDocument"


class PackedPolicyTooLarge(StsError):
    code = "PackedPolicyTooLarge"


class InvalidClientTokenId(ServiceError):
    code, status = "InvalidClientTokenId", 403
    wording = "The security token included in the request is invalid."
