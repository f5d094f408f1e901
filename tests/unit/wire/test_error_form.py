"""Errors are told under the code and in the member that the model gives them."""

from lambent.core.errors import ServiceError
from lambent.wire import error_form, models, problems


class NoSuchEntity(ServiceError):
    code = "NoSuchEntityException"
    status = 404


class QueueDoesNotExist(ServiceError):
    code = "QueueDoesNotExist"
    status = 400


class Broken(ServiceError):
    code = "Broken"
    status = 500


def test_the_message_stands_in_the_member_that_the_model_spells():
    shapes = models.service("lambda").shapes
    assert error_form.message_name(shapes["ResourceNotFoundException"]) == "Message"
    assert error_form.message_name(shapes["TooManyRequestsException"]) == "message"
    assert error_form.message_name(None) == "message"


def test_the_query_code_is_the_models():
    shape = models.service("iam").error("NoSuchEntityException")
    assert error_form.query_code(models.service("iam"), shape, NoSuchEntity()) == "NoSuchEntity"


def test_a_missing_parameter_has_a_code_of_its_own_in_query():
    assert error_form.query_code(None, None, problems.MissingRequiredParameter(reason="x")) == "MissingParameter"


def test_services_that_spoke_query_tell_the_old_code_and_whose_fault_it_is():
    sqs = models.service("sqs")
    header = error_form.query_error_header(sqs, sqs.error("QueueDoesNotExist"), QueueDoesNotExist())
    assert header == [("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender")]
    assert error_form.query_error_header(sqs, None, Broken()) == [("x-amzn-query-error", "Broken;Receiver")]


def test_other_services_do_not():
    assert error_form.query_error_header(models.service("lambda"), None, Broken()) == []


def test_query_words_some_errors_differently():
    sqs = models.service("sqs")
    wording = "The specified queue does not exist for this wsdl version."
    assert error_form.query_message(sqs, QueueDoesNotExist()) == wording
    assert error_form.query_message(None, Broken()) == Broken().message
