"""A platform as a process of its own, whose every life ends by kill -9."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from tests import warm

ACCOUNT = "111122223333"


class Life:
    """From a start that is ready to the kill."""

    def __init__(self, data: Path, *options: str) -> None:
        self.process = warm.Process("lambent", ("start", "--port", "0", "--data", str(data), "--json", *options))
        text = ""
        while not text.rstrip().endswith("}"):
            line = self.process.stdout.readline()
            assert line, "the platform ended before it was ready"
            text += line
        self.url = json.loads(text)["url"]

    def client(self, service: str, *, access_key_id: str = ACCOUNT, secret_access_key: str = "x") -> Any:
        """A boto3 client that tries once: what it is not told has not been acknowledged."""
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.url.replace("localhost", "127.0.0.1"),
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@contextmanager
def living(data: Path, *options: str) -> Iterator[Life]:
    life = Life(data, *options)
    try:
        yield life
    finally:
        life.kill()
