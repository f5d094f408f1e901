"""What sqs answers when it does not do as asked: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html.

The codes are those of the JSON protocol; ``wire.error_form`` knows what query calls them.
"""

from typing import ClassVar

from lambent.core.errors import ServiceError


class SqsError(ServiceError):
    """An error of sqs: status 400 where it does not say otherwise."""

    status: ClassVar[int] = 400


# ---- queues ----------------------------------------------------------------------------------------------------------


class QueueDoesNotExist(SqsError):
    code = "QueueDoesNotExist"
    wording = "The specified queue does not exist."


class QueueNameExists(SqsError):
    code = "QueueNameExists"
    wording = "A queue already exists with the same name and a different value for attribute {name}"


class QueueDeletedRecently(SqsError):
    code = "QueueDeletedRecently"
    wording = "You must wait 60 seconds after deleting a queue before you can create another with the same name."


class PurgeQueueInProgress(SqsError):
    code = "PurgeQueueInProgress"
    status = 403
    wording = "Only one PurgeQueue operation on {name} is allowed every 60 seconds."


class InvalidAddress(SqsError):
    code = "InvalidAddress"
    wording = "The address {url} is not valid for this endpoint."


class AccessDenied(SqsError):
    """Of another account's queue, whose policy does not name the caller."""

    code = "AccessDeniedException"
    status = 403
    wording = "Access to the resource {url} is denied."


class OverLimit(SqsError):
    code = "OverLimit"
    status = 403
    wording = "{reason}"


class TooManyInFlight(OverLimit):
    wording = "Too many messages in flight: a queue has at most {count_max}."


class TooManyActions(OverLimit):
    wording = "{count} Actions were found, maximum allowed is {count_max}."


class ResourceNotFound(SqsError):
    code = "ResourceNotFoundException"
    status = 404
    wording = "The resource that you specified for the {name} parameter doesn't exist."


class TaskDoesNotExist(ResourceNotFound):
    wording = "Task does not exist."


# ---- attributes ------------------------------------------------------------------------------------------------------


class InvalidAttributeName(SqsError):
    code = "InvalidAttributeName"
    wording = "{reason}"


class UnknownAttribute(InvalidAttributeName):
    wording = "Unknown Attribute {name}."


class FifoOnly(InvalidAttributeName):
    wording = "You can specify the {name} only when FifoQueue is set to true."


class TwoEncryptions(InvalidAttributeName):
    wording = "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE."


class InvalidAttributeValue(SqsError):
    code = "InvalidAttributeValue"
    wording = "Invalid value for the parameter {name}."


class UnreasonableAttributeValue(InvalidAttributeValue):
    wording = "Invalid value for the parameter {name}. Reason: {reason}"


# ---- parameters ------------------------------------------------------------------------------------------------------


class InvalidParameterValue(SqsError):
    code = "InvalidParameterValueException"
    wording = "{reason}"


class InvalidValue(InvalidParameterValue):
    wording = "Value {value} for parameter {name} is invalid. Reason: {reason}"


class MissingParameter(SqsError):
    code = "MissingRequiredParameterException"
    wording = "The request must contain the parameter {name}."


class NoGroup(InvalidParameterValue):
    """In a batch AWS finds the value wrong where SendMessage finds it missing."""

    wording = "The request must contain the parameter MessageGroupId."


class NoDeduplicationId(InvalidParameterValue):
    wording = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"


class MessageTooLong(InvalidParameterValue):
    wording = "One or more parameters are invalid. Reason: Message must be shorter than {bytes_max} bytes."


class InvalidMessageContents(SqsError):
    code = "InvalidMessageContents"
    wording = (
        "Invalid binary character '#x{character:X}' was found in the {place}, the set of allowed characters is #x9 | #xA | #xD"
        " | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
    )


# ---- receipt handles -------------------------------------------------------------------------------------------------


class ReceiptHandleIsInvalid(SqsError):
    code = "ReceiptHandleIsInvalid"
    wording = 'The input receipt handle "{handle}" is not a valid receipt handle.'


class ReceiptHandleHasExpired(InvalidParameterValue):
    wording = "Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."


class NotAvailableForChange(InvalidParameterValue):
    wording = (
        "Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for"
        " visibility timeout change."
    )


# ---- batches ---------------------------------------------------------------------------------------------------------


class EmptyBatchRequest(SqsError):
    code = "EmptyBatchRequest"
    wording = "There should be at least one {entry} in the request."


class TooManyEntriesInBatchRequest(SqsError):
    code = "TooManyEntriesInBatchRequest"
    wording = "Maximum number of entries per request are {count_max}. You have sent {count}."


class BatchEntryIdsNotDistinct(SqsError):
    code = "BatchEntryIdsNotDistinct"
    wording = "Id {id} repeated."


class InvalidBatchEntryId(SqsError):
    code = "InvalidBatchEntryId"
    wording = (
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long."
    )


class BatchRequestTooLong(SqsError):
    code = "BatchRequestTooLong"
    wording = "Batch requests cannot be longer than {bytes_max} bytes. You have sent {bytes} bytes."
