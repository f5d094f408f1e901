"""What stepfunctions answers when it does not do as asked, in AWS' words."""

from typing import ClassVar

from lambent.core.errors import ServiceError


class StepFunctionsError(ServiceError):
    """An error of stepfunctions; all blame the request."""

    status: ClassVar[int] = 400


class ValidationException(StepFunctionsError):
    """Whatever the model does not say, but AWS does; ``reason`` is all of the message."""

    code = "ValidationException"
    wording = "{reason}"


class InvalidArn(StepFunctionsError):
    code = "InvalidArn"
    wording = "Invalid Arn: 'Invalid ARN prefix: {arn}'"


class ResourceNotFound(StepFunctionsError):
    code = "ResourceNotFound"
    wording = "Resource not found: '{arn}'"


class InvalidName(StepFunctionsError):
    code = "InvalidName"
    wording = "Invalid Name: '{name}'"


class InvalidDefinition(StepFunctionsError):
    """``reason``: ``SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /``."""

    code = "InvalidDefinition"
    wording = "Invalid State Machine Definition: '{reason}'"


class InvalidLoggingConfiguration(StepFunctionsError):
    code = "InvalidLoggingConfiguration"
    wording = "Invalid Logging Configuration: {reason}"


class InvalidExecutionInput(StepFunctionsError):
    code = "InvalidExecutionInput"
    wording = "Invalid State Machine Execution Input: '{reason}'"


class InvalidOutput(StepFunctionsError):
    code = "InvalidOutput"
    wording = "Invalid Output: '{reason}'"


class InvalidToken(StepFunctionsError):
    code = "InvalidToken"
    wording = "Invalid Token: '{reason}'"


class TaskTimedOut(StepFunctionsError):
    code = "TaskTimedOut"
    wording = "Task Timed Out: 'Provided task does not exist anymore'"


class MissingRequiredParameter(StepFunctionsError):
    code = "MissingRequiredParameter"
    wording = "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified"


class StateMachineDoesNotExist(StepFunctionsError):
    code = "StateMachineDoesNotExist"
    wording = "State Machine Does Not Exist: '{arn}'"


class StateMachineDeleting(StepFunctionsError):
    code = "StateMachineDeleting"
    wording = "State Machine is being deleted: '{arn}'"


class StateMachineAlreadyExists(StepFunctionsError):
    code = "StateMachineAlreadyExists"
    wording = "State Machine Already Exists: '{arn}'"


class StateMachineTypeNotSupported(StepFunctionsError):
    code = "StateMachineTypeNotSupported"
    wording = "This operation is not supported by this type of state machine"


class ExecutionDoesNotExist(StepFunctionsError):
    code = "ExecutionDoesNotExist"
    wording = "Execution Does Not Exist: '{arn}'"


class ExecutionAlreadyExists(StepFunctionsError):
    code = "ExecutionAlreadyExists"
    wording = "Execution Already Exists: '{arn}'"


class ActivityDoesNotExist(StepFunctionsError):
    code = "ActivityDoesNotExist"
    wording = "Activity Does Not Exist: '{arn}'"


class ActivityAlreadyExists(StepFunctionsError):
    code = "ActivityAlreadyExists"
    wording = "Activity Already Exists: '{arn}'"


class ConflictException(StepFunctionsError):
    code = "ConflictException"
    wording = "{reason}"


class ExecutionNotRedrivable(StepFunctionsError):
    code = "ExecutionNotRedrivable"
    wording = "Execution is not redrivable: {reason}"


class TooManyTags(StepFunctionsError):
    code = "TooManyTags"
    wording = "'{arn}' has too many tags: at most {count_max}"
