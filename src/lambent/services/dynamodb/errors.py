"""What dynamodb answers when it does not do as asked: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html."""

from typing import ClassVar

from lambent.core.errors import ServiceError


class DynamoError(ServiceError):
    """An error of dynamodb: status 400 where it does not say otherwise."""

    status: ClassVar[int] = 400


class ValidationFailed(DynamoError):
    """The request says what cannot be."""

    code = "ValidationException"
    wording = "{reason}"


class InvalidParameterValues(ValidationFailed):
    wording = "One or more parameter values were invalid: {reason}"


# ---- tables, and what is asked of them -------------------------------------------------------------------------------


class SameItemTwice(ValidationFailed):
    wording = "Transaction request cannot include multiple operations on one item"


class DuplicateKeys(ValidationFailed):
    wording = "Provided list of item keys contains duplicates"


class ResourceNotFound(DynamoError):
    """An item operation's table."""

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


class ResourceInUse(DynamoError):
    code = "ResourceInUseException"
    wording = "Table already exists: {name}"


class IndexInUse(ResourceInUse):
    wording = "Attempt to change a resource which is still in use: Index is being created: {name}"


class LimitExceeded(DynamoError):
    code = "LimitExceededException"
    wording = "{reason}"


class TableAlreadyExists(DynamoError):
    """The target of a restore."""

    code = "TableAlreadyExistsException"
    wording = "Table already exists: {name}"


class SourceTableNotFound(DynamoError):
    """Of backups and of point-in-time recovery."""

    code = "TableNotFoundException"
    wording = "Table not found: {name}"


class BackupNotFound(DynamoError):
    code = "BackupNotFoundException"
    wording = "Backup not found: {arn}"


class PolicyNotFound(DynamoError):
    code = "PolicyNotFoundException"
    wording = "Resource-based policy not found for the provided ResourceArn"


class AccessDenied(DynamoError):
    """Another account's principal, whom the table's policy does not let."""

    code = "AccessDeniedException"
    wording = (
        "User: {principal} is not authorized to perform: dynamodb:{action} on resource: {arn} "
        "because no resource-based policy allows the dynamodb:{action} action"
    )


class ConditionalCheckFailed(DynamoError):
    """``members`` has the item where the request asked for it."""

    code = "ConditionalCheckFailedException"
    wording = "The conditional request failed"


class TransactionCanceled(DynamoError):
    """``members`` has the reasons, one for each action of the transaction."""

    code = "TransactionCanceledException"
    wording = "Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"


class IdempotentParameterMismatch(DynamoError):
    code = "IdempotentParameterMismatchException"
    wording = ""


# ---- attribute values ------------------------------------------------------------------------------------------------


class EmptyAttributeValue(ValidationFailed):
    wording = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"


class ManyTypedAttributeValue(ValidationFailed):
    wording = "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"


