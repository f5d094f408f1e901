"""The wire's own errors have AWS' codes and statuses."""

import pytest

from lambent.core.errors import ServiceError
from lambent.wire import problems


@pytest.mark.parametrize(
    ("error", "code", "status", "message"),
    [
        (problems.UnknownOperation(), "UnknownOperationException", 404, ""),
        (problems.UnknownTarget(), "UnknownOperationException", 400, ""),
        (
            problems.InvalidAction(action="Fly", version="2010-05-08"),
            "InvalidAction",
            400,
            "Could not find operation Fly for version 2010-05-08",
        ),
        (problems.MethodNotAllowed(), "MethodNotAllowed", 405, "The specified method is not allowed against this resource."),
        (problems.Serialization(reason="why"), "SerializationException", 400, "why"),
    ],
)
def test_a_problem_has_its_code_status_and_message(error: ServiceError, code: str, status: int, message: str):
    assert (error.code, error.status, error.message) == (code, status, message)


def test_validation_has_the_name_that_each_family_of_services_gives_it():
    codes = {
        kind.code for kind in (problems.Validation, problems.ValidationError, problems.InvalidParameter, problems.BadRequest)
    }
    assert codes == {"ValidationException", "ValidationError", "InvalidParameterException", "BadRequestException"}
