"""Names of pipes."""

import pytest
from tests.unit.services.pipes.engine.conftest import ACCOUNT, NAME, SCOPE

from lambent.services.pipes import errors
from lambent.services.pipes.engine.identifiers import parse_arn


def test_an_arn_names_the_pipe_that_has_it():
    assert parse_arn(NAME.arn, SCOPE) == NAME


@pytest.mark.parametrize("arn", ["p", f"arn:aws:pipes:eu-west-1:{ACCOUNT}:pipe/p", f"arn:aws:sqs:us-east-1:{ACCOUNT}:pipe/p"])
def test_what_is_no_pipe_of_the_callers_is_not_there(arn):
    with pytest.raises(errors.PipeNotFound):
        parse_arn(arn, SCOPE)
