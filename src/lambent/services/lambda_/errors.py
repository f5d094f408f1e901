"""What lambda answers when it does not do as asked.

Wording as AWS answers it: https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html and the pages of the operations.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from lambent.core.errors import ServiceError


class LambdaError(ServiceError):
    """An error of lambda: it says whose fault it is in ``Type``."""

    code: ClassVar[str] = "ServiceException"
    members: Mapping[str, Any] = {"Type": "User"}


# ---- what was asked is not allowed -----------------------------------------------------------------------------------


class ValidationException(ServiceError):
    """A constraint that the model cannot state; AWS gives these no ``Type``."""

    code, status = "ValidationException", 400
    wording = "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must {must}"


class InvalidParameterValue(LambdaError):
    code, status = "InvalidParameterValueException", 400
    wording = "{reason}"


class SnapStartProvisioned(InvalidParameterValue):
    # AWS refuses it too; these words are ours.
    wording = "Provisioned Concurrency is not supported for SnapStart enabled functions."


class DerivedQualifierDiffers(InvalidParameterValue):
    wording = "The derived qualifier from the function name does not match the specified qualifier."


class RuntimeInvalid(InvalidParameterValue):
    wording = (
        "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{runtimes}] "
        "or be a valid ARN"
    )


class RuntimeDeprecated(InvalidParameterValue):
    wording = (
        "The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
        "We recommend you use a supported runtime while creating or updating functions."
    )


class MemoryTooLarge(InvalidParameterValue):
    wording = "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to {limit}"


class VariablesTooLong(InvalidParameterValue):
    wording = (
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        "exceeded the 4KB limit. String measured: {measured}"
    )


class VariablesReserved(InvalidParameterValue):
    wording = (
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        "contains reserved keys that are currently not supported for modification. "
        "Reserved keys used in this request: {names}"
    )


class BadZip(InvalidParameterValue):
    wording = "Could not unzip uploaded file. Please check your file, then try to upload again."


class ImageNotValid(InvalidParameterValue):
    wording = "Source image {uri} is not valid. Provide a valid source image."


class ImageMissing(InvalidParameterValue):
    wording = "Source image {uri} does not exist. Provide a valid source image."


class ImageUnsupported(InvalidParameterValue):
    wording = "The image manifest, config or layer media type for the source image {uri} is not supported."


class ImageNeedsZstd(InvalidParameterValue):
    # AWS takes no such layers at all; here it depends on what can unpack them.
    wording = (
        "The image manifest, config or layer media type for the source image {uri} is not supported. Its layers are compressed "
        "with zstd, which takes the program zstd, the package zstandard or Python 3.14 beside the platform."
    )


class UnzippedTooLarge(InvalidParameterValue):
    wording = "Unzipped size must be smaller than {limit} bytes"


class CodeWithLayersTooLarge(InvalidParameterValue):
    wording = (
        "Function code combined with layers exceeds the maximum allowed size of {limit} bytes. The actual size is {size} bytes."
    )


class CodeNotFetched(InvalidParameterValue):
    wording = "Error occurred while GetObject. S3 Error Code: {error_code}. S3 Error Message: {error_message}"


class LayersTooMany(InvalidParameterValue):
    wording = "Cannot reference more than {limit} layers."


class LayersElsewhere(InvalidParameterValue):
    wording = "Layers are not in the same region as the function. Layers are expected to be in region {region}."


class LayerTwice(InvalidParameterValue):
    wording = (
        "Two different versions of the same layer are not allowed to be referenced in the same function. "
        "{first} and {second} are versions of the same layer."
    )


class LayerToAttachMissing(InvalidParameterValue):
    wording = "Layer version {arn} does not exist."


class LayerVersionBelowOne(InvalidParameterValue):
    wording = "Layer Version Cannot be less than 1"


class TagsTooMany(InvalidParameterValue):
    wording = "Number of tags exceeds resource tag limit."


class TagsOnQualified(InvalidParameterValue):
    wording = "Tags on function aliases and versions are not supported. Please specify a function ARN."


class CodeSha256Differs(InvalidParameterValue):
    wording = (
        "CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({current}). "
        "Please try again with the CodeSHA256 in $LATEST."
    )


class LatestNotDeleted(InvalidParameterValue):
    wording = "$LATEST version cannot be deleted without deleting the function."


class AliasNotDeleted(InvalidParameterValue):
    wording = "Deletion of aliases is not currently supported."


class UnreservedTooLow(InvalidParameterValue):
    wording = (
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
        "minimum value of [{minimum}]."
    )


class ReservedBelowProvisioned(InvalidParameterValue):
    # The blanks are AWS'.
    wording = (
        " ReservedConcurrentExecutions  {reserved} should not be lower than function's total provisioned concurrency "
        "[{provisioned}]."
    )


class ProvisionedAboveReserved(InvalidParameterValue):
    wording = "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"


class ProvisionedAboveUnreserved(InvalidParameterValue):
    wording = "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [{unreserved}]."


class ProvisionedOnWeights(InvalidParameterValue):
    wording = "Alias with weights can not be used with Provisioned Concurrency"


class ProvisionedOnLatest(InvalidParameterValue):
    wording = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."


class ProvisionedOfLatest(InvalidParameterValue):
    wording = "The function resource provided must be an alias or a published version."


class UnqualifiedOnly(InvalidParameterValue):
    wording = (
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
        "Please specify either a function name or an unqualified function ARN."
    )


class PolicyOnLatest(InvalidParameterValue):
    wording = "We currently do not support adding policies for $LATEST."


class BadPrincipal(InvalidParameterValue):
    wording = "The provided principal was invalid. Please check the principal and try again."


class WeightsTooMany(InvalidParameterValue):
    wording = "Number of items in AdditionalVersionWeights cannot be greater than 1"


class WeightsOnLatest(InvalidParameterValue):
    wording = "$LATEST is not supported for an alias pointing to more than 1 version"


class WeightOfSameVersion(InvalidParameterValue):
    wording = "Invalid function version {version}. Function version {version} is already included in routing configuration."


class UnrecognizedEventSource(InvalidParameterValue):
    wording = "Unrecognized event source."


class UnsupportedForSource(InvalidParameterValue):
    wording = "Unsupported {parameter} parameter for given event source mapping type."


class StreamMissing(InvalidParameterValue):
    wording = "Stream not found: {arn}"


class StartingPositionMissing(InvalidParameterValue):
    wording = (
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."
    )


class StartingPositionUnsupported(InvalidParameterValue):
    wording = "Unsupported starting position for arn type: {arn}"


class StreamNotAccessible(InvalidParameterValue):
    # ``actions`` as AWS lists them: "GetRecords, GetShardIterator, DescribeStream, and ListStreams".
    wording = "Cannot access stream {arn}. Please ensure the role can perform the {actions} Actions on your stream in IAM."


class MappedFunctionMissing(InvalidParameterValue):
    wording = "Function does not exist"


class WindowNeeded(InvalidParameterValue):
    wording = "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than {limit}"


class BadFilter(InvalidParameterValue):
    wording = "Invalid filter pattern definition."


class FiltersTooMany(InvalidParameterValue):
    wording = "Number of filters exceeds the limit of {limit}."


class SourceNotReadable(InvalidParameterValue):
    wording = "Error occurred while {operation}. SQS Error Code: {error_code}. SQS Error Message: {error_message}"


class RoleMayNotRead(InvalidParameterValue):
    wording = "The provided execution role does not have permissions to call {action} on SQS"


class VisibilityTooShort(InvalidParameterValue):
    wording = "Queue visibility timeout: {visibility} seconds is less than Function timeout: {timeout} seconds"


class DurableUnqualified(InvalidParameterValue):
    wording = "You cannot invoke a durable function using an unqualified ARN."


class DurableTooLong(InvalidParameterValue):
    wording = "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes."


class DurableOnlyWhenCreated(InvalidParameterValue):
    wording = "You can enable durable execution only when you create a function: this one was created without DurableConfig."


class NotDurable(InvalidParameterValue):
    wording = "DurableExecutionName can be given only where a durable function is invoked."


class CheckpointTokenInvalid(InvalidParameterValue):
    wording = "Invalid checkpoint token"


class CheckpointTokenOfOther(InvalidParameterValue):
    wording = "Checkpoint token is not valid for the durable execution ARN"


class CallbackIdInvalid(InvalidParameterValue):
    wording = "Invalid callback id"


class DurableOperationsTooMany(InvalidParameterValue):
    wording = "A durable execution can have at most {limit} operations."


class NothingConfigured(InvalidParameterValue):
    wording = "You must specify at least one of error handling or destination setting."


class DestinationIsItself(InvalidParameterValue):
    wording = "You can't specify the function as a destination for itself."


class DestinationMissing(InvalidParameterValue):
    wording = "The destination ARN {arn} is invalid."


class DestinationsInvalid(InvalidParameterValue):
    # A target that can be none. As AWS' own program would print what it was given.
    wording = "The provided destination config DestinationConfig(onSuccess={on_success}, onFailure={on_failure}) is invalid."


class DestinationDenied(InvalidParameterValue):
    # ``action`` without its service: "SendMessage".
    wording = "The function's execution role does not have permissions to call {action} on {arn}"


class DeadLetterDenied(InvalidParameterValue):
    # ``service``: "SQS" or "SNS".
    wording = "The provided execution role does not have permissions to call {action} on {service}"


class DeadLetterTargetInvalid(InvalidParameterValue):
    # Our own wording: AWS' is not documented.
    wording = "The dead letter target {arn} is not supported. Specify a standard SQS queue or a standard SNS topic."


class RequestContentInvalid(LambdaError):
    code, status = "InvalidRequestContentException", 400
    wording = "Could not parse request body into json: Could not parse payload into json: {reason}"


class ClientContextInvalid(RequestContentInvalid):
    wording = "{reason}"


# ---- too large -------------------------------------------------------------------------------------------------------


class RequestTooLarge(LambdaError):
    code, status = "RequestEntityTooLargeException", 413
    wording = "Request must be smaller than {limit} bytes for the {operation} operation"
    members: Mapping[str, Any] = {}


class ZippedTooLarge(LambdaError):
    code, status = "RequestEntityTooLargeException", 413
    wording = "Zipped size must be smaller than {limit} bytes"


class EventTooLarge(LambdaError):
    code, status = "RequestEntityTooLargeException", 413
    wording = "{size} byte payload is too large for the Event invocation type (limit {limit} bytes)"


class CodeStorageExceeded(LambdaError):
    code, status = "CodeStorageExceededException", 400
    wording = "Code storage limit exceeded."


class PolicyTooLong(LambdaError):
    code, status = "PolicyLengthExceededException", 400
    wording = "The final policy size ({size}) is bigger than the limit ({limit})."


# ---- not there -------------------------------------------------------------------------------------------------------


class NotFound(LambdaError):
    code, status = "ResourceNotFoundException", 404


class FunctionNotFound(NotFound):
    wording = "Function not found: {arn}"


class FunctionElsewhere(NotFound):
    wording = "Functions from '{region}' are not reachable in this region ('{here}')"


class AliasArnNotFound(NotFound):
    wording = "Cannot find alias arn: {arn}"


class AliasNotFound(NotFound):
    wording = "Alias not found: {arn}"


class LayerVersionNotFound(NotFound):
    wording = "Layer version {arn} does not exist."


class StatementNotFound(NotFound):
    wording = "Statement {statement_id} is not found in resource policy."


class PolicyNotFound(NotFound):
    wording = "No policy is associated with the given resource."


class PolicyOfNothing(NotFound):
    wording = "No policy found for: {arn}"


class NoSuchResource(NotFound):
    wording = "The resource you requested does not exist."


class FunctionMissing(NotFound):
    # As the operations on event invoke configs say it.
    wording = "The function doesn't exist."


class UrlFunctionMissing(NotFound):
    # As the operations on function URLs say it.
    wording = "Function does not exist"


class NotConfigured(NotFound):
    # ``arn`` with its qualifier.
    wording = "The function {arn} doesn't have an EventInvokeConfig"


class ProvisionedNotFound(LambdaError):
    code, status = "ProvisionedConcurrencyConfigNotFoundException", 404
    wording = "No Provisioned Concurrency Config found for this function"


# ---- not now, not so -------------------------------------------------------------------------------------------------


class Conflict(LambdaError):
    code, status = "ResourceConflictException", 409


class FunctionExists(Conflict):
    wording = "Function already exist: {name}"


class UpdateInProgress(Conflict):
    wording = "The operation cannot be performed at this time. An update is in progress for resource: {arn}"


class FunctionNotReady(Conflict):
    wording = "The operation cannot be performed at this time. The function is currently in the following state: {state}"


class ResourceNotReady(Conflict):
    # As all operations but Invoke say it. Of a version the ARN has its number.
    wording = (
        "The operation cannot be performed at this time. The resource {arn} is currently in the following state: '{state}'. "
        "StateReasonCode: '{reason_code}'"
    )


class AliasExists(Conflict):
    wording = "Alias already exists: {arn}"


class QueueMappingExists(Conflict):
    # The blanks are AWS'.
    wording = (
        'An event source mapping with SQS arn (" {source} ") and function (" {function} ") already exists. '
        "Please update or delete the existing mapping with UUID {id}"
    )


class StreamMappingExists(Conflict):
    # The blanks are AWS'.
    wording = (
        'The event source arn (" {source} ") and function (" {function} ") provided mapping already exists. '
        "Please update or delete the existing mapping with UUID {id}"
    )


class UrlExists(Conflict):
    # The blanks are AWS'.
    wording = (
        "Failed to create function url config for [functionArn = {arn}]. "
        "Error message:  FunctionUrlConfig exists for this Lambda function"
    )


class VersionInUse(Conflict):
    wording = "Unable to delete version because the following aliases reference it: [{aliases}]"


class StatementExists(Conflict):
    wording = (
        "The statement id ({statement_id}) provided already exists. "
        "Please provide a new statement id, or remove the existing statement."
    )


class VersionAlreadyProvisioned(Conflict):
    wording = "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"


class AliasAlreadyProvisioned(Conflict):
    wording = "Version is pointed by a Provisioned Concurrency alias"


class MappingInUse(LambdaError):
    # ``deed``: "update" or "delete".
    code, status = "ResourceInUseException", 400
    wording = "Cannot {deed} the event source mapping because it is in use."


class RevisionDiffers(LambdaError):
    code, status = "PreconditionFailedException", 412
    wording = (
        "The Revision Id provided does not match the latest Revision Id. "
        "Call the {operation} API to retrieve the latest Revision Id"
    )


class AccessDenied(LambdaError):
    code, status = "AccessDeniedException", 403
    wording = (
        "User: {principal} is not authorized to perform: {action} on resource: {arn} "
        "because no resource-based policy allows the {action} action"
    )
    members: Mapping[str, Any] = {}


class ImageForbidden(AccessDenied):
    wording = "Lambda does not have permission to access the ECR image. Check the ECR permissions."


class TooManyRequests(LambdaError):
    """``members`` carry ``Reason``, one of AWS' ThrottleReason values."""

    code, status = "TooManyRequestsException", 429
    wording = "Rate Exceeded."

    def __init__(self, reason: str) -> None:
        super().__init__(members={"Reason": reason, "Type": "User"})


class SystemFailed(LambdaError):
    """The platform's own failure, as a dead letter tells it."""

    code, status = "ServiceException", 500
    wording = "An error occurred and the request cannot be processed."


class NotRun(LambdaError):
    """The event did not come to the function's handler, for a reason that may pass."""


class SnapStartFailed(NotRun):
    code, status = "SnapStartException", 400
    wording = "An afterRestore() runtime hook of the function failed. The function's log says more."


class SnapStartTimedOut(NotRun):
    code, status = "SnapStartTimeoutException", 408
    wording = "Lambda couldn't restore the snapshot within the timeout limit."


class CodeNotUnpacked(NotRun):
    code, status = "InvalidZipFileException", 502
    wording = "Lambda could not unzip the deployment package. {reason}"


class RuntimeNotInstalled(NotRun):
    # The function is there, and the machine has nothing to run it with.
    code, status = "InvalidRuntimeException", 502
    wording = "{reason}"
