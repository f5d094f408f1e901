"""What kinesis answers when it does not do as asked: https://docs.aws.amazon.com/kinesis/latest/APIReference/CommonErrors.html."""

from typing import ClassVar

from lambent.core.errors import ServiceError


class KinesisError(ServiceError):
    """An error of kinesis: all that is the caller's fault is a 400."""

    status: ClassVar[int] = 400


# ---- what is not there -----------------------------------------------------------------------------------------------


class ResourceNotFound(KinesisError):
    code = "ResourceNotFoundException"
    wording = "{reason}"


class StreamNotFound(ResourceNotFound):
    wording = "Stream {name} under account {account} not found."


class ShardNotFound(ResourceNotFound):
    """What control operations say."""

    wording = "Could not find shard {shard} in stream {name} under account {account}."


class ShardDoesNotExist(ResourceNotFound):
    """What readers are told."""

    wording = "Shard {shard} in stream {name} under account {account} does not exist"


class ConsumerNotFound(ResourceNotFound):
    wording = "Consumer {name}, account {account} not found."


# ---- what is in use, and limits --------------------------------------------------------------------------------------


class ResourceInUse(KinesisError):
    code = "ResourceInUseException"
    wording = "{reason}"


class StreamExists(ResourceInUse):
    wording = "Stream {name} under account {account} already exists."


class StreamHasConsumers(ResourceInUse):
    wording = (
        "Stream {name} under account {account} has {count} registered consumer(s). Deregister them, or set"
        " EnforceConsumerDeletion to true."
    )


class ConsumerExists(ResourceInUse):
    wording = "Consumer {name} under stream {arn} already exists for account {account}."


class SubscriptionExists(ResourceInUse):
    wording = "Another active subscription exists for this consumer: {consumer}:{shard}"


class LimitExceeded(KinesisError):
    code = "LimitExceededException"
    wording = "{reason}"


class TooManyShards(LimitExceeded):
    wording = (
        "This request would exceed the shard limit for the account {account} in {region}. Current shard count for the account:"
        " {count}. Limit: {count_max}. Number of additional shards that would have resulted from this request: {more}. Refer to"
        " the AWS Service Limits page (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits"
        " and how to request higher limits."
    )


class TooManyConsumers(LimitExceeded):
    wording = "Stream {name} under account {account} already has the maximum of {count_max} registered consumers."


class ScaledTooFarUp(LimitExceeded):
    wording = (
        "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: {count}, Target"
        " shard count: {target}"
    )


class ScaledTooFarDown(LimitExceeded):
    wording = (
        "UpdateShardCount cannot scale down below half your current open shard count. Current open shard count: {count}, Target"
        " shard count: {target}"
    )


class ThroughputExceeded(KinesisError):
    code = "ProvisionedThroughputExceededException"
    wording = "Rate exceeded for shard {shard} in stream {name} under account {account}."


# ---- arguments -------------------------------------------------------------------------------------------------------


class InvalidArgument(KinesisError):
    code = "InvalidArgumentException"
    wording = "{reason}"


class Validation(KinesisError):
    code = "ValidationException"
    wording = "{reason}"


class NoStreamNamed(InvalidArgument):
    wording = "Either StreamName or StreamARN must be provided."


class StreamNamedTwice(InvalidArgument):
    wording = "StreamARN {arn} and StreamName {name} do not name the same stream."


class OnDemandMode(Validation):
    wording = "Request is invalid. Stream {name} under account {account} is in On-Demand mode."


class ProvisionedMode(InvalidArgument):
    wording = "Request is invalid. Stream {name} under account {account} is in Provisioned mode."


class RecordTooLarge(Validation):
    wording = (
        "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim={bytes} cap={bytes}]' at '{place}' failed to"
        " satisfy constraint: Member must have length less than or equal to {bytes_max}"
    )


class MissingPartitionKey(Validation):
    wording = "1 validation error detected: Value null at '{place}' failed to satisfy constraint: Member must not be null"


class RequestTooLarge(InvalidArgument):
    wording = "Records size exceeds {mib} MB limit"


