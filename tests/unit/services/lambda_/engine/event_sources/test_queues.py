"""What a mapping of a queue may be set to, in AWS' words."""

import pytest

from lambent.core.arn import Arn
from lambent.core.errors import ServiceError
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.event_sources import queues
from lambent.services.lambda_.engine.event_sources.settings import Pollers, Settings

STANDARD = Arn("sqs", "us-east-1", "111111111111", "q")
FIFO = Arn("sqs", "us-east-1", "111111111111", "q.fifo")
RULES = queues.QueueRules()


@pytest.mark.parametrize(
    ("source", "settings", "words"),
    [
        (
            STANDARD,
            Settings(11),
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        ),
        (FIFO, Settings(11), "Maximum batch size must be between 1 and 10 inclusive"),
        (FIFO, Settings(10, window_s=1), "Batching window is not supported for FIFO queues"),
        (STANDARD, Settings(1, pollers=Pollers(1, 2)), "MinimumPollers and MaximumPollers must be at least 2"),
        (STANDARD, Settings(1, pollers=Pollers(3, 2)), "MinimumPollers must not be greater than MaximumPollers"),
        (STANDARD, Settings(1, pollers=Pollers(2, 2), concurrency_max=2), "cannot be set together"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(source, settings, words):
    with pytest.raises(ServiceError) as error:
        RULES.check_settings(source, settings)
    assert words in error.value.message
    assert error.value.code == "InvalidParameterValueException"


@pytest.mark.parametrize(
    ("source", "settings"),
    [
        (STANDARD, Settings(10)),
        (STANDARD, Settings(10_000, window_s=1)),
        (FIFO, Settings(10)),
        (STANDARD, Settings(1, pollers=Pollers(2, 2))),
    ],
)
def test_settings_that_do_go_together_are_taken(source, settings):
    RULES.check_settings(source, settings)


def test_a_queue_has_no_starting_position():
    with pytest.raises(errors.InvalidParameterValue, match="StartingPosition is not valid for SQS event sources"):
        RULES.check_request(STANDARD, {"StartingPosition": "LATEST"}, is_new=True)


def test_a_function_may_not_take_longer_than_messages_are_hidden():
    queues.check_visibility(30, 30)
    with pytest.raises(errors.VisibilityTooShort) as error:
        queues.check_visibility(30, 60)
    assert error.value.message == "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds"
