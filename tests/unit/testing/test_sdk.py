"""boto3 as the account's tests see it."""

import sys

import boto3
import pytest

from lambent.testing import Account, LocalPlatform
from lambent.testing.sdk import Boto3Missing


def test_boto3_itself_is_of_the_account_that_is_open(lambent: LocalPlatform) -> None:
    seen = []
    before = boto3.DEFAULT_SESSION
    for _ in range(2):
        with lambent.account() as aws:
            seen.append(boto3.client("sts").get_caller_identity()["Account"] == aws.account)
    assert seen == [True, True]
    assert boto3.DEFAULT_SESSION is before


def test_a_client_works_whatever_the_variables_say(lambent: LocalPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1")
    assert lambent.client("sts", account="111122223333").get_caller_identity()["Account"] == "111122223333"


def test_resources_are_of_the_account(aws: Account) -> None:
    aws.resource("s3").create_bucket(Bucket="things")
    assert [bucket.name for bucket in aws.resource("s3").buckets.all()] == ["things"]


def test_an_endpoint_of_ones_own_is_kept(aws: Account) -> None:
    assert aws.client("sts", endpoint_url="http://localhost:1").meta.endpoint_url == "http://localhost:1"


def test_without_boto3_the_next_step_is_told(lambent: LocalPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    from lambent.testing import sdk

    sdk._session_class.cache_clear()
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(Boto3Missing, match="pip install boto3"):
        lambent.account().client("sqs")
    monkeypatch.undo()


def test_many_sessions_leave_the_shared_loader_as_it_is(lambent: LocalPlatform) -> None:
    for _ in range(3):
        paths = lambent.account().session._session.get_component("data_loader").search_paths
    assert len(paths) == len(set(paths))
