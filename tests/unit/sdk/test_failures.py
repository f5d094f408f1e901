"""How deploying fails: in AWS' words, with the next step."""

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, NoRegionError

from lambent.sdk.failures import DeployError, code_of, in_words, words_of


@pytest.mark.parametrize(
    ("error", "message", "advice"),
    [
        (NoCredentialsError(), "double: there are no AWS credentials", 'eval "$(lambent env)"'),
        (
            EndpointConnectionError(endpoint_url="http://localhost:1/"),
            "nothing answers at http://localhost:1/",
            "lambent start",
        ),
        (NoRegionError(), "double: You must specify a region.", ""),
    ],
)
def test_failures_on_the_way_say_what_to_do(error, message, advice):
    with pytest.raises(DeployError) as caught, in_words("double"):
        raise error
    assert message in caught.value.message
    assert advice in caught.value.advice
    assert caught.value.__cause__ is error


def test_a_refusal_is_told_in_awss_words_with_its_code(refusal):
    error = refusal("AccessDeniedException", "User is not authorized to perform: lambda:CreateFunction")
    with pytest.raises(DeployError) as caught, in_words("double"):
        raise error
    assert caught.value.message == "double: User is not authorized to perform: lambda:CreateFunction (AccessDeniedException)"
    assert "AWS_PROFILE" in str(caught.value)
    assert code_of(error) == "AccessDeniedException"
    assert words_of(error).startswith("User is not")


def test_other_errors_pass_as_they_are():
    with pytest.raises(ZeroDivisionError), in_words("double"):
        _ = 1 / 0
    assert code_of(ValueError("x")) == ""
    assert words_of(ValueError("x")) == "x"
