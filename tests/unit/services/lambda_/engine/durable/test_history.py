"""Events of history."""

from datetime import UTC, datetime

from lambent.services.lambda_.engine.durable import history
from lambent.services.lambda_.engine.durable.operations import Operation

STEP = Operation(
    "s", "STEP", "FAILED", 1, 10.0, ended_at=20.0, name="n", parent_id="p", attempt=2, error={"ErrorMessage": "no"}
)


def test_an_event_names_its_operation_and_its_details():
    assert history.ended(STEP) == {
        "EventType": "StepFailed",
        "EventTimestamp": 20.0,
        "Id": "s",
        "Name": "n",
        "ParentId": "p",
        "StepFailedDetails": {"Error": {"Payload": {"ErrorMessage": "no"}}, "RetryDetails": {"CurrentAttempt": 2}},
    }


def test_data_is_told_where_it_is_wanted_and_instants_are_dates():
    wait = Operation("w", "WAIT", "STARTED", 1, 10.0, wait_s=5, ends_at=15.0)
    told = history.told(7, history.wait_started(wait), has_data=False)
    assert (told["EventId"], told["EventTimestamp"]) == (7, datetime.fromtimestamp(10, UTC))
    assert told["WaitStartedDetails"]["ScheduledEndTimestamp"] == datetime.fromtimestamp(15, UTC)
    bare = history.told(8, history.ended(STEP), has_data=False)
    assert bare["StepFailedDetails"]["Error"] == {}


def test_a_retry_tells_when_the_next_attempt_is():
    event = history.step_retried(STEP, 30, 20.0)
    assert event["StepFailedDetails"]["RetryDetails"] == {"CurrentAttempt": 2, "NextAttemptDelaySeconds": 30}
