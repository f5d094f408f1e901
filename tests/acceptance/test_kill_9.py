"""The promise in one story: all that boto3 was told is there after kill -9, and runs."""

import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

from tests.lives import ACCOUNT, Life, living

OLD = "import shout\ndef handler(event, context):\n    print('served', event)\n    return shout.loud('old ' + event)\n"
NEW = OLD.replace("'old '", "'new '")
LAYER = "def loud(text):\n    return text.upper()\n"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
RUNTIME = f"python3.{sys.version_info[1]}"
FAST = {"Delay": 0, "MaxAttempts": 10_000}
GROUP = "/aws/lambda/crier"
EVENTS = [f"event-{number}" for number in range(20)]


def zipped(name: str, text: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, text)
    return content.getvalue()


def make_all(life: Life) -> dict[str, str]:
    """One of each kind; returns the user's access key."""
    s3, iam = life.client("s3"), life.client("iam")
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="deep/key", Body=b"bytes" * 100_000, Metadata={"of": "mine"})
    role = iam.create_role(RoleName="crier", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    iam.attach_role_policy(RoleName="crier", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    iam.create_user(UserName="ada")
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    make_function(life.client("lambda"), role["Arn"])
    return {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}


def make_function(functions: Any, role_arn: str) -> None:
    layer = functions.publish_layer_version(LayerName="shout", Content={"ZipFile": zipped("python/shout.py", LAYER)})
    functions.create_function(
        FunctionName="crier",
        Runtime=RUNTIME,
        Role=role_arn,
        Handler="app.handler",
        Code={"ZipFile": zipped("app.py", OLD)},
        Layers=[layer["LayerVersionArn"]],
        Environment={"Variables": {"KEPT": "yes"}},
        Tags={"of": "mine"},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="crier", WaiterConfig=FAST)
    functions.publish_version(FunctionName="crier", Description="the first")
    functions.create_alias(FunctionName="crier", Name="live", FunctionVersion="1")
    allowed = {"StatementId": "s3", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    functions.add_permission(FunctionName="crier", Qualifier="live", **allowed)
    functions.put_function_concurrency(FunctionName="crier", ReservedConcurrentExecutions=7)
    functions.update_function_code(FunctionName="crier", ZipFile=zipped("app.py", NEW))
    functions.get_waiter("function_updated_v2").wait(FunctionName="crier", WaiterConfig=FAST)


def all_of(life: Life, key: dict[str, str]) -> dict[str, Any]:
    """What the platform tells of everything."""
    functions, s3, iam = life.client("lambda"), life.client("s3"), life.client("iam")
    told = {
        "latest": functions.get_function_configuration(FunctionName="crier"),
        "live": functions.get_function_configuration(FunctionName="crier", Qualifier="live"),
        "versions": functions.list_versions_by_function(FunctionName="crier"),
        "alias": functions.get_alias(FunctionName="crier", Name="live"),
        "policy": functions.get_policy(FunctionName="crier", Qualifier="live"),
        "concurrency": functions.get_function_concurrency(FunctionName="crier"),
        "layers": functions.list_layer_versions(LayerName="shout"),
        "tags": functions.list_tags(Resource=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:crier"),
        "object": s3.head_object(Bucket="kept", Key="deep/key"),
        "bytes": s3.get_object(Bucket="kept", Key="deep/key")["Body"].read(),
        "role": iam.get_role(RoleName="crier"),
        "role's policies": iam.list_attached_role_policies(RoleName="crier"),
        "keys": iam.list_access_keys(UserName="ada"),
        "who": life.client("sts", **key).get_caller_identity(),
    }
    for answer in told.values():
        if isinstance(answer, dict):
            answer.pop("ResponseMetadata")
    return told


def invoke(life: Life, event: str, **qualifier: str) -> str:
    answer = life.client("lambda").invoke(FunctionName="crier", Payload=json.dumps(event), **qualifier)
    return str(json.loads(answer["Payload"].read()))


def served(life: Life) -> set[str]:
    """The events that the function's log tells of."""
    pages = life.client("logs").get_paginator("filter_log_events").paginate(logGroupName=GROUP, filterPattern="served")
    return {event["message"].split()[1] for page in pages for event in page["events"]}


def test_all_that_was_acknowledged_is_there_after_kill_9_and_runs(tmp_path: Path) -> None:
    with living(tmp_path) as life:
        key = make_all(life)
        before = all_of(life, key)
        for event in EVENTS:
            assert invoke(life, event, Qualifier="live") == f"OLD {event.upper()}"
    with living(tmp_path) as life:
        assert all_of(life, key) == before
        assert before["who"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ada"
        assert served(life) == set(EVENTS)
        assert invoke(life, "again", Qualifier="live") == "OLD AGAIN"
        assert invoke(life, "again") == "NEW AGAIN"
