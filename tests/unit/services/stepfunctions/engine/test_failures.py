"""Which names of errors match."""

import pytest

from lambent.services.stepfunctions.engine.failures import Failure


@pytest.mark.parametrize(
    ("error", "names", "expected"),
    [
        ("E", ("E",), True),
        ("E", ("F",), False),
        ("E", ("States.ALL",), True),
        ("E", ("States.TaskFailed",), True),
        ("States.Timeout", ("States.TaskFailed",), False),
        ("States.HeartbeatTimeout", ("States.TaskFailed",), True),
        ("States.Runtime", ("States.ALL",), False),
        ("States.Runtime", ("States.Runtime",), False),
        ("States.DataLimitExceeded", ("States.ALL",), False),
        ("States.DataLimitExceeded", ("States.DataLimitExceeded",), True),
        (None, ("States.ALL",), True),
    ],
)
def test_a_failure_matches_names(error: str | None, names: tuple[str, ...], expected: bool):
    assert Failure(error).matches(names) is expected


def test_a_failure_tells_what_there_is():
    assert Failure("E").details() == {"error": "E"}
    assert Failure(None, "c").output() == {"Error": "", "Cause": "c"}


def test_an_error_and_its_cause_have_lengths():
    failure = Failure("e" * 1_000, "c" * 100_000)
    assert (len(failure.error or ""), len(failure.cause or "")) == (256, 32_768)


def test_half_a_character_is_told_as_a_question_mark():
    failure = Failure("e\ud83d", "c\ude00 \U0001f600")
    assert (failure.error, failure.cause) == ("e?", "c? \U0001f600")
