"""Who may empty a platform that believes nobody: its operator, and neither functions nor users."""

import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lambent.core.context import Context
from lambent.testing import LocalPlatform
from lambent.wire import sigv4
from lambent.wire.http import Request

ACCOUNT = "123456789012"


@pytest.fixture
def signed(tmp_path: Path) -> Iterator[LocalPlatform]:
    with LocalPlatform(data=tmp_path / "data", auth="signed") as platform:
        yield platform


def call(platform: LocalPlatform, operation: str, **parameters: str):
    context = Context(ACCOUNT, "us-east-1", "test", f"arn:aws:iam::{ACCOUNT}:root", platform.url)
    return platform.run(platform.platform.call(context, "iam", operation, parameters))


def users(platform: LocalPlatform) -> list[str]:
    return [user["UserName"] for user in call(platform, "ListUsers")["Users"]]


def reset_status(platform: LocalPlatform, headers: dict[str, str]) -> int:
    request = urllib.request.Request(f"{platform.url}/_lambent/reset?account={ACCOUNT}", method="POST", headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def headers_signed_by(platform: LocalPlatform, key: dict[str, str]) -> dict[str, str]:
    now = datetime.now(UTC)
    host = platform.url.removeprefix("http://")
    return dict(
        sigv4.sign(
            Request("POST", "/_lambent/reset", f"account={ACCOUNT}", {"host": host}),
            scope=sigv4.Scope(key["AccessKeyId"], now.strftime("%Y%m%d"), "us-east-1", "lambent"),
            secret_access_key=key["SecretAccessKey"],
            amz_date=now.strftime("%Y%m%dT%H%M%SZ"),
        )
    )


def test_neither_a_stranger_nor_a_user_resets_a_signed_platform(signed: LocalPlatform) -> None:
    call(signed, "CreateUser", UserName="ada")
    key = call(signed, "CreateAccessKey", UserName="ada")["AccessKey"]
    assert reset_status(signed, {}) == 403
    assert reset_status(signed, headers_signed_by(signed, key)) == 403
    assert users(signed) == ["ada"]


def test_lambent_reset_beside_the_data_directory_resets_a_signed_platform(signed: LocalPlatform) -> None:
    call(signed, "CreateUser", UserName="ada")
    command = [sys.executable, "-m", "lambent.cli.main", "reset", "--yes", "--data", str(signed.config.data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert users(signed) == []
