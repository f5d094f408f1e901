"""What functions wrote, found by those who tested them."""

import re

import pytest

from lambent.testing import Account, Deployer, Logs


def handler(event, context):
    for line in event:
        print(line)


def test_lines_are_found_by_function_name_and_group(deploy: Deployer, logs: Logs) -> None:
    writer = deploy(handler, name="writer")
    writer(["one", "two"])
    assert logs(writer) == logs("writer") == logs("/aws/lambda/writer") == ["one", "two"]


def test_lambdas_own_lines_are_left_out_unless_asked_for(deploy: Deployer, logs: Logs) -> None:
    writer = deploy(handler)
    writer(["one"])
    words = [line.split()[0] for line in logs(writer, with_platform_lines=True)]
    assert words == ["INIT_START", "START", "one", "END", "REPORT"]


def test_a_pattern_chooses(deploy: Deployer, logs: Logs) -> None:
    writer = deploy(handler)
    writer(["charge 1", "refund 2"])
    assert logs(writer, "refund") == ["refund 2"]


def test_any_log_group_can_be_read(aws: Account, logs: Logs) -> None:
    assert logs("orders") == []
    aws.call("logs", "CreateLogGroup", logGroupName="orders")
    aws.call("logs", "CreateLogStream", logGroupName="orders", logStreamName="s")
    now_ms = int(aws.clock.now().timestamp() * 1000)
    events = [{"timestamp": now_ms, "message": "START RequestId: is not Lambda's here"}, {"timestamp": now_ms, "message": "x"}]
    aws.call("logs", "PutLogEvents", logGroupName="orders", logStreamName="s", logEvents=events[1:])
    assert logs("orders") == ["x"]


def test_waiting_ends_with_the_message(deploy: Deployer, logs: Logs) -> None:
    writer = deploy(handler)
    writer.send(["charge 7"])
    assert logs.wait_for(writer, re.compile(r"charge \d")) == "charge 7"


def test_waiting_in_vain_tells_what_was_there(deploy: Deployer, logs: Logs) -> None:
    writer = deploy(handler)
    writer(["charge 7"])
    with pytest.raises(AssertionError, match=r"no message with 'refund' within 0\.01 s(.|\n)*charge 7"):
        logs.wait_for(writer, "refund", timeout_s=0.01)
