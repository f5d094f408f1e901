"""Faults: what fails, when, for whom, and until when."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from lambent.testing import Account, Deployer, Faults, FunctionError, LocalPlatform, ServiceError, TurnableClock

ONCE = Config(retries={"total_max_attempts": 1})


def handler(event, context):
    return event


@pytest.fixture
def logs_client(aws: Account) -> Any:
    return aws.client("logs", config=ONCE)


def told(call: Any, **parameters: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"], error.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_the_nth_call_fails(logs_client: Any, faults: Faults) -> None:
    fault = faults.fail("logs", "CreateLogGroup", nth=2, error="ServiceUnavailableException")
    logs_client.create_log_group(logGroupName="one")
    assert told(logs_client.create_log_group, logGroupName="two") == ("ServiceUnavailableException", 400)
    logs_client.create_log_group(logGroupName="three")
    assert [group["logGroupName"] for group in logs_client.describe_log_groups()["logGroups"]] == ["one", "three"]
    assert (fault.calls, fault.happened) == (3, 1)


def test_some_entries_of_a_batch_fail_and_the_others_are_done(aws: Account, faults: Faults) -> None:
    kinesis = aws.client("kinesis", config=ONCE)
    kinesis.create_stream(StreamName="s", ShardCount=1)
    fault = faults.fail_entries("kinesis", "PutRecords", entries=[0, 2], error="ProvisionedThroughputExceededException")
    records = [{"Data": body, "PartitionKey": "k"} for body in (b"a", b"b", b"c")]
    reply = kinesis.put_records(StreamName="s", Records=records)
    codes = [record.get("ErrorCode") for record in reply["Records"]]
    assert (reply["FailedRecordCount"], fault.happened) == (2, 1)
    assert codes == ["ProvisionedThroughputExceededException", None, "ProvisionedThroughputExceededException"]
    assert kinesis.put_records(StreamName="s", Records=records)["FailedRecordCount"] == 0
    asked = {"StreamName": "s", "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    found = kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(**asked)["ShardIterator"])["Records"]
    assert [record["Data"] for record in found] == [b"b", b"a", b"b", b"c"]


def test_only_operations_that_answer_entry_by_entry_have_entries_that_fail(faults: Faults) -> None:
    with pytest.raises(ValueError, match="does not answer entry by entry"):
        faults.fail_entries("kinesis", "PutRecord", entries=[0])


def test_a_fault_without_end_goes_on_until_it_is_cleared(logs_client: Any, faults: Faults) -> None:
    faults.fail("logs", "DescribeLogGroups", times=None)
    for _ in range(3):
        assert told(logs_client.describe_log_groups) == ("InternalError", 500)
    faults.clear()
    assert logs_client.describe_log_groups()["logGroups"] == []


def test_calls_in_process_fail_as_those_over_http(aws: Account, faults: Faults) -> None:
    faults.fail("logs", "DescribeLogGroups", error="AccessDeniedException")
    with pytest.raises(ServiceError, match="AccessDeniedException"):
        aws.call("logs", "DescribeLogGroups")


@pytest.mark.parametrize(
    ("service", "operation", "method", "code", "status"),
    [
        ("lambda", "ListFunctions", "list_functions", "TooManyRequestsException", 429),
        ("logs", "DescribeLogGroups", "describe_log_groups", "ThrottlingException", 400),
        ("s3", "ListBuckets", "list_buckets", "SlowDown", 503),
        ("iam", "ListRoles", "list_roles", "Throttling", 400),
    ],
)
def test_each_service_throttles_in_its_own_words(
    aws: Account, faults: Faults, service: str, operation: str, method: str, code: str, status: int
) -> None:
    faults.throttle(service, operation)
    assert told(getattr(aws.client(service, config=ONCE), method)) == (code, status)


def test_boto3_takes_throttles_for_passing(aws: Account, faults: Faults) -> None:
    fault = faults.throttle("logs", "DescribeLogGroups")
    assert aws.client("logs").describe_log_groups()["logGroups"] == []
    assert fault.calls == 2


def test_a_lost_answer_leaves_what_was_done(logs_client: Any, faults: Faults) -> None:
    faults.lose_answer("logs", "CreateLogGroup")
    assert told(logs_client.create_log_group, logGroupName="one") == ("InternalError", 500)
    assert told(logs_client.create_log_group, logGroupName="one") == ("ResourceAlreadyExistsException", 400)


def test_a_delayed_call_waits_on_the_clock(logs_client: Any, faults: Faults, clock: TurnableClock) -> None:
    faults.delay("logs", "DescribeLogGroups", seconds=3_600)
    before = clock.now()
    with clock.auto():
        assert logs_client.describe_log_groups()["logGroups"] == []
    assert clock.now() - before == timedelta(hours=1)


def test_other_accounts_are_spared(lambent: LocalPlatform, aws: Account, faults: Faults) -> None:
    faults.fail("logs", "DescribeLogGroups", times=None)
    with lambent.account() as other:
        assert other.call("logs", "DescribeLogGroups")["logGroups"] == []


def test_faults_end_with_their_account(lambent: LocalPlatform) -> None:
    with lambent.account("111122223333") as aws:
        aws.faults.fail("logs", "DescribeLogGroups", times=None)
    with lambent.account("111122223333") as aws:
        assert aws.call("logs", "DescribeLogGroups")["logGroups"] == []


@pytest.mark.parametrize(("service", "operation"), [("sqs", "SendMesage"), ("sqqs", "SendMessage")])
def test_a_misspelt_name_is_refused(faults: Faults, service: str, operation: str) -> None:
    with pytest.raises(ValueError, match="spell"):
        faults.fail(service, operation)


def test_the_next_event_kills_its_environment_before_the_handler_sees_it(deploy: Deployer, faults: Faults) -> None:
    def writing(event, context):
        print("seen", event)

    writer = deploy(writing)
    writer(1)
    faults.kill_environment(writer)
    with pytest.raises(FunctionError, match="signal: killed") as raised:
        writer(2)
    assert raised.value.type == "Runtime.ExitError"
    writer(3)
    assert [line for line in writer.logs() if "seen" in line] == ["seen 1", "seen 3"]


def test_an_environment_that_works_is_killed_at_once(deploy: Deployer, faults: Faults, aws: Account) -> None:
    def hanging(event, context):
        print("begun", flush=True)
        import threading

        threading.Event().wait(60)

    hanger = deploy(hanging, timeout=70)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(hanger)
        aws.logs.wait_for(hanger, "begun")
        faults.kill_environment(hanger)
        with pytest.raises(FunctionError, match="signal: killed"):
            answer.result(10)


def test_a_crash_keeps_what_was_acknowledged(aws: Account, deploy: Deployer, faults: Faults, clock: TurnableClock) -> None:
    echo = deploy(handler)
    before, port = clock.now(), aws.endpoint_url
    client = aws.client("lambda")
    faults.crash()
    assert echo("still there") == "still there"
    assert client.list_functions()["Functions"][0]["FunctionName"] == "handler"
    assert (clock.now(), aws.endpoint_url) == (before, port)


def test_an_event_outlives_its_environment(deploy: Deployer, faults: Faults, clock: TurnableClock) -> None:
    echo = deploy(handler)
    faults.kill_environment(echo, times=2)
    echo.send("important")
    clock.advance(180)
    assert echo.events == ["important"] * 3
    assert len({each.request_id for each in echo.invocations}) == 1


def test_an_event_outlives_the_platform(deploy: Deployer, faults: Faults, clock: TurnableClock) -> None:
    def failing(event, context):
        raise ValueError(event)

    failer = deploy(failing)
    failer.send("important")
    clock.settle()
    faults.crash()
    clock.advance(60)
    faults.crash()
    clock.advance(120)
    clock.advance(6 * 3_600)
    first, second, third = failer.invocations
    assert ((second.at - first.at).seconds, (third.at - second.at).seconds) == (60, 120)
