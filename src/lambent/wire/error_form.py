"""What the protocols share in writing errors: under which code, and with the message in which member."""

from lambent.core.errors import ServiceError
from lambent.wire.models import Service, Shape
from lambent.wire.problems import MissingRequiredParameter

_SIMPLE_QUEUE_SERVICE = "AWS.SimpleQueueService."
# SQS' model no longer tells the codes that its errors had in query, but its servers still send them.
_QUERY_CODES = {
    "sqs": {
        "BatchEntryIdsNotDistinct": f"{_SIMPLE_QUEUE_SERVICE}BatchEntryIdsNotDistinct",
        "BatchRequestTooLong": f"{_SIMPLE_QUEUE_SERVICE}BatchRequestTooLong",
        "EmptyBatchRequest": f"{_SIMPLE_QUEUE_SERVICE}EmptyBatchRequest",
        "AccessDeniedException": "AccessDenied",
        "InvalidParameterValueException": "InvalidParameterValue",
        "MissingRequiredParameterException": "MissingParameter",
        "InvalidBatchEntryId": f"{_SIMPLE_QUEUE_SERVICE}InvalidBatchEntryId",
        "MessageNotInflight": f"{_SIMPLE_QUEUE_SERVICE}MessageNotInflight",
        "PurgeQueueInProgress": f"{_SIMPLE_QUEUE_SERVICE}PurgeQueueInProgress",
        "QueueDeletedRecently": f"{_SIMPLE_QUEUE_SERVICE}QueueDeletedRecently",
        "QueueDoesNotExist": f"{_SIMPLE_QUEUE_SERVICE}NonExistentQueue",
        "QueueNameExists": "QueueAlreadyExists",
        "TooManyEntriesInBatchRequest": f"{_SIMPLE_QUEUE_SERVICE}TooManyEntriesInBatchRequest",
        "UnsupportedOperation": f"{_SIMPLE_QUEUE_SERVICE}UnsupportedOperation",
    },
}


# What query words differently.
_QUERY_MESSAGES = {("sqs", "QueueDoesNotExist"): "The specified queue does not exist for this wsdl version."}


def query_message(service: Service | None, error: ServiceError) -> str:
    """The message as the query protocol has it."""
    return _QUERY_MESSAGES.get((service.name, error.code), error.message) if service is not None else error.message


def message_name(shape: Shape | None) -> str:
    """The member that holds the message; models spell it in two ways."""
    if shape is None:
        return "message"
    return next((name for name in shape.members if name.lower() == "message"), "message")


def query_code(service: Service | None, shape: Shape | None, error: ServiceError) -> str:
    """The code that the model gives an error for the query protocol, else the one that its class does."""
    if shape is not None and shape.error is not None and shape.error.code:
        return shape.error.code
    if isinstance(error, MissingRequiredParameter):
        return error.query_code
    codes = _QUERY_CODES.get(service.name, {}) if service is not None else {}
    return codes.get(error.code, error.code)


def query_error_header(service: Service | None, shape: Shape | None, error: ServiceError) -> list[tuple[str, str]]:
    """How services that once spoke query tell newer clients the code that older programs look for."""
    if service is None or not service.is_query_compatible:
        return []
    return [("x-amzn-query-error", f"{query_code(service, shape, error)};{'Sender' if error.is_senders_fault else 'Receiver'}")]
