"""Clients are made once, from boto3's configuration."""

import os

import pytest

from lambent.sdk import buckets, clients
from lambent.sdk.clients import Target


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "111111111111")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    clients._sessions.clear()


def test_a_target_is_what_is_given_then_what_the_environment_says(monkeypatch):
    assert Target.of(region="eu-west-1") == Target("eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1")
    assert Target.of() == Target("us-east-1", "http://localhost:1")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    assert Target.of(endpoint_url="http://localhost:2") == Target("eu-north-1", "http://localhost:2")


def test_a_target_is_in_the_region_of_its_profile(tmp_path):
    (tmp_path / "config").write_text("[profile books]\nregion = ap-south-1\n")
    assert Target.of(profile="books") == Target("ap-south-1", None, "books")


def test_without_a_region_one_is_asked_for():
    with pytest.raises(LookupError, match="no region is configured: set AWS_REGION, or give one"):
        Target.of()


def test_a_client_is_made_once_for_each_identity(monkeypatch):
    target = Target("us-east-1", "http://localhost:1")
    first = target.client("sts")
    assert target.client("sts") is first
    assert target.client("sts", connections=7) is not first
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "222222222222")
    other = target.client("sts")
    assert other is not first
    assert other._request_signer._credentials.access_key == "222222222222"


def test_the_account_is_asked_for_once(aws):
    aws.answers["get_caller_identity"] = [{"Account": "123456789012"}]
    target = Target("us-east-1")
    assert target.account == target.account == "123456789012"
    assert aws.names() == ["get_caller_identity"]


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eusc-de-east-1", "aws-eusc"),
        ("local-1", "aws"),
    ],
)
def test_the_partition_is_that_of_the_region(region, partition):
    assert Target(region, "http://localhost:1").partition == partition


def test_attempts_are_as_many_as_are_configured(monkeypatch):
    def attempts(target):
        return target.client("lambda").meta.config.retries

    assert attempts(Target("eu-west-1")) == {"mode": "standard", "total_max_attempts": 5}
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    clients._sessions.clear()
    assert attempts(Target("eu-west-2")) == {"mode": "standard", "total_max_attempts": 1}


def test_the_profile_that_is_meant_is_part_of_the_identity(monkeypatch, tmp_path):
    (tmp_path / "config").write_text("[profile books]\n[profile films]\n")
    monkeypatch.setenv("AWS_PROFILE", "books")
    books = clients.session_of(None)
    monkeypatch.setenv("AWS_PROFILE", "films")
    assert clients.session_of(None) is not books


def test_a_forked_process_shares_no_connection_and_waits_for_no_lock_of_its_parent():
    target = Target("us-east-1", "http://localhost:1")
    own = target.client("sts")
    reading, writing = os.pipe()
    with clients._lock, buckets._lock:
        if os.fork() == 0:
            is_free = clients._lock.acquire(timeout=1) and buckets._lock.acquire(timeout=1)
            clients._lock = clients.threading.Lock()
            os.write(writing, b"other" if is_free and target.client("sts") is not own else b"the same")
            os._exit(0)
    os.close(writing)
    assert os.read(reading, 10) == b"other"
    os.close(reading)
    os.wait()


@pytest.mark.parametrize(
    "known", ["f:live", "123456789012:function:f:live", "arn:aws:lambda:us-east-1:123456789012:function:f:live"]
)
def test_a_function_that_is_known_by_its_name_has_an_arn(aws, known):
    aws.answers["get_caller_identity"] = [{"Account": "123456789012"}]
    assert Target("us-east-1").function_arn(known) == "arn:aws:lambda:us-east-1:123456789012:function:f:live"
