"""The gateway's own errors: AWS' codes, statuses and wording."""

import inspect

import pytest

from lambent.core.errors import ServiceError
from lambent.gateway import errors

CLASSES = [found for _, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, ServiceError)]


@pytest.mark.parametrize("error", CLASSES)
def test_each_error_has_a_code_and_a_status_of_a_refusal(error: type[ServiceError]) -> None:
    assert 400 <= error.status < 600
    assert error.code or error is ServiceError


def test_a_body_that_is_too_large_is_told_as_lambda_tells_it() -> None:
    error = errors.RequestEntityTooLarge(bytes_max=70_167_211, operation="CreateFunction")
    assert error.message == "Request must be smaller than 70167211 bytes for the CreateFunction operation"
    assert (error.code, error.status) == ("RequestEntityTooLargeException", 413)


def test_what_is_not_implemented_is_named_and_not_worth_a_retry() -> None:
    error = errors.OperationNotImplemented(service="lambda", operation="Fly")
    assert "lambda:Fly" in error.message
    assert error.status == 501  # botocore retries 500, 502, 503 and 504