class NullIsNotTrue(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Null attribute value types must have the value of true"


class EmptySet(InvalidParameterValues):
    """Of strings or numbers; the words and the two spaces are AWS'."""

    wording = "One or more parameter values were invalid: An {kind} set  may not be empty"


class EmptyBinarySet(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Binary sets should not be empty"


class DuplicateStrings(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Input collection [{collection}] contains duplicates."


class DuplicateBinaries(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Input collection [{collection}]of type BS contains duplicates."


class DuplicateNumbers(ValidationFailed):
    wording = "Input collection contains duplicates"


class NestedTooDeep(ValidationFailed):
    wording = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"


class HalfCharacter(InvalidParameterValues):
    """JSON can say half of a surrogate pair, which is no text: it could be neither kept nor sent."""

    wording = "One or more parameter values were invalid: A string is not valid Unicode"


class EmptyAttributeName(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Attribute name must not be empty"


class AttributeNameTooLong(InvalidParameterValues):
    wording = "Item size has exceeded the maximum allowed size"


class ItemTooLarge(ValidationFailed):
    wording = "Item size has exceeded the maximum allowed size"


class UpdatedItemTooLarge(ValidationFailed):
    wording = "Item size to update has exceeded the maximum allowed size"


# ---- numbers ---------------------------------------------------------------------------------------------------------


class NotANumber(ValidationFailed):
    wording = "The parameter cannot be converted to a numeric value: {text}"


class EmptyNumber(ValidationFailed):
    wording = "The parameter cannot be converted to a numeric value"


class TooManyDigits(ValidationFailed):
    wording = "Attempting to store more than 38 significant digits in a Number"


class NumberOverflow(ValidationFailed):
    wording = "Number overflow. Attempting to store a number with magnitude larger than supported range"


class NumberUnderflow(ValidationFailed):
    wording = "Number underflow. Attempting to store a number with magnitude smaller than supported range"


# ---- keys ------------------------------------------------------------------------------------------------------------


class KeyDoesNotMatchSchema(ValidationFailed):
    wording = "The provided key element does not match the schema"


class MissingKey(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Missing the key {name} in the item"


class KeyTypeMismatch(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Type mismatch for key {name} expected: {expected} actual: {actual}"


class IndexKeyTypeMismatch(InvalidParameterValues):
    wording = (
        "One or more parameter values were invalid: Type mismatch for Index Key {name} "
        "Expected: {expected} Actual: {actual} IndexName: {index}"
    )


class EmptyKey(ValidationFailed):
    """``kind`` is "string" or "binary"."""

    wording = (
        "One or more parameter values are not valid. "
        "The AttributeValue for a key attribute cannot contain an empty {kind} value. Key: {name}"
    )


class EmptyIndexKey(ValidationFailed):
    wording = (
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
        "The AttributeValue for a key attribute cannot contain an empty {kind} value. IndexName: {index}, IndexKey: {name}"
    )


class PartitionKeyTooLong(InvalidParameterValues):
    wording = (
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of{bytes_max} bytes"
    )


class SortKeyTooLong(InvalidParameterValues):
    wording = (
        "One or more parameter values were invalid: "
        "Aggregated size of all range keys has exceeded the size limit of {bytes_max} bytes"
    )


# ---- streams ---------------------------------------------------------------------------------------------------------


class StreamNotFound(ResourceNotFound):
    wording = "Requested resource not found: Stream: {arn} not found"


class ShardNotFound(ResourceNotFound):
    wording = "Requested resource not found: Shard does not exist"


class InvalidStreamArn(ValidationFailed):
    wording = "Invalid StreamArn"


class InvalidShardIterator(ValidationFailed):
    wording = "Invalid ShardIterator"


class ExpiredIterator(DynamoError):
    code = "ExpiredIteratorException"
    wording = "The provided iterator exceeds the maximum age allowed."


class TrimmedDataAccess(DynamoError):
    code = "TrimmedDataAccessException"
    wording = "The data you are trying to access has been trimmed"


class TooManyReaders(DynamoError):
    """The third of a shard. AWS' clients take it for what a pause helps against, and ask again by themselves."""

    code = "ThrottlingException"
    wording = "Rate exceeded"


class SequenceNumberMissing(ValidationFailed):
    wording = "SequenceNumber must be specified for the ShardIteratorType {kind}"


class SequenceNumberUnwanted(ValidationFailed):
    wording = "SequenceNumber must not be specified for the ShardIteratorType {kind}"


class SequenceNumberInvalid(ValidationFailed):
    wording = "Invalid SequenceNumber: {sequence_number}"


class TimestampMissing(ValidationFailed):
    wording = "Timestamp must be specified for the ShardIteratorType AT_TIMESTAMP"


class TimestampUnwanted(ValidationFailed):
    wording = "Timestamp must not be specified for the ShardIteratorType {kind}"


class TimestampInFuture(ValidationFailed):
    wording = "Timestamp must not be in the future"


class LimitTooHigh(ValidationFailed):
    """What the model leaves out of its constraints, in the words of those."""

    wording = (
        "1 validation error detected: Value '{value}' at 'limit' failed to satisfy constraint: "
        "Member must have value less than or equal to {value_max}"
    )


# ---- Kinesis streaming destinations ----------------------------------------------------------------------------------


class DestinationState(ValidationFailed):
    """AWS speaks of enabling whatever was asked."""

    wording = "Table is not in a valid state to enable Kinesis Streaming Destination: {reason}"


class PrecisionIsSet(ValidationFailed):
    wording = (
        "Invalid Request: Precision is already set to the desired value of {precision} for tableId: {uuid}, kdsArn: {stream_arn}"
    )


class DestinationUpdateEmpty(ValidationFailed):
    wording = (
        "Streaming destination cannot be updated with given parameters: "
        "UpdateKinesisStreamingConfiguration cannot be null or contain only null values"
    )
