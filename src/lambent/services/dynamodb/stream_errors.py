"""What is answered of streams of tables, and of Kinesis streams beside them, when it is not done as asked, in AWS' words."""

from lambent.services.dynamodb.errors import DynamoError, ResourceNotFound, ValidationFailed


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
        "Invalid Request: Precision is already set to the desired value of {precision} "
        "for tableId: {uuid}, kdsArn: {stream_arn}"
    )


class DestinationUpdateEmpty(ValidationFailed):
    wording = (
        "Streaming destination cannot be updated with given parameters: "
        "UpdateKinesisStreamingConfiguration cannot be null or contain only null values"
    )
