"""What other tests see on a clock that is turned, once on a clock that nobody turns: ``make realtime``, minutes."""

import pytest
from tests.acceptance.test_event_stories import EVENT, FAILING
from tests.acceptance.test_kill_9 import FAST, RUNTIME, zipped

LONG_POLLS_MAX = 12
LONG_POLL_S = 20


@pytest.mark.realtime
def test_a_failing_event_is_attempted_three_times_about_60_s_and_120_s_apart(client, account):
    functions, sqs, logs = client("lambda"), client("sqs"), client("logs")
    url = sqs.create_queue(QueueName="letters")["QueueUrl"]
    functions.create_function(
        FunctionName="failing",
        Runtime=RUNTIME,
        Role=f"arn:aws:iam::{account}:role/any",
        Handler="app.handler",
        Code={"ZipFile": zipped("app.py", FAILING)},
        DeadLetterConfig={"TargetArn": f"arn:aws:sqs:us-east-1:{account}:letters"},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="failing", WaiterConfig=FAST)
    reply = functions.invoke(FunctionName="failing", InvocationType="Event", Payload=EVENT)
    letters = []
    for _ in range(LONG_POLLS_MAX):
        letters += sqs.receive_message(QueueUrl=url, WaitTimeSeconds=LONG_POLL_S).get("Messages", [])
        if letters:
            break
    (letter,) = letters
    assert letter["Body"].encode() == EVENT
    events = logs.filter_log_events(logGroupName="/aws/lambda/failing", filterPattern="attempt")["events"]
    first, second, third = [(event["timestamp"], event["message"].split()[1]) for event in events]
    assert {request_id for _, request_id in (first, second, third)} == {reply["ResponseMetadata"]["RequestId"]}
    assert second[0] - first[0] == pytest.approx(60_000, abs=3_000)
    assert third[0] - second[0] == pytest.approx(120_000, abs=3_000)
