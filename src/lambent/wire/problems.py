"""What the wire itself answers: requests that name no operation, that cannot be read, or that the model forbids."""

from lambent.core.errors import ServiceError


class UnknownOperation(ServiceError):
    """No operation stands at this method and path."""

    code = "UnknownOperationException"
    status = 404
    wording = ""


class UnknownSite(ServiceError):
    """A path below that of users' addresses which names none of them. The wording is ours."""

    code = "NotFoundException"
    status = 404
    wording = "There is nothing at {path}. APIs are at /_aws/execute-api/API_ID/, function URLs at /_aws/lambda-url/URL_ID/."


class UnknownTarget(ServiceError):
    """The ``X-Amz-Target`` names no operation."""

    code = "UnknownOperationException"
    status = 400
    wording = ""


class InvalidAction(ServiceError):
    """The ``Action`` names no operation of this ``Version``."""

    code = "InvalidAction"
    status = 400
    wording = "Could not find operation {action} for version {version}"


class MissingAction(ServiceError):
    """A form without an ``Action``."""

    code = "MissingAction"
    status = 400
    wording = "The request must contain the parameter Action"


class MethodNotAllowed(ServiceError):
    """S3 knows the resource but not this method of it."""

    code = "MethodNotAllowed"
    status = 405
    wording = "The specified method is not allowed against this resource."


class ServiceNotServed(ServiceError):
    """A service that this platform does not have."""

    code = "NotImplemented"
    status = 501
    wording = "Lambent does not serve {service}"


class Serialization(ServiceError):
    """A body that is not what the model says."""

    code = "SerializationException"
    status = 400
    wording = "{reason}"


class MalformedXml(ServiceError):
    """S3's answer to a body that is not the XML it expects."""

    code = "MalformedXML"
    status = 400
    wording = "The XML you provided was not well-formed or did not validate against our published schema"


class MissingRequestBody(ServiceError):
    """S3's answer where a body must be and none is."""

    code = "MissingRequestBodyError"
    status = 400
    wording = "Request Body is empty"


class InvalidRequest(ServiceError):
    """S3's answer where a header or a parameter must be and is not."""

    code = "InvalidRequest"
    status = 400
    wording = "Missing required parameter for this request: '{name}'"


class MalformedInput(ServiceError):
    """The query protocol's answer to a parameter that cannot be read."""

    code = "MalformedInput"
    status = 400
    wording = "{reason}"


class InvalidRequestContent(ServiceError):
    """Lambda's answer to a body that is no JSON."""

    code = "InvalidRequestContentException"
    status = 400
    wording = "Could not parse request body into json: {reason}"


class Validation(ServiceError):
    """Parameters that break the model's constraints; ``constraints`` words the findings."""

    code = "ValidationException"
    status = 400
    wording = "{findings}"


class ValidationError(Validation):
    """The same, as services of the query protocol call it."""

    code = "ValidationError"


class InvalidParameter(Validation):
    """The same, as CloudWatch Logs and ECR call it."""

    code = "InvalidParameterException"


class BadRequest(Validation):
    """The same, as API Gateway calls it."""

    code = "BadRequestException"


class MissingRequiredParameter(ServiceError):
    """A required parameter is missing, as services that once spoke query say it."""

    code = "MissingRequiredParameterException"
    query_code = "MissingParameter"
    status = 400
    wording = "{reason}"
