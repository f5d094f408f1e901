"""The errors of JSONata carry their facts."""

from lambent.lang.jsonata.errors import INVALID, EvaluationError, InvalidJsonata, JsonataFailure


def test_a_failure_is_a_sentence_of_its_field_and_expression():
    failure = JsonataFailure("Output/a", "$x", "returned nothing (undefined).")
    assert str(failure) == "The JSONata expression '$x' specified for the field 'Output/a' returned nothing (undefined)."
    assert (failure.field, failure.expression) == ("Output/a", "$x")


def test_an_invalid_expression_is_invalid_unless_said_otherwise():
    error = InvalidJsonata("1 +", "Unexpected end", 3)
    assert (error.code, error.location, error.position) == (INVALID, "", 3)


def test_an_evaluation_error_has_a_code_and_a_message():
    error = EvaluationError("T1006", "Attempted")
    assert (error.code, error.message) == ("T1006", "Attempted")
