"""An account for one test: where it is, what it leaves, how it is called."""

import os

import pytest

from lambent.testing import Account, LocalPlatform, ServiceError


def test_accounts_do_not_see_one_another(lambent: LocalPlatform) -> None:
    with lambent.account() as one:
        one.call("logs", "CreateLogGroup", logGroupName="mine")
        with lambent.account() as other:
            assert other.account != one.account
            assert other.call("logs", "DescribeLogGroups")["logGroups"] == []


def test_nothing_lingers_of_an_account(lambent: LocalPlatform) -> None:
    with lambent.account("111122223333") as aws:
        aws.call("logs", "CreateLogGroup", logGroupName="mine")
    with lambent.account("111122223333") as aws:
        assert aws.call("logs", "DescribeLogGroups")["logGroups"] == []


def test_a_region_is_chosen(lambent: LocalPlatform) -> None:
    with lambent.account(region="eu-west-1") as aws:
        aws.call("logs", "CreateLogGroup", logGroupName="mine")
        (group,) = aws.client("logs").describe_log_groups()["logGroups"]
        assert group["arn"] == f"arn:aws:logs:eu-west-1:{aws.account}:log-group:mine:*"


def test_the_process_variables_are_of_the_account_while_it_is_open(
    lambent: LocalPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "https://elsewhere.example")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "before")
    before = dict(os.environ)
    with lambent.account() as aws:
        assert os.environ["AWS_ACCESS_KEY_ID"] == aws.account
        assert os.environ["AWS_ENDPOINT_URL"] == lambent.url
        assert "AWS_PROFILE" not in os.environ
        assert "AWS_ENDPOINT_URL_SQS" not in os.environ
    assert dict(os.environ) == before


def test_credentials_are_what_boto3_takes(aws: Account) -> None:
    import boto3

    client = boto3.client("sts", endpoint_url=aws.endpoint_url, region_name=aws.region, **aws.credentials)
    assert client.get_caller_identity()["Account"] == aws.account


def test_a_call_is_checked_as_one_over_http_is(aws: Account) -> None:
    with pytest.raises(ServiceError, match=r"2 validation errors detected: Value '' at 'logGroupName'"):
        aws.call("logs", "CreateLogGroup", logGroupName="")


@pytest.mark.parametrize("number", ["1", "12345678901x"])
def test_an_account_has_12_digits(lambent: LocalPlatform, number: str) -> None:
    with pytest.raises(AssertionError, match="12 digits"):
        lambent.account(number)
