"""What iam answers when it does not do as asked, in AWS' words."""

from typing import ClassVar

from lambent.core.errors import ServiceError


class IamError(ServiceError):
    """An error whose sentence depends on the case: the subclass holds code and status, the engine the sentence."""

    status: ClassVar[int] = 400
    wording: ClassVar[str] = "{reason}"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


class NoSuchEntity(IamError):
    code, status = "NoSuchEntity", 404


class EntityAlreadyExists(IamError):
    code, status = "EntityAlreadyExists", 409


class DeleteConflict(IamError):
    code, status = "DeleteConflict", 409


class LimitExceeded(IamError):
    code, status = "LimitExceeded", 409


class MalformedPolicyDocument(IamError):
    code = "MalformedPolicyDocument"


class InvalidInput(IamError):
    code = "InvalidInput"


class ValidationError(IamError):
    code = "ValidationError"


class AccessDenied(IamError):
    code, status = "AccessDenied", 403
