"""Deploys and invokes the function with boto3:  eval "$(lambent env)"; python3 deploy.py [python3.11]."""

import contextlib
import io
import json
import sys
import zipfile
from pathlib import Path

import boto3

RUNTIME = sys.argv[1] if len(sys.argv) > 1 else "python3.12"


def main() -> None:
    boto3.client("s3").create_bucket(Bucket="events")
    functions = boto3.client("lambda")
    with contextlib.suppress(functions.exceptions.ResourceNotFoundException):
        functions.delete_function(FunctionName="boto3-inside")  # so that this can be run again
    functions.create_function(
        FunctionName="boto3-inside",
        Runtime=RUNTIME,
        Handler="app.handler",
        Role="arn:aws:iam::000000000000:role/boto3-inside",
        Code={"ZipFile": zipped(Path(__file__).with_name("app.py"))},
        Timeout=10,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="boto3-inside")
    answer = functions.invoke(FunctionName="boto3-inside", Payload=json.dumps({"bucket": "events"}))
    print(answer["Payload"].read().decode())


def zipped(source: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.write(source, source.name)
    return buffer.getvalue()


if __name__ == "__main__":
    main()
