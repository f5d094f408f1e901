"""What dynamodb answers when it does not do as asked, in AWS' words."""

from typing import ClassVar

from lambent.core.errors import ServiceError


class DynamodbError(ServiceError):
    """An error of dynamodb; most blame the request."""

    status: ClassVar[int] = 400


class ValidationException(DynamodbError):
    """Most of what can be wrong with a request."""

    code = "ValidationException"
    wording = "{reason}"


class InvalidParameterValues(ValidationException):
    """What is wrong with the values of parameters that are well-formed each."""

    wording = "One or more parameter values were invalid: {reason}"


class KeyDoesNotMatch(ValidationException):
    wording = "The provided key element does not match the schema"


class ItemTooLarge(ValidationException):
    wording = "Item size has exceeded the maximum allowed size"


class UpdatedItemTooLarge(ValidationException):
    wording = "Item size to update has exceeded the maximum allowed size"


class SameItemTwice(ValidationException):
    wording = "Transaction request cannot include multiple operations on one item"


class DuplicateKeys(ValidationException):
    wording = "Provided list of item keys contains duplicates"


class ResourceNotFound(DynamodbError):
    """An item operation's table, or an index."""

    code = "ResourceNotFoundException"
    wording = "Requested resource not found"


class TableNotFound(ResourceNotFound):
    """As operations on tables say it."""

    wording = "Requested resource not found: Table: {name} not found"


class ResourceArnNotFound(ResourceNotFound):
    """AWS' own spelling."""

    wording = "Requested resource not found: ResourcArn: {arn} not found"


class IndexNotFound(ResourceNotFound):
    wording = "Requested resource not found: Index: {name} not found"


class ResourceInUse(DynamodbError):
    code = "ResourceInUseException"
    wording = "Table already exists: {name}"


class IndexBeingCreated(ResourceInUse):
    wording = "Attempting to change a resource which is still in use: Index is being created: {name}"


class LimitExceeded(DynamodbError):
    code = "LimitExceededException"
    wording = "{reason}"


class TableAlreadyExists(DynamodbError):
    """The target of a restore."""

    code = "TableAlreadyExistsException"
    wording = "Table already exists: {name}"


class SourceTableNotFound(DynamodbError):
    """A backup's table."""

    code = "TableNotFoundException"
    wording = "Table not found: {name}"


class BackupNotFound(DynamodbError):
    code = "BackupNotFoundException"
    wording = "Backup not found: {arn}"


class PolicyNotFound(DynamodbError):
    code = "PolicyNotFoundException"
    wording = "Resource-based policy not found for the provided ResourceArn"


class AccessDenied(DynamodbError):
    """Another account's principal, whom the table's policy does not let."""

    code = "AccessDeniedException"
    wording = (
        "User: {principal} is not authorized to perform: dynamodb:{action} on resource: {arn} "
        "because no resource-based policy allows the dynamodb:{action} action"
    )


class ConditionalCheckFailed(DynamodbError):
    """``members`` has the item where the request asked for it."""

    code = "ConditionalCheckFailedException"
    wording = "The conditional request failed"


class TransactionCanceled(DynamodbError):
    """``members`` has the reasons, one for each action of the transaction."""

    code = "TransactionCanceledException"
    wording = "Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"


class IdempotentParameterMismatch(DynamodbError):
    code = "IdempotentParameterMismatchException"
    wording = "Parameters of the request do not match those of the first request with this ClientRequestToken"
