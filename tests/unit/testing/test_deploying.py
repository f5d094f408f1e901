"""Functions made of what a test hands over, and their settings."""

import json
import os
from pathlib import Path

import pytest

from lambent.testing import Account, Deployer, Function, NotDeployable, ServiceError


def handler(event, context):
    return os.environ.get("STAGE")


def settings(aws: Account, function: Function) -> dict:
    return aws.call("lambda", "GetFunctionConfiguration", FunctionName=function.name)


def test_settings_have_short_names(aws: Account, deploy: Deployer) -> None:
    function = deploy(
        handler, name="stage", timeout=7, memory=256, environment={"STAGE": "test"}, role="runner", Description="x"
    )
    assert function() == "test"
    found = settings(aws, function)
    assert (found["FunctionName"], found["Timeout"], found["MemorySize"]) == ("stage", 7, 256)
    assert found["Role"] == f"arn:aws:iam::{aws.account}:role/runner"
    assert found["Description"] == "x"


def test_two_handlers_of_one_name_are_two_functions(deploy: Deployer) -> None:
    assert [deploy(handler).name, deploy(handler).name] == ["handler", "handler-2"]


def test_a_name_that_is_given_is_kept_to(deploy: Deployer) -> None:
    deploy(handler, name="stage")
    with pytest.raises(ServiceError, match="already exist"):
        deploy(handler, name="stage")


def test_what_aws_refuses_is_refused(deploy: Deployer) -> None:
    with pytest.raises(ServiceError, match="memorySize"):
        deploy(handler, memory=1)


def test_a_misspelt_setting_is_refused(deploy: Deployer) -> None:
    with pytest.raises(TypeError, match="memroy"):
        deploy(handler, memroy=128)


def test_a_folder_runs(deploy: Deployer, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import prices\n\n\ndef handler(event, context):\n    return prices.PRICE\n")
    (tmp_path / "prices.py").write_text("PRICE = 5\n")
    assert deploy(tmp_path, name="shop")() == 5


def test_a_layer_is_made_of_a_folder(deploy: Deployer, tmp_path: Path) -> None:
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "from_a_layer.py").write_text("NAME = 'layer'\n")

    def layered(event, context):
        import from_a_layer

        return from_a_layer.NAME

    assert deploy(layered, layers=[tmp_path])() == "layer"


def test_code_that_cannot_be_shipped_is_refused_before_anything_is_made(aws: Account, deploy: Deployer) -> None:
    secret = "s3cret"

    def leaking(event, context):
        return secret

    with pytest.raises(NotDeployable, match="`secret`"):
        deploy(leaking)
    assert aws.call("lambda", "ListFunctions")["Functions"] == []


@pytest.mark.parametrize(
    ("target", "arn"),
    [
        ("arn:aws:sns:us-east-1:111122223333:topic", "arn:aws:sns:us-east-1:111122223333:topic"),
        ("http://localhost:4566/111122223333/failed", "arn:aws:sqs:us-east-1:{account}:failed"),
        (type("Topic", (), {"arn": "arn:aws:sns:us-east-1:1:t"})(), "arn:aws:sns:us-east-1:1:t"),
        (type("Queue", (), {"url": "http://localhost:4566/111122223333/failed"})(), "arn:aws:sqs:us-east-1:{account}:failed"),
    ],
)
def test_a_target_is_an_arn_or_something_that_has_one(aws: Account, deploy: Deployer, target: object, arn: str) -> None:
    assert deploy._arn(target) == arn.format(account=aws.account)


def test_what_has_no_arn_is_refused(deploy: Deployer) -> None:
    with pytest.raises(TypeError, match="has no ARN"):
        deploy(handler, dead_letter=5)


def failing(event, context):
    raise ValueError(event)


def test_retries_and_destinations_are_settings(aws: Account, deploy: Deployer) -> None:
    queue = aws.resource("sqs").create_queue(QueueName="failed")
    function = deploy(failing, retries=0, max_event_age=60, on_failure=queue)
    function.send(1)
    aws.clock.settle()
    assert function.events == [1]
    (message,) = queue.receive_messages()
    assert json.loads(message.body)["requestContext"]["condition"] == "RetriesExhausted"
    config = aws.call("lambda", "GetFunctionEventInvokeConfig", FunctionName=function.name)
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (0, 60)


def test_a_function_follows_a_queue(aws: Account, deploy: Deployer) -> None:
    def body(event, context):
        print("got", *(record["body"] for record in event["Records"]))

    queue = aws.resource("sqs").create_queue(QueueName="orders")
    function = deploy(body, from_queue=queue, batch_size=1)
    queue.send_message(MessageBody="pen")
    assert aws.logs.wait_for(function, "got") == "got pen"
    aws.clock.settle()
    assert queue.receive_messages() == []
