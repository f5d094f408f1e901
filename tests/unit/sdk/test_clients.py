"""Clients are made once, from boto3's configuration."""

import pytest

from lambent.sdk import clients
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
