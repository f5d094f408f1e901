"""What legacy parameters are refused with is a ValidationException of the request."""

from lambent.services.dynamodb.expressions import legacy_errors


def test_an_error_tells_its_facts():
    error = legacy_errors.ArgumentType(operator="LT", type="SS")
    assert error.code == "ValidationException"
    assert error.message.endswith("ComparisonOperator LT is not valid for SS AttributeValue type")
