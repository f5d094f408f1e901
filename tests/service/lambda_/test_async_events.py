"""Invoke with InvocationType=Event, and InvokeAsync: accepted at once, run once, in their own time."""

import json

import pytest

APPEND = """
import boto3
def handler(event, context):
    key = f"{context.aws_request_id}-{context.function_version}"
    boto3.client("s3").put_object(Bucket=event["bucket"], Key=key, Body=event["text"])
"""


@pytest.fixture
def bucket(client, account):
    client("s3").create_bucket(Bucket=f"events-{account}")
    return f"events-{account}"


@pytest.fixture
def arrived(client, bucket):
    """Waits until so many events have run and returns what they wrote: request id and version -> text."""
    s3 = client("s3")

    def look(count: int) -> dict[str, str]:
        while (found := s3.list_objects_v2(Bucket=bucket))["KeyCount"] < count:
            pass
        keys = [each["Key"] for each in found["Contents"]]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys}

    return look


def test_an_event_is_accepted_and_runs_under_its_request_id(create, aws, bucket, arrived):
    create(app=APPEND, Timeout=30, MemorySize=512)
    answer = aws.invoke(FunctionName="f", InvocationType="Event", Payload=json.dumps({"bucket": bucket, "text": "one"}))
    assert answer["StatusCode"] == 202
    assert answer["Payload"].read() == b""
    assert "ExecutedVersion" not in answer
    assert arrived(1) == {f"{answer['ResponseMetadata']['RequestId']}-$LATEST": "one"}


def test_invoke_async_is_the_same_by_its_old_name(create, aws, bucket, arrived):
    create(app=APPEND, Timeout=30, MemorySize=512)
    answer = aws.invoke_async(FunctionName="f", InvokeArgs=json.dumps({"bucket": bucket, "text": "old"}).encode())
    assert answer["Status"] == 202
    assert list(arrived(1).values()) == ["old"]


def test_a_qualifier_is_kept_with_the_event(create, aws, bucket, arrived):
    create(app=APPEND, Timeout=30, MemorySize=512, Publish=True)
    aws.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    payload = json.dumps({"bucket": bucket, "text": "one"})
    request_id = aws.invoke(FunctionName="f:live", InvocationType="Event", Payload=payload)["ResponseMetadata"]["RequestId"]
    assert arrived(1) == {f"{request_id}-1": "one"}


def test_throttling_never_reaches_who_sends_an_event(create, aws, bucket, arrived):
    create(app=APPEND, Timeout=30, MemorySize=512)
    aws.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    for number in range(3):
        payload = json.dumps({"bucket": bucket, "text": str(number)})
        assert aws.invoke(FunctionName="f", InvocationType="Event", Payload=payload)["StatusCode"] == 202
    assert sorted(arrived(3).values()) == ["0", "1", "2"]


def test_1_mib_is_the_largest_event(create, aws, refused):
    create()
    largest = b'"' + b"x" * (1_048_576 - 2) + b'"'
    assert aws.invoke(FunctionName="f", InvocationType="Event", Payload=largest)["StatusCode"] == 202
    assert refused("invoke", FunctionName="f", InvocationType="Event", Payload=largest + b" ") == (
        "RequestEntityTooLargeException",
        "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
    )


def test_an_event_for_a_function_that_is_not_there_is_refused(refused):
    assert refused("invoke", FunctionName="f", InvocationType="Event")[0] == "ResourceNotFoundException"
