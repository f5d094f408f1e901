"""What is answered about durable executions and their callbacks that are not there, or not so."""

from lambent.services.lambda_.errors import Conflict, LambdaError, NotFound


class DurableExecutionMissing(NotFound):
    wording = "Durable Execution does not exist"


class DurableExecutionAlreadyStarted(LambdaError):
    code, status = "DurableExecutionAlreadyStartedException", 409
    wording = "Execution already started: {arn}"


class DurableExecutionRuns(Conflict):
    wording = "The durable execution {arn} has not ended: stop it before you delete it."


class DurableExecutionIs(Conflict):
    wording = "The durable execution {arn} cannot be {wanted}: its status is {status}."


class CallbackClosed(LambdaError):
    code, status = "CallbackTimeoutException", 400
    wording = "The callback is either timed out or already completed"