class BadExplicitHashKey(InvalidArgument):
    wording = "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {hash_key}"


class BadMinimumSequence(InvalidArgument):
    wording = "ExclusiveMinimumSequenceNumber {sequence} used in PutRecord on stream {name} under account {account} is invalid."


class BadStartingHashKey(InvalidArgument):
    wording = (
        "NewStartingHashKey {hash_key} used in SplitShard() on shard {shard} in stream {name} under account {account} is not"
        " both greater than one plus the shard's StartingHashKey {first} and less than the shard's EndingHashKey {last}."
    )


class ShardIsClosed(InvalidArgument):
    wording = "Shard {shard} in stream {name} under account {account} is closed and cannot be split or merged."


class ShardsNotAdjacent(InvalidArgument):
    wording = (
        "Shards {shard} and {adjacent} in stream {name} under account {account} are not an adjacent pair of shards eligible for"
        " merging"
    )


class RetentionTooShort(InvalidArgument):
    wording = "Minimum allowed retention period is 24 hours. Requested retention period ({hours} hours) is too short."


class RetentionTooLong(InvalidArgument):
    wording = "Maximum allowed retention period is 8760 hours. Requested retention period ({hours} hours) is too long."


class RetentionNotLonger(InvalidArgument):
    wording = (
        "Requested retention period ({hours} hours) for stream {name} can not be shorter than existing retention period"
        " ({kept} hours). Use DecreaseRetentionPeriod API."
    )


class RetentionNotShorter(InvalidArgument):
    wording = (
        "Requested retention period ({hours} hours) for stream {name} can not be longer than existing retention period"
        " ({kept} hours). Use IncreaseRetentionPeriod API."
    )


class TooManyTags(InvalidArgument):
    wording = (
        "Failed to add tags to stream {name} under account {account} because a given stream cannot have more than {count_max}"
        " tags associated with it."
    )


class BadTagCharacters(InvalidArgument):
    wording = "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @ :."


class AccessDenied(KinesisError):
    """Of another account's stream, whose policy does not name the caller."""

    code = "AccessDeniedException"
    wording = (
        "User: {principal} is not authorized to perform: kinesis:{action} on resource: {arn} because no resource-based policy"
        " allows the kinesis:{action} action"
    )


class DryRun(KinesisError):
    code = "DryRunOperationException"
    wording = "The request was rejected because the DryRun parameter was specified."


# ---- iterators and tokens --------------------------------------------------------------------------------------------


class InvalidIterator(InvalidArgument):
    wording = "Invalid ShardIterator."


class ExpiredIterator(KinesisError):
    code = "ExpiredIteratorException"
    wording = (
        "Iterator expired. The iterator was created at time {created} while right now it is {now} which is further in the"
        " future than the tolerated delay of {tolerated_ms} milliseconds."
    )


class SequenceWithType(InvalidArgument):
    wording = (
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or"
        " LATEST and no StartingSequenceNumber. Request specified {type} and {found} StartingSequenceNumber."
    )


class MissingTimestamp(InvalidArgument):
    wording = (
        "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no"
        " timestamp parameter."
    )


class FutureTimestamp(InvalidArgument):
    wording = (
        "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: {asked_ms},"
        " currentTimestampInMillis: {now_ms}"
    )


class BadSequence(InvalidArgument):
    wording = (
        "StartingSequenceNumber {sequence} used in GetShardIterator on shard {shard} in stream {name} under account {account}"
        " is invalid."
    )


class ForeignSequence(InvalidArgument):
    wording = (
        "StartingSequenceNumber {sequence} used in GetShardIterator on shard {shard} in stream {name} under account {account}"
        " is invalid because it did not come from this stream."
    )


class SequenceOfOtherShard(InvalidArgument):
    wording = "Invalid StartingSequenceNumber. It encodes {encoded}, while it was used in a call to a shard with {shard}"


class BadToken(InvalidArgument):
    wording = "NextToken is invalid."


class ExpiredToken(KinesisError):
    code = "ExpiredNextTokenException"
    wording = "NextToken has expired."
