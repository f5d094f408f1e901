"""What code in a function may call, and as whom, in both modes of --auth."""

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from lambent.core.context import Context
from lambent.testing import LocalPlatform

ACCOUNT = "123456789012"
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
SOURCE = """
import boto3

def handler(event, context):
    boto3.client("s3").put_object(Bucket=event["bucket"], Key="from/function", Body=b"x" * 100_000)
    return boto3.client("sts").get_caller_identity()["Arn"]
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture(scope="module", params=["open", "signed"])
def running(request: pytest.FixtureRequest) -> Iterator[LocalPlatform]:
    with LocalPlatform(auth=request.param) as platform:
        yield platform


def _client(platform: LocalPlatform, service: str) -> Any:
    context = Context(ACCOUNT, "us-east-1", "test", f"arn:aws:iam::{ACCOUNT}:root", platform.url)
    made = platform.run(platform.platform.call(context, "iam", "CreateAccessKey", {"UserName": "ada"}))["AccessKey"]
    return boto3.client(
        service,
        endpoint_url=platform.url,
        region_name="us-east-1",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
    )


@pytest.mark.slow
def test_a_function_calls_the_platform_as_its_role_without_configuration(running: LocalPlatform) -> None:
    context = Context(ACCOUNT, "us-east-1", "test", f"arn:aws:iam::{ACCOUNT}:root", running.url)
    running.run(running.platform.call(context, "iam", "CreateUser", {"UserName": "ada"}))
    role_arn = running.run(
        running.platform.call(
            context, "iam", "CreateRole", {"RoleName": "worker", "AssumeRolePolicyDocument": json.dumps(TRUST)}
        )
    )["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", SOURCE)
    s3, functions = _client(running, "s3"), _client(running, "lambda")
    s3.create_bucket(Bucket="from-function")
    functions.create_function(
        FunctionName="caller",
        Runtime=RUNTIME,
        Role=role_arn,
        Handler="app.handler",
        Timeout=30,
        Code={"ZipFile": code.getvalue()},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="caller")
    answer = functions.invoke(FunctionName="caller", Payload=json.dumps({"bucket": "from-function"}))
    payload = json.loads(answer["Payload"].read())
    assert payload == f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/caller"
    assert s3.head_object(Bucket="from-function", Key="from/function")["ContentLength"] == 100_000
